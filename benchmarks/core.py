"""What the core costs, printed: `python -m benchmarks.core`, or `make bench-core`.

Three members in one process over the adapters in memory, commands of 60 bytes. "Sequential": one
proposal at a time; "pipelined": 256 outstanding. The cost of a commit is that of all three members.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.cluster import (
    LEASE,
    THRIFTY,
    Member,
    leading,
    propose_each,
    propose_many,
    read_each,
    submit_many,
)
from benchmarks.follower import Follower
from benchmarks.measuring import Figure, Machine, Report, Stopwatch

OUTSTANDING = 256


async def run(*, scale: float, repeats: int, longest: int) -> Report:
    """All measurements; ``scale`` makes each longer or shorter."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    watch = Stopwatch(repeats)
    one = max(int(2000 * scale), 20)
    many = max(int(40 * scale), 4) * OUTSTANDING
    async with leading() as leader:
        await watch.measure("sequential, propose", one, lambda: propose_each(leader, one))
        await watch.measure("sequential, read", one, lambda: read_each(leader, one))
        await watch.measure("sequential, submit", one, lambda: submit_many(leader, one, 1))
        await watch.measure(
            "pipelined, propose", many, lambda: propose_many(leader, many, OUTSTANDING)
        )
        await watch.measure(
            "pipelined, submit", many, lambda: submit_many(leader, many, OUTSTANDING)
        )
    async with leading(THRIFTY) as leader:
        await submit_many(leader, one, 1)
        await watch.measure("sequential, thrifty", one, lambda: submit_many(leader, one, 1))
        await watch.measure(
            "pipelined, thrifty", many, lambda: submit_many(leader, many, OUTSTANDING)
        )
    await _wake(watch, max(int(5000 * scale), 100))
    async with leading() as leader:
        await _lengthen(watch, leader, longest, many)
    async with leading(LEASE) as leader:
        await propose_each(leader, 1)
        await watch.measure("sequential, read by lease", one, lambda: read_each(leader, one))
    machine = Machine(
        f"{platform.python_implementation()} {platform.python_version()}, {sys.platform}",
        load,
        float(median(watch.calibrations)),
    )
    return Report(machine, watch.figures)


async def _wake(watch: Stopwatch, count: int) -> None:
    follower = Follower()
    messages = [follower.messages(count) for _ in range(watch.repeats + 1)]
    batches = iter(messages)
    await watch.measure("follower's wake", count, lambda: follower.follow(next(batches)))


async def _lengthen(watch: Stopwatch, leader: Member, longest: int, count: int) -> None:
    """Pipelined commits once the log has so many entries."""
    length = 1000
    while length <= longest:
        missing = length - leader.status().last_log_index
        if missing > 0:
            await submit_many(leader, missing, OUTSTANDING)
        await watch.measure(
            f"pipelined, log of {length:,}", count, lambda: submit_many(leader, count, OUTSTANDING)
        )
        length *= 10


def table(report: Report, before: Report | None) -> str:
    """The report for people; with another run's, how many times faster this one is.

    Compared are calibrations: two runs met two states of the machine.
    """
    machine = report.machine
    load = f", load {machine.load[0]:.1f}" if machine.load else ""
    known = {figure.name: figure for figure in before.figures} if before else {}
    lines = [
        f"{machine.python}{load}; a calibration takes {machine.calibration * 1e6:.2f} us",
        "",
        f"{'':28}{'a second':>10}{'a CPU second':>14}{'us CPU':>9}{'calibrations':>14}"
        + ("  times faster" if before else ""),
    ]
    lines += [_line(figure, known.get(figure.name)) for figure in report.figures]
    return "\n".join(lines)


def _line(figure: Figure, before: Figure | None) -> str:
    line = (
        f"{figure.name:28}{1 / figure.wall:10,.0f}{1 / figure.processor:14,.0f}"
        f"{figure.processor * 1e6:9.1f}{figure.calibrations:14.1f}"
    )
    if before is not None:
        line += f"{before.calibrations / figure.calibrations:14.2f}"
    return line


async def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="length of each measurement")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--longest", type=int, default=100_000, help="entries of the longest log")
    parser.add_argument("--json", type=Path, help="write the report to this file")
    parser.add_argument("--compare", type=Path, help="a report of --json to compare with")
    options = parser.parse_args(arguments)
    before = None
    if options.compare is not None:
        before = msgspec.json.decode(options.compare.read_bytes(), type=Report)
    report = await run(scale=options.scale, repeats=options.repeats, longest=options.longest)
    print(table(report, before))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
