"""How the benchmarks measure: repeats, medians, and work that says how fast the machine is.

Machines are shared and noisy. So each figure is the median of its repeats, comes in processor time
beside wall time, and as a multiple of the calibration, which runs before each repeat.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median
from typing import Final

import msgspec
from msgspec import Struct

CALIBRATIONS: Final = 2000


class Figure(Struct, frozen=True):
    """What one operation costs: seconds of the wall's clock and of the processor.

    ``calibrations`` is the second as a multiple of what the calibration took meanwhile.
    """

    name: str
    wall: float
    processor: float
    calibrations: float
    operations: int
    repeats: int


class Machine(Struct, frozen=True):
    """Where it ran."""

    python: str
    load: tuple[float, float, float] | None
    calibration: float


class Report(Struct, frozen=True):
    """All of one run."""

    machine: Machine
    figures: list[Figure]


class _Line(Struct, frozen=True, array_like=True):
    index: int
    term: int
    data: bytes


class _Sheet(Struct, frozen=True, array_like=True, tag=1):
    term: int
    lines: tuple[_Line, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Sheet).decode


def calibrate() -> float:
    """Processor seconds of one calibration: a few Structs to bytes and back, a few calls and dicts.

    Fixed for ever: it shares no code with what is measured.
    """
    known: dict[int, _Line] = {}

    def note(line: _Line) -> None:
        known[line.index & 255] = line

    data = b"x" * 60
    began = time.process_time()
    for number in range(CALIBRATIONS):
        sheet = _Sheet(number, (_Line(number, 1, data),))
        for line in _decode(_encode(sheet)).lines:
            note(line)
        for _ in range(10):
            note(line)
    return (time.process_time() - began) / CALIBRATIONS


class Stopwatch:
    """Runs measurements and keeps their figures."""

    def __init__(self, repeats: int) -> None:
        self.repeats = repeats
        self.figures: list[Figure] = []
        self.calibrations: list[float] = []

    async def measure(
        self, name: str, operations: int, work: Callable[[], Awaitable[None] | None]
    ) -> None:
        """``work`` does so many operations; it runs once more than is counted, to warm up."""
        taken: list[tuple[float, float, float]] = []
        for _ in range(self.repeats + 1):
            calibration = calibrate()
            wall, processor = time.perf_counter(), time.process_time()
            ended = work()
            if ended is not None:
                await ended
            processor = (time.process_time() - processor) / operations
            wall = (time.perf_counter() - wall) / operations
            self.calibrations.append(calibration)
            taken.append((wall, processor, processor / calibration))
        walls, processors, ratios = zip(*taken[1:], strict=True)
        self.figures.append(
            Figure(name, _mid(walls), _mid(processors), _mid(ratios), operations, self.repeats)
        )


def _mid(values: Sequence[float]) -> float:
    return float(median(values))
