"""The member in this window, as the app sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from raft_core import Config, Node, RaftError, Status
from raft_core.events import Event
from raft_web.app import Inside
from raft_web.session import format_fragment


class WindowMember:
    """A `raft_web.app.FullMember` on a running node.

    `failed` is told of every proposal that fails, whether the app awaits it or not.
    """

    def __init__(
        self,
        node: Node[Any, Any],
        key: str,
        route: str,
        failed: Callable[[RaftError], None],
        inside: Inside,
    ) -> None:
        self._node = node
        self._key = key
        self._failed = failed
        self.route = route
        self.inside = inside
        self.submit = node.submit
        """See `FullMember`. Straight to the node: those who use it have very many to send."""

    @property
    def state(self) -> Any:
        """The local replica."""
        return self._node.state

    @property
    def status(self) -> Status:
        """What this member knows now."""
        return self._node.status()

    @property
    def config(self) -> Config:
        """The node's settings."""
        return self._node.config

    @property
    def can_write(self) -> bool:
        """A leader is known and nothing stops this member."""
        status = self._node.status()
        return status.leader is not None and status.problem is None

    def propose(self, command: Any) -> asyncio.Future[Any]:
        """Replicate `command`, beginning now.

        :raises TypeError: it is no command of the app's state
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(outcome: Any) -> None:
            if isinstance(outcome, RaftError):
                self._failed(outcome)
                if not future.done():
                    future.set_exception(outcome)
                    future.exception()  # it has been told: nobody need await it
            elif not future.done():
                future.set_result(outcome)

        try:
            self._node.submit(command, done)
        except RaftError as error:
            done(error)
        return future

    def submit_read(self, done: Callable[[Any], None], *, timeout: float | None = None) -> None:
        """Call `done` with the state when it is linearizable, or with the `RaftError`."""
        self._node.submit_read(done, timeout=timeout)

    def observe_events(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back with each of the node's events; returns the end of it."""
        return self._node.observe_events(callback)

    def link(self, route: str) -> str:
        """An href to `route` that keeps the session."""
        return format_fragment(self._key, route)
