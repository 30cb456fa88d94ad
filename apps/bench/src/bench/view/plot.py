"""One uPlot: the only place that knows the charting library, which comes as a script of its own.

Data is kept in JavaScript's arrays and grows there: a new point costs a few calls, whatever the
number of points before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import js
from js import Array, Object, getComputedStyle
from pyodide.ffi import create_proxy, jsnull, to_js

from bench.series import log_frame

FONT = "11px system-ui, sans-serif"


class Line(NamedTuple):
    """A series: its name in the legend, and the CSS variable of its colour."""

    label: str
    colour: str
    unit: str = ""
    filled: bool = False
    stepped: bool = False
    dotted: bool = False  # its points stand alone: it has seldom any


class Axes(NamedTuple):
    """How the chart is laid out."""

    height: int = 150
    log_x: bool = False
    log_y: bool = False
    frame: tuple[float, float] | None = None  # of the x axis; None: as far as the data goes
    unit: str = ""  # of the x axis
    key: str = ""  # charts of one key show the same moment under the pointer


def is_there() -> bool:
    """Whether the library has arrived."""
    return hasattr(js, "uPlot")


class Plot:
    """A chart in `root`. `decorate` draws onto the canvas when all else is drawn."""

    def __init__(
        self,
        root: Any,
        lines: Sequence[Line],
        axes: Axes,
        decorate: Callable[[Any], None] | None = None,
    ) -> None:
        self._root = root
        self._lines = lines
        self._data = Array.new(*(Array.new() for _ in range(len(lines) + 1)))
        self._columns = [self._data[number] for number in range(len(lines) + 1)]
        self._proxies: list[Any] = []
        self._width = max(int(root.clientWidth), 120)
        self._plot = js.uPlot.new(self._options(axes, decorate), self._data, root)

    def add(self, at: float, values: Sequence[float | None]) -> None:
        """Add a point; None: no value there. It is seen after `draw`."""
        self._columns[0].push(at)
        for column, value in zip(self._columns[1:], values, strict=True):
            column.push(jsnull if value is None else value)

    def clear(self) -> None:
        """Forget all points."""
        for column in self._columns:
            column.length = 0

    def draw(self) -> None:
        """Show what was added."""
        self._plot.setData(self._data)
        if self._plot.cursor.idx is jsnull or self._plot.cursor.idx is None:
            last = self._columns[0].length - 1
            if last >= 0:
                self._plot.setLegend(to_js({"idx": last}, dict_converter=Object.fromEntries))

    def fit(self) -> None:
        """Take the width that there is now."""
        width = max(int(self._root.clientWidth), 120)
        if width != self._width:
            self._width = width
            size = {"width": width, "height": int(self._plot.height)}
            self._plot.setSize(to_js(size, dict_converter=Object.fromEntries))

    def destroy(self) -> None:
        """Remove it."""
        self._plot.destroy()
        for proxy in self._proxies:
            proxy.destroy()

    def _options(self, axes: Axes, decorate: Callable[[Any], None] | None) -> Any:
        text, grid = (resolve(self._root, name) for name in ("--quiet", "--grid"))
        axis = {
            "stroke": text,
            "font": FONT,
            "grid": {"stroke": grid, "width": 1},
            "ticks": {"show": False},
        }
        scale_x: dict[str, Any] = {"time": False, "distr": 3 if axes.log_x else 1}
        if axes.frame is not None:
            scale_x["range"] = list(axes.frame)
        elif axes.log_x:  # by itself it goes on to the next power of ten
            scale_x["range"] = self._proxy(
                lambda _plot, least, most, _key: to_js(log_frame(least, most))
            )
        scale_y: dict[str, Any] = {"distr": 3 if axes.log_y else 1}
        if not axes.log_y:
            scale_y["range"] = {
                "min": {"pad": 0, "hard": 0, "soft": 0, "mode": 1},
                "max": {"pad": 0.1, "soft": 1, "mode": 1},
            }
        options = {
            "width": self._width,
            "height": axes.height,
            "padding": [8, 12, 0, 0],
            "scales": {"x": scale_x, "y": scale_y},
            "axes": [{**axis, "size": 24, "gap": 2}, {**axis, "size": 52, "gap": 4}],
            "series": [
                {"label": axes.unit},
                *(self._series(line) for line in self._lines),
            ],
            "cursor": {
                "sync": {"key": axes.key} if axes.key else {},
                "drag": {"x": False, "y": False},
                "points": {"size": 6},
            },
        }
        if decorate is not None:
            options["hooks"] = {"draw": [self._proxy(decorate)]}
        return to_js(options, dict_converter=Object.fromEntries)

    def _proxy(self, call: Callable[..., Any]) -> Any:
        self._proxies.append(create_proxy(call))
        return self._proxies[-1]

    def _series(self, line: Line) -> dict[str, Any]:
        stroke = resolve(self._root, line.colour)
        series: dict[str, Any] = {
            "label": line.label,
            "stroke": stroke,
            "width": 1.5,
            "points": {"show": line.dotted, "size": 5, "fill": stroke},
        }
        if line.filled:
            series["fill"] = stroke.replace("rgb(", "rgba(").replace(")", ", 0.14)")
        if line.stepped:
            stepped = to_js({"align": 1}, dict_converter=Object.fromEntries)
            series["paths"] = js.uPlot.paths.stepped(stepped)
        return series


def resolve(root: Any, name: str) -> str:
    """The colour that a CSS variable has at `root`, as `rgb(...)`: a canvas knows no variables."""
    before = str(root.style.color)
    root.style.color = f"var({name})"
    colour = str(getComputedStyle(root).color)
    root.style.color = before
    return colour
