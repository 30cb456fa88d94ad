"""Clusters of windows and of members without a browser, with the same introducer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.introducer import IntroducerProcess
from tests.browser.mixed.headless import Headless


@pytest.fixture
def headless(tmp_path: Path, introducer: IntroducerProcess) -> Iterator[Callable[[str], Headless]]:
    """Makes members without a browser, not started yet."""
    made: list[Headless] = []

    def make(name: str) -> Headless:
        made.append(Headless(tmp_path / name, introducer.url))
        return made[-1]

    yield make
    for member in made:
        member.kill()
