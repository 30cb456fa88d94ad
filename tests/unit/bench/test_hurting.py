"""How long a member may be frozen for."""

import pytest

from bench.hurting import freeze_seconds


@pytest.mark.parametrize("text,value", [("5", 5), (" 0.1 ", 0.1), ("120", 120)])
def test_a_time_that_is_fine(text: str, value: float) -> None:
    assert freeze_seconds(text) == (value, "")


@pytest.mark.parametrize(
    "text,problem",
    [("", "A number"), ("long", "A number"), ("0", "0.1 to 120"), ("nan", "0.1 to 120")],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert freeze_seconds(text)[1].startswith(problem)
