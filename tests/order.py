"""In which order tests run, so that several workers are done at about the same time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def workers(config: pytest.Config) -> int:
    """How many processes share the tests of this run."""
    given: dict[str, int] = getattr(config, "workerinput", {})
    return given.get("workercount", 1)


def spread(tests: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Let each worker's share begin with some of those that are marked `early`.

    At first xdist gives each worker an equal number of tests, in their order. Whoever has none left
    gets the last ones of another. So what takes long must come last in no share.
    """
    early = [test for test in tests if test.get_closest_marker("early")]
    others = [test for test in tests if not test.get_closest_marker("early")]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(tests) - len(ordered)) // (workers - worker)
        first = early[worker::workers]
        room = max(share - len(first), 0)
        ordered += [*first, *others[:room]]
        del others[:room]
    return ordered + others
