"""A member on an event loop: what its callers may count on."""

import asyncio
from itertools import pairwise
from random import Random

import anyio
import anyio.lowlevel
import pytest
from msgspec import Struct

from raft_core.codec import encode_message
from raft_core.config import Config
from raft_core.errors import (
    CommandFailed,
    InvalidConfig,
    InvalidState,
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    ProposalTooLarge,
    RaftError,
    Stopped,
    StorageFailed,
)
from raft_core.events import Event, Halted, LeaderChanged, RoleChanged
from raft_core.keyvalue import CompareAndSet, KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.messages import FAILED, Answer, ForwardReply
from raft_core.metrics import Metrics
from raft_core.node import Node
from raft_core.sessions import MAX_RESULT_BYTES
from raft_core.status import Status
from raft_core.types import Role
from tests.unit.raft_core.cluster import (
    QUICK,
    A,
    B,
    C,
    eventually,
    follower_of,
    items,
    leader_of,
    member,
    three,
)

# --- becoming a cluster -------------------------------------------------------------------------


async def test_a_founder_leads_a_cluster_of_one_at_once() -> None:
    async with member(found=True) as founder:
        status = founder.status()
        assert (status.role, status.leader) == (Role.LEADER, A)
        assert (status.voters, status.may_fail) == ((A,), 0)
        assert await founder.propose(Put("k", "1")) is None
        assert await founder.propose(Put("k", "2")) == "1"
        assert items(founder) == {"k": "2"}


async def test_who_does_not_found_waits_to_be_taken_in() -> None:
    async with member() as waiting:
        status = waiting.status()
        assert (status.role, status.leader, status.voters) == (Role.LEARNER, None, ())
        with pytest.raises(NoLeader):
            await waiting.propose(Put("k", "1"), timeout=0.25)


async def test_a_cluster_grows_from_one_to_three_and_never_has_two() -> None:
    network = MemoryNetwork()
    sizes: set[int] = set()
    async with member(found=True, network=network) as founder:
        founder.observe_status(lambda status: sizes.add(len(status.voters)))
        async with member(B, network=network) as second:
            await eventually(lambda: founder.status().learners == (B,))
            await eventually(lambda: second.status().leader == A)
            assert second.status().role is Role.LEARNER
            async with member(C, network=network):
                await eventually(lambda: second.status().voters == (A, B, C))
                await eventually(lambda: founder.status().may_fail == 1)
    assert sizes == {1, 3}


# --- proposing ----------------------------------------------------------------------------------


async def test_any_member_takes_writes_and_gets_their_results() -> None:
    async with three() as members:
        for number, one in enumerate(members):
            before = str(number - 1) if number else None
            assert await one.propose(CompareAndSet("k", before, str(number))) == before
        await eventually(lambda: all(items(one) == {"k": "2"} for one in members))


async def test_writes_at_once_from_everywhere_are_all_applied_once_in_one_order() -> None:
    async with three() as members:
        seen: list[list[str]] = [[] for _ in members]
        for one, keys in zip(members, seen, strict=True):
            one.observe_applied(lambda command, _, keys=keys: keys.append(command.key))  # type: ignore[misc]
        async with anyio.create_task_group() as group:
            for number in range(60):
                group.start_soon(members[number % 3].propose, Put(str(number), "x"))
        await eventually(lambda: all(len(keys) == 60 for keys in seen))
        assert len(set(seen[0])) == 60
        assert seen[0] == seen[1] == seen[2]


async def test_cut_off_the_outcome_is_unknown_and_later_it_is_known() -> None:
    network = MemoryNetwork()
    async with three(network=network) as members:
        follower = follower_of(members)
        for other in (A, B, C):
            network.disconnect(follower.node_id, other)
        with pytest.raises(OutcomeUnknown):
            await follower.propose(Put("k", "1"), timeout=0.05)
        for other in (A, B, C):
            network.connect(follower.node_id, other)
        await follower.propose(Put("l", "2"))
        assert items(follower)["l"] == "2"


async def test_a_write_under_way_survives_its_leader() -> None:
    network = MemoryNetwork()
    async with three(network=network) as members:
        leader, follower = leader_of(members), follower_of(members)
        for other in (A, B, C):
            network.disconnect(leader.node_id, other)
        assert await follower.propose(Put("k", "1")) is None
        assert leader_of([one for one in members if one is not leader]).status().term > 1


