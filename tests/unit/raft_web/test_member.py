"""The member that an app gets: its proposals, on a real node that stands alone."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import msgspec
import pytest

from raft_core.config import Config
from raft_core.errors import CommandFailed, NoLeader, RaftError, Stopped
from raft_core.events import Event, RoleChanged
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from raft_web.member import WindowMember

KEY = "0123456789abcdef0123456789abcdef"
INSIDE: Any = object()
"""What a member does not look into itself."""


class Add(msgspec.Struct, tag=True):
    amount: int


class Counter(msgspec.Struct):
    total: int = 0

    def apply(self, command: Add) -> int:
        if command.amount == 13:
            raise ValueError("13 is not counted")
        self.total += command.amount
        return self.total


def make_node(*, found: bool = True) -> Node[Add, int]:
    return Node(
        Counter(),
        node_id="aaaaaaaaaaaaaaaa",
        storage=MemoryStorage(),
        transport=MemoryNetwork().transport(),
        config=Config(target_size=1, propose_timeout=0.01 if not found else 10),
        found=found,
    )


class Told:
    """Waits until the shell was told of a failure."""

    def __init__(self) -> None:
        self.errors: list[RaftError] = []
        self.came = anyio.Event()

    def __call__(self, error: RaftError) -> None:
        self.errors.append(error)
        self.came.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def member(told: Told) -> AsyncIterator[WindowMember]:
    async with make_node() as node:
        yield WindowMember(node, KEY, "/", told, INSIDE)


async def test_a_proposal_gives_what_apply_returned(member: WindowMember, told: Told) -> None:
    assert await member.propose(Add(3)) == 3
    assert await member.propose(Add(4)) == 7
    assert member.state == Counter(7)
    assert told.errors == []


async def test_a_proposal_that_nobody_awaits_is_made(member: WindowMember) -> None:
    member.propose(Add(3))
    assert await member.propose(Add(1)) == 4


async def test_a_failure_is_raised_and_told(member: WindowMember, told: Told) -> None:
    with pytest.raises(CommandFailed, match="13 is not counted"):
        await member.propose(Add(13))
    assert [type(error) for error in told.errors] == [CommandFailed]


async def test_a_failure_that_nobody_awaits_is_told_and_warns_nobody(
    member: WindowMember, told: Told
) -> None:
    # An exception that nobody retrieved would be reported when the future goes.
    member.propose(Add(13))
    await told.came.wait()
    assert [type(error) for error in told.errors] == [CommandFailed]


async def test_what_is_no_command_is_the_callers_mistake(member: WindowMember, told: Told) -> None:
    with pytest.raises(TypeError):
        member.propose("add three")
    assert told.errors == []


async def test_a_proposal_on_a_stopped_member_fails_as_others_do(told: Told) -> None:
    async with make_node() as node:
        member = WindowMember(node, KEY, "/", told, INSIDE)
    with pytest.raises(Stopped):
        await member.propose(Add(1))
    assert [type(error) for error in told.errors] == [Stopped]


async def test_a_member_can_write_while_a_leader_is_known(member: WindowMember) -> None:
    await member.propose(Add(1))
    assert member.status.leader == "aaaaaaaaaaaaaaaa"
    assert member.can_write


async def test_a_member_without_a_leader_cannot_write(told: Told) -> None:
    async with make_node(found=False) as node:
        member = WindowMember(node, KEY, "/", told, INSIDE)
        assert not member.can_write
        with pytest.raises(NoLeader):
            await member.propose(Add(1))


async def test_links_keep_the_session(member: WindowMember) -> None:
    assert member.link("/active") == f"#{KEY}/active"
    assert member.route == "/"
    assert member.inside is INSIDE


async def test_callbacks_get_what_awaiting_gives_and_the_shell_nothing(
    member: WindowMember, told: Told
) -> None:
    answers: list[object] = []
    member.submit(Add(3), answers.append)
    member.submit(Add(13), answers.append)
    member.submit_read(lambda state: answers.append(state.total))
    await member.propose(Add(0))
    total, refused, read = answers
    assert (total, read) == (3, 3)
    assert isinstance(refused, CommandFailed)
    assert told.errors == []


async def test_events_are_seen_until_the_end_of_it(told: Told) -> None:
    events: list[Event] = []
    node = make_node()
    end = WindowMember(node, KEY, "/", told, INSIDE).observe_events(events.append)
    async with node:
        assert any(isinstance(event, RoleChanged) for event in events)
        end()
        events.clear()
    assert events == []
