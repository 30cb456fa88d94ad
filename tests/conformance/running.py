"""Runs tests of a conformance suite as pytest would, and tells whether they reject the adapter."""

import inspect
from collections.abc import Iterable
from typing import Any


def names(suite: type[Any]) -> set[str]:
    """The tests of a suite, without their ``test_``."""
    return {name.removeprefix("test_") for name in dir(suite) if name.startswith("test_")}


async def rejection(suite: type[Any], test: str) -> str | None:
    """What one test says against the adapter; None if it passes.

    A RuntimeError is the adapter's own no to something that it has to allow. Any other exception is
    a mistake in the adapter or the suite, and proves nothing.
    """
    instance = suite()
    if hasattr(instance, "setup_method"):
        instance.setup_method()
    try:
        result = getattr(instance, f"test_{test}")()
        if inspect.isawaitable(result):
            await result
    except (AssertionError, RuntimeError) as error:
        return str(error)
    return None


async def rejections(suite: type[Any], tests: Iterable[str] | None = None) -> dict[str, str]:
    """What these tests say against the adapter; all of them unless some are named."""
    said = {test: await rejection(suite, test) for test in sorted(tests or names(suite))}
    return {test: sentence for test, sentence in said.items() if sentence is not None}
