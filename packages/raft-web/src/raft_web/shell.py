"""The page shell: what happens from the first line of Python to a running app, in its order."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from js import Object, document, history, location, navigator, window
from pyodide.ffi import JsException, create_proxy, to_js

from raft_web.app import Page
from raft_web.asking import Asking, Question
from raft_web.dom import JsElement
from raft_web.keeping import Keeping
from raft_web.links import Place
from raft_web.loop import FastLoop, install
from raft_web.messages import MessageBar, describe
from raft_web.panel import size
from raft_web.running import Running
from raft_web.session import format_fragment, parse_fragment
from raft_web.settings import Settings
from raft_web.stored import forget, stored_sessions
from raft_web.storing import Storing
from raft_web.troubles import LEFT, trouble
from raft_web.view import View
from storage_indexeddb import Browser, IndexedDbError, this_browser
from storage_localstorage import Area, IdentityInUse, hold_identity, local_area
from transport_webrtc.session import InvalidInvitationError, new_key, parse_invitation

_log = logging.getLogger("raft_web")

TICKS_PER_SECOND = 20


def _nothing() -> None:
    """What there is to do on entering a session that the address names already."""


def start(settings: str, ticker: Any) -> None:
    """Take the page over. `settings` is the page's and the site's JSON, `ticker` the worker."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    loop = install()
    try:
        known = msgspec.json.decode(settings, type=Settings)
    except msgspec.ValidationError as error:
        sentence = f"The settings of this site cannot be used. {error}."
        View().error(sentence, "Whoever runs the site has to mend its site.json.")
        return
    shell = Shell(known, loop)
    ticker.onmessage = create_proxy(shell.on_tick)
    shell.begin()


