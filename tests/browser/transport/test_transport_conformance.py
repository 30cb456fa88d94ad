"""BrowserTransport keeps the promises of a transport: raft_core's suite, in a page, over WebRTC."""

import pytest

from raft_core.testing.conformance import TransportConformance
from tests.browser.introducer import IntroducerProcess
from tests.browser.transport.conftest import Window

SUITE = """
import secrets
from raft_core.testing.conformance import TransportConformance

class Suite(TransportConformance):
    async def open(self, count):
        key = secrets.token_hex(16)
        return [BrowserTransport({introducer!r}, key) for _ in range(count)]

await Suite().{test}()
"""


@pytest.mark.parametrize(
    "test", [name for name in dir(TransportConformance) if name.startswith("test_")]
)
def test_the_suite(windows: list[Window], introducer: IntroducerProcess, test: str) -> None:
    page = windows[0]
    page.open()
    page.run(SUITE.format(introducer=introducer.url, test=test))
    assert page.get("live_proxies()") == 0