class Vault(Struct):
    """Refuses what is over 9, says what is under 0, and lies about the type of 5."""

    total: int = 0

    def apply(self, command: int) -> int:
        if command > 9:
            raise ValueError(f"{command} is too much")
        if command == 5:
            return "five"  # type: ignore[return-value]
        self.total += command
        return self.total


def vault() -> Node[int, int]:
    network = MemoryNetwork()
    return Node(
        Vault(), node_id=A, storage=MemoryStorage(), transport=network.transport(), found=True
    )


async def test_what_apply_raises_reaches_the_proposer_and_stops_nobody() -> None:
    async with vault() as node:
        with pytest.raises(CommandFailed, match="ValueError: 10 is too much"):
            await node.propose(10)
        assert await node.propose(3) == 3
        assert node.status().problem is None


async def test_a_result_of_another_type_than_apply_says_is_a_failure_too() -> None:
    async with vault() as node:
        with pytest.raises(CommandFailed, match="applied, but its result is not what apply says"):
            await node.propose(5)
        assert await node.propose(3) == 3


class Five(Random):
    """Numbers its first request 5."""

    def getrandbits(self, k: int, /) -> int:
        return 5


async def test_a_peers_word_on_a_failure_may_be_no_text() -> None:
    network = MemoryNetwork()
    node = Node(
        KeyValue(), node_id=A, storage=MemoryStorage(), transport=network.transport(), rng=Five()
    )
    told: list[object] = []
    peer = network.transport()
    await peer.start(B, lambda _, __: None, lambda _: None)
    async with node:
        node.submit(Put("k", "1"), told.append)
        peer.send(A, encode_message(ForwardReply(1, 0, (Answer(5, FAILED, b"bad \xff"),))))
        await eventually(lambda: bool(told) or node.status().problem is not None)
        assert node.status().problem is None
    assert [str(answer) for answer in told] == ["bad \\xff"]


async def test_what_is_no_command_is_refused_here() -> None:
    async with vault() as node:
        with pytest.raises(TypeError, match="no command of this state"):
            await node.propose("three")  # type: ignore[arg-type]


async def test_limits() -> None:
    config = Config(max_inbox=1, max_proposal_bytes=100)
    async with member(config=config) as node:
        with pytest.raises(ProposalTooLarge):
            await node.propose(Put("k", "x" * 100))
        async with anyio.create_task_group() as group:
            group.start_soon(node.propose, Put("k", "1"))
            await anyio.lowlevel.checkpoint()
            with pytest.raises(Overloaded):
                await node.propose(Put("k", "2"))
            group.cancel_scope.cancel()


async def test_the_default_timeout_is_the_configurations() -> None:
    config = Config(propose_timeout=0.01)
    async with member(config=config) as node:
        with pytest.raises(NoLeader):
            await node.propose(Put("k", "1"))


async def test_a_proposal_that_is_cancelled_is_forgotten() -> None:
    async with member(config=Config(max_inbox=1)) as node:
        for _ in range(3):
            with anyio.move_on_after(0.001) as scope:
                await node.propose(Put("k", "1"))
            assert scope.cancelled_caught


async def test_an_answer_that_comes_while_it_is_cancelled_finds_nobody() -> None:
    async with member() as node:
        task = asyncio.create_task(node.propose(Put("k", "1")))
        await anyio.lowlevel.checkpoint()
        task.cancel()
        # Leaving, the node answers all that is open, before the task takes its turn.
    with pytest.raises(asyncio.CancelledError):
        await task


# --- proposing without a task -------------------------------------------------------------------


async def test_submit_calls_back_with_the_result_or_the_error() -> None:
    told: list[object] = []
    async with vault() as node:
        for command in (3, 10, 5):
            node.submit(command, told.append)
        assert told[0] == 3
        assert [type(answer) for answer in told[1:]] == [CommandFailed, CommandFailed]
        with pytest.raises(TypeError):
            node.submit("three", told.append)  # type: ignore[arg-type]
    with pytest.raises(Stopped):
        node.submit(3, told.append)
    assert len(told) == 3


