"""The picture of a run: who led, which faults there were, how many answers came; as one SVG.

Time goes to the right. A row for the leader, one for each member with its faults above its state,
one for the introducer, and one for the answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from raft_core.types import Role
from tests.chaos.fury import Occurrence
from tests.chaos.history import Entry
from tests.chaos.judge import Sample
from tests.chaos.plan import Fault

NARROWEST, WIDEST = 1040.0, 14_000.0
AXIS, ROW, CHART = 26.0, 46.0, 96.0
BAR, STATE = 17.0, 9.0
LETTER = 6.4
"""Pixels that a letter of a label takes."""
TICKS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
BINS = 1200
"""Columns of the answers' chart, at the most."""


class Picture(NamedTuple):
    """The drawing, and what stands before it and does not scroll."""

    labels: str
    drawing: str


class Span(NamedTuple):
    """For so long somebody was so."""

    begin: float
    end: float
    what: str
    term: int = 0


def draw(
    names: Sequence[str],
    samples: Sequence[Sample],
    occurrences: Sequence[Occurrence],
    entries: Sequence[Entry],
    seconds: float,
) -> Picture:
    """All of a run, `seconds` long."""
    return _Timeline(names, seconds).picture(samples, occurrences, entries)


class _Timeline:
    def __init__(self, names: Sequence[str], seconds: float) -> None:
        self._names = names
        self._seconds = max(seconds, 1.0)
        width = min(max(NARROWEST, self._seconds * 12), WIDEST)
        self._scale = width / self._seconds
        self._width = width
        self._rows = [*names, "introducer"]
        self._height = AXIS + ROW * (len(self._rows) + 0.6) + CHART + 8

    def picture(
        self,
        samples: Sequence[Sample],
        occurrences: Sequence[Occurrence],
        entries: Sequence[Entry],
    ) -> Picture:
        parts = [
            *self._axis(),
            *self._leaders(samples),
            *self._states(samples),
            *self._faults(occurrences),
            *self._answers(entries),
        ]
        return Picture(self._labels(), self._svg(self._width, "time line", parts))

    def _svg(self, width: float, label: str, parts: Sequence[str]) -> str:
        return (
            f'<svg role="img" aria-label="{label}" width="{width:.0f}" '
            f'height="{self._height:.0f}" viewBox="0 0 {width:.0f} {self._height:.0f}">'
            + "".join(parts)
            + "</svg>"
        )

    def _labels(self) -> str:
        places = [(AXIS + ROW * 0.3 + 4, "leader")]
        places += [(self._top(row) + ROW * 0.55, name) for row, name in enumerate(self._rows)]
        places.append((self._chart + CHART / 2, "answers a second"))
        parts = [f'<text x="0" y="{y:.0f}">{escape(name)}</text>' for y, name in places]
        return self._svg(140, "rows", parts)

    def _top(self, row: int) -> float:
        return AXIS + ROW * (0.6 + row)

    @property
    def _chart(self) -> float:
        return self._top(len(self._rows))

    def _axis(self) -> Iterator[str]:
        step = next((each for each in TICKS if each * self._scale > 70), TICKS[-1])
        for number in range(int(self._seconds / step) + 1):
            at = number * step
            x = at * self._scale
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{AXIS}" y2="{self._height}"/>'
            clock = f"{at // 60}:{at % 60:02}"
            yield f'<text class="small" x="{x + 3:.1f}" y="{AXIS - 9}">{clock}</text>'

    def _leaders(self, samples: Sequence[Sample]) -> Iterator[str]:
        """Who leads in the latest term that was seen; nothing where nobody is seen to."""
        spans = []
        for at, there in _moments(samples):
            leaders = [each for each in there if each.role is Role.LEADER]
            best = max(leaders, key=lambda each: each.term, default=None)
            spans.append(Span(at, at, str(best.member) if best else "", best.term if best else 0))
        for begin, end, member, term in _joined(spans):
            if member:
                name = self._names[int(member)]
                title = f"{name} leads in term {term}"
                yield self._box((begin, end), (AXIS + 6, 14), f"m{member}", title, label=name[0])

    def _states(self, samples: Sequence[Sample]) -> Iterator[str]:
        for member in range(len(self._names)):
            own = [each for each in samples if each.member == member]
            spans = [Span(each.at, each.at, _state(each)) for each in own]
            y = self._top(member) + BAR + 8
            for begin, end, state, _ in _joined(spans):
                kind = f"m{member}" if state == "leader" else state.replace(" ", "-")
                yield self._box((begin, end), (y, STATE), kind, f"{self._names[member]}: {state}")

    def _faults(self, occurrences: Sequence[Occurrence]) -> Iterator[str]:
        for each in occurrences:
            part = each.part
            row = part.member if part.member >= 0 else len(self._names)
            place = (self._top(row) + 4, BAR)
            ended = self._seconds if each.ended is None else each.ended
            back = ended if each.back is None else each.back
            words = describe(each, self._names)
            if each.note.startswith("left out"):
                yield self._box((each.began, each.began), place, "left-out", words)
                continue
            yield self._box((ended, back), place, "back", f"{words}: coming back")
            kind = "introducer" if part.fault is Fault.INTRODUCER else "fault"
            times, label = (each.began, ended), str(part.fault)
            yield self._box(times, place, kind, words, label=label, room=back)

    def _box(
        self,
        times: tuple[float, float],
        place: tuple[float, float],
        kind: str,
        title: str,
        *,
        label: str = "",
        room: float = 0.0,
    ) -> str:
        """`place`: its top and height; the label is drawn if there is space for it until `room`."""
        (begin, end), (y, height) = times, place
        x, width = begin * self._scale, max((end - begin) * self._scale, 2.0)
        box = (
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.0f}" rx="2"><title>{escape(title)}</title></rect>'
        )
        space = max(width, (room - begin) * self._scale)
        if label and space > LETTER * len(label) + 6:
            box += (
                f'<text class="on" x="{x + 4:.1f}" y="{y + height - 4:.1f}">{escape(label)}</text>'
            )
        return box

    def _answers(self, entries: Sequence[Entry]) -> Iterator[str]:
        size = max(1.0, self._seconds / BINS)
        counts: Counter[tuple[int, str]] = Counter(
            (int(each.returned / size), each.outcome)
            for each in entries
            if each.returned <= self._seconds
        )
        most = max([count for (_, kind), count in counts.items() if kind == "done"], default=1)
        floor, high = self._chart + CHART - 14, CHART - 30
        for (column, kind), count in sorted(counts.items()):
            x = column * size * self._scale
            width = max(size * self._scale - 0.6, 0.6)
            height = min(count / most, 1.0) * high if kind == "done" else 5.0
            y = floor - height if kind == "done" else floor + (2 if kind == "refused" else 8)
            title = f"{column * size:.0f} s: {count / size:.0f} a second {kind}"
            yield (
                f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{height:.1f}"><title>{title}</title></rect>'
            )
        text = f"{most / size:.0f} a second"
        yield f'<text class="small" x="3" y="{floor - high - 4:.0f}">{text}</text>'


