"""What a member remembers, from the records of its journal and into them.

One record a step: hard state, truncation and entries become durable together or not at all, so no
crash can fall between a term and its vote, or between a truncation and what replaces it.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from raft_core.codec import (
    CheckpointRecord,
    Identity,
    Record,
    Standing,
    Step,
    decode_record,
    encode_record,
)
from raft_core.errors import InvariantBroken, JournalDamaged, UnsupportedVersion, WrongJournal
from raft_core.interfaces import ForgetfulJournal, Journal, LoadedJournal
from raft_core.io import Checkpoint, Write
from raft_core.log import Log
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.snapshot import Snapshot, decode_snapshot, encode_snapshot
from raft_core.types import Index, NodeId, Term

FOUNDING_TERM: Final = 1


class Restored(Struct):
    """What a member remembers when it starts. ``sequence`` is that of the last record."""

    node_id: NodeId
    term: Term = 0
    voted_for: NodeId | None = None
    entries: list[Entry] = []
    """Those that follow ``base_index``, of ``base_term``."""
    sequence: int = 0
    commit_index: Index = 0
    """What was known to be committed; more may be."""
    torn: bool = False
    """The last record was incomplete, so nobody was told of it, and it is ignored."""
    founds: bool = False
    """It is to found a cluster, and a crash came before the record that does."""
    snapshot: Snapshot | None = None
    base_index: Index = 0
    base_term: Term = 0
    record_bytes: int = 0
    """The size of all records after the checkpoint."""
    checkpoint_bytes: int = 0
    standing: Standing = Standing()
    """Whether it may have forgotten something: see ``_suspicion``."""


def first_record(node_id: NodeId, *, founds: bool = False) -> bytes:
    """The record a new journal starts with; ``founds``: ``founding_record`` is to follow."""
    return encode_record(Identity(1, node_id, founds))


def founding_record(node_id: NodeId) -> bytes:
    """The second record of the member that founds a cluster: itself as the only voter.

    Only one member of a cluster may ever write it: two founders would be two clusters.
    """
    data = encode_configuration(Configuration.of([node_id]))
    entry = Entry(1, FOUNDING_TERM, CONFIGURATION, data)
    standing = Standing(configuration_index=1)
    return encode_record(Step(2, FOUNDING_TERM, None, 0, (entry,), standing=standing))


def write_record(sequence: int, write: Write) -> bytes:
    """The record of a write; ``sequence`` follows that of the record before."""
    return encode_record(
        Step(
            sequence,
            write.term,
            write.voted_for,
            write.truncate_from,
            tuple(write.entries),
            write.commit_index,
            write.standing,
        )
    )


def vital_record(sequence: int, checkpoint: Checkpoint) -> bytes:
    """What of a checkpoint is vital, as a record that goes before it."""
    return encode_record(
        Step(sequence, checkpoint.term, checkpoint.voted_for, 0, (), standing=checkpoint.standing)
    )


def checkpoint_record(sequence: int, node_id: NodeId, checkpoint: Checkpoint) -> bytes:
    """The record of a checkpoint; ``sequence`` follows that of the last record it replaces."""
    return encode_record(
        CheckpointRecord(
            sequence,
            node_id,
            checkpoint.term,
            checkpoint.voted_for,
            encode_snapshot(checkpoint.snapshot),
            checkpoint.base_index,
            checkpoint.base_term,
            tuple(checkpoint.entries),
            checkpoint.commit_index,
            checkpoint.standing,
        )
    )


def restore(journal: LoadedJournal, node_id: NodeId) -> Restored:
    """What the journal of ``node_id`` says; an empty journal is a new member's.

    An incomplete last record is dropped where the storage can leave one. Any other record that
    cannot be read is damage: to drop it would forget what was acknowledged, perhaps a vote. What a
    storage has lost of its records it says (``ForgetfulJournal``): then the member is suspect.

    :raises JournalDamaged: naming the record
    :raises UnsupportedVersion: a later version wrote it
    :raises WrongJournal: another member wrote it
    """
    restored = Restored(node_id)
    log = Log()
    if journal.checkpoint is not None:
        log = _take_checkpoint(restored, journal.checkpoint)
    for position, data in enumerate(journal.records, 1):
        name = f"record {position} of {len(journal.records)}"
        try:
            record = decode_record(data)
        except JournalDamaged as error:
            if position == len(journal.records) and journal.may_tear:
                restored.torn = True
                break
            raise JournalDamaged(f"{name} is damaged: {error}") from error
        except UnsupportedVersion as error:
            raise UnsupportedVersion(f"{name}: {error}") from error
        if record.sequence != restored.sequence + 1:
            raise JournalDamaged(
                f"{name} carries number {record.sequence}: one is missing or doubled"
            )
        restored.sequence = record.sequence
        restored.record_bytes += len(data)
        if isinstance(record, Identity):
            _take_identity(restored, record)
        elif isinstance(record, Step):
            _replay(restored, log, record)
        else:
            raise JournalDamaged(f"{name} is a checkpoint, and has no place among the others")
    restored.entries = log.slice(log.first_index, log.last_index + 1)
    if isinstance(journal, ForgetfulJournal):
        if journal.vital is not None:
            _take_vital(restored, journal.vital)
        if journal.suspect:
            # An old copy of this journal that is started newly must not count as an earlier life
            # than the original had: of that nobody would hear any more.
            life = max(restored.standing.life, restored.standing.start) + 1
            restored.standing = replace(restored.standing, life=life, suspect=True)
    return restored


def begun(records: Sequence[bytes], restored: Restored) -> Restored:
    """What a member remembers whose first records are these; what was vital before stays so.

    :param restored: what it remembered before it wrote them. If it was suspect then, they are not
        to be written as vital: else they would take the place of what is
    """
    after = restore(Journal(records), restored.node_id)
    if restored.standing.suspect:
        after.standing = restored.standing
        if restored.term:
            after.term, after.voted_for = restored.term, restored.voted_for
    return after


def _take_vital(restored: Restored, data: bytes) -> None:
    """No other record has a newer term, vote or standing; and a vote stays, as long as its term."""
    record = _decode("the newest vital record", data)
    if isinstance(record, Identity):
        return
    if record.term > restored.term:
        restored.term, restored.voted_for = record.term, record.voted_for
    elif record.term == restored.term and restored.voted_for is None:
        restored.voted_for = record.voted_for
    if record.standing is not None:
        restored.standing = record.standing


def _decode(name: str, data: bytes) -> Record:
    try:
        return decode_record(data)
    except (JournalDamaged, UnsupportedVersion) as error:
        raise type(error)(f"{name} cannot be read: {error}") from error


def _take_checkpoint(restored: Restored, data: bytes) -> Log:
    record = _decode("the checkpoint", data)
    if not isinstance(record, CheckpointRecord):
        raise JournalDamaged("what stands in the checkpoint's place is none")
    _check_owner(restored, record.node_id)
    snapshot = decode_snapshot(record.snapshot)
    if snapshot is None:
        raise UnsupportedVersion("the checkpoint's snapshot is of a form this member does not know")
    try:
        log = Log(record.entries, base_index=record.base_index, base_term=record.base_term)
    except InvariantBroken as error:
        raise JournalDamaged(f"the checkpoint's entries do not follow: {error}") from error
    if not snapshot.index <= record.commit_index <= log.last_index or (
        log.term_at(snapshot.index) != snapshot.term
    ):
        raise JournalDamaged("the checkpoint's snapshot does not fit its entries")
    restored.sequence = record.sequence
    restored.term = record.term
    restored.voted_for = record.voted_for
    restored.snapshot = snapshot
    restored.base_index = record.base_index
    restored.base_term = record.base_term
    restored.commit_index = record.commit_index
    restored.checkpoint_bytes = len(data)
    restored.standing = record.standing or restored.standing
    return log


def _check_owner(restored: Restored, node_id: NodeId) -> None:
    if node_id != restored.node_id:
        raise WrongJournal(
            f"the journal belongs to member {node_id}, not to {restored.node_id}: "
            "start with that id, or with an empty storage"
        )


def _take_identity(restored: Restored, record: Identity) -> None:
    _check_owner(restored, record.node_id)
    if record.sequence != 1:
        raise JournalDamaged(
            f"record {record.sequence} names the member, which only the first does"
        )
    restored.founds = record.founds


def _replay(restored: Restored, log: Log, record: Step) -> None:
    if record.sequence == 1:
        raise JournalDamaged("record 1 does not name the member: the beginning is missing")
    if record.term < restored.term:
        raise JournalDamaged(
            f"record {record.sequence} goes back from term {restored.term} to {record.term}"
        )
    restored.term = record.term
    restored.voted_for = record.voted_for
    restored.standing = record.standing or restored.standing
    restored.founds = False
    if record.truncate_from:
        if record.truncate_from <= restored.commit_index:
            raise JournalDamaged(f"record {record.sequence} takes back what is committed")
        log.truncate_from(record.truncate_from)
    try:
        log.append(record.entries)
    except InvariantBroken as error:
        raise JournalDamaged(f"record {record.sequence} does not follow: {error}") from error
    if record.commit_index > log.last_index:
        raise JournalDamaged(f"record {record.sequence} commits entries that are not there")
    restored.commit_index = max(restored.commit_index, record.commit_index)
