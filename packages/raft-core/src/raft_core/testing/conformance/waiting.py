"""Waiting for what an adapter does in its own time, without saying how long that is."""

from collections.abc import Callable

import anyio
from anyio.lowlevel import checkpoint

_POLL = 0.002
"""Seconds between two looks: short beside anything a medium does, long beside a turn of a loop."""

_TURNS = 50
"""More turns than any chain of callbacks that an adapter may still have under way."""


async def until(condition: Callable[[], bool], what: str, patience: float) -> None:
    """Wait until ``condition`` holds.

    :raises AssertionError: with ``what``, if it does not within ``patience`` seconds
    """
    with anyio.move_on_after(patience):
        while not condition():  # noqa: ASYNC110 - the condition is the adapter's, it sets no event
            await anyio.sleep(_POLL)
    assert condition(), f"{what} (waited {patience:g} seconds)"


async def turns() -> None:
    """Let everything run that the event loop has been given, and what that gives it."""
    for _ in range(_TURNS):
        await checkpoint()
