"""Bringing rows into another order, without moving the one that has the focus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo.order import heir, moves, place

keys = st.lists(st.sampled_from("abcdefghij"), unique=True)


def carried_out(present: list[str], steps: list[tuple[str, str | None]]) -> list[str]:
    """What the page has after these steps, done as the DOM does them."""
    order = list(present)
    for key, follower in steps:
        if key in order:
            order.remove(key)
        order.insert(len(order) if follower is None else order.index(follower), key)
    return order


@given(wanted=keys, data=st.data())
def test_moves_lead_to_the_wanted_order_and_leave_the_pinned_row_alone(
    wanted: list[str], data: st.DataObject
) -> None:
    staying = st.lists(st.sampled_from(wanted), unique=True) if wanted else st.just([])
    present = data.draw(staying)
    pinned = data.draw(st.none() | st.sampled_from([*present, "elsewhere"]))
    steps = list(moves(present, wanted, pinned))
    assert carried_out(present, steps) == wanted
    assert pinned not in {key for key, _ in steps}


@given(wanted=keys, data=st.data())
def test_rows_that_keep_their_order_do_not_move(wanted: list[str], data: st.DataObject) -> None:
    present = [key for key in wanted if data.draw(st.booleans())]
    moved = [key for key, _ in moves(present, wanted, None)]
    assert moved == [key for key in wanted if key not in present]


def test_the_row_with_the_focus_stays_and_its_neighbour_goes_round_it() -> None:
    assert list(moves(["a", "b"], ["b", "a"], pinned="b")) == [("a", None)]
    assert list(moves(["a", "b"], ["b", "a"], pinned="a")) == [("b", "a")]


@pytest.mark.parametrize(
    "wanted,position", [("abd", 2), ("bd", 1), ("d", 0), ("", 0), ("abdx", 2), ("a", 1)]
)
def test_a_row_that_is_kept_stays_between_its_neighbours(wanted: str, position: int) -> None:
    assert place("abcd", wanted, "c") == position


def test_the_next_row_takes_the_place_of_one_that_goes() -> None:
    assert heir(["a", "b", "c"], ["a", "c"], "b") == "c"


def test_the_last_row_takes_the_place_of_the_last() -> None:
    assert heir(["a", "b", "c"], ["a", "b"], "c") == "b"


def test_nobody_takes_the_place_of_the_only_row() -> None:
    assert heir(["a"], [], "a") is None
