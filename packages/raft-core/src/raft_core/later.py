"""What only a later version knows, told apart from rubbish: numbers of kinds that came after this.

A version may add kinds: of messages, records, entries and statuses. Who does not know one must not
take the rest as if it were not there (an entry skipped would make two states of one), and should
say what is wrong: a member to be updated, and not a network that mangles bytes.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple, get_args

import msgspec

from raft_core.messages import EntryKind
from raft_core.nesting import is_too_deep


class Numbers(NamedTuple):
    """Where in the array of a message or a record there are numbers that a later one may add to."""

    what: str
    place: int
    known: Collection[int]
    within: int | None = None
    """The place in each item of the list that stands at ``place``; None: it is no list."""


def entries_at(place: int) -> Numbers:
    """A list of entries stands there."""
    return Numbers("an entry of kind", place, get_args(EntryKind), 2)


_decode: Final = msgspec.msgpack.Decoder().decode


def later_kind(body: memoryview, what: str, tags: Mapping[object, Numbers | None]) -> str | None:
    """What in these bytes, which could not be read, only a later version knows; None if nothing.

    :param what: what an unknown tag would be: "a message of kind"
    :param tags: those that are known, and which other numbers such a message has
    """
    if is_too_deep(bytes(body)):
        return None
    try:
        fields: Any = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(fields, list) or not fields or not _is_number(fields[0]):
        return None
    if fields[0] not in tags:
        return f"{what} {fields[0]}"
    numbers = tags[fields[0]]
    if numbers is None or len(fields) <= numbers.place:
        return None
    for item in _found(fields[numbers.place], numbers.within):
        if _is_number(item) and item not in numbers.known:
            return f"{numbers.what} {item}"
    return None


def _found(value: Any, within: int | None) -> list[Any]:
    if within is None:
        return [value]
    if not isinstance(value, list):
        return []
    return [item[within] for item in value if isinstance(item, list) and len(item) > within]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
