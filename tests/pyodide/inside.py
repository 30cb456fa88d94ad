"""What runs under Pyodide: pytest over tests of the core.

`test_core.py` starts it in Node.js, and `tests/browser/webkit` in a page.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest

PACKAGES = ("pytest", "hypothesis")
ARGUMENTS = (
    *("-q", "-p", "no:faulthandler", "-o", "cache_dir=build/pyodide-cache"),
    *("-k", "not bottomless and not for_ever and not test_fleet and not test_documented"),
)
"""What is left out: to encode a value of a caller's own with thousands of levels overflows
JavaScript's stack, which ends Pyodide. What writes for ever takes long to no purpose. And the last
two start processes, which WebAssembly has not."""
UNITS = "tests/unit/raft_core"
SCENARIOS = "tests/scenarios"
SEEDS = "tests/simulation/test_seeds.py::test_no_history_breaks_a_property[0]"
"""One test of the forty, by its name: all would take minutes."""
AUTHENTICATION = "tests/unit/transport_webrtc/test_authentication.py"
FEW = "few"


class BareLoop(asyncio.BaseEventLoop):
    """A loop that waits for nothing but time.

    Pyodide's own returns to JavaScript between two turns, which a run of pytest does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._selector = self

    def select(self, timeout: float | None) -> list[Any]:
        """All that is asked of a selector."""
        if timeout is None:
            raise RuntimeError("somebody waits, and nothing will ever happen")
        time.sleep(timeout)
        return []

    def _process_events(self, events: list[Any]) -> None:
        """There are none but timers."""


class Examples:
    """Plugin of pytest: hypothesis tries a few examples, after what the conftest says."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        from hypothesis import settings  # not before pytest has had a look at it

        settings.register_profile(FEW, max_examples=5)
        settings.load_profile(FEW)


def main(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments."""
    running = asyncio.get_event_loop()
    asyncio._set_running_loop(None)
    try:
        with patch("asyncio.events.new_event_loop", BareLoop):
            return pytest.main([*arguments], plugins=[Examples()])
    finally:
        asyncio._set_running_loop(running)
