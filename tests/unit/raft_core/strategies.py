"""Hypothesis strategies for what goes over the wire and into the journal."""

from hypothesis import strategies as st

from raft_core.codec import Identity, Record, Standing, Step
from raft_core.membership import Configuration
from raft_core.messages import (
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedChange,
    ForwardedProposal,
    ForwardReply,
    Freed,
    Holding,
    Inquiry,
    MembersChange,
    Message,
    OperationReply,
    ReadIndex,
    ReadIndexReply,
    Removal,
    RequestVote,
    TimeoutNow,
    TransferRequest,
    VoteReply,
)

numbers = st.integers(0, 2**64 - 1)
names = st.text(max_size=20)
payloads = st.binary(max_size=40)

entries = st.builds(
    Entry, index=numbers, term=numbers, kind=st.sampled_from([0, 1, 2]), data=payloads
)
answers = st.builds(Answer, request=numbers, status=st.sampled_from([0, 1, 2, 3, 4]), data=payloads)

some = st.lists(names, max_size=3).map(tuple)
changes = st.builds(MembersChange, some, some, some, some, some, st.none() | numbers)

messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(RequestVote, numbers, numbers, numbers, st.booleans(), st.booleans()),
    st.builds(VoteReply, numbers, st.booleans(), st.booleans(), st.booleans()),
    st.builds(
        AppendEntries,
        numbers,
        numbers,
        numbers,
        numbers,
        st.lists(entries, max_size=4).map(tuple),
        numbers,
    ),
    st.builds(
        AppendReply,
        *(numbers, st.booleans(), numbers, numbers, numbers, numbers, numbers, st.booleans()),
    ),
    st.builds(Freed, numbers, numbers),
    st.builds(ReadIndex, numbers),
    st.builds(ReadIndexReply, numbers, numbers),
    st.builds(
        Forward, st.lists(st.builds(ForwardedProposal, numbers, payloads), max_size=4).map(tuple)
    ),
    st.builds(ForwardReply, numbers, numbers, st.lists(answers, max_size=4).map(tuple)),
    st.builds(TimeoutNow, numbers),
    st.builds(TransferRequest, names, numbers, st.none() | names),
    st.builds(ForwardedChange, names, numbers, changes, names, numbers),
    st.builds(
        OperationReply, names, numbers, st.sampled_from([0, 1, 2, 3, 4]), names, numbers, names
    ),
    st.builds(Removal, numbers, numbers),
    st.builds(Inquiry),
    st.builds(Holding, numbers, numbers, numbers, st.booleans()),
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
        numbers,
        st.none() | st.builds(Standing, numbers, st.booleans(), numbers),
    ),
)

members = st.sampled_from("abcde")
learners = st.sets(st.sampled_from("abcdefg"))
configurations = st.builds(
    Configuration.of, st.sets(members, min_size=1), learners, st.sets(members), learners
) | st.builds(Configuration.of, st.just(()), learners)
