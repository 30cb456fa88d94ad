"""How a leader sends when it is thrifty. Who is chosen, and for how long, is in test_thrift."""

from raft_core.config import Config
from raft_core.io import Proposed
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries
from raft_core.types import NodeId
from tests.unit.raft_core.support import Member, indexes, sent

THRIFTY = Config(thrifty=True, max_inflight_messages=1)
DELAY = THRIFTY.thrifty_delay


def settled() -> Member:
    """Of "abcde"; of those "b" and "c" are fast, and all have all."""
    member = Member([1, 2], configuration=Configuration.of("abcde"), config=THRIFTY).lead()
    member.settle()
    member.step(after=DELAY)
    assert member.raft.thrift is not None
    assert member.raft.thrift.few == frozenset("abc")
    return member


def propose(member: Member) -> list[tuple[tuple[NodeId, ...], list[int]]]:
    """One proposal: which entries leave at once, and for whom."""
    member.slow = True
    out = member.step(Proposed(member.raft.log.last_index, b"x"))
    return [
        (send.to, indexes(send.message.entries))
        for send in out.sends
        if isinstance(send.message, AppendEntries)
    ]


def test_the_few_share_a_message_and_later_the_rest() -> None:
    member = settled()
    assert propose(member) == [(("b", "c"), [5])]
    member.step(after=DELAY)
    assert [send.to for send in member.out.sends] == [("d", "e")]
    assert indexes(sent(member.out, AppendEntries)[0].entries) == [5]


def test_what_the_few_have_no_room_for_the_rest_get_in_the_same_step() -> None:
    member = settled()
    propose(member)
    assert propose(member) == [(("d", "e"), [5, 6])]


def test_who_does_not_answer_is_replaced_by_one_who_did() -> None:
    member = settled()
    propose(member)
    member.persist()
    member.accept("b")
    member.step(after=DELAY)
    member.accept("d")
    assert propose(member) == [(("b", "d"), [6])]
