"""The form of a run: from what a person typed to a plan, or to a sentence beside each field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from bench.figures import count, seconds
from bench.plan import InvalidPlan, Plan

_GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")


class Field(NamedTuple):
    """A number that a person can change. The bounds of all but a share are the plan's."""

    name: str  # of the plan's setting
    label: str
    unit: str
    whole: bool = False
    share: bool = False  # typed in percent
    loop: str = ""  # shown with this loop only


FIELDS: Final = (
    Field("outstanding", "Outstanding", "", whole=True, loop="closed"),
    Field("rate", "Rate", "a second", loop="open"),
    Field("payload", "Command", "bytes", whole=True),
    Field("reads", "Reads", "% of all", share=True),
    Field("seconds", "Measure", "seconds"),
    Field("warm_up", "Warm up", "seconds"),
)

DEFAULTS: Final = {
    "loop": "closed",
    "outstanding": "1",
    "rate": "500",
    "payload": "60",
    "reads": "0",
    "seconds": "20",
    "warm_up": "2",
}
"""What the form says at first."""


class Preset(NamedTuple):
    """A run with a name. What it does not name stays as it is."""

    name: str
    texts: Mapping[str, str]


PRESETS: Final = (
    Preset("One at a time", {"loop": "closed", "outstanding": "1", "reads": "0"}),
    Preset("256 outstanding", {"loop": "closed", "outstanding": "256", "reads": "0"}),
    Preset("Half reads", {"loop": "closed", "outstanding": "256", "reads": "50"}),
    Preset("500 a second", {"loop": "open", "rate": "500", "reads": "0"}),
)


class Form(NamedTuple):
    """What came of reading the fields: a plan, or what is wrong, by the field's name."""

    plan: Plan | None
    problems: dict[str, str]


def read_form(texts: Mapping[str, str]) -> Form:
    """Read the fields; those of the loop that is not chosen do not count."""
    loop = "open" if texts["loop"] == "open" else "closed"
    values: dict[str, float] = {}
    problems: dict[str, str] = {}
    for field in FIELDS:
        if field.loop in {"", loop}:
            try:
                values[field.name] = _read(field, texts[field.name])
            except InvalidPlan as problem:
                sentence = str(problem).replace(field.name, field.label, 1)
                problems[field.name] = f"{sentence[0].upper()}{sentence[1:]}."
    if problems:
        return Form(None, problems)
    return Form(Plan(loop=loop, **values), {})  # type: ignore[arg-type]  # whole numbers are ints


def chosen(texts: Mapping[str, str]) -> str | None:
    """The preset that the form says, if it says one."""
    for preset in PRESETS:
        if all(texts[name] == text for name, text in preset.texts.items()):
            return preset.name
    return None


def describe(plan: Plan) -> str:
    """The plan in a line: "256 outstanding, 60 bytes, 50 % reads, 20 s after 2 s of warm-up"."""
    parts = [
        f"{count(plan.outstanding)} outstanding"
        if plan.loop == "closed"
        else f"{plan.rate:,g} a second"
    ]
    parts.append(f"{count(plan.payload)} bytes")
    if plan.reads:
        parts.append(f"{plan.reads * 100:g} % reads")
    warm_up = f" after {seconds(plan.warm_up)} of warm-up" if plan.warm_up else ""
    parts.append(f"{seconds(plan.seconds)}{warm_up}")
    return ", ".join(parts)


def _read(field: Field, text: str) -> float:
    text = text.strip()
    if _GROUPED.fullmatch(text):  # else a comma may be a decimal one, and is none of ours
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        raise InvalidPlan("a number is needed") from None
    if field.whole:
        if not value.is_integer():
            raise InvalidPlan("a whole number is needed")
        value = int(value)
    if field.share:
        if not 0 <= value <= 100:
            raise InvalidPlan("0 to 100 percent")
        return value / 100
    Plan(**{field.name: value})  # type: ignore[arg-type]  # it raises, with the setting's bounds
    return value
