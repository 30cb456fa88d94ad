"""What a member knows, for people, pages and tests: a snapshot in plain values."""

from collections.abc import Mapping

from msgspec import Struct

from raft_core.quorum import may_fail
from raft_core.raft import Raft
from raft_core.types import Index, NodeId, Role, Term, generation_of


class PeerStatus(Struct, frozen=True):
    """A peer's log in the eyes of the leader; ``state`` is "probe", "replicate" or "snapshot"."""

    match_index: Index
    next_index: Index
    in_flight: int
    state: str


class PeerHolding(Struct, frozen=True):
    """What a peer has in its own words: see the fields of the same name in ``Status``."""

    last_log_index: Index
    last_log_term: Term
    commit_index: Index
    suspect: bool


class Status(Struct, frozen=True, kw_only=True):
    """One member's view; another member's may be newer.

    ``snapshot_index`` is the last entry that this member's snapshot stands for (0: none), and
    ``first_log_index`` the first one that its log has; ``log_terms`` are the first entry of each
    term in it, with the term. ``voters`` with ``outgoing`` (not empty
    while the voters change) and ``learners`` are the configuration in force; of the outgoing
    ``demoted`` stay as learners. ``configuration_index`` is its place in the log, and it is
    ``settled`` once that is committed and the change complete. ``excluded`` were removed and never
    come back. ``removed``: this member was. ``target_size`` is what the cluster grows to by itself.
    ``transfer`` is who shall lead instead of this leader. ``connected`` are the peers in reach now.
    ``may_fail`` is how many of the voters in reach may fail, whichever they are, with the cluster
    going on: 0 of one, 1 of three. ``problem`` is a sentence when this member cannot go on.
    ``progress`` is a leader's. ``generation`` counts how often the cluster was recovered from one
    survivor: its terms begin at ``generation`` times 2 to the 32. ``incompatible`` are peers that
    say what this member does not know, each with a sentence: update this member, or that one.
    ``suspect``: this member may have forgotten what it acknowledged, since its storage was not
    closed in order, or its journal is an older copy; it votes for nobody until a leader has brought
    it up to date. ``suspects`` are all that are so, as far as this member knows: all of them if it
    leads, and those that answered it if it tries to. If they are so many that the others are no
    majority, and nobody leads, nobody will, save that more come back or a person chooses a survivor
    (``recover_from_survivor``).
    ``freed_alone``: it was suspect at its start, and goes on with what it has, since it is alone.
    ``holdings`` are what the peers in reach have, if ``Node.ask_what_others_have`` asked them while
    nobody leads.
    """

    node_id: NodeId
    role: Role
    term: Term
    leader: NodeId | None
    voted_for: NodeId | None
    commit_index: Index
    applied_index: Index
    last_log_index: Index
    last_log_term: Term
    durable_index: Index
    snapshot_index: Index
    first_log_index: Index
    voters: tuple[NodeId, ...]
    outgoing: tuple[NodeId, ...]
    learners: tuple[NodeId, ...]
    target_size: int
    connected: tuple[NodeId, ...]
    may_fail: int
    problem: str | None
    progress: dict[NodeId, PeerStatus]
    demoted: tuple[NodeId, ...] = ()
    excluded: tuple[NodeId, ...] = ()
    configuration_index: Index = 0
    settled: bool = True
    removed: bool = False
    transfer: NodeId | None = None
    generation: int = 0
    incompatible: dict[NodeId, str] = {}
    suspect: bool = False
    suspects: tuple[NodeId, ...] = ()
    freed_alone: bool = False
    log_terms: tuple[tuple[Index, Term], ...] = ()
    holdings: dict[NodeId, PeerHolding] = {}


def status_of(
    raft: Raft, problem: str | None, incompatible: Mapping[NodeId, str] | None = None
) -> Status:
    """The status of a member whose algorithm is ``raft``."""
    configuration = raft.configuration
    alive = raft.connected | {raft.node_id} if problem is None else raft.connected
    suspects = raft.known_suspects
    role = raft.role
    if role is Role.FOLLOWER and raft.node_id not in configuration.all_voters:
        role = Role.LEARNER
    return Status(
        node_id=raft.node_id,
        role=role,
        term=raft.term,
        leader=raft.leader,
        voted_for=raft.voted_for,
        commit_index=raft.commit_index,
        applied_index=raft.applied_index,
        last_log_index=raft.log.last_index,
        last_log_term=raft.log.last_term,
        durable_index=raft.durable_index,
        snapshot_index=0 if raft.snapshot is None else raft.snapshot.index,
        first_log_index=raft.log.first_index,
        voters=configuration.voters,
        outgoing=configuration.outgoing,
        demoted=configuration.demoted,
        learners=configuration.learners,
        excluded=configuration.excluded,
        configuration_index=raft.configuration_index,
        settled=not configuration.is_joint and raft.commit_index >= raft.configuration_index,
        target_size=configuration.target_size or raft.config.target_size,
        removed=raft.removed,
        generation=generation_of(raft.term),
        incompatible=dict(incompatible or {}),
        log_terms=tuple(raft.log.terms()),
        transfer=None if raft.transfer is None else raft.transfer.target,
        connected=tuple(sorted(raft.connected)),
        may_fail=may_fail(configuration, alive - suspects),
        suspect=raft.suspect,
        suspects=tuple(sorted(suspects)),
        freed_alone=raft.freed_alone,
        problem=problem,
        holdings=_holdings(raft),
        progress=_progress(raft),
    )


def _holdings(raft: Raft) -> dict[NodeId, PeerHolding]:
    return {
        peer: PeerHolding(
            holding.last_log_index,
            holding.last_log_term,
            holding.commit_index,
            holding.suspect,
        )
        for peer, holding in sorted(raft.holdings.items())
        if peer in raft.connected
    }


def _progress(raft: Raft) -> dict[NodeId, PeerStatus]:
    return {
        peer: PeerStatus(
            progress.match_index,
            progress.next_index,
            progress.inflight_messages,
            progress.state.value,
        )
        for peer, progress in sorted(raft.progress.items())
    }
