"""The rules of negotiation, one by one; `test_negotiation_simulation.py` has them all at work."""

from random import Random

import pytest
from msgspec.structs import replace

from transport_webrtc.bodies import (
    Answer,
    Body,
    Candidate,
    Check,
    Gone,
    Offer,
    Superseded,
    Wanted,
)
from transport_webrtc.events import LossReason
from transport_webrtc.negotiation import (
    Action,
    Drop,
    Ignored,
    MakeAnswer,
    MakeOffer,
    NegotiationSettings,
    Negotiator,
    SendBody,
    Stage,
    TakeAnswer,
    TakeCandidate,
)
from transport_webrtc.starts import Start

ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
SETTINGS = NegotiationSettings()


def make(member: str, seed: int = 0) -> Negotiator:
    return Negotiator(member, rng=Random(seed))


def offer_of(actions: list[Action]) -> str:
    """The id of the one offer that is to be made."""
    (offer,) = [action.offer for action in actions if isinstance(action, MakeOffer)]
    return offer


def make_offering() -> tuple[Negotiator, str]:
    one = make(ONE)
    return one, offer_of(one.joined(0.0, TWO))


def make_connected_offerer(now: float = 0.0) -> tuple[Negotiator, str]:
    one, offer = make_offering()
    one.signalled(now, TWO, Answer(offer, "sdp"))
    one.connected(now, TWO, offer)
    assert one.stage(TWO) is Stage.CONNECTED
    return one, offer


def make_connected_answerer(now: float = 0.0) -> Negotiator:
    two = make(TWO)
    two.welcomed(now, [ONE])
    two.signalled(now, ONE, Offer("x-1", "sdp"))
    two.connected(now, ONE, "x-1")
    assert two.stage(ONE) is Stage.CONNECTED
    return two


def due(negotiator: Negotiator) -> tuple[float, list[Action]]:
    """Waits for the next deadline; returns it and what is done then."""
    deadline = negotiator.deadline
    assert deadline is not None
    assert negotiator.tick(deadline - 1e-6) == [], "a timer that fires early changes nothing"
    return deadline, negotiator.tick(deadline)


# --------------------------------------------------------------------------------------- who offers


def test_the_smaller_id_offers_to_all_it_finds_and_all_who_come() -> None:
    two = make(TWO)
    (action,) = two.welcomed(0.0, [ONE, THREE, TWO])
    assert isinstance(action, MakeOffer)
    assert action.peer == THREE
    actions = two.joined(1.0, "4" * 16)
    assert [type(action) for action in actions] == [MakeOffer]
    assert two.present == {ONE, THREE, "4" * 16}


def test_the_larger_id_waits_and_asks_when_no_offer_comes() -> None:
    two = make(TWO)
    assert two.welcomed(0.0, [ONE]) == []
    first, actions = due(two)
    assert actions == [SendBody(ONE, Wanted())]
    assert 0 < first <= 1.5 * SETTINGS.wanted_after
    second, actions = due(two)
    assert actions == [SendBody(ONE, Wanted())]
    delays = [second - first]
    for _ in range(20):
        before = two.deadline or 0.0
        due(two)
        delays.append((two.deadline or 0.0) - before)
    longest = SETTINGS.max_delay + 1.5 * SETTINGS.wanted_after
    assert delays[0] < 3
    assert SETTINGS.max_delay / 2 < delays[-1] <= longest


def test_an_offer_is_made_answered_and_taken() -> None:
    one, two = make(ONE), make(TWO)
    two.welcomed(0.0, [ONE])
    offer = offer_of(one.joined(0.0, TWO))
    (sent,) = one.described(TWO, offer, "offer sdp")
    assert sent == SendBody(TWO, Offer(offer, "offer sdp"))
    assert two.signalled(0.0, ONE, sent.body) == [MakeAnswer(ONE, offer, "offer sdp")]
    (sent,) = two.described(ONE, offer, "answer sdp")
    assert sent == SendBody(ONE, Answer(offer, "answer sdp"))
    taken = one.signalled(0.0, TWO, sent.body)
    assert taken == [TakeAnswer(TWO, offer, "answer sdp")]
    for negotiator, peer in (one, TWO), (two, ONE):
        negotiator.connected(0.1, peer, offer)
        assert negotiator.stage(peer) is Stage.CONNECTED
        assert negotiator.deadline is None


