"""Names of offers, which of them are over, and candidates that came before theirs."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.bodies import Candidate
from transport_webrtc.offers import EarlyCandidates, OfferNames, OffersSeen


def test_names_are_never_used_twice() -> None:
    one, two = OfferNames(Random(1)), OfferNames(Random(2))
    names = [names.next() for names in (one, two) for _ in range(100)]
    assert len(set(names)) == 200
    assert all(len(name) <= 64 for name in names)


def test_names_of_one_page_count_up() -> None:
    names, seen = OfferNames(Random(1)), OffersSeen()
    assert all(seen.is_new(names.next()) for _ in range(20))


def test_a_duplicate_or_an_older_one_is_not_new() -> None:
    seen = OffersSeen()
    assert seen.is_new("page-2")
    assert not seen.is_new("page-2")
    assert not seen.is_new("page-1")
    assert not seen.might_come("page-2")
    assert seen.might_come("page-3")
    assert seen.is_new("page-3")


def test_each_page_counts_for_itself() -> None:
    seen = OffersSeen()
    assert seen.is_new("old-5")
    assert seen.is_new("new-1")
    assert seen.is_new("old-6"), "which of the two is the newer page cannot be known"
    assert not seen.is_new("old-5")
    assert seen.is_new("new-2")


@pytest.mark.parametrize("name", ["x", "-", "a-b", "a-", "-1", "a-²", "a-" + "9" * 30, "é-٣"])
def test_a_name_of_another_form_is_new_once(name: str) -> None:
    seen = OffersSeen()
    assert seen.is_new(name)
    assert not seen.is_new(name)


@given(st.lists(st.text(min_size=1, max_size=64), max_size=100))
def test_memory_is_bounded(names: list[str]) -> None:
    seen = OffersSeen()
    for name in names:
        seen.is_new(name)
    assert len(seen._highest) <= 16


def test_the_pages_used_last_are_remembered() -> None:
    seen = OffersSeen()
    seen.is_new("first-1")
    for number in range(15):
        seen.is_new(f"page{number}-1")
    seen.is_new("first-2")
    seen.is_new("one more-1")
    assert not seen.is_new("first-2")
    assert seen.is_new("page0-1"), "forgotten"


def test_candidates_wait_for_their_offer_once() -> None:
    early = EarlyCandidates()
    mine, other = Candidate("x-1", "a"), Candidate("x-2", "b")
    early.hold(mine)
    early.hold(mine)
    early.hold(other)
    assert early.release("x-1") == [mine]
    assert early.release("x-1") == []
    assert early.release("x-2") == [other]


def test_only_so_many_candidates_wait() -> None:
    early = EarlyCandidates()
    for number in range(100):
        early.hold(Candidate("x-1", f"candidate {number}"))
    assert len(early.release("x-1")) == 64


def test_only_so_many_offers_are_waited_for() -> None:
    early = EarlyCandidates()
    for number in range(5):
        early.hold(Candidate(f"x-{number}", "c"))
    assert early.release("x-0") == []
    assert early.release("x-4") == [Candidate("x-4", "c")]
