"""The part of the document where a person sees how the cluster stands, and decides.

A `raft_web.deciding.Screen` on the shell's elements. It decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from raft_web.deciding import Button
from raft_web.dom import JsElement
from raft_web.panel import MemberRow
from raft_web.recovering import Holder, Recovery
from raft_web.view import View, element


class DecidingView:
    """Fills what `page.html` has for it."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._facts: dict[str, JsElement] = {}
        self._buttons: list[JsElement] = []
        self._shown: tuple[object, object] = ((), ())

    # ------------------------------------------------------------------------------------- members

    def members(self, rows: Sequence[tuple[MemberRow, Sequence[Button]]]) -> None:
        """See `Screen`. A button stays the same element while it can be clicked."""
        shape = tuple(
            (row.node_id, row.title, tuple(button.action for button in buttons))
            for row, buttons in rows
        )
        words = tuple((_facts(row), *(one.label for one in buttons)) for row, buttons in rows)
        if self._shown == (shape, words):
            return
        if self._shown[0] != shape:
            self._facts, self._buttons = {}, []
            items = [self._member(row, buttons) for row, buttons in rows]
            self._view.find("field", "members").replaceChildren(*items)
        self._shown = (shape, words)
        for row, _ in rows:
            self._facts[row.node_id].textContent = _facts(row)
        shown = [button for _, buttons in rows for button in buttons]
        for made, button in zip(self._buttons, shown, strict=True):
            made.textContent = button.label
            # Not disabled: it would lose the keyboard's place.
            made.setAttribute("aria-disabled", str(button.busy).lower())

    def _member(self, row: MemberRow, buttons: Sequence[Button]) -> JsElement:
        name = f"{row.node_id} ({row.title})" if row.title else row.node_id
        facts = self._facts[row.node_id] = element("small")
        made = [_button(button) for button in buttons]
        self._buttons += made
        group = [element("span", *made, class_="actions")] if made else []
        return element("li", element("span", name, facts), *group, data_member=row.node_id)

    # ------------------------------------------------------------------------------ what is offered

    def recovery(self, offer: Recovery | None) -> None:
        """See `Screen`."""
        view = self._view
        view.part("lost", shown=offer is not None)
        view.part("recovery", shown=offer is not None)
        if offer is None:
            return
        view.text("recovery-why", offer.why)
        view.text("recovery-wait", offer.wait)
        view.text("recovery-advice", offer.advice)
        view.fill("holders", offer.holders, lambda: [_holder(one) for one in offer.holders])

    def open_recovery(self) -> None:
        """See `Screen`."""
        self._view.toggle_panel(opened=True)
        self._view.find("field", "recovery-title").focus()

    def removed(self, *, shown: bool) -> None:
        """See `Screen`."""
        self._view.part("removed", shown=shown)

    def tight(self, warning: str) -> None:
        """See `Screen`."""
        self._view.text("tight", warning)
        self._view.part("tight", shown=bool(warning))

    def may_ask_to_keep(self, *, shown: bool) -> None:
        """See `Screen`."""
        self._view.part("ask-to-keep", shown=shown)


def _facts(row: MemberRow) -> str:
    parts = (row.part, row.connection, row.doubt, row.progress)
    return ", ".join(part for part in parts if part)


def _button(button: Button) -> JsElement:
    action = button.action
    return element(
        "button",
        type="button",
        class_="plain",
        data_action=action.kind,
        data_testid=action.kind,
        data_member=action.member,
        data_by=action.by,
        title=action.description,
    )


def _holder(holder: Holder) -> JsElement:
    name = f"{holder.node_id} ({holder.title})" if holder.title else holder.node_id
    best = [element("b", "has most", class_="best")] if holder.best else []
    return element("li", element("span", name, element("small", holder.facts)), *best)
