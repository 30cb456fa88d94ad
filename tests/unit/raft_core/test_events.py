"""What changed between two looks at a member."""

import pytest

from raft_core.codec import Standing
from raft_core.errors import StorageFailed
from raft_core.events import (
    Changes,
    ConnectionsChanged,
    Event,
    Halted,
    LeaderChanged,
    MemberFreed,
    MembersChanged,
    MemberSuspect,
    MessagesDropped,
    PeerIncompatible,
    RoleChanged,
    SnapshotStored,
    StorageSlow,
)
from raft_core.io import PeersChanged
from raft_core.membership import Configuration
from raft_core.messages import AppendEntries, AppendReply, Freed
from raft_core.types import Role
from tests.unit.raft_core.rig import Rig, alone
from tests.unit.raft_core.support import append, configured


class Looking:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.changes = Changes(rig.driver)

    def new(self) -> list[Event]:
        return self.changes.look(self.rig.driver)


def test_nothing_new_is_nothing() -> None:
    looking = Looking(Rig("abc").follow())
    assert looking.new() == []
    looking.rig.deliver("b", append(1, 1, 1))
    assert looking.new() == []


def test_an_election_and_its_end() -> None:
    looking = Looking(Rig("abc"))
    looking.rig.driver.tick()
    looking.rig.wait(looking.rig.raft.election_deadline - looking.rig.now)
    assert looking.new() == [RoleChanged(Role.PRE_CANDIDATE, 1)]
    looking.rig.lead()
    assert looking.new() == [RoleChanged(Role.LEADER, 2), LeaderChanged("a", 2)]
    looking.rig.deliver("b", append(3, 1, 1))
    assert looking.new() == [RoleChanged(Role.FOLLOWER, 3), LeaderChanged("b", 3)]
    assert looking.new() == []


def test_other_members() -> None:
    looking = Looking(Rig("abc").follow())
    change = configured(2, 1, Configuration.of("ade", "x", "abc"))
    looking.rig.deliver("b", AppendEntries(1, 1, 1, 0, (change,)))
    assert looking.new() == [MembersChanged(("a", "d", "e"), ("x",), ("a", "b", "c"))]


def test_other_connections() -> None:
    looking = Looking(Rig("abc").follow())
    looking.rig.driver.put(PeersChanged(frozenset("cb")))
    assert looking.new() == [ConnectionsChanged(("b", "c"))]
    looking.rig.driver.put(PeersChanged(frozenset("bc")))
    assert looking.new() == []


def test_a_snapshot() -> None:
    looking = Looking(alone())
    looking.rig.submit()
    looking.rig.driver.want_snapshot()
    assert looking.new() == [SnapshotStored(3)]


def test_messages_that_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    looking = Looking(Rig("abc").follow())
    for _ in range(3):
        looking.rig.driver.deliver("b", b"\x01nonsense")
    assert looking.new() == [MessagesDropped(3)]
    looking.rig.driver.deliver("b", b"\x01nonsense")
    assert looking.new() == [MessagesDropped(1)]
    assert "dropped" in caplog.text


def test_a_peer_of_a_later_version_once_for_all_that_it_says() -> None:
    looking = Looking(Rig("abc").follow())
    for _ in range(2):
        looking.rig.driver.deliver("b", b"\x02whatever")
    sentence = "a peer speaks version 2, this member 1: update this member"
    assert looking.new() == [MessagesDropped(2), PeerIncompatible("b", sentence)]
    assert looking.new() == []
    looking.rig.driver.deliver("c", b"\x02whatever")
    assert looking.new() == [MessagesDropped(1), PeerIncompatible("c", sentence)]


def test_a_slow_storage_is_told_once_each_time() -> None:
    looking = Looking(Rig("abc").follow())
    rig = looking.rig
    rig.slow = True
    rig.deliver("b", append(1, 1, 1, [1]))
    assert looking.new() == []
    rig.now += rig.config.election_timeout
    rig.deliver("b", append(1, 2, 1))
    assert looking.new() == [StorageSlow(rig.config.election_timeout)]
    rig.deliver("b", append(1, 2, 1))
    assert looking.new() == []
    rig.waiting.pop(0)(None)
    rig.deliver("b", append(1, 2, 1, [1]))
    assert looking.new() == []
    rig.now += rig.config.election_timeout
    rig.deliver("b", append(1, 3, 1))
    assert looking.new() == [StorageSlow(rig.config.election_timeout)]


def test_the_end() -> None:
    looking = Looking(Rig("abc").follow())
    looking.rig.driver.halt(StorageFailed("the quota is reached"))
    assert looking.new() == [Halted("the quota is reached")]
    assert looking.new() == []


def test_this_member_may_have_forgotten_something_and_is_freed() -> None:
    rig = Rig("abc", standing=Standing(1, suspect=True))
    looking = Looking(rig)
    assert looking.new() == [MemberSuspect("a")]
    rig.follow()
    rig.deliver("b", Freed(1, 1))
    assert [event for event in looking.new() if isinstance(event, MemberFreed)] == [
        MemberFreed("a")
    ]


def test_the_only_member_is_free_at_once_and_says_so() -> None:
    looking = Looking(Rig("a", standing=Standing(1, True, 1)))
    assert looking.new() == [MemberFreed("a")]
    assert looking.new() == []


def test_a_leaders_peers_may_have_forgotten_something() -> None:
    looking = Looking(Rig("abc").lead())
    rig = looking.rig
    term = rig.raft.term
    last = rig.raft.log.last_index
    for suspect, news in ((True, [MemberSuspect("b")]), (False, [MemberFreed("b")])):
        rig.deliver("b", AppendReply(term, True, last, life=1, suspect=suspect))
        assert looking.new() == news


def test_who_ceases_to_lead_frees_nobody() -> None:
    looking = Looking(Rig("abc").lead())
    rig = looking.rig
    rig.deliver("b", AppendReply(rig.raft.term, True, 2, life=1, suspect=True))
    rig.deliver("c", append(rig.raft.term + 1, 1, 1))
    assert not any(isinstance(event, MemberFreed) for event in looking.new())
