"""The form of a run: presets, fields with what is wrong beside them, start and stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bench.form import DEFAULTS, FIELDS, PRESETS, Field, Form, chosen, read_form
from bench.plan import Plan
from bench.view.dom import Words, button, panel
from raft_web.elements import listen, make

_LOOPS = (("closed", "So many at once"), ("open", "So many a second"))


class Controls:
    """Calls `start` with a plan that is fine, and `stop`."""

    def __init__(self, start: Callable[[Plan], None], stop: Callable[[], None]) -> None:
        self._start = start
        self._running: bool | None = None
        self._inputs: dict[str, Any] = {}
        self._fields: dict[str, Any] = {}
        self._problems: dict[str, Words] = {}
        self._radios = {name: self._radio(name, label) for name, label in _LOOPS}
        self._presets = {
            preset.name: button(preset.name, partial(self._fill, preset.texts), "chip")
            for preset in PRESETS
        }
        self._go = make("button", "main", "Start", type="submit", data_testid="bench-start")
        self._halt = button("Stop", stop, "main stop", data_testid="bench-stop")
        self._form = self._make_form()
        self.element = panel(
            "Run",
            make(
                "div", "chips", *self._presets.values(), role="group", aria_label="Ready-made runs"
            ),
            self._form,
            id_="run",
        )
        self._texts = dict(DEFAULTS)
        self._fill(DEFAULTS)
        self.show(running=False)

    def show(self, *, running: bool) -> None:
        """Offer to start, or to stop."""
        if running == self._running:
            return
        first, self._running = self._running is None, running
        had_focus = self._form.contains(self._form.ownerDocument.activeElement)
        self._go.hidden, self._halt.hidden = running, not running
        self._set.disabled = running
        for preset in self._presets.values():
            preset.disabled = running
        if had_focus and not first:  # the button that had it is gone
            (self._halt if running else self._go).focus()

    def _make_form(self) -> Any:
        loops = make(
            "div",
            "loops",
            *(make("label", "", radio, label) for (_, label), radio in self._radio_labels()),
            role="radiogroup",
            aria_label="How operations begin",
        )
        fields = make("div", "fields", *(self._field(field) for field in FIELDS))
        self._set = make("fieldset", "", make("legend", "unseen", "What to run"), loops, fields)
        form = make(
            "form", "", self._set, make("p", "buttons", self._go, self._halt), novalidate=""
        )
        listen(form, "submit", self._on_submit)
        listen(form, "input", self._on_input)
        return form

    def _radio_labels(self) -> list[tuple[tuple[str, str], Any]]:
        return [(loop, self._radios[loop[0]]) for loop in _LOOPS]

    def _radio(self, name: str, label: str) -> Any:  # noqa: ARG002  (its label is around it)
        return make("input", "", type="radio", name="loop", value=name, data_testid=f"loop-{name}")

    def _field(self, field: Field) -> Any:
        name = f"bench-field-{field.name}"
        entry = make(
            "input",
            "",
            id=name,
            inputmode="numeric" if field.whole else "decimal",
            autocomplete="off",
            aria_describedby=f"{name}-problem",
            data_testid=f"field-{field.name}",
        )
        problem = Words(make("p", "problem", id=f"{name}-problem", role="alert"))
        self._inputs[field.name], self._problems[field.name] = entry, problem
        label = make("label", "", field.label, make("small", "", f" {field.unit}"), for_=name)
        made = self._fields[field.name] = make("div", "field", label, entry, problem.element)
        return made

    # ------------------------------------------------------------------------------------- filling

    def _fill(self, texts: Mapping[str, str]) -> None:
        self._texts.update(texts)
        for name, entry in self._inputs.items():
            if name in texts:
                entry.value = texts[name]
        self._radios[self._texts["loop"]].checked = True
        self._look()

    def _on_input(self, _event: Any) -> None:
        self._texts = {name: str(entry.value) for name, entry in self._inputs.items()}
        self._texts["loop"] = "open" if self._radios["open"].checked else "closed"
        self._look()

    def _look(self) -> Form:
        """Show the fields of the loop, which preset it is, and what is wrong."""
        form = read_form(self._texts)
        for field in FIELDS:
            self._fields[field.name].hidden = field.loop not in {"", self._texts["loop"]}
            problem = form.problems.get(field.name, "")
            self._problems[field.name].say(problem)
            self._inputs[field.name].setAttribute("aria-invalid", "true" if problem else "false")
        preset = chosen(self._texts)
        for name, made in self._presets.items():
            made.setAttribute("aria-pressed", "true" if name == preset else "false")
        return form

    def _on_submit(self, event: Any) -> None:
        event.preventDefault()
        form = self._look()
        if form.plan is not None and not self._running:
            self._start(form.plan)
        for name in form.problems:
            self._inputs[name].focus()
            return
