"""Three windows of the bench app: one cluster, driven through `globalThis.bench` of its pages."""

import asyncio
from typing import Any

import msgspec
from playwright.async_api import BrowserContext, Page

from benchmarks.browser.loads import PAYLOAD, Load

WATCH = """
// Keeps the page's connections in sight, to ask the browser what went through them. Nothing is in
// the way of a message.
globalThis.connections = [];
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); connections.push(this); }
};
"""

SENT = """async () => {
  const sent = [];
  for (const connection of connections) {
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type === "data-channel") sent.push([stat.messagesSent, stat.bytesSent]);
    }
  }
  return sent;
}"""
"""Messages and bytes that the page has sent, by connection."""


class ClusterFailed(Exception):
    """The windows formed no cluster, or lost their leader under load."""


class Ours:
    """Three windows that run as one cluster."""

    def __init__(self, pages: list[Page], errors: list[str]) -> None:
        self._pages = pages
        self._errors = errors
        self._leader = 0

    @classmethod
    async def open(cls, contexts: list[BrowserContext], addresses: tuple[str, ...]) -> "Ours":
        """Start a cluster in the first window, follow its links in the others."""
        pages: list[Page] = []
        errors: list[str] = []
        for context in contexts:
            page = await context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
            await page.add_init_script(WATCH)
            pages.append(page)
        first, *others = pages
        await first.goto(addresses[0])
        await state(first, "home")
        await first.get_by_test_id("start").click()
        await state(first, "waiting")
        await first.get_by_test_id("member-link").first.wait_for()
        _, mark, fragment = first.url.partition("#")
        for page, address in zip(others, addresses[1:], strict=True):
            await page.goto(address + mark + fragment, wait_until="commit")
        ours = cls(pages, errors)
        for page in pages:
            await state(page, "running")
            await page.wait_for_function("globalThis.bench !== undefined")
        await ours.settle()
        return ours

    async def settle(self) -> None:
        """Find the leader, once all three are voters."""
        for page in self._pages:
            await page.get_by_test_id("safety").get_by_text("any one may fail").wait_for()
        for _ in range(200):
            roles = [await page.get_by_test_id("role").inner_text() for page in self._pages]
            if roles.count("leader") == 1:
                self._leader = roles.index("leader")
                return
            await asyncio.sleep(0.1)
        raise ClusterFailed(f"no leader among {roles}; the pages say {self._errors}")

    def page(self, *, follower: bool) -> Page:
        """The leader's window, or the first of the others."""
        return self._pages[(self._leader + follower) % len(self._pages)]

    async def run(self, load: Load, seconds: float, warm_up: float = 0.0) -> dict[str, Any]:
        """Run a load in one of the windows."""
        plan = {
            "outstanding": load.outstanding,
            "payload": PAYLOAD,
            "seconds": seconds,
            "warm_up": warm_up,
            "reads": load.reads,
        }
        page = self.page(follower=load.follower)
        text = await page.evaluate("plan => bench.run(plan)", msgspec.json.encode(plan).decode())
        answer: dict[str, Any] = msgspec.json.decode(text)
        return answer

    async def sent(self) -> list[list[list[int]]]:
        """Of each window, the leader's first: messages and bytes sent by connection."""
        order = [(self._leader + step) % len(self._pages) for step in range(len(self._pages))]
        return [await self._pages[each].evaluate(SENT) for each in order]


async def state(page: Page, name: str) -> None:
    """Wait until the shell says that it is in this state."""
    await page.wait_for_selector(f"html[data-raft={name}]", state="attached")
