"""A live cluster for tests: real members over real data channels, all in the test's process.

    async with Cluster(MyState, folder=tmp_path) as cluster:
        await cluster.leader.propose(command)

With pytest the fixture `raft_cluster` makes it (`raft_node.pytest_plugin`). Nothing is pretended
but what a test asks for: the members meet through an introducer, talk over WebRTC, and keep their
journals in SQLite. For thousands of histories with a virtual clock there is `raft_core.testing`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import introducer
from raft_core import Config, Node, NodeId, NoLeader, Role, State
from raft_node.adapters import webrtc_transport
from raft_node.member import Member
from raft_node.partitions import Cuts, CuttableTransport
from transport_webrtc.session import Durability, new_key

Command = TypeVar("Command")
Result = TypeVar("Result")

_GLANCE = 0.01
"""Seconds between two looks at a condition."""


class NotInTime(AssertionError):
    """What a test waited for did not come; the sentence says how the members were."""


class Cluster(Generic[Command, Result]):
    """`size` members that replicate what `state()` makes; members are named by number, from 0.

    Entered it is complete: all members vote, and one leads. When the block ends, every task, socket
    and thread of it has ended, whatever the test did. All of it belongs to the event loop of the
    block (asyncio or uvloop).

    :param state: the class of the State, or a function that makes one
    :param folder: where the members' data directories are made, like `tmp_path`
    :param size: an odd number of members
    :param config: their settings; its `target_size` is `size` whatever it says
    :param timeout: seconds that a wait lasts before the test fails
    """

    def __init__(
        self,
        state: Callable[[], State[Command, Result]],
        *,
        folder: Path,
        size: int = 3,
        config: Config | None = None,
        timeout: float = 60.0,
    ) -> None:
        if not callable(state):
            raise TypeError(
                f"each member needs a state of its own: give the class {type(state).__name__}, or a"
                " function that makes one, and not one that is made"
            )
        if size < 1 or size % 2 == 0:
            raise ValueError(f"a cluster has an odd number of voters: {size} is none, add a member")
        self.session = new_key(Durability.DISK)
        """The session's key: whoever has it can join, a window too."""
        self.timeout = timeout
        self._state = state
        self._folder = folder
        self._size = size
        fields = (
            {}
            if config is None
            else {name: getattr(config, name) for name in config.__struct_fields__}
        )
        self._config = Config(**{**fields, "target_size": size})
        self._server = introducer.serve()
        self._cuts = Cuts()
        self._ids: list[NodeId] = []
        self._running: dict[int, _Running[Command, Result]] = {}

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        try:
            for _ in range(self._size):
                await self.add()
            await self.wait_for(self._is_complete, "a complete cluster")
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        await _see_through(asyncio.create_task(self._take_apart()))

    async def _take_apart(self) -> None:
        async with AsyncExitStack() as stack:
            stack.push_async_exit(self._server)
            async with asyncio.TaskGroup() as ends:
                for number in self.running:  # nobody is left to hand over to
                    ends.create_task(self.kill(number))

    # ------------------------------------------------------------------------------- who is there

    @property
    def introducer(self) -> str:
        """Where more members can meet these: "ws://127.0.0.1:port/v1"."""
        return self._server.url

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, number: int) -> Node[Command, Result]:
        """The member's node.

        :raises LookupError: it does not run
        """
        return self._member(number).node

    @property
    def running(self) -> list[int]:
        """Who runs now."""
        return sorted(self._running)

    @property
    def leader(self) -> Node[Command, Result]:
        """The node that leads, as far as anybody knows.

        :raises NoLeader: nobody does just now: `await wait_for_leader()`
        """
        return self[self.leader_number]

    @property
    def leader_number(self) -> int:
        """As `leader`."""
        found = [
            (self[number].status().term, number)
            for number in self.running
            if self[number].status().role is Role.LEADER
        ]
        if not found:
            raise NoLeader("nobody leads just now: await cluster.wait_for_leader()")
        return max(found)[1]

    # ---------------------------------------------------------------------------- what may happen

    async def add(self) -> int:
        """Start one more member, which becomes a learner, or a voter where one is wanted.

        :returns: its number
        """
        number = len(self._ids)
        self._ids.append("")
        await self.restart(number)
        return number

    async def kill(self, number: int) -> None:
        """End a member at once: it says nothing to anybody, and hands nothing over.

        What it had given to its storage is stored. The others see its links close.
        """
        running = self._member(number)
        self._cuts.bury(self._ids[number])
        del self._running[number]
        await running.end()

    async def stop(self, number: int) -> None:
        """Stop a member in good order: a leader hands over first."""
        running = self._member(number)
        del self._running[number]
        await running.end()

    async def restart(self, number: int) -> None:
        """Start a member again with what it has stored. It need not have caught up.

        :raises LookupError: there never was one of this number: `add` makes one
        """
        self._id(number)
        if number in self._running:
            raise ValueError(f"member {number} runs: kill or stop it first")
        transport = webrtc_transport(self.introducer, self.session)
        member = Member(
            self._state(),
            self.session,
            transport=CuttableTransport(transport, self._cuts),
            folder=self._folder / f"member-{number}",
            found=number == 0,
            config=self._config,
        )
        running = _Running(member)
        await running.start()
        self._ids[number] = member.node_id
        self._running[number] = running

    def partition(self, *groups: Iterable[int]) -> None:
        """Cut the groups off from each other until `heal`; who is in no group reaches everybody.

        Nobody is told: messages are lost. It takes the place of an earlier partition.

        :raises LookupError: there never was a member of such a number
        """
        named = [[self._id(number) for number in group] for group in groups]
        if len({member for group in named for member in group}) < sum(map(len, named)):
            raise ValueError("a member can be on one side of a partition only")
        self._cuts.split(named)

    def heal(self) -> None:
        """End the partition."""
        self._cuts.heal()

    # ------------------------------------------------------------------------------------ waiting

    async def wait_for(self, condition: Callable[[], object], what: str = "it") -> None:
        """Wait until a condition is true, which is looked at again and again.

        While it raises NoLeader it is not: it may look at `leader`.

        :param condition: a plain function; what an async one returns is never false
        :param what: what the failure says was waited for
        :raises TypeError: it is an async function
        :raises NotInTime: it did not become true within `timeout`
        """
        clock = asyncio.get_running_loop().time
        end = clock() + self.timeout
        while not _holds(condition):
            if clock() >= end:
                late = f"{what} did not come within {self.timeout:g} s"
                raise NotInTime(f"{late}: {self._describe()}")
            await asyncio.sleep(_GLANCE)

    async def wait_for_leader(self) -> Node[Command, Result]:
        """Wait until a member leads that a majority of the voters follows; its node."""
        await self.wait_for(self._followed, "a leader")
        return self.leader

    async def wait_until_equal(self) -> None:
        """Wait until all running members have applied what any of them knows to be committed."""

        def equal() -> bool:
            known = [self[number].status() for number in self.running]
            return (
                len({one.applied_index for one in known} | {one.commit_index for one in known}) == 1
            )

        await self.wait_for(equal, "equal states")

    def _followed(self) -> bool:
        leader = self.leader.status()
        followers = [
            number
            for number in self.running
            if (one := self[number].status()).leader == leader.node_id
            and one.term == leader.term
            and one.node_id in leader.voters
        ]
        return leader.commit_index > 0 and 2 * len(followers) > len(leader.voters)

    def _is_complete(self) -> bool:
        known = [self[number].status() for number in self.running]
        leader = known[0].leader
        return leader is not None and all(
            len(one.voters) == self._size and one.settled and one.leader == leader for one in known
        )

    def _member(self, number: int) -> _Running[Command, Result]:
        running = self._running.get(number)
        if running is None:
            raise LookupError(f"member {number} does not run: {self.running} do")
        return running

    def _id(self, number: int) -> NodeId:
        if not 0 <= number < len(self._ids):
            raise LookupError(f"there is no member {number}: the last one is {len(self._ids) - 1}")
        return self._ids[number]

    def _describe(self) -> str:
        return "; ".join(
            f"{number}: {one.role} of term {one.term}, committed {one.commit_index}, applied "
            f"{one.applied_index}, voters {len(one.voters)}, reaches {len(one.connected)}"
            + (f", {one.problem}" if one.problem else "")
            for number in self.running
            for one in [self[number].status()]
        )


