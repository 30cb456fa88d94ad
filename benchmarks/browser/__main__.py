"""Measure, print, and keep what came of it: `python -m benchmarks.browser`, or `make bench`."""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from playwright.async_api import async_playwright

from benchmarks.browser import document, serving
from benchmarks.browser.browsers import BrowserMissing, present
from benchmarks.browser.measurement import Measurement, Options
from benchmarks.browser.ours import ClusterFailed
from benchmarks.browser.plot import svg
from benchmarks.browser.report import Results, markdown, table
from benchmarks.browser.serving import ROOT

DOCUMENT = ROOT / "docs/performance.md"


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the program if it is wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.browser", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=7, help="how often each figure is measured (%(default)s)")
    add("--seconds", type=float, default=1.5, help="of each measurement (%(default)s)")
    add("--warm-up", type=float, default=4.0, help="seconds of each load before (%(default)s)")
    add(
        "--browser",
        nargs="+",
        choices=("chromium", "firefox"),
        help="default: chromium, and firefox if it is here",
    )
    add("--separate", action="store_true", help="three browsers with a window each")
    add(
        "--hidden",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="measure with the leader's window hidden, too, where there is an Xvfb (%(default)s)",
    )
    add("--sustain", type=float, default=0.0, metavar="MINUTES", help="write for so long, too")
    add("--site", type=Path, help="a site that holds the bench app; else one is built")
    add("--out", type=Path, default=ROOT / "build/bench", help="where the results go")
    add("--compare", type=Path, metavar="FILE", help="an earlier results.json to compare with")
    add("--read", type=Path, metavar="FILE", help="measure nothing: use this results.json")
    add("--write-docs", action="store_true", help=f"put the figures into docs/{DOCUMENT.name}")
    options = parser.parse_args(arguments, Options())
    if options.rounds < 1 or options.seconds < 0.1:
        parser.error("at least 1 round of 0.1 seconds")
    return options


async def measure(options: Options) -> Results:
    """All measurements, in one browser after the other."""
    site = options.site or await serving.build(ROOT / "build/bench-site")
    reports = []
    with TemporaryDirectory(prefix="wraft-bench-") as profiles:
        async with async_playwright() as playwright, serving.serve(site) as served:
            for browser in options.browser or present(playwright):
                measurement = Measurement(options, playwright, served, Path(profiles))
                reports.append(await measurement.run(browser))
    return Results(reports)


def read(path: Path) -> Results:
    """What an earlier run found.

    :raises ValueError: it is none
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Results)
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(f"{path} holds no results of this command: {error}") from error


def keep(results: Results, folder: Path) -> None:
    """Write them as JSON, Markdown and a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    (folder / "results.md").write_text(markdown(results))
    (folder / "results.svg").write_text(svg(results.reports[0]))
    print(f"\nin {folder}: results.json, results.md, results.svg")


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status: 1 if nothing could be measured."""
    options = parse(arguments)
    try:
        before = read(options.compare) if options.compare else None
        results = read(options.read) if options.read else asyncio.run(measure(options))
        print(table(results, before))
        if options.read is None:
            keep(results, options.out)
        if options.write_docs:
            document.write(results, DOCUMENT)
    except (BrowserMissing, ClusterFailed, document.NoMarks, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
