"""Routes name filters."""

import pytest

from todo.filters import Filter


@pytest.mark.parametrize(
    "route,chosen",
    [("/", Filter.ALL), ("/active", Filter.ACTIVE), ("/completed", Filter.COMPLETED)],
)
def test_each_route_names_its_filter(route: str, chosen: Filter) -> None:
    assert Filter.of(route) is chosen
    assert chosen.route == route


@pytest.mark.parametrize("route", ["", "/else", "/active/", "active", "/ACTIVE"])
def test_any_other_route_shows_all(route: str) -> None:
    assert Filter.of(route) is Filter.ALL


@pytest.mark.parametrize(
    "chosen,active,completed",
    [
        (Filter.ALL, True, True),
        (Filter.ACTIVE, True, False),
        (Filter.COMPLETED, False, True),
    ],
)
def test_a_filter_admits_what_it_names(chosen: Filter, active: bool, completed: bool) -> None:
    assert chosen.admits(completed=False) is active
    assert chosen.admits(completed=True) is completed
