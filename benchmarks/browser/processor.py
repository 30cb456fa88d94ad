"""What browsers spend of the processor, by the kinds of their processes. Only Chromium tells."""

from collections.abc import Awaitable, Iterable
from typing import Any

from msgspec.structs import replace
from playwright.async_api import BrowserContext, CDPSession

from benchmarks.browser.figures import Run, Spent


class Processor:
    """Watches the browsers of some windows."""

    def __init__(self, sessions: list[CDPSession]) -> None:
        self._sessions = sessions

    @classmethod
    async def of(cls, contexts: Iterable[BrowserContext]) -> "Processor":
        """Of the browsers of these contexts."""
        browsers = {id(each.browser): each.browser for each in contexts if each.browser is not None}
        return cls(
            [
                await browser.new_browser_cdp_session()
                for browser in browsers.values()
                if browser.browser_type.name == "chromium"
            ]
        )

    async def during(self, measure: Awaitable[Run]) -> Run:
        """The measurement, with what all processes spent meanwhile."""
        before = await self._spent()
        run = await measure
        after = await self._spent()
        return replace(run, spent=after - before) if self._sessions else run

    async def _spent(self) -> Spent:
        answers = [await each.send("SystemInfo.getProcessInfo") for each in self._sessions]
        return spent(one for answer in answers for one in answer["processInfo"])


def spent(processes: Iterable[Any]) -> Spent:
    """The sums of what the browser tells of its processes."""
    sums = {"pages": 0.0, "network": 0.0, "storage": 0.0, "rest": 0.0}
    for process in processes:
        kind = str(process["type"]).partition(".")[0]  # "network.mojom.NetworkService"
        name = "pages" if kind == "renderer" else kind
        sums[name if name in sums else "rest"] += float(process["cpuTime"])
    return Spent(**sums)