def test_an_offer_of_the_larger_id_is_ignored_with_a_word() -> None:
    one, _ = make_offering()
    (ignored,) = one.signalled(0.0, TWO, Offer("x-1", "sdp"))
    assert isinstance(ignored, Ignored)
    two = make_connected_answerer()
    (ignored,) = two.signalled(0.0, ONE, Wanted())
    assert isinstance(ignored, Ignored)


# --------------------------------------------------------------------------------------- candidates


def test_our_candidates_name_their_offer() -> None:
    one, offer = make_offering()
    candidate = Candidate(offer, "a", "0", 0)
    assert one.candidate_found(TWO, candidate) == [SendBody(TWO, candidate)]
    assert one.candidate_found(TWO, Candidate("x-1", "a")) == []
    assert one.candidate_found(THREE, candidate) == []


def test_candidates_before_the_answer_wait_for_it() -> None:
    one, offer = make_offering()
    early = Candidate(offer, "early")
    assert one.signalled(0.0, TWO, early) == []
    assert one.signalled(0.0, TWO, Answer(offer, "sdp")) == [
        TakeAnswer(TWO, offer, "sdp"),
        TakeCandidate(TWO, offer, early),
    ]
    late = Candidate(offer, "late")
    assert one.signalled(0.0, TWO, late) == [TakeCandidate(TWO, offer, late)]


def test_candidates_before_the_offer_wait_for_it() -> None:
    two = make(TWO)
    early = Candidate("x-1", "early")
    assert two.signalled(0.0, ONE, early) == []
    assert two.signalled(0.0, ONE, Offer("x-1", "sdp")) == [
        MakeAnswer(ONE, "x-1", "sdp"),
        TakeCandidate(ONE, "x-1", early),
    ]


def test_candidates_of_an_offer_that_is_over_are_ignored() -> None:
    two = make(TWO)
    two.signalled(1.0, ONE, Offer("x-5", "sdp"))
    for stale in "x-1", "x-4":
        assert two.signalled(1.0, ONE, Candidate(stale, "late")) == []
    assert two.signalled(1.0, ONE, Offer("x-4", "sdp")) == []
    one, _ = make_offering()
    assert one.signalled(0.0, TWO, Candidate("x-9", "whose?")) == []


# --------------------------------------------------------------------------- duplicates, stale ones


def test_duplicates_are_harmless() -> None:
    one, offer = make_offering()
    answer = Answer(offer, "sdp")
    assert len(one.signalled(0.0, TWO, answer)) == 1
    assert one.signalled(0.0, TWO, answer) == []
    one.connected(0.0, TWO, offer)
    assert one.signalled(0.0, TWO, answer) == []
    assert one.joined(0.0, TWO) == []
    two = make_connected_answerer()
    assert two.signalled(0.0, ONE, Offer("x-1", "sdp")) == []
    assert two.stage(ONE) is Stage.CONNECTED


def test_an_answer_to_another_offer_is_ignored() -> None:
    one, offer = make_offering()
    assert one.signalled(0.0, TWO, Answer("x-1", "sdp")) == []
    one.lost(1.0, TWO, offer)
    assert one.signalled(1.0, TWO, Answer(offer, "sdp")) == []


def test_reports_about_what_is_over_change_nothing() -> None:
    one, offer = make_connected_offerer()
    one.lost(1.0, TWO, "x-1")
    one.connected(1.0, TWO, "x-1")
    one.lost(1.0, THREE, offer)
    one.connected(1.0, THREE, offer)
    assert one.described(THREE, offer, "sdp") == []
    assert one.stage(TWO) is Stage.CONNECTED
    one.lost(1.0, TWO, offer)
    deadline = one.deadline
    one.lost(2.0, TWO, offer)
    one.connected(2.0, TWO, offer)
    assert one.described(TWO, offer, "sdp") == []
    assert (one.stage(TWO), one.deadline) == (Stage.IDLE, deadline)


