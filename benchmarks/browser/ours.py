"""Three windows of the bench app: one cluster, driven through `globalThis.bench` of its pages."""

import asyncio

import msgspec
from msgspec import Struct
from playwright.async_api import ConsoleMessage, Page

from benchmarks.browser.figures import Run
from benchmarks.browser.limit import Sizes
from benchmarks.browser.loads import COMMAND, Load

WATCH = """
// Keeps the page's connections in sight, to ask the browser what went through them. Nothing comes
// between a message and its channel.
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

LINEARIZABLE = "linearizable"
"""The page's word for a history that one copy could have shown."""
ROLE_PATIENCE = 60.0
TRIES = 5


class ClusterFailed(Exception):
    """The windows formed no cluster, or lost their leader; the sentence says more."""


class Latency(Struct, frozen=True):
    """Milliseconds, as the page tells them."""

    p50: float
    p99: float
    max: float


class Operations(Struct, frozen=True):
    """The page's figures of writes, or of reads."""

    acknowledged: int
    latency: Latency


class Verdict(Struct, frozen=True):
    """Whether a single copy could have shown what the run saw."""

    result: str
    sentence: str


class Point(Struct, frozen=True):
    """A quarter of a second. Latencies in milliseconds."""

    at: float
    seconds: float
    writes: int
    max: float


class Result(Struct, frozen=True):
    """What is used of the page's result: see apps/bench."""

    ended: str
    seconds: float
    writes: Operations
    reads: Operations
    errors: dict[str, int]
    elections: int
    points: list[Point]
    verdict: Verdict

    @property
    def problem(self) -> str:
        """Why it is no measurement: what was acknowledged is not known to be right. "": it is."""
        result, sentence = self.verdict.result, self.verdict.sentence
        if sentence:
            return f"{result}: {sentence}"
        return result if result != LINEARIZABLE and self.writes.acknowledged else ""

    def run(self) -> Run:
        """As a measurement; of a mixed load the latencies are those of its writes."""
        latency = self.writes.latency
        return Run(
            self.writes.acknowledged + self.reads.acknowledged,
            self.seconds,
            latency.p50 / 1000,
            latency.p99 / 1000,
            max(latency.max, self.reads.latency.max) / 1000,
            sum(self.errors.values()),
        )


class Ours:
    """Three windows that run as one cluster."""

    def __init__(self, pages: list[Page], errors: list[str]) -> None:
        self.pages = pages
        self._errors = errors
        self._leader = 0
        self.elections = 0
        """Measurements that were begun again, since the leader had changed."""

    @classmethod
    async def open(cls, pages: list[Page], addresses: tuple[str, ...]) -> "Ours":
        """Start a cluster in the first window, and let the others join it."""
        ours = cls(pages, [])
        for page in ours.pages:
            page.on("console", ours._hear)
            page.on("pageerror", lambda error: ours._errors.append(str(error)))
            await page.add_init_script(WATCH)
        first, *others = ours.pages
        await first.goto(addresses[0])
        await _shows(first, "home")
        await first.get_by_test_id("start").click()
        await _shows(first, "waiting")
        key = first.url.partition("#")[2]
        for page, address in zip(others, addresses[1:], strict=True):
            await page.goto(f"{address}#{key}", wait_until="commit")
        for page in ours.pages:
            await _shows(page, "running")
            await page.wait_for_function("globalThis.bench !== undefined")
            await page.evaluate("bench.pictures(false)")  # the limit draws none either
            await page.get_by_test_id("safety").get_by_text("any one may fail").wait_for()
        await ours.find_leader()
        return ours

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append(message.text)

    async def find_leader(self) -> None:
        """Wait until one of them leads, and remember which.

        :raises TimeoutError: none does
        """
        async with asyncio.timeout(ROLE_PATIENCE):
            while True:
                roles = [await _role(page) for page in self.pages]
                if roles.count("leader") == 1:
                    self._leader = roles.index("leader")
                    return
                await asyncio.sleep(0.1)

    def page(self, *, follower: bool = False) -> Page:
        """The leader's window, or the first of the others."""
        return self.pages[(self._leader + follower) % len(self.pages)]

    async def run(self, load: Load, seconds: float) -> Run:
        """Run a load in one of the windows, again if the leader changed: that is an election's.

        :raises ClusterFailed: it changes each time, or nothing is acknowledged
        """
        why = ""
        for _ in range(TRIES):
            await self.find_leader()
            result = await self.result(load, seconds)
            if result.elections:
                self.elections += 1
                why = "the leader changed"
            elif result.writes.acknowledged:
                return result.run()
            else:
                why = f"no write was acknowledged; errors: {result.errors or 'none'}"
        raise ClusterFailed(
            f"{load.name}, {TRIES} times {seconds:g} s: {why}; "
            f"the pages say: {self._errors or 'nothing'}"
        )

    async def result(self, load: Load, seconds: float) -> Result:
        """Run a load in one of the windows; whatever comes of it.

        :raises ClusterFailed: it saw what no single copy could have shown, or nobody looked
        """
        plan = {
            "outstanding": load.outstanding,
            "payload": COMMAND,
            "seconds": seconds,
            "warm_up": 0.0,
            "reads": load.reads,
        }
        page = self.page(follower=load.follower)
        text: str = await page.evaluate(
            "plan => bench.run(plan)", msgspec.json.encode(plan).decode()
        )
        result = msgspec.json.decode(text, type=Result)
        if problem := result.problem:
            raise ClusterFailed(f"{load.name}: {problem}")
        return result

    async def sizes(self, load: Load, seconds: float) -> Sizes:
        """What a write of this load takes, by running it once."""
        before = [await page.evaluate(SENT) for page in self.pages]
        run = await self.run(load, seconds)
        after = [await page.evaluate(SENT) for page in self.pages]
        sent = [_between(*each) for each in zip(before, after, strict=True)]
        return sizes_of(sent.pop(self._leader), sent, run.operations)


Traffic = list[tuple[int, int]]
"""Messages and bytes that a window has sent, by connection."""


def sizes_of(leader: Traffic, followers: list[Traffic], writes: int) -> Sizes:
    """By the busiest connections: what is sent to a slower follower may travel in batches."""
    _, size = max(leader)
    answers, answered = max(max(each) for each in followers)
    return Sizes(size / writes, answered / max(answers, 1))


def _between(before: list[list[int]], after: list[list[int]]) -> Traffic:
    return [
        (messages - old_messages, size - old_size)
        for (old_messages, old_size), (messages, size) in zip(before, after, strict=True)
    ]


async def _shows(page: Page, state: str) -> None:
    """Wait until the shell says that it is in this state."""
    await page.wait_for_selector(f"html[data-raft={state}]", state="attached")


async def _role(page: Page) -> str:
    return await page.get_by_test_id("role").inner_text()
