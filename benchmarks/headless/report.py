"""The figures of a run, and the table of them for people."""

from statistics import median

from msgspec import Struct

from benchmarks.headless.wire import Loaded

FLOORS = "one, the floor"
YARDSTICK = {
    "ours, sqlite": "PySyncObj, journal",
    "ours, memory": "PySyncObj, memory",
    "transport, two commits": "PySyncObj, journal",
    "transport alone": "PySyncObj, memory",
}
"""Whom each of ours is compared with: the one that keeps what it has in the same place."""
YARDSTICK_LOAD = {FLOORS: "one, from the leader"}
"""Under which load, if not the same."""


class Figure(Struct, frozen=True):
    """One system under one load: medians of the rounds. Seconds; processor: of all members."""

    system: str
    load: str
    a_second: float
    lowest: float
    highest: float
    p50: float
    p99: float
    processor: float
    unanswered: int
    """Writes of all rounds that the system never answered."""
    ratio: float | None
    """The median of its writes a second divided, round by round, by those of its yardstick."""


class Machine(Struct, frozen=True):
    """Where it ran. ``load`` is the one-minute average at the start and at the end."""

    python: str
    cores: int
    load: tuple[float, float]


class Report(Struct, frozen=True):
    """All of one run."""

    machine: Machine
    rounds: int
    seconds: float
    figures: list[Figure]


class Rounds:
    """What was measured: for each load and system, one value a round."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], list[tuple[Loaded, float]]] = {}

    def add(self, load: str, system: str, loaded: Loaded, processor: float) -> None:
        """One measurement."""
        self._taken.setdefault((load, system), []).append((loaded, processor))

    def figures(self) -> list[Figure]:
        """All of them, by medians."""
        return [self._figure(load, system) for load, system in self._taken]

    def _rates(self, load: str, system: str) -> list[float]:
        return [loaded.writes / loaded.wall for loaded, _ in self._taken.get((load, system), ())]

    def _figure(self, load: str, system: str) -> Figure:
        taken = self._taken[load, system]
        rates = self._rates(load, system)
        others = self._rates(YARDSTICK_LOAD.get(load, load), YARDSTICK.get(system, ""))
        ratios = [mine / other for mine, other in zip(rates, others, strict=False)]
        return Figure(
            system,
            load,
            median(rates),
            min(rates),
            max(rates),
            median(loaded.p50 for loaded, _ in taken),
            median(loaded.p99 for loaded, _ in taken),
            median(processor / loaded.writes for loaded, processor in taken),
            sum(loaded.unanswered for loaded, _ in taken),
            median(ratios) if ratios else None,
        )


def table(report: Report, before: Report | None = None) -> str:
    """The report for people; with another run's ratios beside.

    Two runs met two states of the machine: only their ratios can be compared.
    """
    machine = report.machine
    load_before, load_after = machine.load
    rounds = f"medians of {report.rounds} rounds of {report.seconds:g} s, the systems in turn"
    heads = (
        f"{'a second':>9}{'(lowest to highest)':>21}{'p50 ms':>8}{'p99 ms':>8}{'us CPU':>8}  ratio"
    )
    lines = [
        f"{machine.python}, {machine.cores} cores",
        f"load {load_before:.1f} before, {load_after:.1f} after",
        rounds,
    ]
    load = ""
    for figure in report.figures:
        if figure.load != load:
            load = figure.load
            lines += ["", f"{load:26}{heads}"]
        known = before.figures if before is not None else ()
        ratios = [
            f"{old.ratio:9.2f} before"
            for old in known
            if (old.system, old.load) == (figure.system, figure.load) and old.ratio is not None
        ]
        lines.append(_line(figure) + "".join(ratios))
    return "\n".join([*lines, "", NOTES])


def _line(figure: Figure) -> str:
    spread = f"({figure.lowest:,.0f} to {figure.highest:,.0f})"
    ratio = f"{figure.ratio:7.2f}" if figure.ratio is not None else ""
    if figure.unanswered:
        ratio += f"  {figure.unanswered} never answered"
    return (
        f"  {figure.system:24}{figure.a_second:9,.0f}{spread:>21}{figure.p50 * 1e3:8.2f}"
        f"{figure.p99 * 1e3:8.2f}{figure.processor * 1e6:8.0f}{ratio}"
    )


NOTES = """\
"us CPU": of all members together, a write. "ratio": to PySyncObj with a journal for ours with
SQLite, to PySyncObj in memory for ours in memory. Ours encrypts all it sends, and with SQLite a
write counts when a majority has flushed it to the disk; PySyncObj does neither. The floors are what
is left of ours without Raft and the third member; their ratio is to PySyncObj's writes from the
leader."""