# ---------------------------------------------------------------------------------- losses, retries


def test_a_lost_link_is_offered_again_soon_with_a_new_id() -> None:
    one, offer = make_connected_offerer()
    one.lost(100.0, TWO, offer)
    when, actions = due(one)
    assert 100.0 < when <= 100.0 + SETTINGS.first_delay
    assert offer_of(actions) != offer


def test_attempts_come_later_and_later_until_one_lasts() -> None:
    one, offer = make_offering()
    now, delays = 0.0, []
    for _ in range(12):
        one.lost(now, TWO, offer)
        when, actions = due(one)
        delays.append(when - now)
        now, offer = when, offer_of(actions)
    assert delays[0] <= SETTINGS.first_delay
    assert max(delays) <= SETTINGS.max_delay
    assert min(delays[-3:]) >= SETTINGS.max_delay / 2
    one.connected(now, TWO, offer)
    one.lost(now + SETTINGS.steady_after, TWO, offer)
    when, _ = due(one)
    assert when - now - SETTINGS.steady_after <= SETTINGS.first_delay


def test_links_that_never_last_count_as_failures() -> None:
    one, offer = make_offering()
    now = delay = 0.0
    for _ in range(12):
        one.connected(now, TWO, offer)
        one.lost(now + 1.0, TWO, offer)
        when, actions = due(one)
        delay, now, offer = when - now - 1.0, when, offer_of(actions)
    assert delay >= SETTINGS.max_delay / 2


def test_delays_differ_from_member_to_member() -> None:
    deadlines = set()
    for seed in range(10):
        one = make(ONE, seed)
        one.lost(0.0, TWO, offer_of(one.joined(0.0, TWO)))
        deadlines.add(one.deadline)
    assert len(deadlines) == 10


@pytest.mark.parametrize("answered", [False, True])
def test_an_attempt_that_leads_nowhere_is_dropped(answered: bool) -> None:
    one, offer = make_offering()
    if answered:
        one.signalled(0.0, TWO, Answer(offer, "sdp"))
    when, actions = due(one)
    assert when == SETTINGS.connect_timeout
    (dropped,) = actions
    assert isinstance(dropped, Drop)
    assert (dropped.offer, dropped.reason) == (offer, LossReason.TIMEOUT)
    _, actions = due(one)
    assert offer_of(actions) != offer


def test_an_answer_that_leads_nowhere_is_dropped_and_another_offer_asked_for() -> None:
    two = make(TWO)
    two.signalled(0.0, ONE, Offer("x-1", "sdp"))
    when, (dropped,) = due(two)
    assert when == SETTINGS.connect_timeout
    assert isinstance(dropped, Drop)
    _, actions = due(two)
    assert actions == [SendBody(ONE, Wanted())]


# ---------------------------------------------------------------------------------- who begins anew


def test_a_new_offer_replaces_a_link_of_which_the_peer_has_nothing() -> None:
    two = make_connected_answerer()
    assert two.signalled(50.0, ONE, Offer("y-1", "sdp")) == [SendBody(ONE, Check("x-1"))]
    early = Candidate("y-1", "early")
    assert two.signalled(50.0, ONE, early) == []
    assert two.signalled(50.0, ONE, Gone("x-1")) == [
        Drop(ONE, "x-1", LossReason.RESTARTED, "it has that link no more"),
        MakeAnswer(ONE, "y-1", "sdp"),
        TakeCandidate(ONE, "y-1", early),
    ]


def test_a_new_offer_replaces_an_attempt_of_which_the_peer_has_nothing() -> None:
    two = make(TWO)
    two.signalled(0.0, ONE, Offer("x-1", "sdp"))
    assert two.signalled(1.0, ONE, Offer("x-2", "sdp")) == [SendBody(ONE, Check("x-1"))]
    _, answer = two.signalled(1.0, ONE, Gone("x-1"))
    assert answer == MakeAnswer(ONE, "x-2", "sdp")


