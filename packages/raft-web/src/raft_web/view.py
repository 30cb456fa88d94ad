"""The shell's part of the document: finding, filling, showing. It decides nothing.

`page.html` holds every element of the shell, named by `data-screen` (one is shown), `data-part`
(shown or not), `data-field` and `data-testid` (filled) and `data-action` (what a person sets off).
Python fills them, and writes to the document only what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from js import Date, document
from pyodide.ffi import create_proxy

from raft_core.safety import Safety
from raft_web.asking import Question
from raft_web.dom import JsElement, JsEvent
from raft_web.links import MemberLink
from raft_web.messages import Message
from raft_web.panel import Row, size
from raft_web.stored import StoredSession
from raft_web.waiting import KEPT, Waiting
from transport_webrtc.session import Durability, durability_of

Screen = Literal["loading", "home", "waiting", "running", "error"]

_PLACES: Final = {Durability.DISK: "on the disk", Durability.BROWSER: "in the browser"}


def element(tag: str, *children: JsElement | str, **attributes: str) -> JsElement:
    """A new element. An underscore in an attribute's name stands for a dash."""
    made: JsElement = document.createElement(tag)
    for name, value in attributes.items():
        made.setAttribute(name.rstrip("_").replace("_", "-"), value)
    made.append(*children)
    return made


