"""What lies in a journal's database: how it is written, and whether it is complete.

Every value is a *block*, in MessagePack: the records of one transaction, or the checkpoint. Its key
is the number of what is in it first. Records and checkpoints are numbered together, from 1, without
a gap. A checkpoint's transaction removes all blocks before it, so nothing of what lies there is in
force: an empty one, which keeps a number taken, or what a second window wrote with a journal that
it had loaded before the one who made the checkpoint.

More than one transaction is under way at a time. If one fails, the next may succeed nonetheless, of
which nobody was told. So each block says what had been acknowledged when it was written: what lies
behind a gap was never acknowledged, if nothing there says that the gap was.

Of two windows with one journal the second fails in the same way, and what it had under way behind
that may lie where the first one has no gap. So each block names its writer, too: the first block of
a writer has all before it acknowledged, or its writer was refused one before.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

from storage_indexeddb.errors import damaged

FORMAT = "1"
"""The version of this layout."""


class Journal(Struct):
    """What a member wrote: the newest checkpoint and every record after it, oldest first."""

    records: Sequence[bytes]
    checkpoint: bytes | None = None
    may_tear: bool = False
    """Always false: a transaction is there as a whole or not at all."""


class Records(Struct, frozen=True, array_like=True, tag=0, gc=False):
    """Records that were written together; the first has the number `first`."""

    first: int
    acknowledged: int
    """All up to this number had been acknowledged before."""
    records: list[bytes]
    writer: int = 0
    """A random number of the object that wrote it."""


class Checkpoint(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """In place of everything with a lower number."""

    first: int
    content: bytes
    writer: int = 0


Block: TypeAlias = Records | Checkpoint


class Found(Struct):
    """A journal as it lies in the database."""

    journal: Journal
    last: int
    """The number of the newest record or checkpoint; new ones go on from here."""
    refused: bool
    """Something lies there, most often behind that, that was refused to its writer."""


encode_block = msgspec.msgpack.Encoder().encode
_decode: msgspec.msgpack.Decoder[Block] = msgspec.msgpack.Decoder(Block)


def read_blocks(name: str, values: Iterable[bytes]) -> Found:
    """Put a journal together from its blocks, in the order of their keys.

    :param name: the database's, for messages
    :raises StorageDamaged: it is not complete
    """
    journal = Journal([])
    records: list[bytes] = []
    last, writer, refused = 0, -1, False
    blocks = _in_force([_read(name, value) for value in values])
    for place, block in enumerate(blocks):
        if isinstance(block, Checkpoint):
            journal.checkpoint = block.content
            last, writer = block.first, block.writer
            continue
        if block.writer != writer and block.acknowledged < block.first - 1:
            refused = True
            continue
        if block.first != last + 1:
            _check_gap(name, last + 1, blocks[place:])
            refused = True
            break
        records += block.records
        last += len(block.records)
        writer = block.writer
    journal.records = records
    return Found(journal, last, refused)


def _in_force(blocks: list[Block]) -> list[Block]:
    """From the newest checkpoint on."""
    for place in range(len(blocks) - 1, 0, -1):
        if isinstance(blocks[place], Checkpoint):
            return blocks[place:]
    return blocks


def _check_gap(name: str, missing: int, behind: Iterable[Block]) -> None:
    for block in behind:
        if isinstance(block, Checkpoint) or block.acknowledged >= missing or block.first < missing:
            raise damaged(name, f"number {missing} is missing, and number {block.first} is there")


def _read(name: str, value: bytes) -> Block:
    try:
        block = _decode.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(name, f"a value is not what a member writes ({error})") from None
    if isinstance(block, Records) and not block.records:
        raise damaged(name, f"number {block.first} is no record")
    return block
