"""The invariant that says for how long a leader may hold back what it could send."""

import pytest

from raft_core.config import Config
from raft_core.membership import Configuration
from raft_core.progress import PeerProgress
from raft_core.testing.invariants import InvariantViolated, Promptness
from tests.unit.raft_core.testing.histories import NOTHING, Fake, durable, leader, log

THRIFTY = Config(thrifty=True)


def follows(match_index: int, next_index: int) -> PeerProgress:
    progress = PeerProgress(match_index + 1, 0.0)
    progress.accepted(match_index)
    if next_index > match_index + 1:
        progress.sent(next_index - 1, 1)
    return progress


def leads(
    entries: int, now: float, peers: dict[str, PeerProgress], config: Config = THRIFTY
) -> Fake:
    """A leader in term 1 of these, and itself."""
    configuration = Configuration.of({"a", *peers})
    return leader(
        "a",
        1,
        log=log(*[1] * entries),
        now=now,
        config=config,
        progress=peers,
        configuration=configuration,
    )


def prompt(*steps: Fake) -> Promptness:
    invariant = Promptness()
    for step in steps:
        invariant.stepped(step, NOTHING)
    return invariant


def test_nothing_waits_for_a_leader_that_is_not_thrifty() -> None:
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)}, Config())
    with pytest.raises(InvariantViolated, match="holds entry 2 back from c"):
        prompt(before, leads(2, 1.0, {"b": follows(1, 3), "c": follows(1, 2)}, Config()))


def test_what_is_new_may_wait_for_the_delay() -> None:
    late = THRIFTY.thrifty_delay
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)})
    begins = leads(2, 1.0, {"b": follows(1, 3), "c": follows(1, 2)})
    goes_on = leads(3, 1.0 + late / 2, {"b": follows(2, 4), "c": follows(1, 2)})
    prompt(before, begins, goes_on)
    prompt(before, begins, goes_on, leads(3, 1.0 + late, {"b": follows(2, 4), "c": follows(1, 4)}))
    with pytest.raises(InvariantViolated, match="holds entry 2 back from c, 0"):
        prompt(
            before, begins, goes_on, leads(3, 1.0 + late, {"b": follows(2, 4), "c": follows(1, 2)})
        )


def test_what_is_old_may_not_wait() -> None:
    before = leads(2, 0.0, {"b": follows(2, 3), "c": follows(1, 3)})
    with pytest.raises(InvariantViolated, match="holds entry 2 back from c"):
        prompt(before, leads(3, 1.0, {"b": follows(2, 4), "c": follows(1, 2)}))


def test_nobody_waits_who_cannot_be_sent_anything() -> None:
    paused = follows(1, 2)
    paused.paused = True
    prompt(
        leads(1, 0.0, {"b": follows(1, 2), "c": paused}),
        leads(2, 1.0, {"b": follows(1, 3), "c": paused}),
        leads(2, 2.0, {"b": follows(1, 3), "c": paused}),
    )


def test_something_waits_only_while_a_quorum_has_it() -> None:
    before = leads(1, 0.0, {peer: follows(1, 2) for peer in "bcde"})
    waits = {peer: follows(1, 2) for peer in "cde"}
    with pytest.raises(InvariantViolated, match="of whom none are silent"):
        prompt(before, leads(2, 1.0, waits | {"b": follows(1, 3)}))
    prompt(before, leads(2, 1.0, waits | {"b": follows(1, 3), "c": follows(1, 3)}))


def test_something_waits_only_while_a_quorum_of_each_half_has_it() -> None:
    peers = {"b": follows(1, 3), "c": follows(1, 2), "d": follows(1, 2), "e": follows(1, 2)}
    joint = leads(2, 1.0, peers)
    joint.configuration = Configuration.of("ade", (), "abc")
    before = leads(1, 0.0, {peer: follows(1, 2) for peer in "bcde"})
    with pytest.raises(InvariantViolated, match="it was sent to b, of whom"):
        prompt(before, joint)
    joint.progress["d"] = follows(1, 3)
    prompt(before, joint)


def test_one_that_is_found_or_sent_a_snapshot_has_nothing_yet() -> None:
    lost = PeerProgress(3, 0.0)
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)})
    with pytest.raises(InvariantViolated, match="it was sent to none, of whom"):
        prompt(before, leads(2, 1.0, {"b": lost, "c": follows(1, 2)}))


def test_nobody_waits_for_one_that_is_silent() -> None:
    silent = follows(1, 3)
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)})
    with pytest.raises(InvariantViolated, match="of whom b are silent"):
        prompt(
            before,
            leads(2, 1.0, {"b": silent, "c": follows(2, 3)}),
            leads(3, 1.3, {"b": follows(1, 4), "c": follows(2, 3)}),
        )
    prompt(
        before,
        leads(2, 1.0, {"b": silent, "c": follows(2, 3)}),
        leads(3, 1.3, {"b": follows(2, 4), "c": follows(2, 3)}),
    )


def test_what_goes_again_is_awaited_anew() -> None:
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)})
    asked = PeerProgress(2, 0.0)
    asked.paused = True
    unsent = follows(1, 2)
    unsent.paused = True
    for again in (asked, unsent):
        prompt(
            before,
            leads(2, 1.0, {"b": follows(1, 3), "c": follows(2, 3)}),
            leads(2, 1.1, {"b": again, "c": follows(2, 3)}),
            leads(2, 1.2, {"b": follows(1, 3), "c": follows(2, 3)}),
            leads(3, 1.3, {"b": follows(1, 4), "c": follows(2, 3)}),
        )


def test_another_life_and_another_term_begin_anew() -> None:
    before = leads(1, 0.0, {"b": follows(1, 2), "c": follows(1, 2)})
    follower = Fake()
    invariant = prompt(before, follower)
    invariant.started(follower, durable("a"))
    again = leads(2, 1.0, {"b": follows(1, 2), "c": follows(1, 3)})
    again.term = 2
    with pytest.raises(InvariantViolated, match="holds entry 2 back from b"):
        invariant.stepped(again, NOTHING)
