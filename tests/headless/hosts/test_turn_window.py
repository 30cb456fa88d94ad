"""A browser window and a native member that cannot reach each other meet in a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.browser.site import build_all
from tests.headless.hosts import turn
from tests.headless.hosts.cluster import Cluster
from tests.headless.hosts.ground import ground, until
from tests.headless.hosts.window import Window, lay_out, window
from tools.browsers import CHROMIUM, FIREFOX

EXECUTABLES = {"chromium": CHROMIUM, "firefox": FIREFOX}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.early,
    pytest.mark.skipif(not turn.is_there(), reason=turn.NOT_THERE),
]
SECRET = "known to the relay"
HINT = "gives us no relay"


@asynccontextmanager
async def walled_off(
    folder: Path, secret: str, browser_name: str
) -> AsyncIterator[tuple[Window, Cluster]]:
    """A window and a native member, walled off; their introducer has this secret."""
    if not EXECUTABLES[browser_name].exists():
        pytest.skip(f"there is no {EXECUTABLES[browser_name]} here: `make browser` installs it")
    site = folder / "site"
    site.mkdir()
    lay_out(build_all(), site)
    async with ground("native", "window", "middle") as hosts:
        await hosts.bar("native", "window")
        await hosts.bar("window", "native")
        url = await turn.run_turn_server(hosts, "middle", folder, SECRET)
        options = ("--turn-url", url, "--turn-secret", secret)
        introducer = await hosts.run_introducer("middle", *options)
        async with window(hosts, "window", site, browser_name) as page:
            cluster = Cluster(hosts, introducer, folder, "native")
            await cluster.start()
            await page.join(introducer, cluster.key)
            yield page, cluster


async def test_a_window_and_a_native_member_meet_in_the_relay(
    tmp_path: Path, browser_name: str
) -> None:
    async with walled_off(tmp_path, SECRET, browser_name) as (window, cluster):
        (native,) = cluster.members

        async def met() -> bool:
            peers = await window.get("member.peers")
            return peers == [native.node_id] and bool(native.happened("PeerConnected"))

        await until(met, "a window and a native member that meet")
        assert all("middle" in way for way in await cluster.ground.carried())


async def test_a_window_that_the_relay_refuses_says_so(tmp_path: Path, browser_name: str) -> None:
    async with walled_off(tmp_path, f"not {SECRET}", browser_name) as (window, _):

        async def failed() -> list[str]:
            events: list[str] = await window.get("member.events")
            # The first attempt may end before the server has answered.
            failures = [event for event in events if event.startswith("AttemptFailed")]
            return [failure for failure in failures if HINT in failure]

        (event, *_) = await until(failed, "an attempt that failed for want of a relay") or []
        assert f"{HINT}: Unauthorized (401)." in event
        assert await window.get("member.peers") == []
