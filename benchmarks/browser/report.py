"""All of a run: JSON for programs, a table for people, Markdown for docs/performance.md."""

from collections.abc import Iterable

from msgspec import Struct

from benchmarks.browser.aims import Aim, aims
from benchmarks.browser.figures import Figure
from benchmarks.browser.limit import Sizes
from benchmarks.browser.loads import COMMAND
from benchmarks.browser.sustained import QUOTA, Sustained


class Machine(Struct, frozen=True):
    """Where it ran. ``load`` is the one-minute average at the start and at the end."""

    browser: str
    system: str
    cores: int
    load: tuple[float, float] = (0.0, 0.0)


class Report(Struct, frozen=True):
    """All of one browser."""

    machine: Machine
    date: str
    revision: str
    """Of the repository, as git describes it."""
    rounds: int
    seconds: float
    separate: bool
    """Each window was in a browser of its own."""
    elections: int
    """Measurements that were begun again, since the leader changed."""
    sizes: dict[str, Sizes]
    figures: list[Figure]
    hidden: list[Figure] | str = ""
    """Or why there are none."""
    sustained: Sustained | None = None

    def aims(self) -> list[Aim]:
        """What was wanted, and what there is."""
        hidden = self.hidden if isinstance(self.hidden, list) else []
        return aims(self.figures, hidden, self.sustained)

    @property
    def browser(self) -> str:
        """Its name, without the version."""
        return self.machine.browser.partition(" ")[0]


class Results(Struct, frozen=True):
    """All of a run: a report for each browser."""

    reports: list[Report]


# ------------------------------------------------------------------------------------- for people

HEADS = (
    f"{'a second':>9}{'(lowest to highest)':>21}{'p50 ms':>8}{'p99 ms':>8}{'p99/p50':>9}"
    f"{'us CPU':>8}{'ratio':>7}{'by CPU':>8}"
)


def table(results: Results, before: Results | None = None) -> str:
    """As text; with the ratios of another run, and what part of them these are, beside."""
    old = {report.browser: report for report in before.reports} if before else {}
    tables = [_table(report, old.get(report.browser)) for report in results.reports]
    return "\n\n\n".join([*tables, NOTES])


def _table(report: Report, before: Report | None) -> str:
    lines = [*_where(report), *_figures(report.figures, before.figures if before else ())]
    if isinstance(report.hidden, str):
        lines += ["", f"the leader's window hidden: not measured, {report.hidden}"]
    else:
        known = before.hidden if before and isinstance(before.hidden, list) else ()
        lines += ["", "on a display, with the leader's window in sight or hidden:"]
        lines += _figures(report.hidden, known)
    if report.sustained is not None:
        lines += ["", sustained_line(report.sustained)]
    lines += [*_where_it_goes(report.figures), "", "aims"]
    lines += [f"  {_mark(aim):8}{aim.what:46}{aim_text(aim)}" for aim in report.aims()]
    return "\n".join(lines)


def _where(report: Report) -> list[str]:
    machine = report.machine
    windows = "three browsers" if report.separate else "three windows of one browser"
    first, last = machine.load
    rounds = f"{report.rounds} rounds of {report.seconds:g} s"
    lines = [
        f"{machine.browser}, {windows}; {machine.system}, {machine.cores} cores",
        f"load {first:.1f} before, {last:.1f} after; {report.date}, {report.revision}",
        f"medians of {rounds}, the limit and ours in turn; commands of {COMMAND} bytes",
    ]
    if report.elections:
        lines.append(f"{report.elections} measurements were repeated: the leader had changed")
    return lines


def _figures(figures: Iterable[Figure], before: Iterable[Figure]) -> list[str]:
    old = {(figure.load, figure.system): figure for figure in before}
    lines = []
    load = ""
    for figure in figures:
        if figure.load != load:
            load = figure.load
            lines += ["", f"{load:24}{HEADS}"]
        lines.append(_line(figure) + _against(figure, old.get((load, figure.system))))
    return lines


def _where_it_goes(figures: Iterable[Figure]) -> list[str]:
    """By what part of the browser the processor is used; nothing, if nobody tells."""
    lines = [
        f"  {figure.load:17}{figure.system:18}" + "".join(f"{part * 1e6:9.1f}" for part in parts)
        for figure, parts in _costs(figures)
    ]
    heads = f"{'us CPU an operation':37}{'pages':>9}{'network':>9}{'storage':>9}{'rest':>9}"
    return ["", heads, *lines] if lines else []


def _costs(figures: Iterable[Figure]) -> Iterable[tuple[Figure, tuple[float, ...]]]:
    return (
        (figure, (figure.cost.pages, figure.cost.network, figure.cost.storage, figure.cost.rest))
        for figure in figures
        if figure.cost is not None
    )


