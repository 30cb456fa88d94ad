"""A thrifty leader, driven by hand, and what it sends to whom."""

from raft_core.config import Config
from raft_core.io import Proposed
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import CONFIGURATION, AppendEntries, Entry
from raft_core.thrift import Thrift
from raft_core.types import Index, NodeId
from tests.unit.raft_core.support import Member

THRIFTY = Config(thrifty=True)
DELAY = THRIFTY.thrifty_delay
HEARTBEAT = THRIFTY.heartbeat_interval
MOMENT = 0.001
"""Shorter than the delay."""
LATER = 99
"""The place of a configuration that is not committed, so that no other follows it."""


def leader(
    voters: str = "abc", learners: str = "", config: Config = THRIFTY, pace: float = MOMENT
) -> Member:
    """Everybody has answered it after ``pace``, and nothing is under way or due."""
    start = Configuration.of(voters, learners)
    member = Member([1, 1], configuration=start, config=config).lead()
    member.now += pace
    member.settle()
    rest(member)
    assert thrift(member).few is not None
    return member


def adopt(member: Member, configuration: Configuration) -> None:
    """It is in force from now on."""
    entry = Entry(LATER, member.raft.term, CONFIGURATION, encode_configuration(configuration))
    member.raft.adopt_configurations((entry,))


def rest(member: Member) -> None:
    """Until all have heard all."""
    member.step(after=DELAY)
    answer(member, *sorted(member.raft.progress))
    member.step(after=DELAY)


def thrift(member: Member) -> Thrift:
    assert member.raft.thrift is not None
    return member.raft.thrift


def few(member: Member) -> str | None:
    chosen = thrift(member).few
    return None if chosen is None else "".join(sorted(chosen))


def propose(member: Member, *, durable: bool = True) -> dict[NodeId, list[list[Index]]]:
    """One proposal; who gets which entries at once."""
    member.slow = True
    member.step(Proposed(member.raft.log.last_index + 1, b"x"))
    found = got(member)
    if durable:
        member.persist()
    return found


def got(member: Member) -> dict[NodeId, list[list[Index]]]:
    """The entries in each message of the last output, by peer."""
    found: dict[NodeId, list[list[Index]]] = {}
    for send in member.out.sends:
        if isinstance(send.message, AppendEntries):
            for peer in send.to:
                found.setdefault(peer, []).append([entry.index for entry in send.message.entries])
    return found


def answer(member: Member, *peers: NodeId) -> None:
    """They have all that they were sent."""
    for peer in peers:
        member.accept(peer, member.raft.progress[peer].next_index - 1)
