"""All that is measured in one browser, from its start to its report."""

import os
import platform
import subprocess
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace
from playwright.async_api import Playwright

from benchmarks.browser import hidden
from benchmarks.browser.browsers import contexts, version_of
from benchmarks.browser.figures import Figure
from benchmarks.browser.limit import Limit
from benchmarks.browser.ours import Ours
from benchmarks.browser.processor import Processor
from benchmarks.browser.report import Machine, Report
from benchmarks.browser.rounds import Bench, Plan
from benchmarks.browser.serving import ROOT, Served
from benchmarks.browser.sustained import sustain


class Options(Namespace):
    """What the command line says."""

    rounds: int
    seconds: float
    warm_up: float
    browser: list[str] | None
    separate: bool
    hidden: bool
    sustain: float
    site: Path | None
    out: Path
    compare: Path | None
    read: Path | None
    write_docs: bool


class Measurement:
    """One browser's. ``profiles`` is a folder for what it keeps meanwhile."""

    def __init__(
        self, options: Options, playwright: Playwright, served: Served, profiles: Path
    ) -> None:
        self._options = options
        self._playwright = playwright
        self._served = served
        self._profiles = profiles

    async def run(self, browser: str) -> Report:
        """Measure.

        :raises BrowserMissing: there is none to start
        :raises ClusterFailed: the windows came to a stop
        """
        before = os.getloadavg()[0]
        report = await self._in_turn(browser)
        report = replace(report, hidden=await self._hidden(browser))
        machine = replace(report.machine, load=(before, os.getloadavg()[0]))
        return replace(report, machine=machine)

    async def _in_turn(self, browser: str) -> Report:
        options = self._options
        plan = Plan(options.rounds, options.seconds, options.warm_up)
        async with contexts(
            self._playwright, browser, self._profiles, separate=options.separate
        ) as windows:
            say(f"{browser}: starting three windows")
            ours = await Ours.open([await each.new_page() for each in windows], self._served.ours)
            limit = await Limit.open(
                [await each.new_page() for each in windows], self._served.limit
            )
            bench = Bench(plan, ours, limit, await Processor.of(windows))
            say("warming up")
            await bench.warm_up()
            await bench.measure(say)
            sustained = await sustain(ours, options.sustain, say) if options.sustain else None
            return Report(
                Machine(version_of(windows), platform.platform(), os.cpu_count() or 1),
                datetime.now(UTC).date().isoformat(),
                revision(),
                plan.rounds,
                plan.seconds,
                options.separate,
                ours.elections,
                bench.sizes,
                bench.figures(),
                sustained=sustained,
            )

    async def _hidden(self, browser: str) -> list[Figure] | str:
        options = self._options
        why_not = hidden.why_not(browser) if options.hidden else "nobody asked for it"
        if why_not is not None:
            return why_not
        say("starting three windows, of which one can be hidden")
        async with hidden.windows(self._playwright, self._profiles / "hidden") as pages:
            ours = await Ours.open(pages, self._served.ours)
            rounds = max(options.rounds // 2, 1)
            return await hidden.measure(ours, rounds, options.seconds, options.warm_up, say)


def revision() -> str:
    """What is measured, as git describes it."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.check_output(command, cwd=ROOT, text=True).strip()  # noqa: S603 - fixed
    except (OSError, subprocess.CalledProcessError):
        return "of no known revision"


def say(line: str) -> None:
    """Tell a person who waits."""
    print(f"-- {line}", file=sys.stderr, flush=True)
