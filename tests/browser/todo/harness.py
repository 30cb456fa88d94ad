"""Runs in the page: the todo page on a member without a cluster, and levers for the tests.

`window.harness` has the levers. Commands go to a leader that is only a second state; by default it
answers at once and the replica follows at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from js import document, history, location, window
from pyodide.ffi import create_proxy, to_js

from raft_core.errors import NoLeader, OutcomeUnknown, Overloaded, RaftError
from raft_web.session import parse_fragment
from todo.page import TodoPage
from todo.state import Command, Result, TodoState

KEY = "0123456789abcdef" * 2


class LocalMember:
    """Satisfies `raft_web.app.Member`."""

    status: Any = None
    can_write = True

    def __init__(self, changed: Callable[[], None]) -> None:
        self.state = TodoState()
        self.proposed: list[Command] = []
        self.holding = False
        self.overloaded = False
        self.lagging = False
        self._leader = TodoState()
        self._behind: list[Command] = []
        self._held: list[tuple[Command, asyncio.Future[Result]]] = []
        self._changed = changed

    @property
    def route(self) -> str:
        return parse_fragment(str(location.hash)).route

    def link(self, route: str) -> str:
        return f"#{KEY}{route}"

    async def propose(self, command: Command) -> Result:
        self.proposed.append(command)
        if self.overloaded:
            raise Overloaded("proposals", 0)
        if not self.holding:
            return self.commit(command)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._held.append((command, answer))
        return await answer

    def commit(self, command: Command) -> Result:
        result = self._leader.apply(command)
        self._behind.append(command)
        if not self.lagging:
            self.catch_up()
        return result

    def catch_up(self) -> None:
        for command in self._behind:
            self.state.apply(command)
        self._behind = []
        self._changed()

    def answer_held(self, error: RaftError | None = None) -> None:
        held, self._held = self._held, []
        for command, answer in held:
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(self.commit(command))


class Harness:
    """The page that is mounted now. Its public methods are the levers."""

    page: TodoPage
    member: LocalMember

    def reset(self) -> None:
        """A new page on a new member, with nothing in it."""
        root = document.getElementById("root")
        root.replaceChildren()
        self.page = TodoPage()
        self.member = LocalMember(self.page.refresh)
        self.page.mount(self.member, root)

    def refresh(self, _event: Any = None) -> None:
        self.page.refresh()

    def remote(self, encoded: str) -> None:
        """Other windows have a list of commands committed."""
        for command in msgspec.json.decode(encoded, type=list[Command]):
            self.member.commit(command)

    def hold(self) -> None:
        """From now on nobody answers."""
        self.member.holding = True

    def release(self) -> None:
        """Answer what waits, and everything from now on."""
        self.member.holding = False
        self.member.answer_held()

    def lose(self) -> None:
        """What waits fails, its fate unknown; everything from now on is answered."""
        self.member.holding = False
        self.member.answer_held(OutcomeUnknown("no answer in time"))

    def refuse(self) -> None:
        """What waits fails for sure; everything from now on is answered."""
        self.member.holding = False
        self.member.answer_held(NoLeader("none was found in time"))

    def overload(self, overloaded: bool) -> None:
        """Whether every proposal is refused at once."""
        self.member.overloaded = overloaded

    def lag(self, lagging: bool) -> None:
        """Whether the replica comes after the leader's answers, or with them."""
        self.member.lagging = lagging
        if not lagging:
            self.member.catch_up()

    def proposed(self) -> str:
        """What this window has proposed, as JSON."""
        return msgspec.json.encode(self.member.proposed).decode()

    def state(self) -> str:
        """The replica, as JSON."""
        return msgspec.json.encode(self.member.state).decode()


def start() -> None:
    """Mount the page as the shell does, and hand out the levers."""
    route = parse_fragment(str(location.hash)).route
    history.replaceState(None, "", f"#{KEY}{route}")
    harness = Harness()
    harness.reset()
    window.addEventListener("hashchange", create_proxy(harness.refresh))
    levers = ["reset", "remote", "hold", "release", "lose", "refuse", "overload", "lag"]
    window.harness = to_js(
        {name: getattr(harness, name) for name in [*levers, "proposed", "state"]},
        dict_converter=window.Object.fromEntries,
    )
    document.documentElement.dataset.ready = "yes"
