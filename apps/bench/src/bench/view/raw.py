"""The raw state of this member, and what can be taken away as a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from js import URL, Array, Blob, Object, document
from pyodide.ffi import to_js

from bench.view.dom import Words, button, panel
from raft_web.elements import listen, make


class Raw:
    """`dump` makes the text: only while it is unfolded."""

    def __init__(self, dump: Callable[[], str]) -> None:
        self._dump = dump
        self._text = Words(
            make(
                "pre",
                "",
                tabindex="0",
                role="region",
                aria_label="Raw state",
                data_testid="raw-state",
            )
        )
        self._details = make(
            "details",
            "",
            make("summary", "", "Show Raft state"),
            self._text.element,
            data_testid="raw-details",
        )
        listen(self._details, "toggle", lambda _event: self.show())
        self.element = panel("Raw state", self._details, id_="raw")

    def show(self) -> None:
        """Show it as it is now, if it is unfolded."""
        if self._details.open:
            self._text.say(self._dump())


class Downloads:
    """Buttons for the last run's result; `json`, `csv` and `state` make the texts."""

    def __init__(
        self, json: Callable[[], str], csv: Callable[[], str], state: Callable[[], str]
    ) -> None:
        self._of_a_run = [
            _download("Result as JSON", "bench-result.json", "application/json", json),
            _download("Result as CSV", "bench-result.csv", "text/csv", csv),
        ]
        state_button = _download("Raft state as JSON", "raft-state.json", "application/json", state)
        self.element = make("p", "buttons downloads", *self._of_a_run, state_button)
        self.show(has_result=False)

    def show(self, *, has_result: bool) -> None:
        """Offer a result only when there is one."""
        for one in self._of_a_run:
            if bool(one.disabled) == has_result:
                one.disabled = not has_result


def _download(label: str, name: str, kind: str, content: Callable[[], str]) -> Any:
    def save() -> None:
        options = to_js({"type": kind}, dict_converter=Object.fromEntries)
        url = URL.createObjectURL(Blob.new(Array.of(content()), options))
        link = make("a", "", href=url, download=name)
        document.body.append(link)
        link.click()
        link.remove()
        URL.revokeObjectURL(url)

    return button(label, save, "plain", data_testid=name.replace(".", "-"))
