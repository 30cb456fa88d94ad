"""The pictures of a run: throughput and latency over time, how latencies spread, and the marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.series import PULSE_SECONDS, spans
from bench.timeline import ELECTION, ERROR, LEADER, PHASE, Mark, Point
from bench.view.dom import panel
from bench.view.plot import Axes, Line, Plot, is_there, resolve
from raft_web.elements import make

_THROUGHPUT = (
    Line("writes/s", "--c-write", filled=True),
    Line("reads/s", "--c-read"),
    Line("errors/s", "--c-error", dotted=True),
)
_LATENCY = (
    Line("p50", "--c-p50"),
    Line("p95", "--c-p95"),
    Line("p99", "--c-p99"),
    Line("max", "--c-max"),
)
_SPREAD = (Line("operations", "--c-write", filled=True, stepped=True),)

_DRAWN = 200
"""Marks that are drawn, the newest: more would be a wall of lines, and take long."""

_KINDS = {
    ELECTION: "--c-election",
    LEADER: "--c-election",
    ERROR: "--c-error",
    PHASE: "--grid-strong",
}
"""Colours of what is a moment; a hidden window is a time, and is shaded."""


class Charts:
    """Draws one run; `begin` makes them anew for another one."""

    def __init__(self) -> None:
        self._places = {
            name: make("div", "chart", role="img", aria_label=title, data_testid=f"chart-{name}")
            for name, title in (
                ("throughput", "Throughput over time"),
                ("latency", "Latency over time"),
                ("spread", "How latencies spread"),
            )
        }
        figures = [
            make("figure", f"figure {name}", make("figcaption", "", caption), self._places[name])
            for name, caption in (
                ("throughput", "Throughput: acknowledged operations a second"),
                ("latency", "Latency in milliseconds, over time"),
                ("spread", "Latency, how often: milliseconds and operations"),
            )
        ]
        self._marks = make("ul", "marks", data_testid="marks")
        self.element = panel("Run, over time", *figures, self._marks, id_="charts")
        self.element.hidden = True  # until there is a run
        self._plots: dict[str, Plot] = {}
        self._drawn = 0
        self._until = 10.0
        self._shown_marks: list[Mark] = []
        self._colours: dict[str, str] = {}
        self._points: Sequence[Point] = ()
        self._bins: Sequence[tuple[float, int]] = ()

    def begin(self, until: float) -> None:
        """Make empty charts; the time axis ends at `until` seconds."""
        self._until = until
        self._points, self._bins, self._shown_marks = (), (), []
        self.element.hidden = False
        self._marks.replaceChildren()
        self._make()

    def show(
        self,
        points: Sequence[Point],
        marks: Sequence[Mark],
        bins: Sequence[tuple[float, int]],
        names: Mapping[str, str],
    ) -> None:
        """Draw what is new: `points` only grow, until the next `begin`. `names`: the members'."""
        self._points, self._bins = points, bins
        if len(marks) != len(self._shown_marks):
            self._shown_marks = list(marks)
            self._marks.replaceChildren(
                *(
                    make("li", f"mark {mark.kind}", make("i", ""), _words(mark, names))
                    for mark in marks[-12:]
                )
            )
        if not self._plots and not self.element.hidden:
            self._make()
        if self._plots:
            self._draw()

    def renew(self) -> None:
        """The colours changed: draw all of it again."""
        if self._plots:
            self._make()
            self._draw()

    def fit(self) -> None:
        """The width changed."""
        for plot in self._plots.values():
            plot.fit()

    def _make(self) -> None:
        for plot in self._plots.values():
            plot.destroy()
        self._plots.clear()
        self._drawn = 0
        here = self._places["latency"]
        self._colours = {name: resolve(here, name) for name in ("--shade", *_KINDS.values())}
        if not is_there():  # its script is still on the way: the next `show` tries again
            return
        over_time = Axes(frame=(0, self._until), unit="s", key="run")
        places = self._places
        self._plots["throughput"] = Plot(
            places["throughput"], _THROUGHPUT, over_time, self._decorate
        )
        self._plots["latency"] = Plot(
            places["latency"], _LATENCY, over_time._replace(log_y=True), self._decorate
        )
        self._plots["spread"] = Plot(
            places["spread"], _SPREAD, Axes(height=120, log_x=True, unit="ms")
        )

    def _draw(self) -> None:
        throughput, latency = self._plots["throughput"], self._plots["latency"]
        for point in self._points[self._drawn :]:
            took = point.seconds or 1.0
            writes, reads = round(point.writes / took), round(point.reads / took)
            throughput.add(point.at, (writes, reads, round(point.errors / took) or None))
            # Nothing answered has no latency.
            latencies = (point.p50, point.p95, point.p99, point.max)
            latency.add(point.at, [round(value, 2) or None for value in latencies])
        self._drawn = len(self._points)
        spread = self._plots["spread"]
        spread.clear()
        for milliseconds, number in self._bins:
            spread.add(round(milliseconds, 2), (number,))
        for plot in self._plots.values():
            plot.draw()
        if self._points:
            last = self._points[-1]
            self._places["throughput"].setAttribute(
                "aria-label", f"Throughput over time, now {last.per_second:.0f} a second"
            )

    def _decorate(self, plot: Any, *_: object) -> None:
        """Marks, on the same axis in every chart: lines for moments, shade for a hidden window."""
        if not self._shown_marks:
            return
        context, box = plot.ctx, plot.bbox
        top, height, right = box.top, box.height, box.left + box.width
        context.save()
        context.fillStyle = self._colours["--shade"]
        for begin, end in spans(self._shown_marks, self._until):
            left = plot.valToPos(begin, "x", True)
            context.fillRect(left, top, min(plot.valToPos(end, "x", True), right) - left, height)
        context.lineWidth = 1.5
        for mark in self._shown_marks[-_DRAWN:]:
            if mark.kind in _KINDS:
                x = plot.valToPos(mark.at, "x", True)
                context.strokeStyle = self._colours[_KINDS[mark.kind]]
                context.beginPath()
                context.moveTo(x, top)
                context.lineTo(x, top + height)
                context.stroke()
        context.restore()


def _words(mark: Mark, names: Mapping[str, str]) -> str:
    text = mark.text or mark.kind
    for member, name in names.items():
        text = text.replace(member, name)
    return f"{mark.at:.1f} s: {text}"


class Pulse:
    """What is applied here, over the last minute: a small chart that always runs."""

    def __init__(self) -> None:
        self._place = make(
            "div", "chart small", role="img", aria_label="Writes applied, over the last minute"
        )
        caption = make("figcaption", "", "Writes applied here a second, over the last minute")
        self.element = make("figure", "figure pulse", caption, self._place)
        self._plot: Plot | None = None

    def show(self, samples: Sequence[tuple[float, float]]) -> None:
        """Draw the samples: seconds before now (negative), and a rate."""
        if self._plot is None:
            if not is_there():
                return
            lines = (Line("writes/s", "--c-election", filled=True),)
            self._plot = Plot(
                self._place, lines, Axes(height=90, unit="s", frame=(-PULSE_SECONDS, 0))
            )
        self._plot.clear()
        for at, rate in samples:
            self._plot.add(round(at, 1), (round(rate),))
        self._plot.draw()

    def renew(self) -> None:
        """The colours changed."""
        if self._plot is not None:
            self._plot.destroy()
            self._plot = None

    def fit(self) -> None:
        """The width changed."""
        if self._plot is not None:
            self._plot.fit()
