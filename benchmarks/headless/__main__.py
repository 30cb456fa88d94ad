"""Measure, and print: `python -m benchmarks.headless`, or `make bench-headless`.

Each round runs every load on every system, one after the other, so that what else the machine does
meanwhile meets all of them alike. All processes live through the whole run; those that are not
under load send heartbeats and no more.
"""

import argparse
import asyncio
import logging
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.headless import fleet
from benchmarks.headless.fleet import ROOT, Fleet
from benchmarks.headless.report import FLOORS, Machine, Report, Rounds, table

OUTSTANDING = 256
LOADS = {
    "one, from the leader": (1, False),
    "one, from a follower": (1, True),
    "256, from the leader": (OUTSTANDING, False),
    "256, from a follower": (OUTSTANDING, True),
}


class Plan(msgspec.Struct, frozen=True):
    """How much of what."""

    rounds: int
    seconds: float
    systems: tuple[str, ...] = ("sqlite", "memory", "their-journal", "their-memory", "floors")
    loads: tuple[str, ...] = tuple(LOADS)


def _begin(system: str, data: Path) -> AbstractAsyncContextManager[Fleet]:
    if system.startswith("their-"):
        return fleet.theirs(system.removeprefix("their-"), data)
    return fleet.ours(system, data)


async def run(plan: Plan, data: Path) -> Report:
    """All measurements; databases and journals go into ``data``, which must be on a real disk."""
    before = os.getloadavg()[0]
    rounds = Rounds()
    async with AsyncExitStack() as stack:
        systems = []
        for name in plan.systems:
            if name != "floors":
                folder = data / name
                folder.mkdir()
                systems.append(await stack.enter_async_context(_begin(name, folder)))
        floors = []
        if "floors" in plan.systems:
            floors = [
                await stack.enter_async_context(each)
                for each in (
                    fleet.channel(data),
                    fleet.transported("transport alone", "transport", data),
                    fleet.transported("transport, two commits", "commits", data),
                    fleet.commit(data),
                )
            ]
        for number in range(plan.rounds + 1):
            await _round(plan, systems, floors, rounds if number else Rounds())
    machine = Machine(
        f"{platform.python_implementation()} {platform.python_version()}, {sys.platform}",
        os.cpu_count() or 1,
        (before, os.getloadavg()[0]),
    )
    return Report(machine, plan.rounds, plan.seconds, rounds.figures())


async def _round(plan: Plan, systems: list[Fleet], floors: list[Fleet], rounds: Rounds) -> None:
    """One round; the first of a run only warms up."""
    for load in plan.loads:
        outstanding, follower = LOADS[load]
        for system in systems:
            loaded, processor = await system.load(outstanding, plan.seconds, follower=follower)
            rounds.add(load, system.name, loaded, processor)
    for floor in floors:
        loaded, processor = await floor.load(1, plan.seconds)
        rounds.add(FLOORS, floor.name, loaded, processor)


async def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.headless", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of each measurement")
    parser.add_argument("--systems", nargs="+", default=None, choices=Plan(0, 0.0).systems)
    parser.add_argument("--loads", nargs="+", default=None, choices=tuple(LOADS))
    parser.add_argument(
        "--data", type=Path, default=ROOT / "build", help="where journals go; a real disk"
    )
    parser.add_argument("--json", type=Path, help="write the report to this file")
    parser.add_argument("--compare", type=Path, help="a report of --json to compare with")
    options = parser.parse_args(arguments)
    before = None
    if options.compare is not None:
        before = msgspec.json.decode(options.compare.read_bytes(), type=Report)
    plan = Plan(options.rounds, options.seconds)
    if options.systems:
        plan = msgspec.structs.replace(plan, systems=tuple(options.systems))
    if options.loads:
        plan = msgspec.structs.replace(plan, loads=tuple(options.loads))
    logging.basicConfig(level=logging.WARNING)
    options.data.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=options.data, prefix="bench-headless-") as data:
        report = await run(plan, Path(data))
    print(table(report, before))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
