"""A history that fails, drawn: one HTML file that needs nothing else.

Time goes to the right, a client is a row, an operation a bar from its call to its return. Dots and
a line through them are the longest order that the search found; the operation that has no place in
it is red. What was called after that one had returned plays no part, and is left out; so is what
was over long before it.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from msgspec import Struct

from raft_core.testing.linearizability.checker import Result, Verdict
from raft_core.testing.linearizability.operations import Operation

MOST = 60
"""Operations in a picture: the last ones that play a part."""

_LEFT, _TOP, _ROW, _BAR, _GAP, _CHARACTER = 120, 34, 46, 28, 26, 7.4


def picture_of(verdict: Verdict, *, title: str = "Not linearizable", most: int = MOST) -> str:
    """The HTML of a verdict that is a failure, with at most so many operations.

    :raises ValueError: there is no failure to be seen
    """
    if verdict.result is not Result.NOT_LINEARIZABLE or verdict.stuck is None:
        raise ValueError(f"there is no failure to draw: {verdict}")
    drawing = _Drawing(verdict, most)
    return _PAGE.format(
        title=escape(title),
        key=escape(str(verdict.key)),
        sentence=escape(_sentence(verdict, drawing)),
        width=drawing.width,
        height=drawing.height,
        svg=drawing.svg(),
        rows=_table(verdict, most),
    )


def _label(operation: Operation[Any, Any]) -> str:
    """Short: of a Struct its name and what it holds beside the key."""
    wanted = operation.input
    words = str(wanted)
    if isinstance(wanted, Struct):
        values = [getattr(wanted, name) for name in wanted.__struct_fields__]
        words = " ".join(
            [type(wanted).__name__, *(repr(value) for value in values if value != operation.key)]
        )
    output = "?" if operation.returned is None else repr(operation.output)
    return f"{words} → {output}"


def _sentence(verdict: Verdict, drawing: "_Drawing") -> str:
    stuck = verdict.stuck
    assert stuck is not None
    after = ""
    if verdict.states:
        after = f"After {len(verdict.order)} operations the state is {verdict.states[-1]!r}. "
    hidden = f" {drawing.hidden} earlier operations are not drawn." if drawing.hidden else ""
    return (
        f"{after}No order that explains the others has a place for {_label(stuck)} "
        f"of {stuck.client}.{hidden}"
    )


def _table(verdict: Verdict, most: int) -> str:
    """The longest order, line by line, and at its end what has no place."""
    numbered = list(enumerate(zip(verdict.order, verdict.states, strict=True), 1))
    rows = [
        f"<tr><td>{number}<td>{escape(operation.client)}<td>{escape(_label(operation))}"
        f"<td>{escape(repr(state))}"
        for number, (operation, state) in numbered[-most:]
    ]
    assert verdict.stuck is not None
    rows.append(
        f'<tr class="stuck"><td>none<td>{escape(verdict.stuck.client)}'
        f"<td>{escape(_label(verdict.stuck))}<td>it has no place"
    )
    return "\n".join(rows)


class _Bar(Struct):
    """One operation on the paper."""

    operation: Operation[Any, Any]
    number: int
    """Its place in the order; 0 without one."""
    row: int = 0
    left: float = 0.0
    right: float = 0.0
    dot: float = 0.0


class _Drawing:
    """Where everything is. Time is stretched so that every bar holds its words."""

    def __init__(self, verdict: Verdict, most: int) -> None:
        stuck = verdict.stuck
        assert stuck is not None
        assert stuck.returned is not None
        numbers = {id(operation): n for n, operation in enumerate(verdict.order, 1)}
        part = [each for each in verdict.operations if each.called <= stuck.returned]
        shown = self._last(part, stuck, most)
        self.hidden = len(part) - len(shown)
        self.stuck = stuck
        self.bars = [_Bar(each, numbers.get(id(each), 0)) for each in shown]
        self.clients = self._place_rows()
        self.width = int(self._place_columns()) + 20
        self.height = _TOP + _ROW * (1 + max(bar.row for bar in self.bars))
        self._place_dots()

    @staticmethod
    def _last(
        part: Sequence[Operation[Any, Any]], stuck: Operation[Any, Any], most: int
    ) -> Sequence[Operation[Any, Any]]:
        """Those that were over last, the one that is stuck among them."""
        ends = sorted(
            (each for each in part if each is not stuck),
            key=lambda each: float("inf") if each.returned is None else each.returned,
        )
        return sorted(
            [*ends[len(ends) - most + 1 :], stuck] if len(ends) >= most else part,
            key=lambda each: each.called,
        )

    def _place_rows(self) -> list[tuple[str, int]]:
        """A row for a client; one more for each operation that still runs when the next begins."""
        free: dict[str, list[tuple[float, int]]] = {}
        for client in sorted({bar.operation.client for bar in self.bars}):
            free[client] = []
        lanes: dict[str, list[float]] = {client: [] for client in free}
        of_bar = []
        for bar in self.bars:
            ends = lanes[bar.operation.client]
            lane = next((n for n, end in enumerate(ends) if end <= bar.operation.called), len(ends))
            ends[lane : lane + 1] = [_end(bar.operation)]
            of_bar.append(lane)
        first = 0
        clients = []
        offset = {}
        for client, ends in lanes.items():
            offset[client] = first
            clients.append((client, first))
            first += len(ends)
        for bar, lane in zip(self.bars, of_bar, strict=True):
            bar.row = offset[bar.operation.client] + lane
        return clients

    def _place_columns(self) -> float:
        events = []
        for bar in self.bars:
            events.append((bar.operation.called, 0, bar))
            if bar.operation.returned is not None:
                events.append((bar.operation.returned, 1, bar))
        events.sort(key=lambda event: event[:2])
        x = float(_LEFT)
        for _, kind, bar in events:
            x += _GAP
            words = len(_label(bar.operation)) * _CHARACTER + 20
            if kind:
                bar.right = x = max(x, bar.left + words)
            else:
                bar.left = x
        for bar in self.bars:
            if bar.operation.returned is None:
                x = max(x, bar.left + len(_label(bar.operation)) * _CHARACTER + 20)
        for bar in self.bars:
            bar.right = bar.right or x + _GAP
        return x + _GAP

    def _place_dots(self) -> None:
        """In the order, and each within its bar, which the order allows."""
        at = 0.0
        for bar in self.ordered:
            at = bar.dot = min(max(at + 5, bar.left + 6), max(bar.right - 2, at))

    @property
    def ordered(self) -> list[_Bar]:
        return sorted((bar for bar in self.bars if bar.number), key=lambda bar: bar.number)

    def svg(self) -> str:
        lines = [
            f'<text class="client" x="8" y="{_TOP + _ROW * row + 19}">{escape(client)}</text>'
            f'<line class="rule" x1="0" x2="{self.width}" y1="{_TOP + _ROW * row - 9}"'
            f' y2="{_TOP + _ROW * row - 9}"/>'
            for client, row in self.clients
        ]
        lines += map(self._bar, self.bars)
        ordered = self.ordered
        path = " ".join(f"{bar.dot:.1f},{self._dot_y(bar)}" for bar in ordered)
        lines.append(f'<polyline class="order" points="{path}"/>')
        lines += map(self._words, self.bars)
        lines += [
            f'<circle class="dot" cx="{bar.dot:.1f}" cy="{self._dot_y(bar)}" r="3.5"/>'
            f'<text class="number" x="{bar.dot:.1f}" y="{self._dot_y(bar) - 6}">{bar.number}</text>'
            for bar in ordered
        ]
        return "\n".join(lines)

    @staticmethod
    def _dot_y(bar: _Bar) -> int:
        return _TOP + _ROW * bar.row

    def _bar(self, bar: _Bar) -> str:
        operation = bar.operation
        returned = "never" if operation.returned is None else operation.returned
        anchor = ' id="stuck"' if operation is self.stuck else ""
        return (
            f'<g class="{self._kind(bar)}"{anchor}><title>{escape(operation.client)}: '
            f"{escape(_label(operation))}, called {operation.called}, returned {returned}</title>"
            f'<rect x="{bar.left:.1f}" y="{self._dot_y(bar)}" '
            f'width="{bar.right - bar.left:.1f}" height="{_BAR}" rx="5"/></g>'
        )

    def _words(self, bar: _Bar) -> str:
        return (
            f'<text class="{self._kind(bar)}" x="{bar.left + 10:.1f}" y="{self._dot_y(bar) + 19}">'
            f"{escape(_label(bar.operation))}</text>"
        )

    def _kind(self, bar: _Bar) -> str:
        if bar.operation is self.stuck:
            return "stuck"
        kind = "placed" if bar.number else "unplaced"
        return f"{kind} open" if bar.operation.returned is None else kind


def _end(operation: Operation[Any, Any]) -> float:
    return float("inf") if operation.returned is None else operation.returned


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --back: #fff; --text: #1c2430; --faint: #5b6675; --rule: #dde2e9;
  --placed: #dcebfb; --edge: #3b76b5; --bad: #c62828; --bad-back: #fde4e2; --other: #eef0f3; }}
@media (prefers-color-scheme: dark) {{
:root {{ --back: #14181e; --text: #e4e9f0; --faint: #9aa6b5; --rule: #2c343f;
  --placed: #1c3550; --edge: #7db3ea; --bad: #ff8a80; --bad-back: #4a1f1f; --other: #262c35; }} }}
body {{ margin: 1.5rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.3rem; margin: 0 0 .3rem; }}
p {{ max-width: 60rem; margin: .3rem 0 1rem; overflow-wrap: anywhere; }}
.paper {{ overflow-x: auto; border: 1px solid var(--rule); border-radius: 8px; }}
svg {{ display: block; font: 12px ui-monospace, monospace; }}
svg text {{ fill: var(--text); }}
a {{ color: var(--edge); }}
svg .client {{ font-weight: 600; }}
svg .rule {{ stroke: var(--rule); }}
rect {{ fill: var(--other); stroke: var(--faint); }}
.placed rect {{ fill: var(--placed); stroke: var(--edge); }}
.stuck rect {{ fill: var(--bad-back); stroke: var(--bad); stroke-width: 2; }}
svg text.stuck {{ fill: var(--bad); font-weight: 700; }}
.open rect {{ stroke-dasharray: 5 4; }}
.order {{ fill: none; stroke: var(--edge); stroke-width: 1.5; opacity: .6; }}
.dot {{ fill: var(--edge); }}
svg .number {{ fill: var(--faint); text-anchor: middle; font-size: 10px; }}
table {{ border-collapse: collapse; margin-top: 1rem; font: 13px ui-monospace, monospace; }}
td, th {{ text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top;
  border-bottom: 1px solid var(--rule); }}
th {{ color: var(--faint); font-weight: 400; }}
tr.stuck td {{ color: var(--bad); font-weight: 700; }}
.legend {{ color: var(--faint); font-size: 13px; }}
</style>
<h1>{title}: key {key}</h1>
<p>{sentence} <a href="#stuck">Show it</a></p>
<div class="paper" role="img" aria-label="The history, drawn; the table below tells the same">
<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">
{svg}
</svg>
</div>
<p class="legend">Time goes to the right; a bar goes from call to return.
Blue: placed, in the order of the numbers. Grey: not placed. Dashed: nobody saw it end.
Red: no order has a place for it.</p>
<table>
<tr><th>place<th>client<th>operation<th>state after
{rows}
</table>
</html>
"""
