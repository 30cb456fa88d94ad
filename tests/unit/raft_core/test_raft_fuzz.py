"""No message of a peer raises out of a step, whatever it says and whoever sends it.

There is one exception, which a peer can only bring about by breaking the protocol as a leader: an
entry in conflict with a committed one. After every step the records alone must give back what the
member knows, and what leaves must be allowed to leave.
"""

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from raft_core.config import Config
from raft_core.errors import InvariantBroken
from raft_core.interfaces import Journal
from raft_core.io import (
    Applied,
    Asked,
    Input,
    Output,
    PeersChanged,
    Persisted,
    Proposed,
    ReadRequested,
    Received,
    StepAside,
    Unreachable,
    Write,
)
from raft_core.journal import first_record, restore, write_record
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    CONFIGURATION,
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedChange,
    ForwardedProposal,
    ForwardReply,
    MembersChange,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    RequestVote,
    TimeoutNow,
    TransferRequest,
    VoteReply,
)
from raft_core.raft import Raft
from raft_core.types import Index, Role
from tests.unit.raft_core.support import configured, entries

CONFIG = Config(
    max_append_entries=2, max_inflight_messages=2, max_uncommitted_bytes=40, max_proposal_bytes=40
)

# Mostly what could be, sometimes anything that an integer on the wire can be.
odd = st.sampled_from([-(2**63), -1, 2**40, 2**63 - 1])
terms = st.one_of(*[st.integers(0, 6)] * 5, odd)
indexes = st.one_of(*[st.integers(0, 9)] * 5, odd)
peers = st.sampled_from("abcdx")
sets_of_peers = st.frozensets(peers)
configurations = st.builds(
    Configuration.of, sets_of_peers, sets_of_peers, sets_of_peers, sets_of_peers
)
some_peers = st.lists(peers, max_size=2).map(tuple)
names = st.sampled_from(["", "a.1", "b.1"])
operations = st.one_of(
    st.builds(TransferRequest, names, indexes, st.none() | peers),
    st.builds(
        ForwardedChange,
        names,
        indexes,
        st.builds(
            MembersChange,
            some_peers,
            some_peers,
            some_peers,
            some_peers,
            some_peers,
            st.none() | indexes,
        ),
        names,
        st.just(0) | indexes,
    ),
)
data = st.binary(max_size=12)
contents = st.one_of(
    st.tuples(st.sampled_from([0, 1]), data),
    st.tuples(st.just(CONFIGURATION), data | configurations.map(encode_configuration)),
)
answers = st.lists(st.builds(Answer, indexes, st.integers(0, 4), data), max_size=2).map(tuple)


@st.composite
def appends(draw: st.DrawFn) -> AppendEntries:
    """Mostly well formed: entries that follow the place, with terms that do not go back."""
    prev, prev_term = draw(indexes), draw(terms)
    made = []
    place, term = prev, prev_term
    for kind, content in draw(st.lists(contents, max_size=3)):
        place += draw(st.sampled_from([1] * 20 + [0, 2]))
        term += draw(st.sampled_from([0, 0, 0, 1, 2, -1]))
        made.append(Entry(place, term, kind, content))  # type: ignore[arg-type]
    message_term = draw(st.just(max(term, 0)) | terms)
    return AppendEntries(message_term, prev, prev_term, draw(indexes), tuple(made))


