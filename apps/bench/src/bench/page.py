"""The bench as a page: puts the parts together, and draws them four times a second at the most.

    header                      what runs, here or in another window
    view/controls.py            a run: what, start, stop          form.py
    view/figures.py, charts.py  what comes of it                  feed.py, series.py
    view/strip.py               the log                           strip.py
    view/cards.py, matrix.py    the members and their links       cards.py, matrix.py, reports.py
    view/hurts.py               what harms the cluster            hurting.py
    view/raw.py                 the raw state, and files          dump.py

Nothing is drawn while the window is hidden.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from js import document, location, window

from bench import __version__
from bench.automation import Automation, environment
from bench.cards import cards, named
from bench.dump import dump, dump_json
from bench.feed import Feed
from bench.matrix import link_reports, matrix
from bench.plan import Plan
from bench.reports import STALE, Report, Reporting, Sightings, is_watched
from bench.runner import AlreadyRunning, Runner
from bench.series import Pulse
from bench.state import BenchState
from bench.strip import log
from bench.view.cards import CardsView
from bench.view.charts import Charts
from bench.view.charts import Pulse as PulseView
from bench.view.controls import Controls
from bench.view.dom import Words
from bench.view.figures import Figures
from bench.view.hurts import Hurts
from bench.view.matrix import MatrixView
from bench.view.raw import Downloads, Raw
from bench.view.strip import LogView
from raft_core.errors import RaftError
from raft_web.elements import listen, make

if TYPE_CHECKING:
    from raft_web.app import FullMember
    from raft_web.dom import JsElement

_log = logging.getLogger("bench")

DRAWN_EVERY: Final = 0.25
"""Seconds between two pictures, while nothing is measured."""

PATHS_EVERY: Final = 2.0
"""Seconds between two questions to the browser how peers are reached, while somebody looks."""


_NOTHING: Final = "Nothing is measured now."


class BenchPage:
    """Satisfies `raft_web.app.Page`."""

    name = "bench"

    def make_state(self) -> BenchState:
        return BenchState()

    def mount(self, member: FullMember, root: JsElement) -> None:
        """Draw into `root`, and begin to look after it."""
        self._member = member
        self._runner = Runner(member, environment=environment(member.inside.durability))
        self._automation = Automation(self._runner, self._show_pictures)
        self._feed = Feed(self._runner)
        self._sightings, self._reporting, self._pulse = Sightings(), Reporting(), Pulse()
        self._paths: dict[str, str] = {}
        self._beats = 0
        self._measuring = False
        self._pictures = True
        self._left = False
        self._make(root)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._go_on()), loop.create_task(self._ask_for_paths())]
        listen(document, "visibilitychange", lambda _event: self._step())
        listen(window, "resize", lambda _event: self._fit())
        scheme = window.matchMedia("(prefers-color-scheme: dark)")
        listen(scheme, "change", lambda _event: self._renew())
        self._step()

    def refresh(self) -> None:
        """What changed is drawn with the next picture: under load all of it changes always."""

    def _make(self, root: JsElement) -> None:
        self._state = Words(make("p", "state", role="status", data_testid="bench-state"))
        self._controls = Controls(self._start, self._runner.stop)
        self._figures, self._charts, self._pulse_view = Figures(), Charts(), PulseView()
        self._log = LogView(self._pulse_view.element)
        self._cards, self._matrix = CardsView(), MatrixView()
        self._hurts = Hurts(self._member.inside, self._name, self._leave)
        self._raw = Raw(lambda: dump(self._member.status, self._session()))
        self._downloads = Downloads(
            lambda: self._runner.result.to_json() if self._runner.result else "",
            lambda: self._runner.result.to_csv() if self._runner.result else "",
            lambda: dump_json(self._member.status),
        )
        self._controls.element.append(self._figures.element, self._downloads.element)
        root.append(
            make(
                "main",
                "bench",
                make("header", "top", make("h1", "", "bench"), self._state.element),
                make(
                    "div",
                    "columns",
                    make(
                        "div",
                        "column",
                        self._controls.element,
                        self._hurts.element,
                        self._raw.element,
                    ),
                    make(
                        "div",
                        "column",
                        self._charts.element,
                        self._log.element,
                        self._cards.element,
                        self._matrix.element,
                    ),
                ),
            )
        )

    # ---------------------------------------------------------------------------------- the beats

    async def _go_on(self) -> None:
        while not self._left:
            await asyncio.sleep(DRAWN_EVERY)
            self._step()

    async def _ask_for_paths(self) -> None:
        while not self._left:
            if not document.hidden:
                self._paths = dict(await self._member.inside.paths())
            await asyncio.sleep(PATHS_EVERY)

    def _step(self) -> None:
        try:
            self._look_and_draw()
        except Exception:  # noqa: BLE001  (the next picture may be fine, and the member goes on)
            _log.exception("The bench could not draw")

    def _look_and_draw(self) -> None:
        now = asyncio.get_running_loop().time()
        visible = self._pictures and not document.hidden
        if self._feed.look():
            plan = self._feed.plan
            self._charts.begin(plan.seconds + plan.warm_up if plan is not None else 10)
        reports: dict[str, Report] = self._member.state.reports
        self._sightings.look(reports, now)
        self._pulse.look(now, self._member.state.writes)
        own = self._report(visible=visible)
        watched = is_watched(self._others(reports), self._sightings, now, visible=visible)
        if self._reporting.is_due(own, now, watched=watched) and self._member.can_write:
            self._reporting.made(own, now)
            with suppress(RaftError):  # another one follows
                self._member.submit(own, _nothing)
        self._beats += 1
        # While something is measured the processor is for that: half as many pictures do.
        pace = 2 if self._measuring else 1
        if visible and not self._left and self._beats % pace == 0:
            self._draw(now, own, reports, all_of_it=self._beats % (2 * pace) == 0)

    def _show_pictures(self, on: bool) -> None:  # noqa: FBT001  (JavaScript has no keywords)
        self._pictures = on
        self._step()

    def _others(self, reports: dict[str, Report]) -> dict[str, Report]:
        own = self._member.status.node_id
        return {member: report for member, report in reports.items() if member != own}

    # ------------------------------------------------------------------------------------- drawing

    def _draw(
        self, now: float, own: Report, reports: dict[str, Report], *, all_of_it: bool
    ) -> None:
        status = self._member.status
        others = self._others(reports)
        ages = {member: self._sightings.age(member, now) for member in others}
        shown = cards(status, own, others, ages, durability=self._member.inside.durability)
        everyone = {**others, own.member: own}
        names = {card.member: card.title for card in shown}
        words = self._words(everyone, ages)
        self._measuring = words != _NOTHING
        self._state.say(words)
        self._controls.show(running=self._feed.running)
        self._figures.show(self._feed.figures(), self._feed.line(), self._feed.verdict())
        self._downloads.show(has_result=self._runner.result is not None)
        self._charts.show(self._feed.points, self._feed.marks, self._feed.bins(), names)
        reported = {
            member: (report.last_index, ages[member])
            for member, report in others.items()
            if member in names
        }
        self._log.show(log(status, reported, names))
        if not all_of_it:
            return
        self._pulse_view.show(self._pulse.samples(now))
        self._cards.show(shown)
        members = [card.member for card in shown]
        here = {status.node_id, *status.connected}
        self._matrix.show([names[member] for member in members], matrix(members, everyone, here))
        self._hurts.show({peer: names.get(peer, peer) for peer in status.connected})
        self._raw.show()

    def _words(self, reports: dict[str, Report], ages: dict[str, float | None]) -> str:
        """What is measured now, and where."""
        if self._feed.running:
            return f"Measuring in this window: {self._feed.words}."
        for member, report in reports.items():
            age = ages.get(member)
            if report.run and age is not None and age < STALE:
                return f"{named(member, reports)} measures: {report.run}."
        return _NOTHING

    def _report(self, *, visible: bool) -> Report:
        status, inside = self._member.status, self._member.inside
        return Report(
            member=status.node_id,
            host=str(location.host),
            role=str(status.role).replace("_", "-"),
            term=status.term,
            leader=status.leader,
            voted_for=status.voted_for,
            last_index=status.last_log_index,
            commit_index=status.commit_index,
            applied_index=status.applied_index,
            snapshot_index=status.snapshot_index,
            storage_used=inside.storage_used,
            storage_quota=inside.storage_quota or 0,
            visible=visible,
            version=__version__,
            run=self._feed.words,
            rate=round(self._feed.rate) if self._feed.running else 0.0,
            links=link_reports(inside.links, self._paths),
        )

    def _fit(self) -> None:
        self._charts.fit()
        self._pulse_view.fit()

    def _renew(self) -> None:
        self._charts.renew()
        self._pulse_view.renew()

    # ------------------------------------------------------------------------------------- actions

    def _start(self, plan: Plan) -> None:
        with suppress(AlreadyRunning):  # a program was quicker: its run is shown
            self._runner.start(plan, _nothing)
        self._step()

    def _leave(self) -> None:
        self._left = True
        self._runner.stop()

    def _name(self, member: str | None) -> str:
        return named(member, self._member.state.reports)

    def _session(self) -> str:
        return self._member.link("/").removeprefix("#").removesuffix("/")


def _nothing(_outcome: Any) -> None:
    """Nobody waits: a report that is lost is followed by another."""