def describe(each: Occurrence, names: Sequence[str]) -> str:
    """A fault in words."""
    part = each.part
    words = f"{part.fault}"
    if part.member >= 0:
        words += f" of {names[part.member]}"
    if part.peer >= 0:
        words += f" to {names[part.peer]}"
    if part.fault is Fault.DELAY:
        words += f", {part.amount:.0f} ms"
    if part.fault is Fault.SLOW:
        words += f", {part.amount:.1f} times"
    return f"{words} ({each.note})" if each.note else words


def _state(sample: Sample) -> str:
    if sample.role is None:
        return "no answer"
    if sample.problem is not None:
        return "stopped"
    if sample.suspect:
        return "suspect"
    return str(sample.role.value)


def _moments(samples: Sequence[Sample]) -> Iterator[tuple[float, list[Sample]]]:
    by_time: dict[float, list[Sample]] = {}
    for each in samples:
        by_time.setdefault(each.at, []).append(each)
    yield from sorted(by_time.items())


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    """Neighbours that say the same become one; each lasts until the next begins."""
    begin: Span | None = None
    for span in spans:
        if begin is not None and begin[2:] != span[2:]:
            yield begin._replace(end=span.begin)
            begin = None
        begin = begin or span
    if begin is not None:
        yield begin._replace(end=spans[-1].begin)
