"""Measure, and print: `python -m benchmarks.startup`, or `make bench-startup`.

Each round opens every address in a profile that has nothing, closes the browser, and opens it again
with what that profile has kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from playwright.sync_api import BrowserType, sync_playwright

from benchmarks.startup.report import FLOOR, Figure, Machine, Report, table
from benchmarks.startup.visits import (
    SETTLED,
    Place,
    Visit,
    browser,
    forget,
    found,
    program,
    serve,
    visit,
)

ROOT = Path(__file__).resolve().parents[2]
HOME = "todo, start page"
LINK = "todo, by a link"
AGAIN = "todo, stored session"
KEY = "0123456789abcdef0123456789abcdef"

Taken = dict[tuple[str, str], list[Visit]]


def build(folder: Path) -> None:
    """Build the site as a user does."""
    program = str(Path(sys.executable).with_name("raft-web"))
    command = [program, "build", "apps/todo", "--out", str(folder), "--root", str(ROOT)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  (our own program)


def run(folder: Path, rounds: int, megabits: float | None) -> Report:
    """All measurements, of a built site."""
    before = os.getloadavg()[0]
    taken: Taken = {}
    with (
        serve(folder, megabits) as place,
        sync_playwright() as playwright,
        TemporaryDirectory() as scratch,
    ):
        profiles = Path(scratch)
        with browser(playwright.chromium, profiles / "asked") as context:
            name = f"Chromium {program(context).version}"
        for _ in range(rounds):
            for what, path, state in (
                (FLOOR, "/bare.html", "ready"),
                (HOME, "/todo/", "home"),
                (LINK, f"/todo/#{KEY}/", "waiting"),
            ):
                forget(profiles / "one")
                _twice(playwright.chromium, profiles / "one", place, taken, (what, path, state))
            forget(profiles / "one")
            with browser(playwright.chromium, profiles / "one") as context:
                path = found(context, place)
            with browser(playwright.chromium, profiles / "one") as context:
                taken.setdefault(("warm", AGAIN), []).append(
                    visit(context, place, path, "running")[0]
                )
    machine = Machine(name, os.cpu_count() or 1, (before, os.getloadavg()[0]), megabits)
    ordered = sorted(taken.items(), key=lambda item: item[0][0])
    return Report(machine, [Figure(*key, visits) for key, visits in ordered])


def _twice(
    chromium: BrowserType, profile: Path, place: Place, taken: Taken, which: tuple[str, str, str]
) -> None:
    what, path, state = which
    for temperature in ("cold", "warm"):
        with browser(chromium, profile) as context:
            measured, page = visit(context, place, path, state)
            page.wait_for_timeout(SETTLED if temperature == "cold" else 0)
        taken.setdefault((temperature, what), []).append(measured)


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabits", type=float, help="what the network carries a second")
    parser.add_argument("--site", type=Path, help="a site that is built; else one is built")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    options = parser.parse_args(arguments)
    folder = options.site
    if folder is None:
        folder = ROOT / "build/startup-site"
        build(folder)
    report = run(folder, options.rounds, options.megabits)
    print(table(report))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


if __name__ == "__main__":
    main(sys.argv[1:])