def test_an_offer_that_waits_is_answered_once_the_link_is_lost() -> None:
    two = make_connected_answerer()
    two.signalled(50.0, ONE, Offer("y-1", "sdp"))
    two.lost(51.0, ONE, "x-1")
    assert two.deadline == 51.0
    assert two.tick(51.0) == [MakeAnswer(ONE, "y-1", "sdp")]


def test_an_offer_that_waited_too_long_is_forgotten() -> None:
    two = make_connected_answerer()
    two.signalled(50.0, ONE, Offer("y-1", "sdp"))
    now = 50.0 + SETTINGS.connect_timeout
    two.lost(now, ONE, "x-1")
    assert two.tick(now) == [SendBody(ONE, Wanted())]


def test_an_offer_that_waits_is_forgotten_when_its_sender_goes() -> None:
    two = make_connected_answerer()
    two.signalled(50.0, ONE, Offer("y-1", "sdp"))
    two.left(ONE, "lost")
    two.joined(51.0, ONE)
    two.lost(51.0, ONE, "x-1")
    assert two.tick(51.0) == []


def test_wanted_replaces_a_link_of_which_the_peer_has_nothing() -> None:
    one, offer = make_connected_offerer()
    assert one.signalled(50.0, TWO, Wanted()) == [SendBody(TWO, Check(offer))]
    dropped, again = one.signalled(50.0, TWO, Gone(offer))
    assert dropped == Drop(TWO, offer, LossReason.RESTARTED, "it has that link no more")
    assert isinstance(again, MakeOffer)
    assert again.offer != offer


def test_old_offers_and_wanteds_end_no_link() -> None:
    one, offer = make_connected_offerer()
    two = make_connected_answerer()
    for number in range(40):
        assert one.signalled(50.0, TWO, Wanted()) == [SendBody(TWO, Check(offer))]
        old = Offer(f"page{number}-1", "sdp")
        assert two.signalled(50.0, ONE, old) == [SendBody(ONE, Check("x-1"))]
    assert one.deadline is two.deadline is None
    assert one.stage(TWO) is two.stage(ONE) is Stage.CONNECTED


def test_who_has_its_end_of_a_link_does_not_say_that_it_is_gone() -> None:
    one, offer = make_connected_offerer()
    assert one.signalled(50.0, TWO, Check(offer)) == []
    assert one.signalled(50.0, TWO, Check("x-1")) == [SendBody(TWO, Gone("x-1"))]
    two = make(TWO)
    two.signalled(0.0, ONE, Offer("x-1", "sdp"))
    assert two.signalled(0.0, ONE, Check("x-1")) == []
    two.lost(1.0, ONE, "x-1")
    assert two.signalled(1.0, ONE, Check("x-1")) == [SendBody(ONE, Gone("x-1"))]


def test_an_old_gone_ends_no_link() -> None:
    one, _ = make_connected_offerer()
    assert one.signalled(50.0, TWO, Gone("x-1")) == []
    assert one.stage(TWO) is Stage.CONNECTED


def test_wanted_that_crosses_our_offer_is_ignored_for_a_while() -> None:
    one, offer = make_offering()
    assert one.signalled(1.0, TWO, Wanted()) == []
    dropped, again = one.signalled(SETTINGS.answer_patience, TWO, Wanted())
    assert isinstance(dropped, Drop)
    assert isinstance(again, MakeOffer)
    assert again.offer != offer


def test_who_asks_often_is_not_served_faster() -> None:
    one = make(ONE)
    one.joined(0.0, TWO)
    offers, now = 1, 0.0
    while now < 60.0:
        now += 0.05
        for action in [*one.tick(now), *one.signalled(now, TWO, Wanted())]:
            if isinstance(action, MakeOffer):
                offers += 1
                one.signalled(now, TWO, Answer(action.offer, "sdp"))
    assert offers < 20


# ----------------------------------------------------------------------------------------- the room