def _holds(condition: Callable[[], object]) -> bool:
    try:
        answer = condition()
    except NoLeader:
        return False
    if inspect.iscoroutine(answer):
        answer.close()
        raise TypeError("wait_for takes a plain function: an async one is awaited by nobody")
    return bool(answer)


async def _see_through(task: asyncio.Task[None]) -> None:
    """Wait until something has come to its end. A cancellation of the caller's waits, too."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


class _Running(Generic[Command, Result]):
    """A member in a task of its own: what it enters must be left by the task that entered it."""

    def __init__(self, member: Member[Command, Result]) -> None:
        self._member = member
        self._ends = asyncio.Event()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run())

    @property
    def node(self) -> Node[Command, Result]:
        return self._member.node

    async def start(self) -> None:
        """Returns when it runs, or raises what keeps it from running: then nothing is left."""
        try:
            await asyncio.shield(self._started)
        except BaseException:  # a test that waits no longer, too: nobody else knows of it
            await self.end()
            raise

    async def end(self) -> None:
        """Returns when nothing is left of it."""
        self._ends.set()
        await _see_through(self._task)

    async def _run(self) -> None:
        try:
            async with self._member:
                self._started.set_result(None)
                await self._ends.wait()
        except Exception as error:
            # Whatever keeps it from starting is raised where the start is waited for.
            if self._started.done():
                raise
            self._started.set_exception(error)
