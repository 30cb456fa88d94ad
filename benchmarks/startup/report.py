"""The figures of a run, and the table of them for people."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

from benchmarks.startup.visits import Visit

FLOOR = "bare Pyodide"
HEADS = " seconds  (lowest to highest)  ratio  CPU s  ratio     MB  files"


class Machine(Struct, frozen=True):
    """Where it ran. `load` is the one-minute average at the start and at the end."""

    browser: str
    cores: int
    load: tuple[float, float]
    megabits: float | None


class Figure(Struct, frozen=True):
    """All visits of one kind, a round each."""

    temperature: str  # "cold" or "warm"
    what: str
    visits: list[Visit]


class Report(Struct, frozen=True):
    """All of one run."""

    machine: Machine
    figures: list[Figure]


def table(report: Report) -> str:
    """The report for people. Ratios are medians of the ratios of each round."""
    machine = report.machine
    rate = "not held back" if machine.megabits is None else f"{machine.megabits:g} Mbit/s, 20 ms"
    lines = [
        f"{machine.browser}, {machine.cores} cores, network {rate}",
        f"load {machine.load[0]:.1f} before, {machine.load[1]:.1f} after",
        f"medians of {len(report.figures[0].visits)} rounds, in turn",
    ]
    for temperature in ("cold", "warm"):
        figures = [one for one in report.figures if one.temperature == temperature]
        floor = next(one for one in figures if one.what == FLOOR)
        lines += ["", f"{temperature:24}{HEADS}"]
        lines += [_line(figure, floor) for figure in figures]
    lines += ["", "milestones, seconds after the click"]
    for figure in report.figures:
        if marks := _marks(figure.visits):
            lines.append(f"  {figure.temperature}, {figure.what}: {marks}")
    return "\n".join([*lines, "", NOTES])


def _line(figure: Figure, floor: Figure) -> str:
    walls = [visit.wall for visit in figure.visits]
    pairs = list(zip(figure.visits, floor.visits, strict=True))
    spread = f"({min(walls):.2f} to {max(walls):.2f})"
    return (
        f"  {figure.what:22}{median(walls):8.2f}{spread:>21}"
        f"{median(ours.wall / bare.wall for ours, bare in pairs):7.2f}"
        f"{median(visit.processor for visit in figure.visits):7.2f}"
        f"{median(ours.processor / bare.processor for ours, bare in pairs):7.2f}"
        f"{median(visit.bytes for visit in figure.visits) / 1e6:7.2f}"
        f"{median(visit.files for visit in figure.visits):7.0f}"
    )


def _marks(visits: Sequence[Visit]) -> str:
    names = visits[0].marks
    middle = {name: median(visit.marks[name] for visit in visits) for name in names}
    ordered = sorted(middle.items(), key=lambda item: item[1])
    return ", ".join(f"{name} {at:.2f}" for name, at in ordered)


NOTES = """\
"CPU s": processor seconds of the window's process, its helping threads included. "ratio": to bare
Pyodide, which is `loadPyodide` and `1 + 1` from the same server. Cold: a new profile. Warm: the
second visit in a profile, by a browser that was started again."""
