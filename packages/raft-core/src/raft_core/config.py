"""The settings of a member, validated once.

Times are seconds. All members of a cluster should share them; nothing breaks if they do not, save
that a member with a much shorter election time-out than the leader's heartbeat campaigns in vain.
Only with ``read_lease`` they must.
"""

from typing import Final

from msgspec import Struct

from raft_core.errors import InvalidConfig

MAX_LEASE: Final = 0.9
"""The longest ``read_lease``, as a part of ``election_timeout``."""


class Config(Struct, frozen=True, kw_only=True):
    """Settings with the defaults that three browser windows want.

    :raises InvalidConfig: when a value is out of its bounds
    """

    heartbeat_interval: float = 0.1
    """A leader speaks to every peer at least this often."""
    election_timeout: float = 1.0
    """Shortest silence of a leader after which a voter campaigns. Drawn anew each time between this
    and ``election_timeout_max`` (paper, section 9.3); also the span of the check-quorum rule."""
    election_timeout_max: float = 1.5
    read_lease: float = 0.0
    """How long after the beginning of a round of heartbeats, which a quorum answered, the leader
    answers reads at once. 0: never, each read waits for a round of its own. At most nine tenths of
    ``election_timeout``, and more than ``heartbeat_interval`` and a way there and back, or it
    seldom holds.

    It rests on clocks, as nothing else here does. A ``Node``'s must count all the time that passes
    for others, also while its machine sleeps or its window is frozen; and none may be as fast as
    ``election_timeout / read_lease`` times another, which is 1.11 with the longest lease. Python's
    ``time.monotonic`` stands still while a machine with Linux or macOS sleeps, and may do so in a
    page: where that can happen leave this off, or bring a clock that goes on.

    If the clocks break that, ``read`` may show old state, on a leader that others have replaced and
    on members that ask it. No write is lost, applied twice, or acknowledged wrongly.

    All members must have the same ``read_lease`` and ``election_timeout``: with a lease each votes
    for nobody within ``election_timeout`` after its start. To begin in a cluster that runs, start
    each of its members anew with a lease of a microsecond, with which they do so and none holds,
    and then each with the one that is meant. To end it, go the same way back."""
    commit_notice_delay: float = 0.005
    """How long a leader waits for a message that could carry a new commit index to followers,
    before it sends one for its own sake."""

    thrifty: bool = False
    """Whether a leader sends what is new at once only to those whose answers make a commit, the
    fastest quorum, and to the others in one message ``thrifty_delay`` later. That saves a message,
    an answer and a write an entry where processors are busy, as when several windows share one
    machine, and delays what the others know, and so what ``state`` shows there.

    Nothing is less safe: an entry commits as ever, by whoever has it. Nothing is less available:
    nothing leaves later than by the delay, and no commit is later by more, whoever dies. As soon as
    the fastest are late all goes to all at once, until they are in time again. See ``thrift``."""
    thrifty_delay: float = 0.005
    """How long a thrifty leader holds back what is new at most. Timers that are late, as in a
    hidden window, come on top. Less than ``heartbeat_interval``, or it is the heartbeats that end
    it."""

    commit_save_delay: float = 1.0
    """How long a new commit index waits for a write that takes it along, before it is written for
    its own sake: a member that starts alone can then show all that it knew to be committed."""

    target_size: int = 3
    """Voters the cluster grows to by itself: an odd number."""
    max_members: int = 15
    """Voters and learners together that a leader takes in by itself."""
    learner_timeout: float = 30.0
    """A learner not heard of for so long is dropped; it is taken in again when it comes back."""
    catch_up_timeout: float = 20.0
    """How long a leader lets a new voter catch up, before it gives up the change that wants it."""
    change_timeout: float = 30.0
    """How long ``Node.change_members`` waits when the caller does not say."""

    max_append_entries: int = 1024
    """Entries in one message. Commands that are proposed at the same time share an entry."""
    max_append_bytes: int = 64 * 1024
    """Bytes of entries in one message; a larger single entry goes alone."""
    max_inflight_messages: int = 8
    """AppendEntries sent to a peer and not yet answered. Under load what is outstanding divides
    into so many messages: fewer are fuller and cost less, more are sooner on their way."""
    max_inflight_bytes: int = 1024 * 1024
    snapshot_entries: int = 50_000
    """Entries applied since the last snapshot after which the next one is taken; each member takes
    its own at another place, up to a quarter earlier (``compaction``)."""
    snapshot_bytes: int = 1024 * 1024
    """Bytes of journal since the last snapshot after which the next one is taken, or as many as the
    last checkpoint took, if those are more: so a large state is not written out all the time. Each
    member has its own part of it, too."""
    trailing_entries: int = 1024
    """Entries kept behind a snapshot, for peers that are a little late."""
    trailing_bytes: int = 128 * 1024
    """The bytes that these may have together."""
    max_snapshot_bytes: int = 64 * 1024 * 1024
    """A larger snapshot is neither taken nor accepted."""
    snapshot_chunk_bytes: int = 32 * 1024
    """Bytes of a snapshot in one message."""
    max_inflight_snapshot_bytes: int = 256 * 1024
    """Bytes of a snapshot sent to a peer and not yet answered. Few, so that heartbeats and entries
    of others do not wait behind them."""
    max_proposal_bytes: int = 256 * 1024
    """A command with its session data, encoded."""
    max_uncommitted_bytes: int = 8 * 1024 * 1024
    """Entries a leader keeps that are not committed, and commands of a member's callers that are
    not answered; further proposals are refused."""
    max_inbox: int = 16384
    """Inputs waiting for a step, open proposals, open reads, and answers waiting for the storage,
    each. Over it messages are dropped, and proposals and reads refused."""
    propose_timeout: float = 10.0
    """How long ``Node.propose`` waits when the caller does not say."""
    retry_interval: float = 1.0
    """A proposal without answer for so long is sent again, under the same sequence number."""

    def __post_init__(self) -> None:
        self._require(self.heartbeat_interval > 0, "heartbeat_interval must be above 0")
        self._require(
            self.heartbeat_interval * 2 <= self.election_timeout,
            "election_timeout must be at least twice heartbeat_interval, better ten times",
        )
        self._require(
            self.election_timeout < self.election_timeout_max,
            "election_timeout_max must be above election_timeout, or elections collide for ever",
        )
        self._require(self.read_lease >= 0, "read_lease must not be negative")
        self._require(
            self.read_lease <= MAX_LEASE * self.election_timeout,
            f"read_lease must be at most {MAX_LEASE:g} of election_timeout: clocks differ",
        )
        self._require(self.commit_notice_delay >= 0, "commit_notice_delay must not be negative")
        self._require(self.thrifty_delay >= 0, "thrifty_delay must not be negative")
        self._require(self.commit_save_delay >= 0, "commit_save_delay must not be negative")
        self._require(
            self.target_size >= 1 and self.target_size % 2 == 1,
            "target_size must be an odd number: an even one fails no better than the odd below",
        )
        self._require(self.max_members >= self.target_size, "max_members must hold target_size")
        for name in ("learner_timeout", "catch_up_timeout", "change_timeout"):
            self._require(getattr(self, name) > 0, f"{name} must be above 0")
        for name in (
            "max_append_entries",
            "max_append_bytes",
            "max_inflight_messages",
            "max_inflight_bytes",
            "snapshot_entries",
            "snapshot_bytes",
            "max_snapshot_bytes",
            "snapshot_chunk_bytes",
            "max_inflight_snapshot_bytes",
            "max_proposal_bytes",
            "max_uncommitted_bytes",
            "max_inbox",
        ):
            self._require(getattr(self, name) >= 1, f"{name} must be at least 1")
        self._require(self.trailing_entries >= 0, "trailing_entries must not be negative")
        self._require(self.trailing_bytes >= 0, "trailing_bytes must not be negative")
        self._require(
            self.max_uncommitted_bytes >= self.max_proposal_bytes,
            "max_uncommitted_bytes must hold at least one proposal of max_proposal_bytes",
        )
        self._require(self.propose_timeout > 0, "propose_timeout must be above 0")
        self._require(self.retry_interval > 0, "retry_interval must be above 0")

    @staticmethod
    def _require(holds: object, sentence: str) -> None:
        if not holds:
            raise InvalidConfig(sentence)