class Shell:
    """Decides which screen is shown and what a person's actions do, until a member runs."""

    def __init__(self, settings: Settings, loop: FastLoop) -> None:
        self.settings = settings
        self.view = View()
        self.messages = MessageBar(lambda: self.view.messages(self.messages.messages))
        self.asking = Asking(self.view)
        self.place = Place(
            str(location.protocol),
            str(location.hostname),
            str(location.port),
            str(location.pathname),
        )
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticks = 0
        self._entering = False
        self._running: Running | None = None
        self.keeping = Keeping(
            getattr(navigator, "storage", None), getattr(navigator, "permissions", None)
        )
        self._area: Area
        self._browser: Browser

    # ------------------------------------------------------------------------------------ beginning

    def begin(self) -> None:
        """Listen to the page, then go where the URL says."""
        self.view.on_action(self._act)
        window.addEventListener("hashchange", create_proxy(self._on_hash_change))
        # Firefox ends a script of a tab that is closed wherever it is, once, with no error that
        # could be caught. Whoever listens next runs to the end; to leave twice is to leave once.
        for _ in range(2):
            window.addEventListener("pagehide", create_proxy(self._on_page_hide))
        window.addEventListener("pageshow", create_proxy(self._on_page_show))
        self.spawn(self._begin())

    async def _begin(self) -> None:
        self.view.choose(self.settings.durability)
        self._area, self._browser = local_area(), this_browser()
        fragment = parse_fragment(str(location.hash))
        if fragment.key is not None:
            await self._open(fragment.key, fragment.route, found=False)
            return
        if fragment.strange:
            self.messages.show(
                "The address of this page names no cluster: what follows the # is no id. "
                "Look whether the link was copied whole."
            )
        await self._home()

    async def _home(self) -> None:
        stored = await stored_sessions(self._area, self._browser, self.settings.name)
        if not self._entering:  # a person who was quicker has gone on from the start page
            self.view.stored(stored)
            self.view.show("home")

    async def _enter(self, key: str, *, found: bool) -> None:
        """Go from the start page into a session."""
        if self._entering:  # a double click
            return
        self._entering = True
        self.ask_to_keep()  # on the click that led here: a browser may put the question to a person
        self.messages.clear()
        route = parse_fragment(str(location.hash)).route

        def entered() -> None:
            # Not before: a start that failed is tried again from the start page.
            history.pushState(None, "", format_fragment(key, route))

        await self._open(key, route, found=found, entered=entered)

    async def _open(
        self, key: str, route: str, *, found: bool, entered: Callable[[], None] = _nothing
    ) -> None:
        """Run a member of the session for as long as the page lives."""
        app = self.settings.name
        storing = Storing(self._area, self._browser, app, key)
        # The session's lock comes before the question who this is: of two tabs opened at once, each
        # would find no journal and begin one. The lock is named like that of a member of this name.
        await hold_identity(app, storing.session, storing.session)
        page = _load(self.settings.entry, app)
        self._running = Running(self, page, key, storing, route)
        if await self._running.run(found=found, entered=entered):
            location.reload()
            return
        self._running = None
        self.view.error(*LEFT, title="This member has left", button="Come back")

    def ask_to_keep(self) -> None:
        """Have the browser asked to keep what is stored here. A person has just clicked."""
        descriptor = to_js({"name": "persistent-storage"}, dict_converter=Object.fromEntries)
        self.spawn(self.keeping.request(descriptor))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it; what it raises is shown on the error screen."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001  (whatever it is, a person must be told)
            if not isinstance(error, IdentityInUse):
                _log.exception("The page cannot go on")
            self.view.error(*trouble(error))

    # --------------------------------------------------------------------------------------- events

    def on_tick(self, _event: Any) -> None:
        """The ticker worker's message, 20 times a second, hidden or not."""
        self._loop.tick()
        self._ticks += 1
        if self._running is not None and self._ticks % (TICKS_PER_SECOND // 2) == 0:
            self._running.now_and_then(hidden=bool(document.hidden))

    def _on_hash_change(self, _event: Any) -> None:
        text = str(location.hash)
        fragment = parse_fragment(text)
        running = self._running
        if running is None or fragment.key not in {None, running.key}:
            location.reload()
        elif fragment.key is not None:
            running.go(fragment.route)
        elif fragment.strange:
            history.replaceState(None, "", format_fragment(running.key, running.route))
            self.messages.show("What was typed after the # is no place in this app.", "note")
        elif text or str(location.href).endswith("#"):
            # An app's link or a person's typing, without the key. Replaced, so that neither "back"
            # nor a reload leads out of the session.
            history.replaceState(None, "", format_fragment(running.key, fragment.route))
            running.go(fragment.route)
        else:
            location.reload()  # back to the address without a session: the start page

    def _on_page_hide(self, _event: Any) -> None:
        if self._running is not None:
            self._running.leave()

    def _on_page_show(self, event: Any) -> None:
        if event.persisted:  # it said good-bye to the others when it was put aside
            location.reload()

    # -------------------------------------------------------------------------------------- actions

    def _act(self, action: str, target: JsElement) -> None:
        match action:
            case "start":
                self.spawn(self._enter(new_key(self.view.chosen()), found=True))
            case "join":
                self._join()
            case "continue":
                self.spawn(self._enter(str(target.dataset.key), found=False))
            case "clear":
                self.spawn(self._ask_to_clear())
            case "confirmed" | "cancelled":
                self.asking.answer(yes=action == "confirmed")
            case "copy":
                self.spawn(self._copy(str(target.dataset.text), target))
            case "copy-id":
                key = self._running.key if self._running is not None else ""
                self.spawn(self._copy(key, target))
            case "panel":
                self.view.toggle_panel(opened=not self.view.shown("panel"))
                if self._running is not None:
                    self._running.draw_now()
            case "dismiss":
                self.messages.dismiss(str(target.dataset.text))
            case _:
                self._act_on_member(action, target)

    def _act_on_member(self, action: str, target: JsElement) -> None:
        if self._running is not None:
            self._running.act(action, target)

    def _join(self) -> None:
        field = self.view.find("testid", "join-input")
        try:
            key = parse_invitation(str(field.value))
        except InvalidInvitationError as error:
            field.setAttribute("aria-invalid", "true")
            field.focus()
            self.messages.clear()  # what was said of an earlier try
            self.messages.show(str(error))
            return
        field.removeAttribute("aria-invalid")
        self.spawn(self._enter(key, found=False))

    async def _ask_to_clear(self) -> None:
        stored = await stored_sessions(self._area, self._browser, self.settings.name)
        number = "one session" if len(stored) == 1 else f"{len(stored)} sessions"
        amount = size(sum(session.size for session in stored))
        title, host = self.settings.title, self.place.host
        lines = (
            f"This removes {number} of {title} that this browser keeps for {host}: {amount}.",
            "The other members keep theirs. To them this member is gone for good.",
            "If no other member is left, all that the cluster knew is lost.",
        )
        question = Question("Clear what is stored here?", lines, "Clear", "Keep everything")
        self.asking.ask(question, lambda: self.spawn(self._clear()))

    async def _clear(self) -> None:
        app = self.settings.name
        for stored in await stored_sessions(self._area, self._browser, app):
            try:
                lock = await hold_identity(app, stored.session, stored.session)
            except IdentityInUse:
                self.messages.show(
                    "A session that runs in another tab was kept: close that tab, then clear again."
                )
                continue
            try:
                await forget(self._area, self._browser, app, stored.session)
            except IndexedDbError as error:
                self.messages.show(describe(error) + ".")
            lock.release()
        await self._home()

    async def _copy(self, text: str, button: JsElement) -> None:
        label = button.textContent
        button.disabled = True  # of two clicks the second one would take "Copied" for the label
        try:
            await navigator.clipboard.writeText(text)
        except JsException as error:
            button.disabled = False
            sentence = f"The browser does not let the page copy: {describe(error)}."
            self.messages.show(sentence, "note")
            return
        button.textContent = "Copied"
        await asyncio.sleep(1.5)
        button.textContent = label
        button.disabled = False


def _load(entry: str, expected: str) -> Page:
    """Make the app's page from "module:Class"."""
    module, _, name = entry.partition(":")
    page: Page = getattr(importlib.import_module(module), name)()
    if page.name != expected:
        raise ValueError(f"{entry} is named {page.name!r}, and the site has it as {expected!r}")
    return page