async def test_submit_has_a_timeout_too() -> None:
    told: list[str | RaftError | None] = []
    async with member() as node:
        node.submit(Put("k", "1"), told.append, timeout=0.01)
        await eventually(lambda: len(told) == 1)
        assert isinstance(told[0], NoLeader)


async def test_a_callback_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fail(answer: int | RaftError) -> None:
        raise ValueError(f"{answer} does not please me")

    async with vault() as node:
        node.submit(3, fail)
        assert "3 does not please me" in caplog.text
        assert node.status().problem is None
        assert await node.propose(3) == 6


# --- observing ----------------------------------------------------------------------------------


async def test_observers_of_what_is_applied() -> None:
    storage = MemoryStorage()
    heard: list[tuple[object, object]] = []
    async with member(found=True, storage=storage) as node:
        end = node.observe_applied(lambda command, result: heard.append((command, result)))
        await node.propose(Put("k", "1"))
        await node.propose(Put("k", "2"))
        end()
        await node.propose(Put("k", "3"))
    assert heard == [(Put("k", "1"), None), (Put("k", "2"), "1")]
    heard.clear()
    again = member(storage=storage)
    again.observe_applied(lambda command, result: heard.append((command, result)))
    async with again:
        await eventually(lambda: len(heard) == 3)
    assert heard[2] == (Put("k", "3"), "2")


async def test_observers_of_the_state_hear_once_of_what_was_applied_together() -> None:
    heard: list[int] = []
    async with three() as members:
        follower = follower_of(members)
        end = follower.observe_state(lambda: heard.append(len(items(follower))))
        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(follower.propose, Put(str(number), "x"))
        await eventually(lambda: heard[-1:] == [30])
        assert len(heard) < 10
        end()
        told = len(heard)
        await follower.propose(Put("k", "2"))
        await eventually(lambda: len(items(follower)) == 31)
        assert len(heard) == told


async def test_observers_of_the_status_hear_of_every_change_that_matters() -> None:
    network = MemoryNetwork()
    node = member(found=True, network=network)
    heard: list[Status] = []
    end = node.observe_status(heard.append)
    async with node:
        assert heard[-1].role is Role.LEADER
        count = len(heard)
        await node.propose(Put("k", "1"))
        assert len(heard) == count
        async with member(B, network=network):
            await eventually(lambda: heard[-1].connected == (B,))
            await eventually(lambda: heard[-1].learners == (B,))
        await eventually(lambda: heard[-1].connected == ())
    assert heard[-1].problem == "this node was stopped"
    assert all(one != after for one, after in pairwise(heard))
    end()


async def test_an_observer_that_raises_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise ValueError("I did not want to know")

    node = member(found=True)
    node.observe_applied(fail)
    node.observe_status(fail)
    async with node:
        await node.propose(Put("k", "1"))
        assert items(node) == {"k": "1"}
    assert "I did not want to know" in caplog.text


async def test_an_observer_may_propose() -> None:
    async with member(found=True) as node:
        answers: list[object] = []

        def follow_up(command: object, _result: object) -> None:
            if command == Put("k", "1"):
                node.submit(Put("l", "2"), answers.append)

        node.observe_applied(follow_up)
        await node.propose(Put("k", "1"))
        await eventually(lambda: answers == [None])
        assert items(node) == {"k": "1", "l": "2"}


# --- what is refused from the start --------------------------------------------------------------


@pytest.mark.parametrize(
    "config,needed",
    [
        (Config(), 256 * 1024),
        (Config(max_append_bytes=512 * 1024), 512 * 1024),
        (Config(max_append_bytes=1024, max_proposal_bytes=1024), MAX_RESULT_BYTES),
    ],
)
def test_a_transport_must_carry_the_largest_message(config: Config, needed: int) -> None:
    def build(max_payload: int) -> None:
        transport = MemoryNetwork().transport(max_payload=max_payload)
        Node(Vault(), node_id=A, storage=MemoryStorage(), transport=transport, config=config)

    build(needed + 16 * 1024)
    with pytest.raises(InvalidConfig, match=f"carries {needed + 16 * 1024 - 1} bytes"):
        build(needed + 16 * 1024 - 1)