@pytest.mark.parametrize("reason", ["left", "lost", "replaced", "anything"])
def test_the_introducers_word_ends_no_link(reason: str) -> None:
    one, offer = make_connected_offerer()
    assert one.left(TWO, reason) == []
    assert one.joined(1.0, TWO) == []
    assert one.stage(TWO) is Stage.CONNECTED
    one.left(TWO, reason)
    one.lost(2.0, TWO, offer)
    assert one.deadline is None, "nobody is there to offer to"
    assert one.present == set()


@pytest.mark.parametrize("reason", ["left", "lost", "replaced"])
def test_whoever_goes_takes_its_attempts_along(reason: str) -> None:
    one, offer = make_offering()
    (dropped,) = one.left(TWO, reason)
    assert isinstance(dropped, Drop)
    assert offer_of(one.joined(1.0, TWO)) != offer


def test_an_unanswered_offer_to_who_joins_again_is_made_anew() -> None:
    one, offer = make_offering()
    dropped, again = one.joined(1.0, TWO)
    assert isinstance(dropped, Drop)
    assert isinstance(again, MakeOffer)
    assert again.offer != offer


def test_the_introducer_may_go_and_come_back() -> None:
    one, offer = make_connected_offerer()
    one.introducer_lost()
    assert one.present == set()
    assert one.welcomed(100.0, [TWO]) == []
    assert one.stage(TWO) is Stage.CONNECTED
    one.introducer_lost()
    one.lost(101.0, TWO, offer)
    assert one.deadline is None
    assert offer_of(one.welcomed(102.0, [TWO]))


def test_what_is_due_waits_for_the_introducer() -> None:
    one, offer = make_offering()
    one.lost(1.0, TWO, offer)
    assert one.deadline is not None
    one.introducer_lost()
    assert one.deadline is None


def test_an_attempt_may_succeed_while_the_introducer_is_away() -> None:
    one, offer = make_offering()
    one.signalled(0.0, TWO, Answer(offer, "sdp"))
    one.introducer_lost()
    one.connected(1.0, TWO, offer)
    assert one.stage(TWO) is Stage.CONNECTED


def test_a_welcome_tells_who_is_gone() -> None:
    one, offer = make_connected_offerer()
    one.joined(0.0, THREE)
    one.welcomed(1.0, [THREE])
    assert one.present == {THREE}
    assert one.stage(TWO) is Stage.CONNECTED, "its link is as good as before"
    one.lost(2.0, TWO, offer)
    assert TWO not in one._peers


def test_too_many_members_do_not_fill_the_memory() -> None:
    one = make("0" * 16)
    one.welcomed(0.0, [f"{number:016x}" for number in range(1, 1000)])
    assert len(one._peers) == 64
    (ignored,) = one.signalled(0.0, "f" * 16, Wanted())
    assert isinstance(ignored, Ignored)
    assert one.joined(0.0, "f" * 16) == []


def test_a_body_from_ourselves_is_ignored() -> None:
    one = make(ONE)
    (ignored,) = one.signalled(0.0, ONE, Wanted())
    assert isinstance(ignored, Ignored)
    assert one.present == set()


# ------------------------------------------------------------------------------------------- starts


@pytest.mark.parametrize(
    "body",
    [Offer("y-1", "sdp"), Candidate("x-1", "candidate"), Check("x-1"), Gone("x-1"), Wanted()],
    ids=lambda body: type(body).__name__,
)
def test_whatever_an_older_start_says_it_is_only_told_of_the_newer_one(body: Body) -> None:
    older, newer = (Start(number, "a" * 16, "0" * 64) for number in (5, 6))
    two = make(TWO)
    two.welcomed(0.0, [ONE])
    two.signalled(0.0, ONE, Offer("x-1", "sdp", start=newer))
    two.connected(0.0, ONE, "x-1")
    said = two.signalled(1.0, ONE, replace(body, start=older))
    assert said == [SendBody(ONE, Superseded(newer))]
    assert two.stage(ONE) is Stage.CONNECTED
    assert two.deadline is None
