"""Measure, print, and keep what came of it: `python -m benchmarks.browser`, or `make bench`."""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from playwright.async_api import Playwright, async_playwright

from benchmarks.browser import document, hidden, serving
from benchmarks.browser.browsers import BrowserMissing, Processor, contexts, version_of
from benchmarks.browser.limit import Limit
from benchmarks.browser.measuring import Bench, Plan
from benchmarks.browser.ours import ClusterFailed, Ours
from benchmarks.browser.plot import svg
from benchmarks.browser.report import Machine, Report, markdown, table
from benchmarks.browser.results import Figure
from benchmarks.browser.serving import ROOT, Served
from benchmarks.browser.sustained import sustain

DOCUMENT = ROOT / "docs/performance.md"


class Options(argparse.Namespace):
    """What the command line says."""

    rounds: int
    seconds: float
    warm_up: float
    browser: str
    separate: bool
    hidden: bool
    sustain: float
    site: Path | None
    out: Path
    compare: Path | None
    read: Path | None
    write_docs: bool


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the program if it is wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.browser", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=7, help="how often each figure is measured (%(default)s)")
    add("--seconds", type=float, default=1.5, help="of each measurement (%(default)s)")
    add("--warm-up", type=float, default=4.0, help="seconds of each load before (%(default)s)")
    add("--browser", choices=("chromium", "firefox"), default="chromium")
    add("--separate", action="store_true", help="three browsers with a window each")
    add(
        "--hidden",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure with the leader's window hidden, too, where there is an Xvfb (%(default)s)",
    )
    add("--sustain", type=float, default=0.0, metavar="MINUTES", help="write for so long, too")
    add("--site", type=Path, help="a site that holds the bench app; else one is built")
    add("--out", type=Path, default=ROOT / "build/bench", help="where the report goes")
    add("--compare", type=Path, metavar="FILE", help="an earlier report.json to compare with")
    add("--read", type=Path, metavar="FILE", help="measure nothing: use this report.json")
    add("--write-docs", action="store_true", help=f"put the figures into docs/{DOCUMENT.name}")
    options = parser.parse_args(arguments, Options())
    if options.rounds < 1 or options.seconds < 0.1:
        parser.error("at least 1 round of 0.1 seconds")
    return options


async def measure(options: Options) -> Report:
    """All measurements."""
    before = os.getloadavg()[0]
    site = options.site or await serving.build(ROOT / "build/bench-site")
    with TemporaryDirectory(prefix="wraft-bench-") as profiles:
        async with async_playwright() as playwright, serving.serve(site) as served:
            report = await _measure(options, playwright, served, Path(profiles))
            out_of_sight = await _hidden(options, playwright, served, Path(profiles) / "hidden")
    machine = msgspec.structs.replace(report.machine, load=(before, os.getloadavg()[0]))
    return msgspec.structs.replace(report, machine=machine, hidden=out_of_sight)


async def _measure(
    options: Options, playwright: Playwright, served: Served, profiles: Path
) -> Report:
    plan = Plan(options.rounds, options.seconds, options.warm_up)
    async with contexts(
        playwright, options.browser, profiles, separate=options.separate
    ) as windows:
        say("starting three windows")
        ours = await Ours.open([await each.new_page() for each in windows], served.ours)
        limit = await Limit.open([await each.new_page() for each in windows], served.limit)
        bench = Bench(plan, ours, limit, await Processor.of(windows))
        say("warming up")
        await bench.warm_up()
        await bench.measure(say)
        sustained = await sustain(ours, options.sustain, say) if options.sustain else None
        return Report(
            Machine(version_of(windows), platform.platform(), os.cpu_count() or 1, (0.0, 0.0)),
            datetime.now(UTC).date().isoformat(),
            revision(),
            plan.rounds,
            plan.seconds,
            options.separate,
            ours.elections,
            bench.sizes,
            bench.figures(),
            "",
            sustained,
        )


async def _hidden(
    options: Options, playwright: Playwright, served: Served, profile: Path
) -> list[Figure] | str:
    why_not = hidden.why_not(options.browser) if options.hidden else "nobody asked for it"
    if why_not is not None:
        return why_not
    say("starting three windows, of which one can be hidden")
    async with hidden.windows(playwright, profile) as pages:
        ours = await Ours.open(pages, served.ours)
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


def read(path: Path) -> Report:
    """A report of an earlier run.

    :raises ValueError: it is none
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"{path} is no report of this command: {error}") from error


def keep(report: Report, folder: Path) -> None:
    """Write the report as JSON, Markdown and a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (folder / "report.md").write_text(markdown(report))
    (folder / "report.svg").write_text(svg(report))
    print(f"\nin {folder}: report.json, report.md, report.svg")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status: 1 if nothing could be measured."""
    options = parse(arguments)
    try:
        before = read(options.compare) if options.compare else None
        report = read(options.read) if options.read else asyncio.run(measure(options))
        print(table(report, before))
        if options.read is None:
            keep(report, options.out)
        if options.write_docs:
            document.write(report, DOCUMENT)
    except (BrowserMissing, ClusterFailed, document.NoMarks, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
