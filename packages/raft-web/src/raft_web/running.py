"""A running member on the page: from its journal to the app, and all that is shown meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from js import document
from pyodide.ffi import JsException

from raft_core import Config, Node, RaftError, Status, StorageFailed
from raft_core.recovery import recover_from_survivor
from raft_core.safety import Level, safety
from raft_web import panel
from raft_web.app import Inside, Page
from raft_web.browser_storage import BrowserStorage
from raft_web.copies import copy_note
from raft_web.deciding import Deciding, Then, World
from raft_web.deciding_view import DecidingView
from raft_web.drawing import Drawing
from raft_web.gate import Gate
from raft_web.inside import WindowInside
from raft_web.introducing import (
    connection_note,
    distrust_note,
    introducer_note,
    introducer_trouble,
)
from raft_web.links import introducer_url, other_links, own_link
from raft_web.member import WindowMember
from raft_web.messages import describe, sentence, waits
from raft_web.stored import Bookmark, forget, remember
from raft_web.storing import MemberStorage, Storing
from raft_web.versions import Versions, link_note
from raft_web.waiting import is_over, people, waiting
from storage_localstorage import hold_identity, room_beside
from transport_webrtc.browser import BrowserTransport
from transport_webrtc.events import TransportEvent
from transport_webrtc.session import new_member_id

if TYPE_CHECKING:
    from raft_web.dom import JsElement
    from raft_web.shell import Shell

_log = logging.getLogger("raft_web")


class Running:
    """One member, one app, and how both are drawn."""

    def __init__(self, shell: Shell, page: Page, key: str, storing: Storing, route: str) -> None:
        self.key = key
        self.route = route
        self._shell = shell
        self._view = shell.view
        self._page = page
        self._storing = storing
        self._founder = False
        self._versions = Versions()
        self._node: Node[Any, Any]
        self._storage: MemberStorage | None = None
        self._loss: Exception | None = None  # the browser has taken the storage away
        self._inside: Inside
        self._transport: BrowserTransport | None = None
        self._member: WindowMember | None = None  # there once the app is mounted
        self._own_link = own_link(shell.place, key)
        self._other_links = other_links(shell.place, shell.settings.hosts, key)
        self._deciding: Deciding
        self._left = asyncio.Event()  # a person had this member leave
        self._then: Then | None = None  # and to do this
        self._ready = False  # the member runs: there is something to draw
        self._drawing = Drawing(
            self._draw, lambda: bool(document.hidden), asyncio.get_running_loop()
        )
        self._frame_changed = True  # what is around the app
        self._page_changed = False

    async def run(self, *, found: bool, entered: Callable[[], None]) -> bool:
        """Run the member until the page ends, or a person has it leave; `entered`: it runs.

        True: it is to start again at once. Raises what keeps it from starting, or from that.
        """
        storing, settings = self._storing, self._shell.settings
        member = await storing.find_member() or new_member_id()
        await hold_identity(storing.app, storing.session, member)
        self._founder = found
        storage = self._storage = storing.open(member, lost=self._on_lost)
        url = introducer_url(settings.introducer, self._shell.place)
        transport = self._transport = BrowserTransport(url, self.key, on_event=self._on_event)
        gate = Gate(transport, time.monotonic)
        self._node = Node(
            self._page.make_state(),
            node_id=member,
            storage=storage,
            transport=gate,
            # All windows may be on one machine, and busy: what need not be sent at once waits. A
            # message costs them half a millisecond, and a window is drawn less often than that.
            config=Config(target_size=settings.target_size, thrifty=True, thrifty_delay=0.025),
            found=found,
            clock=gate.clock,
        )
        self._inside = WindowInside(
            self._node,
            gate=gate,
            transport=transport,
            storage=storage,
            durability=storing.durability,
            leave=self._left.set,
        )
        self._deciding = self._decide()
        async with self._node:
            entered()
            self._bookmark()
            self._view.links(self._own_link, self._other_links, self.key)
            self._view.durability(storing.durability)
            self._view.part("bar", shown=True)
            self._ready = True
            self._halt_if_lost()
            self._node.observe_status(self._on_status)
            self._node.observe_state(self._on_state)
            self._choose_screen()
            try:
                await self._left.wait()
            finally:
                self._ready = False
        if self._then is not None:
            await self._do(self._then)
        return self._then is not None

    def _decide(self) -> Deciding:
        shell = self._shell
        world = World(
            clock=time.monotonic,
            spawn=shell.spawn,
            later=asyncio.get_running_loop().call_later,
            mark=self.mark,
            stop=self._stop_and,
            ask_to_keep=shell.ask_to_keep,
            local_room=self._local_room,
        )
        screen = DecidingView(self._view)
        return Deciding(
            self._node,
            screen,
            messages=shell.messages,
            asking=shell.asking,
            keeping=shell.keeping,
            world=world,
        )

    def _local_room(self) -> int | None:
        storing = self._storing
        if not isinstance(self._storage, BrowserStorage):
            return None
        return room_beside(storing.area, storing.app, storing.session, self._storage.used)

    def _stop_and(self, then: Then) -> None:
        self._then = then
        self._left.set()

    async def _do(self, then: Then) -> None:
        """What a person has decided, now that the member has stopped."""
        storing = self._storing
        if then is Then.RECOVER:
            member = self._node.node_id
            fresh = storing.open(member)
            await recover_from_survivor(fresh, member, others_are_gone_for_ever=True)
        else:
            await forget(storing.area, storing.browser, storing.app, storing.session)

    def act(self, action: str, target: JsElement) -> None:
        """A person has clicked on something that only a running member offers."""
        if self._ready:
            self._deciding.act(action, lambda name: str(getattr(target.dataset, name)))

    def _bookmark(self) -> None:
        try:
            remember(self._storing, Bookmark(self.key, time.time()))
        except JsException as error:
            self._shell.messages.show(
                "The browser keeps no bookmark of this session, so only its address leads back "
                f"to it: {describe(error)}.",
                "note",
            )

    def leave(self) -> None:
        """The page goes: tell the others at once, and first whom this leader wants to lead."""
        if self._ready:
            self._node.step_aside()
        if self._transport is not None:
            self._transport.leave()
        if isinstance(self._storage, BrowserStorage):
            # Behind all that was written: who finds this word next time knows that nothing is lost.
            self._storage.stop()

    def go(self, route: str) -> None:
        """The route in the URL changed."""
        self.route = route
        if self._member is not None:
            self._member.route = route
        self._changed()

    # --------------------------------------------------------------------------------- what happens

    def _on_status(self, status: Status) -> None:
        self._deciding.status_changed(status)
        if self._member is None:
            # Later, and not in the midst of the member's work: it may mount the app.
            asyncio.get_running_loop().call_soon(self._choose_screen)
        else:
            self._changed()

    def _on_lost(self, error: Exception) -> None:
        """What this member had promised is gone, so it must not promise anything more."""
        self._loss = error
        if self._ready:
            self._halt_if_lost()

    def _halt_if_lost(self) -> None:
        if self._loss is not None:
            self._node.halt(StorageFailed(str(self._loss)))

    def _choose_screen(self) -> None:
        """The waiting room, until the cluster has had its size once; from then on the app."""
        if self._member is None and self._ready:
            if is_over(self._node.status()):
                self._mount()
            elif self._view.screen != "waiting":
                self._view.show("waiting")
        self._changed()

    def _mount(self) -> None:
        self._member = WindowMember(self._node, self.key, self.route, self._on_failed, self._inside)
        self._view.show("running")
        try:
            self._page.mount(self._member, self._view.app_root)
        except Exception as error:  # noqa: BLE001  (whatever it is, a person must be told)
            self._app_failed(error)

    def _on_event(self, event: TransportEvent) -> None:
        if self._member is None and (note := connection_note(event)):
            self._shell.messages.show(note, "note")
        if warning := distrust_note(event) or copy_note(event) or link_note(event):
            self._shell.messages.show(warning)
        self.mark()

    def _on_failed(self, error: RaftError) -> None:
        self._shell.messages.show(sentence(error))

    def _app_failed(self, error: Exception) -> None:
        """The member goes on without its picture: the others need its vote."""
        _log.exception("The app could not draw")
        self._shell.messages.show(f"The app could not draw: {describe(error)}.")

    def _changed(self) -> None:
        self._page_changed = True
        self.mark()

    # -------------------------------------------------------------------------------------- drawing

    def mark(self) -> None:
        """Have what is around the app drawn anew, and the app if it changed."""
        self._frame_changed = True
        self._draw_soon()

    def draw_now(self) -> None:
        """A person has opened the panel: what stands there is from when it was closed."""
        self._frame_changed = True
        self._draw()

    def _on_state(self) -> None:
        self._page_changed = True
        self._draw_soon()

    def _draw_soon(self) -> None:
        if self._ready:
            self._drawing.ask()

    def now_and_then(self, *, hidden: bool) -> None:
        """Twice a second: an open panel shows progress."""
        if not hidden and self._ready:
            self._deciding.now_and_then(self._node.status())
            if self._view.shown("panel"):
                self.mark()
        self._drawing.now_and_then()

    def _draw(self) -> None:
        if not self._ready:  # it was asked for before the member stopped
            return
        if self._frame_changed:
            self._frame_changed = False
            status = self._node.status()
            self._draw_status(status)
            if self._member is None:
                self._draw_waiting(status)
        if self._member is not None and self._page_changed:
            self._page_changed = False
            try:
                self._page.refresh()
            except Exception as error:  # noqa: BLE001  (as above)
                self._app_failed(error)

    def _draw_status(self, status: Status) -> None:
        for note in self._versions.news(status.incompatible):
            self._shell.messages.show(note)
        now = safety(status)
        state = self._introducer_state()
        role = str(status.role).replace("_", "-")
        self._view.status_line(role, now, introducer_note(state))
        stopped = status.problem if not status.removed else None
        halted = now.level is Level.HALTED and self._member is not None
        self._view.banner(
            problem=f"{stopped.rstrip('.')}." if stopped else "",
            waits=waits(status) if halted and not self._deciding.offers else "",
        )
        self._deciding.draw(status)
        self._view.panel(
            [
                *panel.rows(
                    status,
                    durability=self._storing.durability,
                    storage=(self._inside.storage_used, self._inside.storage_quota),
                    introducer=state,
                ),
                *self._deciding.rows(),
            ],
            panel.voters(status),
        )

    def _draw_waiting(self, status: Status) -> None:
        words = waiting(status, founder=self._founder, more_hosts=bool(self._other_links))
        problem = self._transport.problem if self._transport is not None else None
        trouble = introducer_trouble(self._introducer_state(), problem)
        self._view.waiting(words, people(status), trouble)

    def _introducer_state(self) -> str:
        return str(self._transport.introducer_state) if self._transport is not None else ""
