"""Three windows that do what a replicated write needs and nothing else: `pages/limit.mjs`."""

from typing import Any

from msgspec import Struct, convert
from msgspec.structs import asdict
from playwright.async_api import Page

from benchmarks.browser.figures import Run
from benchmarks.browser.loads import Load

LEAST = 8
"""Bytes of the smallest message: its kind and its number have to fit."""


class Sizes(Struct, frozen=True):
    """Bytes, as ours were measured."""

    message: float
    """A write in the leader's messages. What a follower asks for, and what is stored, is taken to
    be as large."""
    answer: float
    """A follower's answer, for as many writes as came in a message."""


class Limit:
    """Open pages, connected each with each. The first is the leader's, the others follow it."""

    def __init__(self, pages: list[Page]) -> None:
        self._pages = pages

    @classmethod
    async def open(cls, pages: list[Page], addresses: tuple[str, ...]) -> "Limit":
        """Open the pages; their offers and answers go through here, so no server is needed."""
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
        """Run a load of writes.

        :raises RuntimeError: what it counts was not stored in two windows
        """
        whole = {name: max(round(size), LEAST) for name, size in asdict(sizes).items()}
        for page in self._pages:
            await page.evaluate(
                "([sizes, batch]) => limit.prepare(sizes, batch)", [whole, load.batch]
            )
        plan = {
            "seconds": seconds,
            "depth": load.outstanding // load.batch,
            "batch": load.batch,
            "from": "follower" if load.follower else "leader",
            "thrift": thrifty,
        }
        page = self._pages[1 if load.follower else 0]
        answer: dict[str, Any] = await page.evaluate("plan => limit.run(plan)", plan)
        run = convert(answer, Run)
        await self._check(run.operations // load.batch, whole["message"] * load.batch)
        return run

    async def _check(self, messages: int, size: int) -> None:
        """The leader has stored each, and so has the follower that answered the last one.

        A follower may have more: what reached it late of the run before.
        """
        leader, *others = [await page.evaluate("limit.written()") for page in self._pages]
        kept = [each["records"] >= messages and each["last"] == size for each in others]
        if leader != {"records": messages, "last": size} or not any(kept):
            raise RuntimeError(
                f"of {messages} messages of {size} bytes were stored {leader} and {others}"
            )
