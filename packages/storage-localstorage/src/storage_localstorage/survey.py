"""What of ours lies in an origin's storage, across members and sessions: find, count and clear it.

Each function looks at all keys of the origin, some 3 microseconds a key. None of them is for the
hot path; `LocalStorage.units` knows a living journal's size without looking.
"""

from collections.abc import Iterable

from msgspec import Struct

from storage_localstorage.area import QUOTA, Area, code_units, keys_under
from storage_localstorage.errors import SeveralMembers
from storage_localstorage.keys import (
    CHECKPOINT,
    OWNER,
    app_prefix,
    record_name,
    sequence_of,
    session_prefix,
)


class Usage(Struct, frozen=True):
    """Code units with their keys; the quota counts those of the whole origin."""

    ours: int
    """Under the prefix asked for."""
    origin: int
    """By everybody in this origin, us included."""
    quota: int = QUOTA


class Cleared(Struct, frozen=True):
    """What was removed."""

    sessions: int
    members: int
    keys: int


def usage(area: Area, prefix: str) -> Usage:
    """How much room is taken, by keys that begin with `prefix` and by all.

    Reads every value of the origin: a full storage takes some 100 milliseconds.
    """
    ours = sum(units_at(area, key) for key in keys_under(area, prefix))
    return Usage(ours, ours + units_of_others(area, prefix))


def room_beside(area: Area, app: str, session: str, taken: int) -> int:
    """Code units that are left of the quota, when all of this session together takes `taken`.

    Counts what others have in the origin, and reads nothing of this session's.
    """
    return QUOTA - units_of_others(area, session_prefix(app, session)) - taken


def units_of_others(area: Area, prefix: str) -> int:
    """What keys that do not begin with `prefix` take, with their values.

    Values under `prefix` are not read: a journal of a megabyte takes some 30 milliseconds.
    """
    return sum(units_at(area, key) for key in keys_under(area, "") if not key.startswith(prefix))


def units_at(area: Area, key: str) -> int:
    """What this key takes, with its value."""
    value = area.getItem(key)
    return code_units(key) + (code_units(value) if isinstance(value, str) else 0)


def find_member(area: Area, app: str, session: str) -> str | None:
    """The id of the member whose journal is here, or None: this origin has none yet.

    A member that has stored nothing has promised nothing: it is none. Nor are remains (`sweep`).

    :raises SeveralMembers: there are several journals, so nobody can say who this is.
    """
    members = _members(keys_under(area, session_prefix(app, session))).get(session, ())
    if len(members) > 1:
        raise SeveralMembers(
            f"This browser holds {len(members)} members of one session of {app!r} "
            f"({', '.join(members)}) where there can be one. Clear this session's storage here and "
            "join again as a new member."
        )
    return members[0] if members else None


def sessions(area: Area, app: str) -> dict[str, tuple[str, ...]]:
    """The members with a journal here, by session; both in alphabetical order."""
    return _members(keys_under(area, app_prefix(app)))


def clear(area: Area, app: str, session: str) -> Cleared:
    """Remove all that is stored for one session of an app, and nothing else.

    A member that still runs on it notices at its next write. What a crash leaves in the midst does
    not load: `StorageDamaged` says to clear again.
    """
    return _remove(area, keys_under(area, session_prefix(app, session)))


def clear_app(area: Area, app: str) -> Cleared:
    """Remove all that is stored for all sessions of an app, and nothing else; else as `clear`."""
    return _remove(area, keys_under(area, app_prefix(app)))


def sweep(area: Area, app: str, session: str) -> int:
    """Remove remains in one session: the last records of a journal whose beginning is gone.

    A window that still writes when its storage is cleared hears of that a moment later than the
    browser, which keeps what comes in between. Nobody can read it, and whose it was is gone. How
    many keys it were.
    """
    remains = [
        f"{prefix}{name}"
        for prefix, names in _journals(keys_under(area, session_prefix(app, session))).items()
        if _are_remains(names)
        for name in names
    ]
    for key in remains:
        area.removeItem(key)
    return len(remains)


def _members(keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for prefix, names in sorted(_journals(keys).items()):
        if names != {OWNER} and not _are_remains(names):
            _, _, session, member, _ = prefix.split("/")
            found.setdefault(session, []).append(member)
    return {session: tuple(members) for session, members in found.items()}


def _journals(keys: Iterable[str]) -> dict[str, set[str]]:
    """The names of each journal's keys, by its prefix."""
    found: dict[str, set[str]] = {}
    for key in keys:
        prefix, _, name = key.rpartition("/")
        if prefix.count("/") == 3 and (name in {OWNER, CHECKPOINT} or sequence_of(name)):
            found.setdefault(f"{prefix}/", set()).add(name)
    return found


def _are_remains(names: set[str]) -> bool:
    """The owner key is written first, and a journal begins with record 1 or a checkpoint."""
    return names.isdisjoint({OWNER, CHECKPOINT, record_name(1)})


def _remove(area: Area, keys: list[str]) -> Cleared:
    found = _members(keys)
    # Without its owner key a journal does not load, so this one goes first: half a journal must not
    # be taken for a whole one that ends earlier.
    keys.sort(key=lambda key: not key.endswith(f"/{OWNER}"))
    for key in keys:
        area.removeItem(key)
    return Cleared(len(found), sum(map(len, found.values())), len(keys))