class View:
    """The elements of the shell."""

    def __init__(self) -> None:
        self._root: JsElement = document.getElementById("raft-shell")
        self._found: dict[str, JsElement] = {}
        self._texts: dict[str, str] = {}
        self._lists: dict[str, object] = {}
        self._screen: Screen = "loading"
        self.app_root: JsElement = document.getElementById("app-root")

    # ---------------------------------------------------------------------------- finding, filling

    def find(self, kind: str, name: str) -> JsElement:
        """The element with `data-<kind>="<name>"`."""
        selector = f'[data-{kind}="{name}"]'
        if selector not in self._found:
            found = self._root.querySelector(selector)
            if not found:
                raise LookupError(f"The page has no element {selector}")
            self._found[selector] = found
        return self._found[selector]

    def text(self, name: str, text: str, *, kind: str = "testid") -> None:
        """Have the element say `text`."""
        if self._texts.get(name) != text:
            self._texts[name] = text
            self.find(kind, name).textContent = text

    def part(self, name: str, *, shown: bool) -> None:
        """Show a part, or hide it."""
        found = self.find("part", name)
        if bool(found.hidden) == shown:
            found.hidden = not shown

    def shown(self, name: str) -> bool:
        """Whether a part is shown."""
        return not self.find("part", name).hidden

    def fill(self, name: str, model: object, make: Callable[[], Sequence[JsElement]]) -> None:
        """Fill a list anew if `model`, what it is made from, is not what it was."""
        if name not in self._lists or self._lists[name] != model:
            self._lists[name] = model
            self.find("field", name).replaceChildren(*make())

    def on_action(self, act: Callable[[str, JsElement], None]) -> None:
        """Call `act` with the action and its element when a person clicks or submits."""

        def clicked(event: JsEvent) -> None:
            target = event.target.closest("[data-action]")
            if target and target.tagName != "FORM":
                act(str(target.dataset.action), target)

        def submitted(event: JsEvent) -> None:
            event.preventDefault()
            act(str(event.target.dataset.action), event.target)

        self._root.addEventListener("click", create_proxy(clicked))
        self._root.addEventListener("submit", create_proxy(submitted))

    # ------------------------------------------------------------------------------------- screens

    @property
    def screen(self) -> Screen:
        """The screen that is shown."""
        return self._screen

    def show(self, screen: Screen) -> None:
        """Show one screen; "running" is the app."""
        before, self._screen = self._screen, screen
        for other in self._root.querySelectorAll("[data-screen]"):
            other.hidden = other.dataset.screen != screen
        running = screen == "running"
        self.part("page", shown=not running)
        for style in document.querySelectorAll("link[data-app-style]"):
            style.media = "all" if running else "not all"
        self.app_root.hidden = not running
        document.documentElement.dataset.raft = screen
        if screen == "waiting" and before == "home":
            # What was clicked is gone: the keyboard and a screen reader go on from here.
            self._root.querySelector("#raft-waiting").focus()

    def error(
        self, sentence: str, hint: str, *, title: str | None = None, button: str | None = None
    ) -> None:
        """Show what cannot go on and what to do about it; by itself it is nobody's wish."""
        self.part("bar", shown=False)
        self.show("error")
        self.text("error-text", sentence)
        self.text("error-hint", hint)
        if title is not None:
            self.text("error-title", title, kind="field")
        if button is not None:
            self.text("try-again", button)
        self.find("field", "error-title").focus()

    def choose(self, durability: Durability) -> None:
        """Choose how durable a new cluster is, until a person chooses otherwise."""
        self.find("testid", f"durability-{durability}").checked = True

    def chosen(self) -> Durability:
        """How durable a new cluster shall be."""
        return Durability(self._root.querySelector('[name="durability"]:checked').value)

    def stored(self, sessions: Sequence[StoredSession]) -> None:
        """Offer the sessions that are stored here."""
        self.part("stored", shown=bool(sessions))

        def row(session: StoredSession) -> JsElement:
            facts = size(session.size)
            if session.bookmark is None:
                note = element("small", f"{facts}; to continue it, join by a link or its id")
                return element("li", element("span", f"Session {session.session}", note))
            facts += f", {_PLACES[durability_of(session.bookmark.key)]}"
            when = str(Date.new(session.bookmark.used * 1000).toLocaleString())
            return element(
                "li",
                element("span", f"Last open {when}", element("small", facts)),
                element(
                    "button",
                    "Continue",
                    type="button",
                    data_action="continue",
                    data_testid="continue",
                    data_key=session.bookmark.key,
                    aria_label=f"Continue the session last open {when}",
                ),
            )

        self.fill("stored", tuple(sessions), lambda: [row(session) for session in sessions])

    def links(self, own: MemberLink, others: Sequence[MemberLink], key: str) -> None:
        """Show the links of the cluster: the other members', or our own where the site has none."""
        self.part("other-links", shown=bool(others))
        self.part("own-link", shown=not others)
        self.text("session-id", key)
        member = "member-link"
        self.fill("other-links", others, lambda: [_link(link, member) for link in others])
        self.fill("own-link", own, lambda: [_link(own, "own-link")])
        self.fill("panel-link", own, lambda: [_link(own, "panel-link")])

    # --------------------------------------------------------------------------- the member's state

    def durability(self, durability: Durability) -> None:
        """Say in the waiting room how durable this cluster is."""
        self.text("waiting-durability", KEPT[durability])

    def waiting(self, waiting: Waiting, people: Sequence[str], trouble: str) -> None:
        """Fill the waiting room; `trouble` is what keeps members from finding each other."""
        self.text("introducer-problem", trouble)
        self.part("introducer-problem", shown=bool(trouble))
        self.text("waiting-progress", waiting.progress)
        self.text("advice", waiting.advice, kind="field")
        self.fill("people", people, lambda: [element("li", person) for person in people])
        dots = [number < waiting.here for number in range(waiting.wanted)]
        self.fill("dots", dots, lambda: [_dot(here) for here in dots])

    def status_line(self, role: str, safety: Safety, introducer_note: str) -> None:
        """Fill the line that is always there."""
        self.text("role", role)
        self.text("safety", safety.sentence)
        lamp = self.find("field", "lamp")
        if self._texts.get("lamp") != safety.level:
            self._texts["lamp"] = safety.level
            lamp.className = f"lamp {safety.level}"
        self.text("introducer-note", introducer_note)
        self.find("testid", "introducer-note").hidden = not introducer_note

    def banner(self, *, problem: str, waits: str) -> None:
        """Say what keeps this member from writing, above the line."""
        self.text("problem", problem)
        self.part("problem", shown=bool(problem))
        self.text("banner", waits)
        self.part("banner", shown=bool(waits) and not problem)

    def panel(self, rows: Sequence[Row], voters: str) -> None:
        """Fill the panel of what this member knows."""
        names = tuple(row.name for row in rows)
        self.fill("facts", names, lambda: _facts(rows))
        for row in rows:
            self.text(row.name, row.value)
        self.text("members", voters)

    def toggle_panel(self, *, opened: bool) -> None:
        """Unfold or fold the panel."""
        self.part("panel", shown=opened)
        self.find("testid", "panel-toggle").setAttribute("aria-expanded", str(opened).lower())

    def messages(self, messages: Sequence[Message]) -> None:
        """Fill the message bar."""

        def line(message: Message) -> JsElement:
            dismiss = element(
                "button",
                "Dismiss",
                type="button",
                class_="plain",
                data_action="dismiss",
                data_text=message.text,
            )
            return element("p", element("span", message.line), dismiss, class_=message.kind)

        bar = self.find("part", "messages")
        self.part("messages", shown=bool(messages))
        bar.replaceChildren(*(line(message) for message in messages))

    def ask(self, question: Question) -> None:
        """See `raft_web.asking.Dialog`."""
        self.text("question-title", question.title, kind="field")
        lines = [element("p", line) for line in question.lines]
        self.find("testid", "question-text").replaceChildren(*lines)
        self.text("confirm", question.confirm)
        self.text("cancel", question.cancel)
        self._dialog().showModal()

    def close_question(self) -> None:
        """See `raft_web.asking.Dialog`."""
        self._dialog().close()

    def _dialog(self) -> Any:
        return self.find("part", "question")


def _link(link: MemberLink, testid: str) -> JsElement:
    return element(
        "li",
        element(
            "span",
            element("a", link.host, href=link.url, target="_blank", data_testid=testid),
            element("small", link.url, class_="url"),
        ),
        element(
            "button",
            "Copy",
            type="button",
            class_="plain",
            data_action="copy",
            data_text=link.url,
            aria_label=f"Copy the link of {link.host}",
        ),
    )


def _dot(here: bool) -> JsElement:  # noqa: FBT001  (a dot is full or empty)
    return element("i", class_="here" if here else "")


def _facts(rows: Sequence[Row]) -> list[JsElement]:
    made = []
    for row in rows:
        made.append(element("dt", row.label))
        made.append(element("dd", data_testid=row.name))
    return made
