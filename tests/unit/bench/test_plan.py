"""Plans from JSON: defaults, bounds, and a sentence for everything else."""

import msgspec
import pytest

from bench.plan import InvalidPlan, Plan, parse_plan


def test_what_a_plan_does_not_say_has_its_default() -> None:
    assert parse_plan("{}") == Plan()
    assert parse_plan('{"outstanding": 256}') == Plan(outstanding=256)


def test_a_plan_comes_back_from_its_json() -> None:
    plan = Plan(loop="open", rate=500, reads=0.25, payload=128, seconds=3, warm_up=0)
    assert parse_plan(msgspec.json.encode(plan)) == plan


@pytest.mark.parametrize(
    "text,sentence",
    [
        ('{"outstanding": 0}', "outstanding must be 1 to 4,096, not 0"),
        ('{"outstanding": 4097}', "outstanding must be 1 to 4,096, not 4,097"),
        ('{"rate": 0}', "rate must be 0.1 to 1,000,000, not 0"),
        ('{"payload": 23}', "payload must be 24 to 16,384, not 23"),
        ('{"seconds": 0}', "seconds must be 0.1 to 86,400, not 0"),
        ('{"warm_up": -1}', "warm_up must be 0 to 3,600, not -1"),
        ('{"reads": 1.5}', "reads must be 0 to 1, not 1.5"),
        ('{"timeout": 0}', "timeout must be 0.1 to 600, not 0"),
        ('{"iterations": -1}', "iterations must be 0 to 1,000,000,000, not -1"),
        ('{"iterations": 5, "loop": "open"}', "iterations are counted in the closed loop only"),
        ('{"loop": "round"}', "Invalid enum value 'round'"),
        ('{"duration": 5}', "unknown field `duration`"),
        ('{"outstanding": "many"}', "Expected `int`, got `str`"),
        ("[]", "Expected `object`"),
        ("{", "truncated"),
    ],
)
def test_a_wrong_plan_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidPlan) as caught:
        parse_plan(text)
    assert sentence in str(caught.value)


def test_a_plan_made_in_python_is_checked_as_well() -> None:
    with pytest.raises(InvalidPlan, match="seconds must be"):
        Plan(seconds=float("nan"))
