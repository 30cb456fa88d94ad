"""Hypothesis strategies for what goes over the wire and into the journal."""

from hypothesis import strategies as st

from raft_core.codec import Identity, Record, Step
from raft_core.membership import Configuration
from raft_core.messages import (
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    Message,
    ReadIndex,
    ReadIndexReply,
    RequestVote,
    VoteReply,
)

numbers = st.integers(0, 2**64 - 1)
names = st.text(max_size=20)
payloads = st.binary(max_size=40)

entries = st.builds(
    Entry, index=numbers, term=numbers, kind=st.sampled_from([0, 1, 2]), data=payloads
)
answers = st.builds(
    Answer, request=numbers, status=st.sampled_from([0, 1, 2, 3, 4, 5]), data=payloads
)

messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(RequestVote, numbers, numbers, numbers, st.booleans()),
    st.builds(VoteReply, numbers, st.booleans(), st.booleans()),
    st.builds(
        AppendEntries,
        numbers,
        numbers,
        numbers,
        numbers,
        st.lists(entries, max_size=4).map(tuple),
        numbers,
    ),
    st.builds(AppendReply, numbers, st.booleans(), numbers, numbers, numbers, numbers),
    st.builds(ReadIndex, numbers),
    st.builds(ReadIndexReply, numbers, numbers),
    st.builds(
        Forward, st.lists(st.builds(ForwardedProposal, numbers, payloads), max_size=4).map(tuple)
    ),
    st.builds(ForwardReply, numbers, numbers, st.lists(answers, max_size=4).map(tuple)),
)

records: st.SearchStrategy[Record] = st.one_of(
    st.builds(Identity, numbers, names, st.booleans()),
    st.builds(
        Step,
        numbers,
        numbers,
        st.none() | names,
        numbers,
        st.lists(entries, max_size=4).map(tuple),
    ),
)

members = st.sampled_from("abcde")
learners = st.sets(st.sampled_from("abcdefg"))
configurations = st.builds(
    Configuration.of, st.sets(members, min_size=1), learners, st.sets(members)
) | st.builds(Configuration.of, st.just(()), learners)
