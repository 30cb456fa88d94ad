"""The form: what was typed becomes a plan, or a sentence beside the field that is wrong."""

import pytest

from bench.form import DEFAULTS, FIELDS, PRESETS, chosen, describe, read_form
from bench.plan import Plan


def typed(**texts: str) -> dict[str, str]:
    return {**DEFAULTS, **texts}


def test_what_it_says_at_first_is_a_plan() -> None:
    form = read_form(DEFAULTS)
    assert form.problems == {}
    assert form.plan == Plan(loop="closed", outstanding=1, payload=60, seconds=20, warm_up=2)


def test_numbers_are_read_as_people_type_them() -> None:
    form = read_form(typed(outstanding=" 1,024 ", reads="12.5", seconds="0.5"))
    assert form.plan == Plan(outstanding=1024, payload=60, reads=0.125, seconds=0.5, warm_up=2)


def test_only_the_chosen_loops_field_counts() -> None:
    form = read_form(typed(loop="open", outstanding="nonsense", rate="2500"))
    assert form.plan == Plan(loop="open", rate=2500, payload=60, seconds=20, warm_up=2)
    assert read_form(typed(rate="nonsense")).problems == {}


@pytest.mark.parametrize(
    "name,text,sentence",
    [
        ("outstanding", "", "A number is needed."),
        ("outstanding", "many", "A number is needed."),
        ("seconds", "0,5", "A number is needed."),  # half a second, and surely not five
        ("outstanding", "1,00", "A number is needed."),
        ("outstanding", "1.5", "A whole number is needed."),
        ("outstanding", "inf", "A whole number is needed."),
        ("outstanding", "0", "Outstanding must be 1 to 4,096, not 0."),
        ("outstanding", "4097", "Outstanding must be 1 to 4,096, not 4,097."),
        ("payload", "3", "Command must be 24 to 16,384, not 3."),
        ("reads", "101", "0 to 100 percent."),
        ("reads", "-1", "0 to 100 percent."),
        ("seconds", "nan", "Measure must be 0.1 to 86,400, not nan."),
        ("warm_up", "-1", "Warm up must be 0 to 3,600, not -1."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(name: str, text: str, sentence: str) -> None:
    form = read_form(typed(**{name: text}))
    assert form.plan is None
    assert form.problems == {name: sentence}


def test_all_that_is_wrong_is_said_at_once() -> None:
    form = read_form(typed(payload="x", seconds="y"))
    assert form.problems.keys() == {"payload", "seconds"}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_is_a_plan_and_is_known_again(preset: object) -> None:
    texts = typed(**preset.texts)  # type: ignore[attr-defined]
    assert read_form(texts).plan is not None
    assert chosen(texts) == preset.name  # type: ignore[attr-defined]


def test_what_is_no_preset_is_none() -> None:
    assert chosen(typed(outstanding="77")) is None


def test_every_field_has_a_text_at_first() -> None:
    assert {field.name for field in FIELDS} | {"loop"} == DEFAULTS.keys()


@pytest.mark.parametrize(
    "plan,words",
    [
        (Plan(seconds=20, warm_up=2), "1 outstanding, 60 bytes, 20 s after 2 s of warm-up"),
        (
            Plan(loop="open", rate=1500, reads=0.5, seconds=2.5, warm_up=0),
            "1,500 a second, 60 bytes, 50 % reads, 2.5 s",
        ),
    ],
)
def test_a_plan_in_a_line(plan: Plan, words: str) -> None:
    assert describe(plan) == words