def _line(figure: Figure) -> str:
    spread = f"({figure.lowest:,.0f} to {figure.highest:,.0f})"
    line = (
        f"  {figure.system:22}{figure.rate:9,.0f}{spread:>21}{figure.p50 * 1e3:8.2f}"
        f"{figure.p99 * 1e3:8.2f}{tail(figure):>9}{_cost(figure):>8}"
        f"{_ratio(figure.ratio):>7}{_ratio(figure.cost_ratio):>8}"
    )
    return line.rstrip() + (f"  {figure.failed} failed" if figure.failed else "")


def _against(new: Figure, old: Figure | None) -> str:
    """What the ratios were in another run, and what part of that they are now."""
    if old is None or not new.ratio or not old.ratio:
        return ""
    text = f"   {old.ratio:.2f} before, {new.ratio / old.ratio:.2f} of it"
    if new.cost_ratio and old.cost_ratio:
        text += f"; by CPU {old.cost_ratio:.2f}, {new.cost_ratio / old.cost_ratio:.2f}"
    return text


def _cost(figure: Figure) -> str:
    return "" if figure.cost is None else f"{figure.cost.total * 1e6:.0f}"


def tail(figure: Figure) -> str:
    """How much longer the slowest hundredth takes than the middle."""
    return f"{figure.p99 / figure.p50:.1f}" if figure.p50 else ""


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _mark(aim: Aim) -> str:
    return {True: "met", False: "MISSED", None: "-"}[aim.met]


def aim_text(aim: Aim) -> str:
    """What there is beside what was wanted."""
    bound = f"{'at most' if aim.at_most else 'at least'} {aim.wanted:g}{aim.unit}"
    reached = "not measured" if aim.reached is None else f"{aim.reached:.2f}{aim.unit}"
    return f"{reached}, wanted {bound}"


def sustained_line(sustained: Sustained) -> str:
    """Minutes of it in a sentence."""
    minutes = sustained.stretches[-1].seconds / 60
    rates = [stretch.rate for stretch in sustained.stretches]
    task = sustained.longest_task
    spread = f"{min(rates):,.0f} to {max(rates):,.0f} writes a second"
    parts = [
        f"sustained for {minutes:.1f} minutes: {spread}",
        f"the end is {sustained.flatness:.2f} of the beginning",
        f"at most {sustained.stored / QUOTA:.0%} of the storage used",
        f"the slowest write took {sustained.longest * 1e3:.0f} ms",
        "" if task is None else f"a window stood still for {task * 1e3:.0f} ms at most",
        f"{sustained.failed} writes failed",
        f"{sustained.elections} elections",
    ]
    return "; ".join(part for part in parts if part)


NOTES = """\
"us CPU": of all processes of the browsers, an operation. "ratio": to the limit's rate, round by
round; of half reads to ours without reads; of the hidden window to the one in sight. "by CPU": the
same by what the processor spends, which a busy machine spoils less."""


# ---------------------------------------------------------------------------------- for documents


COLUMNS = (
    "what",
    "a second",
    "lowest to highest",
    "p50 ms",
    "p99 ms",
    "p99 / p50",
    "CPU µs",
    "ratio",
    "by CPU",
)


def markdown(results: Results) -> str:
    """In tables of Markdown, with a heading for each browser."""
    return "\n".join(_markdown(report) for report in results.reports)


def _markdown(report: Report) -> str:
    lines = [f"#### {report.browser.capitalize()}", "", *(f"{each}  " for each in _where(report))]
    lines += [
        "",
        f"| outstanding, where | {' | '.join(COLUMNS)} |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    hidden = report.hidden if isinstance(report.hidden, list) else []
    lines += [_row(figure) for figure in [*report.figures, *hidden]]
    if isinstance(report.hidden, str):
        lines += ["", f"The leader's window hidden: not measured, {report.hidden}."]
    if report.sustained is not None:
        text = sustained_line(report.sustained)
        lines += ["", f"{text[0].upper()}{text[1:]}."]
    lines += [*_cost_rows(report.figures), "", "| aim | | |", "|---|---|---|"]
    lines += [f"| {aim.what} | {aim_text(aim)} | {_mark(aim).lower()} |" for aim in report.aims()]
    return "\n".join(lines) + "\n"


def _cost_rows(figures: Iterable[Figure]) -> list[str]:
    rows = [
        f"| {figure.load} | {figure.system} | {' | '.join(f'{part * 1e6:.1f}' for part in parts)} |"
        for figure, parts in _costs(figures)
    ]
    heads = "| CPU µs an operation | | pages | network | storage | rest |"
    return ["", heads, "|---|---|--:|--:|--:|--:|", *rows] if rows else []


def _row(figure: Figure) -> str:
    failed = f", {figure.failed} failed" if figure.failed else ""
    cells = (
        figure.load,
        figure.system + failed,
        f"{figure.rate:,.0f}",
        f"{figure.lowest:,.0f} to {figure.highest:,.0f}",
        f"{figure.p50 * 1e3:.2f}",
        f"{figure.p99 * 1e3:.2f}",
        tail(figure),
        _cost(figure),
        _ratio(figure.ratio),
        _ratio(figure.cost_ratio),
    )
    return f"| {' | '.join(cells)} |"