def test_a_state_must_say_its_types() -> None:
    transport = MemoryNetwork().transport()
    with pytest.raises(InvalidState):
        Node(object(), node_id=A, storage=MemoryStorage(), transport=transport)  # type: ignore[arg-type]


async def test_before_it_is_entered_it_knows_nothing() -> None:
    node = member()
    for call in (node.status, lambda: node.submit(Put("k", "1"), lambda _: None)):
        with pytest.raises(Stopped, match="async with"):
            call()
    with pytest.raises(Stopped):
        await node.propose(Put("k", "1"))


# --- a storage that refuses ----------------------------------------------------------------------


async def test_a_member_whose_storage_is_full_stops_and_stays_readable() -> None:
    storage = MemoryStorage()
    async with member(found=True, storage=storage) as node:
        await node.propose(Put("k", "1"))
        storage.quota = storage.size + 10
        with pytest.raises(StorageFailed, match="the storage refused a write: the storage is full"):
            await node.propose(Put("k", "2"))
        with pytest.raises(Stopped, match="takes no proposals: the storage refused"):
            await node.propose(Put("k", "3"))
        assert node.status().problem is not None
        assert items(node) == {"k": "1"}
    storage.quota = None
    async with member(storage=storage) as node:
        assert await node.propose(Put("k", "4")) == "1"


async def test_the_others_go_on_without_it() -> None:
    storages = [MemoryStorage() for _ in range(3)]
    async with three(storages) as members:
        leader = leader_of(members)
        others = [one for one in members if one is not leader]
        storages[members.index(leader)].quota = 0
        with pytest.raises(StorageFailed):
            await leader.propose(Put("k", "1"))
        assert leader.status().problem is not None
        await others[0].propose(Put("l", "2"))
        await eventually(lambda: all(items(one).get("l") == "2" for one in others))
        await eventually(lambda: all(len(one.status().connected) == 1 for one in others))


# --- all of it again -----------------------------------------------------------------------------


async def test_after_a_restart_of_all_three_everything_is_there_and_writes_commit() -> None:
    storages = [MemoryStorage() for _ in range(3)]
    async with three(storages) as members:
        for number in range(10):
            await members[number % 3].propose(Put(str(number), "before"))
    async with three(storages) as members:
        await members[1].propose(Put("k", "after"))
        wanted = {str(number): "before" for number in range(10)} | {"k": "after"}
        await eventually(lambda: all(items(one) == wanted for one in members))


async def test_a_member_that_comes_back_catches_up() -> None:
    storages = [MemoryStorage() for _ in range(3)]
    network = MemoryNetwork()
    async with three(storages, network) as members:
        *here, away = members
        await away.__aexit__(None, None, None)
        for number in range(20):
            await here[0].propose(Put(str(number), "x"))
        async with member(C, storage=storages[2], network=network) as back:
            await eventually(lambda: len(items(back)) == 20)
            await back.propose(Put("k", "1"))


async def test_observers_of_events() -> None:
    seen: list[Event] = []
    one = member(found=True)
    end = one.observe_events(seen.append)
    async with one:
        await one.propose(Put("k", "v"))
        assert seen[:2] == [RoleChanged(Role.LEADER, 2), LeaderChanged(A, 2)]
        end()
        one.take_snapshot()
        later: list[Event] = []
        one.observe_events(later.append)
        await one.propose(Put("k", "v"))
        assert later == []
    assert later == [Halted("this node was stopped")]
    assert len(seen) == 2


async def test_metrics_see_what_a_member_sends_stores_and_answers() -> None:
    network = MemoryNetwork()
    metrics = Metrics()
    one = Node(
        KeyValue(),
        node_id=A,
        storage=MemoryStorage(),
        transport=network.transport(),
        config=QUICK,
        found=True,
        metrics=metrics,
    )
    async with one, member("b" * 16, network=network):
        await one.propose(Put("k", "v"))
        assert await one.read(lambda store: store.items["k"]) == "v"
        await eventually(lambda: "AppendReply" in metrics.received.messages)
    assert metrics.proposals == {"applied": 1}
    assert metrics.reads == {"read": 1}
    assert metrics.roles == {"leader": 1}
    assert metrics.sent.bytes["AppendEntries"] > 0
    assert metrics.write_seconds.total >= 2