received = st.builds(
    Received,
    peers,
    st.one_of(
        st.builds(RequestVote, terms, indexes, terms, st.booleans(), st.booleans()),
        st.builds(VoteReply, terms, st.booleans(), st.booleans()),
        appends(),
        st.builds(AppendReply, terms, st.booleans(), indexes, indexes, terms, indexes),
        st.builds(ReadIndex, indexes),
        st.builds(ReadIndexReply, indexes, indexes),
        st.builds(Forward, st.lists(st.builds(ForwardedProposal, indexes, data)).map(tuple)),
        st.builds(ForwardReply, terms, indexes, answers),
        st.builds(TimeoutNow, terms),
        st.builds(OperationReply, names, indexes, st.integers(0, 4), st.just(""), indexes, names),
        operations,
    ),
)
of_the_caller = st.one_of(
    st.builds(Proposed, indexes, data),
    st.builds(ReadRequested, indexes),
    st.builds(Asked, operations),
    st.just(StepAside()),
    st.builds(PeersChanged, sets_of_peers),
    st.builds(Unreachable, peers),
    st.builds(
        Applied, st.lists(st.tuples(peers, st.builds(Answer, indexes)), max_size=2).map(tuple)
    ),
)
steps = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.1, 0.5, 2.0]),
        st.lists(st.one_of(received, received, of_the_caller), max_size=3),
        st.booleans(),  # what was written is durable before the next step
    ),
    max_size=25,
)


class Watched:
    """A member with its journal, checked after every step."""

    def __init__(self, log: Sequence[int], *, leads: bool) -> None:
        start = [configured(1, 1), *entries(log, 2)]
        self.now = 0.0
        self.records = [first_record("a")]
        self.unsaved = 0
        self.saved = 0
        self.raft = Raft(CONFIG, restore(Journal(self.records), "a"), rng=Random(0), now=0.0)
        term = start[-1].term
        self.step(Received("b", AppendEntries(term, 0, 0, 0, tuple(start))), Persisted(0))
        if leads:
            self.lead()

    def lead(self) -> None:
        self.now += 2.0
        self.step()
        self.step(Received("b", VoteReply(self.raft.term + 1, granted=True, pre=True)))
        for voter in "bc":
            self.step(Received(voter, VoteReply(self.raft.term, granted=True, pre=False)))
        assert self.raft.role is Role.LEADER

    def step(self, *inputs: Input) -> None:
        raft = self.raft
        before = (raft.term, raft.voted_for, raft.commit_index, raft.applied_index)
        out = raft.step(self.now, inputs)
        if out.write is not None:
            self.unsaved += 1
            assert isinstance(out.write, Write)
            assert out.write.id == self.unsaved
            self.records.append(write_record(len(self.records) + 1, out.write))
        self.check(before, out)

    def check(self, before: tuple[int, str | None, Index, Index], out: Output) -> None:
        raft = self.raft
        term, voted_for, commit_index, applied_index = before
        assert raft.term >= term
        assert raft.term > term or voted_for in (None, raft.voted_for)
        assert raft.commit_index >= commit_index
        assert applied_index <= raft.applied_index <= min(raft.commit_index, raft.durable_index)
        assert [entry.index for entry in out.apply] == list(
            range(applied_index + 1, raft.applied_index + 1)
        )
        assert all(send.to and send.after <= self.unsaved for send in out.sends)
        assert out.deadline > self.now
        for peer, progress in raft.progress.items():
            assert peer != "a"
            assert progress.match_index < progress.next_index <= raft.log.last_index + 1
        memory = restore(Journal(self.records), "a")
        assert (memory.term, memory.voted_for) == (raft.term, raft.voted_for)
        assert memory.entries == raft.log.slice(1, raft.log.last_index + 1)

    def persist(self) -> None:
        if self.saved < self.unsaved:
            self.saved = self.unsaved
            self.step(Persisted(self.saved))


@settings(max_examples=200)
@given(st.lists(st.sampled_from([0, 0, 1]), max_size=5), st.booleans(), steps)
def test_no_message_raises_and_the_records_tell_all(
    increments: list[int], leads: bool, run: list[tuple[float, list[Input], bool]]
) -> None:
    log = [1 + sum(increments[: place + 1]) for place in range(len(increments))]
    member = Watched(log, leads=leads)
    try:
        for delay, inputs, durable in run:
            member.now += delay
            member.step(*inputs)
            if durable:
                member.persist()
    except InvariantBroken as error:
        # Of a leader that overwrites what is committed: see `Raft.truncate_from`.
        if "are committed" not in str(error):
            raise
