"""Callbacks of the user's that must not harm the caller: each called in turn, failures logged."""

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

Arguments = ParamSpec("Arguments")

_log = logging.getLogger("raft_core")


class Observers(Generic[Arguments]):
    """A list of callbacks. False while it is empty, so that nobody works for nobody."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[Arguments, None]] = []

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    def add(self, callback: Callable[Arguments, None]) -> Callable[[], None]:
        """Call ``callback`` from now on, until the returned function is called."""
        self._callbacks.append(callback)

        def remove() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return remove

    def call(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Call all that were there when it began."""
        for callback in tuple(self._callbacks):
            try:
                callback(*args, **kwargs)
            except Exception:  # noqa: BLE001 - the user's code; consensus must not stop for it
                _log.exception("an observer failed")
