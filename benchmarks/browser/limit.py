"""Three windows that do what a replicated write needs and nothing else: `pages/limit.mjs`."""

from typing import Any

from msgspec import Struct, convert, to_builtins
from playwright.async_api import BrowserContext, Page

from benchmarks.browser.loads import Load
from benchmarks.browser.results import Run


class Sizes(Struct, frozen=True):
    """Bytes a write, in each of its messages and in its record; as measured of ours."""

    proposal: float = 100.0
    message: float = 125.0
    answer: float = 25.0
    record: float = 120.0


class Limit:
    """The leader's window first. The others are its followers, in the order of their closeness."""

    def __init__(self, pages: list[Page]) -> None:
        self._pages = pages

    @classmethod
    async def open(cls, contexts: list[BrowserContext], addresses: tuple[str, ...]) -> "Limit":
        """Open the pages and connect each with each; the offers go through here."""
        pages = [await context.new_page() for context in contexts]
        for page, address in zip(pages, addresses, strict=True):
            await page.goto(address)
            await page.wait_for_function("globalThis.limit !== undefined")
        # Each page numbers the other two from 0.
        for one, other, its, theirs in ((0, 1, 0, 0), (0, 2, 1, 0), (1, 2, 1, 1)):
            offer = await pages[one].evaluate("at => limit.offer(at)", its)
            answer = await pages[other].evaluate(
                "([at, sdp]) => limit.answer(at, sdp)", [theirs, offer]
            )
            await pages[one].evaluate("([at, sdp]) => limit.accept(at, sdp)", [its, answer])
        return cls(pages)

    async def run(self, load: Load, sizes: Sizes, seconds: float, *, thrifty: bool = False) -> Run:
        """Run a load; its latencies are those of batches."""
        batch = load.batch
        whole = {name: max(round(size), 8) for name, size in to_builtins(sizes).items()}
        for page in self._pages:
            await page.evaluate("([sizes, batch]) => limit.prepare(sizes, batch)", [whole, batch])
        plan = {
            "seconds": seconds,
            "depth": load.outstanding // batch,
            "batch": batch,
            "from": "follower" if load.follower else "leader",
            "thrift": thrifty,
        }
        page = self._pages[1 if load.follower else 0]
        answer: dict[str, Any] = await page.evaluate("plan => limit.run(plan)", plan)
        return convert(answer, Run)
