from raft_core.codec import encode_message
from raft_core.messages import AppendReply, Message, VoteReply
from raft_core.testing.network import Network
from raft_core.testing.profiles import Profile
from raft_core.testing.schedule import Schedule
from raft_core.testing.troubles import Troubles


class Stage:
    """A network of members that only note what they get."""

    def __init__(self, names: str = "ab", **faults: float) -> None:
        self.schedule = Schedule()
        self.received: list[tuple[str, str, bytes]] = []
        self.peers: list[tuple[str, list[str]]] = []
        self.network = Network(
            self.schedule,
            Profile(name="test", **faults),  # type: ignore[arg-type]
            Troubles(1),
            deliver=lambda *payload: self.received.append(payload),
            peers_changed=lambda name, peers: self.peers.append((name, sorted(peers))),
        )
        for name in names:
            self.network.up(name, 1)
        self.run()

    def run(self) -> None:
        while len(self.schedule):
            self.schedule.run_next()

    def send(self, count: int) -> list[int]:
        """Send that many from a to b; the numbers that arrived, in their order."""
        self.received.clear()
        for number in range(count):
            self.network.send("a", "b", str(number).encode())
        self.run()
        return [int(payload) for _, _, payload in self.received]


def test_who_is_up_gets_connected() -> None:
    stage = Stage()
    assert stage.peers == [("a", ["b"]), ("b", ["a"])]


def test_without_faults_all_arrives_in_order() -> None:
    assert Stage().send(100) == list(range(100))


def test_each_fault_does_what_it_says() -> None:
    assert 0 < len(Stage(loss=0.5).send(100)) < 100
    assert 0 < len(Stage(full=0.5).send(100)) < 100
    assert 100 < len(Stage(repeat=0.5).send(100)) < 200
    for stage in (Stage(reorder=0.5), Stage(slow=0.5)):
        arrived = stage.send(100)
        assert sorted(arrived) == list(range(100))
        assert arrived != list(range(100))


def test_a_full_link_says_so() -> None:
    stage = Stage(full=1.0)
    assert not stage.network.send("a", "b", b"x")
    assert stage.network.counts["full"] == 1


def test_a_blocked_way_loses_all_and_the_transports_learn_it_later() -> None:
    stage = Stage()
    stage.network.block([("a", "b")])
    assert stage.network.send("a", "b", b"x")
    assert stage.network.send("b", "a", b"y")
    stage.run()
    assert stage.received == [("a", "b", b"y")]
    assert stage.peers[2:] == [("a", []), ("b", [])]
    assert not stage.network.send("a", "b", b"x")
    stage.network.unblock([("a", "b")])
    stage.run()
    assert stage.send(3) == [0, 1, 2]


def test_what_is_under_way_when_the_way_is_blocked_is_lost() -> None:
    stage = Stage()
    stage.network.send("a", "b", b"x")
    stage.network.block([("a", "b")])
    stage.run()
    assert stage.received == []


def test_a_member_that_is_gone_and_back_before_anyone_noticed_is_a_new_connection() -> None:
    stage = Stage()
    stage.network.down("b")
    stage.network.up("b", 2)
    stage.run()
    assert ("a", []) in stage.peers[2:]
    assert ("a", ["b"]) in stage.peers[2:]
    assert stage.send(1) == [0]


def test_healed_it_is_faultless() -> None:
    stage = Stage(loss=0.5, repeat=0.3)
    stage.network.block([("a", "b"), ("b", "a")])
    stage.network.heal()
    stage.run()
    assert stage.send(50) == list(range(50))


# --- copies --------------------------------------------------------------------------------------

ANSWER = AppendReply(1, True, 4)
VOTE = VoteReply(1, granted=True, pre=False)


def arrives(message: Message, *, to: str = "a", met: bool = False) -> bool:
    """Whether what ``b`` says to ``a``, or it to ``b``, comes in when ``b`` is an older copy."""
    stage = Stage()
    sender = "b" if to == "a" else "a"
    stage.network.send(sender, to, encode_message(message))
    stage.network.down("b")
    stage.network.copied("b")
    stage.network.up("b", 2)
    if met:
        stage.network._notice("a", "b")
    stage.run()
    return bool(stage.received)


def test_what_an_original_said_may_come_before_its_copy_is_met() -> None:
    assert arrives(ANSWER)
    assert not arrives(ANSWER, met=True)


def test_but_none_of_its_votes() -> None:
    assert not arrives(VOTE)
    assert arrives(VoteReply(1, granted=False, pre=False))


def test_what_was_said_to_an_original_reaches_no_copy() -> None:
    assert not arrives(ANSWER, to="b")


def test_a_member_that_takes_no_step_meets_no_copy() -> None:
    stage = Stage()
    frozen = {"a"}
    stage.network._is_frozen = frozen.__contains__
    stage.network.down("b")
    stage.network.copied("b")
    stage.network.up("b", 2)
    stage.peers.clear()
    stage.schedule.after(1.0, frozen.clear)
    while frozen:
        stage.schedule.run_next()
        assert ("b", ["a"]) not in stage.peers
    stage.run()
    assert stage.peers[-2:] == [("a", ["b"]), ("b", ["a"])]
