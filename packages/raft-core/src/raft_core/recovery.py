"""When a majority of the voters is gone for ever: a new cluster from one survivor's journal.

This is no part of Raft, and gives up what Raft promises: read ``recover_from_survivor`` first. It
never happens by itself.
"""

import logging

from msgspec import Struct
from msgspec.structs import replace

from raft_core import journal
from raft_core.beginning import append_and_wait
from raft_core.codec import Standing, Step, encode_record
from raft_core.errors import RecoveryRefused
from raft_core.interfaces import Storage, TearingStorage
from raft_core.journal import Restored
from raft_core.membership import Configuration, decode_configuration, encode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.types import Index, NodeId, Term, generation_of, next_generation

_log = logging.getLogger("raft_core")


class Recovery(Struct, frozen=True):
    """What was done. All entries up to ``last_index`` are kept, and stay."""

    node_id: NodeId
    generation: int
    gone: tuple[NodeId, ...]
    """The members that are excluded now, and must never come back."""
    last_index: Index
    not_known_committed: int
    """How many of the entries may never have been committed: they are now."""


class Survivor(Struct, frozen=True):
    """What a member has from which a cluster could be recovered, to choose by and to be warned by.

    Of several survivors the one with the highest ``last_term``, then ``last_index``, has most.
    """

    node_id: NodeId
    voters: tuple[NodeId, ...]
    gone: tuple[NodeId, ...]
    """The members that would be excluded."""
    last_index: Index
    last_term: Term
    known_committed: Index
    suspect: bool = False
    """It may have had more, and have forgotten it: then rather take one that has not."""


async def survey(storage: Storage, node_id: NodeId) -> Survivor:
    """What ``recover_from_survivor`` would begin with. Changes nothing.

    :param storage: not loaded, of a member that does not run; it is closed at the end
    :raises RecoveryRefused: there is nothing to recover
    :raises StorageError, UnsupportedVersion: as ``recover_from_survivor``
    """
    try:
        restored = journal.restore(await storage.load(), node_id)
    finally:
        await storage.close()
    before = _recoverable(restored)
    return Survivor(
        node_id,
        tuple(sorted(before.all_voters)),
        _gone(before, node_id),
        restored.base_index + len(restored.entries),
        restored.entries[-1].term if restored.entries else restored.base_term,
        restored.commit_index,
        restored.standing.suspect,
    )


async def recover_from_survivor(
    storage: Storage, node_id: NodeId, *, others_are_gone_for_ever: bool
) -> Recovery:
    """Make the member that owns this journal the only voter of a new cluster with what it has.

    For the day when more voters are lost than may fail, and not before: while a majority lives,
    ``Node.change_members`` loses nothing. The member must not run. Of several survivors take the
    one whose log ends latest (``Status.last_log_term``, then ``last_log_index``), and start all
    others anew, with empty storages and new ids.

    What is lost: an entry may have been acknowledged by a majority that is gone, and never have
    come here. What is kept: all entries of this journal, also those not known to be committed, for
    they may be; who proposed one was never told that it failed, and may find it applied.

    The others must never come back with their old journals: together they are still a majority of
    the old cluster, and could go on as if nothing had happened: two clusters with one name. So the
    new cluster is of a new *generation*, the upper half of its terms: whoever belongs to it hears
    nothing that an earlier generation says, excludes the old members, and tells one that comes back
    and reaches it that it is out (``Removed``). It cannot tell those that it does not reach, nor
    those who have a leader and have removed the survivor: to them it is just one that is out. One
    that the survivor does not know, since it came later, or to old members that had come back, is
    out when a leader of the new cluster takes it in.

    A majority is lost, too, when it is there and may have forgotten what it acknowledged
    (``Status.suspects``), and nobody leads. Then this ends the survivor's own doubt: what it has is
    what counts. Only so can the last voter of a cluster go on, if there are learners that may have
    more than it has left; one that is all alone goes on by itself.

    It writes one record and is loud about it (the log ``raft_core``, level WARNING). Afterwards
    start the member as ever (not ``found``): it leads at once, alone, and new members join.

    :param storage: the survivor's, not loaded; it is closed at the end
    :param others_are_gone_for_ever: True, to say that you have read this
    :raises RecoveryRefused: you did not say so, or there is nothing to recover; nothing is changed
    :raises StorageError: the journal is damaged, of another member, or takes no record
    :raises UnsupportedVersion: a later version wrote it
    """
    if others_are_gone_for_ever is not True:
        raise RecoveryRefused(
            "this gives up what was only on other members, which must never come back: "
            "read recover_from_survivor, then say others_are_gone_for_ever=True"
        )
    try:
        restored = journal.restore(await storage.load(), node_id)
        record, recovery = _plan(restored)
        if restored.torn and isinstance(storage, TearingStorage):
            storage.drop_last()
        await append_and_wait(storage, record)
    finally:
        await storage.close()
    _log.warning(
        "RECOVERED FROM ONE SURVIVOR: member %s is the only voter of generation %d; %s must never "
        "come back with their journals; %d entries that may never have been committed are now",
        node_id,
        recovery.generation,
        ", ".join(recovery.gone) or "nobody",
        recovery.not_known_committed,
    )
    return recovery


def _plan(restored: Restored) -> tuple[bytes, Recovery]:
    """The record to write, as the leader of a new term that has all votes would have written it."""
    node_id = restored.node_id
    before = _recoverable(restored)
    gone = _gone(before, node_id)
    term = next_generation(restored.term)
    generation = generation_of(term)
    configuration = replace(
        before.having([node_id], ()),
        excluded=before.excluding(gone),
        change=f"{node_id} recovered, generation {generation}",
    )
    last = restored.base_index + len(restored.entries)
    entry = Entry(last + 1, term, CONFIGURATION, encode_configuration(configuration))
    record = _record(restored, term, entry)
    return record, Recovery(node_id, generation, gone, last, last - restored.commit_index)


def _recoverable(restored: Restored) -> Configuration:
    """The configuration in force, of which this member is a survivor."""
    node_id = restored.node_id
    before = _configuration(restored)
    if not before.voters:
        raise RecoveryRefused(f"member {node_id} was never in a cluster: start it as a new one")
    if node_id in before.excluded:
        raise RecoveryRefused(f"member {node_id} was removed from the cluster: it is no survivor")
    standing = restored.standing
    if before.all_voters == {node_id} and not (standing.suspect or standing.superseded):
        raise RecoveryRefused(f"member {node_id} is the only voter already: just start it")
    return before


def _gone(before: Configuration, node_id: NodeId) -> tuple[NodeId, ...]:
    return tuple(sorted(before.members - {node_id}))


def _configuration(restored: Restored) -> Configuration:
    """The one in force: the latest in the log, committed or not."""
    for entry in reversed(restored.entries):
        if entry.kind == CONFIGURATION:
            return decode_configuration(entry.data)
    return Configuration() if restored.snapshot is None else restored.snapshot.configuration


def _record(restored: Restored, term: Term, entry: Entry) -> bytes:
    sequence, commit_index = restored.sequence + 1, restored.commit_index
    before = restored.standing
    standing = Standing(
        before.life, configuration_index=entry.index, start=before.start, nonces=before.nonces
    )
    return encode_record(
        Step(sequence, term, restored.node_id, 0, (entry,), commit_index, standing)
    )
