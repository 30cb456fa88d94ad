"""Reading a whole journal back and judging whether it is complete. Nothing is written here."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from storage_localstorage.area import Area, code_units, keys_under
from storage_localstorage.errors import StorageDamaged
from storage_localstorage.keys import CHECKPOINT, DIGITS, OWNER, record_name, sequence_of
from storage_localstorage.packing import is_packed, pack, unpack

FORMAT = "1"
"""The version of this layout; the first character of the owner key's value."""
STOPPED = "stopped"
"""The second word there, in place of a token, of a journal that nobody writes to any more."""


class Journal(Struct):
    """What a member wrote: the newest checkpoint and every record after it, oldest first."""

    records: Sequence[bytes]
    checkpoint: bytes | None = None
    may_tear: bool = False
    """Always false: the browser stores the value of a key whole or not at all."""
    mark: str | None = None
    """What `LocalStorage.stop` has left, if this is the journal that it was left with."""


class Found(Struct):
    """A journal as it lies in the storage."""

    journal: Journal
    first: int
    """The number of the oldest record in force (one more than `last` if there is none)."""
    last: int
    """The number of the newest record; new ones go on from here."""
    superseded: list[str]
    """Keys of records that the checkpoint covers: a crash came before they were removed."""
    units: int
    """Code units of the journal with its keys; without the owner key and what is superseded."""
    checkpoint_units: int
    """Those of them that are the checkpoint's."""
    packed_units: int
    """Those of them that are values of packed records."""


def encode_checkpoint(covers: int, content: bytes) -> str:
    """The value of the checkpoint's key, replacing all records up to number `covers`.

    The number is in the value, so that one `setItem` replaces the old checkpoint and, at the same
    instant, puts records out of force.
    """
    return f"{covers:0{DIGITS}d}{pack(content)}"


def read_journal(area: Area, prefix: str) -> Found:
    """Read what is there, and check that it is complete.

    :raises StorageDamaged: it is not; the message names a key and what to do.
    """
    names = {key[len(prefix) :] for key in keys_under(area, prefix)}
    owner = _check_owner(area, prefix, names) if names else ""
    covers, checkpoint, checkpoint_units = 0, None, 0
    if CHECKPOINT in names:
        covers, checkpoint, checkpoint_units = _read_checkpoint(area, prefix)
    sequences = _check_sequences(prefix, names, covers)
    records: list[bytes] = []
    units, in_packed = checkpoint_units, 0
    get = area.getItem
    for sequence in sequences:
        key = prefix + record_name(sequence)
        value = get(key)
        records.append(decode_record(key, value))
        size = code_units(value)
        units += len(key) + size
        in_packed += size if is_packed(value) else 0
    last = covers + len(sequences)
    return Found(
        journal=Journal(records, checkpoint, mark=_mark(owner, last)),
        first=covers + 1,
        last=last,
        superseded=sorted(_superseded(prefix, names, covers)),
        units=units,
        checkpoint_units=checkpoint_units,
        packed_units=in_packed,
    )


def decode_record(key: str, value: Any) -> bytes:
    """The record that `getItem` found under `key`.

    :raises StorageDamaged: there is none.
    """
    if not isinstance(value, str):
        raise _damage(key, "it is missing")
    try:
        return unpack(value)
    except ValueError:
        raise _damage(key, "its value is not what a member writes") from None


def stopped_owner(last: int, mark: str) -> str:
    """The owner key's value of a journal that ends with record number `last`, and is left so."""
    return f"{FORMAT} {STOPPED} {last} {mark}"


def _mark(owner: str, last: int) -> str | None:
    parts = owner.split(" ", 3)
    return parts[3] if len(parts) == 4 and parts[1:3] == [STOPPED, str(last)] else None


def _check_owner(area: Area, prefix: str, names: set[str]) -> str:
    key = prefix + OWNER
    # It is the first key to be written and the first to be removed, so without it a part is gone.
    if OWNER not in names:
        raise _damage(key, "it is missing, so the journal was removed in part")
    owner = str(area.getItem(key))
    version = owner.partition(" ")[0]
    if version != FORMAT:
        raise _damage(key, f"it is of format {version!r}, and this program reads {FORMAT!r}")
    return owner


def _read_checkpoint(area: Area, prefix: str) -> tuple[int, bytes, int]:
    key = prefix + CHECKPOINT
    value = area.getItem(key)
    if not isinstance(value, str):
        raise _damage(key, "it is missing")
    covers, content = value[:DIGITS], value[DIGITS:]
    if len(covers) != DIGITS or not covers.isascii() or not covers.isdigit() or not content:
        raise _damage(key, "its value is not what a member writes")
    return int(covers), decode_record(key, content), len(key) + code_units(value)


def _check_sequences(prefix: str, names: set[str], covers: int) -> list[int]:
    """The numbers of the records in force, in order and without a gap."""
    sequences = []
    for name in names - {OWNER, CHECKPOINT}:
        sequence = sequence_of(name)
        if not sequence:
            raise _damage(prefix + name, "this is no key of a journal")
        if sequence > covers:
            sequences.append(sequence)
    sequences.sort()
    for expected, sequence in enumerate(sequences, covers + 1):
        if sequence != expected:
            raise _damage(prefix + record_name(expected), "it is missing, and later ones are there")
    return sequences


def _superseded(prefix: str, names: set[str], covers: int) -> Iterable[str]:
    return (prefix + name for name in names if 0 < sequence_of(name) <= covers)


def _damage(key: str, what: str) -> StorageDamaged:
    return StorageDamaged(
        f"This member's journal in the browser's storage is damaged at the key {key}: {what}. "
        "Nothing was changed. If the session has other members, they have the data: clear its "
        "storage here and join again as a new member."
    )
