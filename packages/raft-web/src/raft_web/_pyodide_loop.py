"""The JavaScript side of `raft_web.loop`: only Pyodide can import this."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from js import MessageChannel, clearTimeout, setTimeout
from pyodide.ffi import create_proxy
from pyodide.webloop import PyodideFuture, PyodideTask, WebLoop

from raft_web.loop import FastLoop


class FastWebLoop(FastLoop, WebLoop):  # type: ignore[misc]  # Pyodide has no types here
    """Pyodide's loop with scheduling of our own; what else it can do is inherited."""

    @classmethod
    def take_over(cls, loop: asyncio.AbstractEventLoop) -> FastWebLoop:
        """Make `loop`, an instance of Pyodide's WebLoop, one of ours."""
        if not isinstance(loop, WebLoop):
            raise TypeError(f"This is not Pyodide's event loop: {loop!r}")
        loop.__class__ = cls
        fast = cast("FastWebLoop", loop)
        fast.begin()
        return fast

    def begin(self) -> None:
        """Make what the loop needs of the page. Called once."""
        self._start_empty()
        # Proxies are costly to make and live as long as the page: one each, made here.
        channel = MessageChannel.new()
        # Kept: a port that nothing refers to may be collected, and its listener with it.
        self._port = channel.port1
        self._port.onmessage = create_proxy(self._on_message)
        self._post = channel.port2.postMessage
        self._on_timer = create_proxy(self._timer_fired)
        self._timer_id: Any = None

    def _on_message(self, _event: Any) -> None:
        self._message_came()

    def _post_message(self) -> None:
        self._post(0)

    def _set_timer(self, milliseconds: int) -> None:
        self._clear_timer()
        self._timer_id = setTimeout(self._on_timer, milliseconds)

    def _clear_timer(self) -> None:
        if self._timer_id is not None:
            clearTimeout(self._timer_id)
            self._timer_id = None

    def _claim_thread(self) -> None:
        self._install_running_loop()
        self._install_asyncgen_hooks()

    # Pyodide counts what is in progress by a callback on every future, for a handler that only its
    # console sets: that is a turn of the loop for each await, and is left out.

    def create_future(self) -> asyncio.Future[Any]:
        """A future that JavaScript can await too."""
        future: asyncio.Future[Any] = PyodideFuture(loop=self)
        return future

    def create_task(
        self, coro: Any, *, name: Any = None, context: Any = None, eager_start: Any = None
    ) -> asyncio.Task[Any]:
        """Start a coroutine as a task; like Pyodide's own loop it never starts eagerly."""
        task: asyncio.Task[Any]
        if self._task_factory is None:
            task = PyodideTask(coro, loop=self, name=name, context=context)
        else:
            task = super().create_task(coro, name=name, context=context, eager_start=eager_start)
        return task
