"""Who is silent is asked, then dead; who slept judges nobody."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.liveness import Liveness, Verdict

FINE, ASK, DEAD = Verdict.FINE, Verdict.ASK, Verdict.DEAD


def rounds(liveness: Liveness, *times: float) -> list[Verdict]:
    return [liveness.round(time) for time in times]


def make() -> Liveness:
    liveness = Liveness(0.0, interval=1.0, dead_after=4.0)
    assert liveness.round(1.0) is FINE, "it counts as heard at the start"
    return liveness


def test_silence_is_asked_about_and_then_death() -> None:
    assert rounds(make(), 2, 3, 4, 5, 6) == [ASK, ASK, ASK, DEAD, DEAD]


def test_any_frame_begins_the_count_anew() -> None:
    liveness = make()
    assert rounds(liveness, 2, 3, 4) == [ASK, ASK, ASK]
    liveness.heard = True
    assert rounds(liveness, 5, 6, 7, 8, 9) == [FINE, ASK, ASK, ASK, DEAD]


def test_timers_of_a_hidden_page_are_in_time() -> None:
    """They fire once a second, so that a round may take two."""
    assert rounds(make(), 3, 5, 7) == [ASK, ASK, DEAD]


def test_who_slept_gives_a_full_round_first() -> None:
    liveness = make()
    assert rounds(liveness, 2, 3, 4) == [ASK, ASK, ASK]
    assert rounds(liveness, 100) == [ASK], "it would have been dead at 5"
    assert rounds(liveness, 101, 102, 103, 104) == [ASK, ASK, ASK, DEAD]


def test_who_slept_and_hears_somebody_then_goes_on() -> None:
    liveness = make()
    assert rounds(liveness, 2, 3, 4, 100) == [ASK] * 4
    liveness.heard = True
    assert rounds(liveness, 101, 102) == [FINE, ASK]


def test_timers_that_are_always_late_still_find_the_dead() -> None:
    """A page whose timers fire once a minute."""
    assert rounds(make(), 60, 120, 180) == [ASK, ASK, DEAD]


@given(st.lists(st.floats(0.01, 200.0), min_size=1, max_size=50))
def test_nobody_is_dead_who_was_not_asked_twice_before(gaps: list[float]) -> None:
    liveness = make()
    verdicts = rounds(liveness, *list(accumulate(gaps, initial=1.0))[1:])
    assert set(verdicts[:2]) <= {ASK}
    assert FINE not in verdicts
