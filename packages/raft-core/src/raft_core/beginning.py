"""What a node writes into its journal before it takes part: whose it is, and which start this is.

Starts are counted for transports that ask for it (``FencingTransport``). A journal that was copied
can run twice, and both copies would speak for one member. Of two starts of one member the one with
the higher number is the newer one; the older takes part no more, and notes that for good: what it
promised since the copy was made the other does not know, and the other way round. The newer one is
suspect, if it is shown an older start that its own journal does not know (``_copies``): therefore
the journal knows the nonces of the latest starts.
"""

import asyncio
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from raft_core import journal
from raft_core.codec import Step, encode_record
from raft_core.errors import InvalidConfig, StorageFailed, Superseded
from raft_core.interfaces import Storage
from raft_core.journal import Restored
from raft_core.types import NodeId

_NONCES: Final = 8
"""So many starts a journal knows. An older one that is shown counts as one of a copy."""


def require_id(node_id: object) -> NodeId:
    """Let nothing into a journal and to others that could not be read back as this member's name.

    :raises InvalidConfig: it is no id
    """
    if isinstance(node_id, str) and node_id:
        with suppress(UnicodeEncodeError):
            node_id.encode()
            return node_id
    raise InvalidConfig(f"node_id must be a string, not an empty one, and this is {node_id!r}")


async def begin_journal(storage: Storage, restored: Restored, *, found: bool) -> Restored:
    """Write the first records, or the one that a crash kept away: the first says who founds.

    :raises StorageFailed: the storage took no record
    """
    founds = found or restored.founds
    records = [journal.first_record(restored.node_id, founds=founds)]
    if founds:
        records.append(journal.founding_record(restored.node_id))
    for record in records[restored.sequence :]:
        await append_and_wait(storage, record, vital=not restored.standing.suspect)
    return journal.begun(records, restored)


def require_whole(restored: Restored) -> None:
    """Do not start a copy that another one has taken the place of.

    :raises Superseded: it is one
    """
    if restored.standing.superseded:
        raise Superseded


async def begin_start(storage: Storage, restored: Restored, nonce: str) -> StorageFailed | None:
    """Count this start: its number and nonce, in ``restored``, are durable when this returns.

    Or return why the storage took no record. Then nobody may hear of this start: the next one would
    have the same number. It is there to be read, and has no doubts that had to be written first.
    """
    before = restored.standing
    nonces = (*before.nonces, nonce)[-_NONCES:]
    standing = replace(before, start=before.start + 1, nonces=nonces)
    sequence = restored.sequence + 1
    record = encode_record(
        Step(sequence, restored.term, restored.voted_for, 0, (), standing=standing)
    )
    try:
        await append_and_wait(storage, record)
    except StorageFailed as error:
        restored.standing = replace(restored.standing, suspect=False)
        return error
    restored.standing, restored.sequence = standing, sequence
    restored.record_bytes += len(record)
    return None


async def append_and_wait(storage: Storage, record: bytes, *, vital: bool = True) -> None:
    """Append a record to a loaded storage; it is durable when this returns.

    :raises StorageFailed: the storage took no record
    """
    written = asyncio.Event()
    refusals: list[Exception] = []

    def done(error: Exception | None) -> None:
        if error is not None:
            refusals.append(error)
        written.set()

    storage.append(record, done, vital=vital)
    await written.wait()
    if refusals:
        raise StorageFailed(f"the storage took no record: {refusals[0]}") from refusals[0]
