"""The report as a picture: SVG, written by hand, so that nothing has to be installed for it."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple

from benchmarks.browser.figures import LIMIT, OURS, THRIFTY, Figure
from benchmarks.browser.report import Report
from benchmarks.browser.sustained import Stretch

WIDTH: Final = 800
TOP: Final = 64
HEIGHT: Final = 240
"""Of the bars; below them are their names."""
MARGIN: Final = 56
GAP: Final = 64
COLOURS: Final = {LIMIT: "#b8bec8", THRIFTY: "#dde1e8", OURS: "#2f6fd0"}
STEPS: Final = 4
"""Lines of the grid."""


class Panel(NamedTuple):
    """A part of the picture with a scale of its own: from ``left``, ``width`` wide."""

    left: float
    width: float
    top: float
    most: float

    def y(self, value: float) -> float:
        """Where a value is."""
        return self.top + HEIGHT * (1 - value / self.most)


def svg(report: Report) -> str:
    """The rates, with whiskers from the lowest to the highest; below, a sustained run over time."""
    width = (WIDTH - 2 * MARGIN - GAP) / 2
    parts = [_text(MARGIN, 24, "Replicated writes a second, in three windows", size=16, bold=True)]
    parts += _legend(MARGIN, 42)
    for number, outstanding in enumerate(("one", "256")):
        figures = [each for each in report.figures if each.load.startswith(f"{outstanding},")]
        if figures:
            left = MARGIN + number * (width + GAP)
            panel = Panel(left, width, TOP + 24, _round_up(max(each.highest for each in figures)))
            parts += [_text(left, TOP + 12, f"{outstanding} outstanding"), *_grid(panel)]
            parts += _bars(panel, figures)
    height = TOP + HEIGHT + 48
    if report.sustained is not None:
        stretches = report.sustained.stretches
        most = _round_up(max(each.rate for each in stretches))
        panel = Panel(MARGIN, WIDTH - 2 * MARGIN, height + 24, most)
        parts += [_text(MARGIN, height + 8, "256 outstanding, sustained, over minutes")]
        parts += [*_grid(panel), *_curve(panel, stretches)]
        height += HEIGHT + 48
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _round_up(value: float) -> float:
    """The next number that divides well into the steps of the grid."""
    unit = 10.0 ** (len(str(int(value))) - 1)
    return next(
        unit * each for each in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10, 12) if unit * each >= value
    )


def _grid(panel: Panel) -> Iterable[str]:
    for step in range(STEPS + 1):
        value = panel.most * step / STEPS
        y = panel.y(value)
        right = panel.left + panel.width
        yield f'<path d="M{panel.left:.1f} {y:.1f}H{right:.1f}" stroke="#e4e7ec"/>'
        yield _text(panel.left - 6, y + 4, f"{value:,.0f}", anchor="end", colour="#5b6472")


def _bars(panel: Panel, figures: Sequence[Figure]) -> Iterable[str]:
    loads = list(dict.fromkeys(each.load for each in figures))
    slot = panel.width / len(loads)
    for number, load in enumerate(loads):
        group = [each for each in figures if each.load == load]
        bar = min(slot / (len(group) + 0.6), 40)
        left = panel.left + slot * number + (slot - bar * len(group)) / 2
        for place, figure in enumerate(group):
            yield from _bar(panel, figure, left + bar * place, bar)
        name = load.partition(", ")[2]
        yield _text(panel.left + slot * (number + 0.5), panel.y(0) + 18, name, anchor="middle")


def _bar(panel: Panel, figure: Figure, left: float, width: float) -> Iterable[str]:
    top, middle = panel.y(figure.rate), left + width / 2
    yield (
        f'<rect x="{left + 1:.1f}" y="{top:.1f}" width="{width - 2:.1f}" '
        f'height="{panel.y(0) - top:.1f}" fill="{COLOURS[figure.system]}"/>'
    )
    low, high = panel.y(figure.lowest), panel.y(figure.highest)
    yield f'<path d="M{middle:.1f} {low:.1f}V{high:.1f}" stroke="#39414d"/>'
    if figure.system == OURS and figure.ratio is not None:
        yield _text(middle, high - 5, f"{figure.ratio:.2f}", anchor="middle", bold=True)


def _curve(panel: Panel, stretches: Sequence[Stretch]) -> Iterable[str]:
    end = stretches[-1].seconds
    points = " ".join(
        f"{panel.left + panel.width * each.seconds / end:.1f},{panel.y(each.rate):.1f}"
        for each in stretches
    )
    yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[OURS]}" stroke-width="2"/>'
    right = panel.left + panel.width
    yield _text(right, panel.y(0) + 18, f"{end / 60:.1f} minutes", anchor="end")


def _legend(left: float, y: float) -> Iterable[str]:
    for system, colour in COLOURS.items():
        yield f'<rect x="{left}" y="{y}" width="12" height="12" fill="{colour}"/>'
        yield _text(left + 18, y + 10, system)
        left += 40 + 8 * len(system)
    yield _text(
        left,
        y + 10,
        "whiskers: all rounds; numbers: to the limit, with reads to ours without",
        colour="#5b6472",
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    size: int = 12,
    bold: bool = False,
    colour: str = "#1c2530",
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{weight} '
        f'fill="{colour}">{escape(text)}</text>'
    )
