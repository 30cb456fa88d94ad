"""The order of tests: what takes long comes early in each worker's share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.order import spread


def one(name: str) -> Any:
    """A test. If its name is a capital letter it is to come early."""
    return SimpleNamespace(name=name, get_closest_marker=lambda _: name.isupper())


@pytest.mark.parametrize(
    "names,workers,shares",
    [
        ("abAcdB", 1, "ABabcd"),
        ("abAcdB", 2, "Aab Bcd"),
        ("abcdefABCD", 3, "ADa Bbc Cdef"),
        ("abcd", 3, "a b cd"),
        ("ABC", 2, "AC B"),
        ("a", 3, "a"),
        ("", 2, ""),
    ],
)
def test_each_share_begins_with_early_tests_and_none_is_lost(
    names: str, workers: int, shares: str
) -> None:
    ordered = spread([one(name) for name in names], workers)
    assert "".join(test.name for test in ordered) == shares.replace(" ", "")
