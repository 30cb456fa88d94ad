"""Reads through the pump: asked with the inputs of a step, answered after what it applies."""

import pytest

from raft_core.config import Config
from raft_core.errors import NoLeader, Overloaded, RaftError, Stopped, StorageFailed
from raft_core.messages import AppendEntries, AppendReply, ReadIndex, ReadIndexReply
from tests.unit.raft_core.rig import Rig, alone, command
from tests.unit.raft_core.support import append, entry


class Reading:
    """A read whose answer is what the state holds then."""

    def __init__(self, rig: Rig, timeout: float = 5.0) -> None:
        self.rig = rig
        self.told: list[dict[str, str] | RaftError] = []
        self.query = rig.driver.read(timeout, self.take)

    def take(self, error: RaftError | None) -> None:
        self.told.append(dict(self.rig.state.items) if error is None else error)


def confirm(rig: Rig, peer: str = "b", number: int | None = None) -> None:
    newest = rig.raft.reads.round if number is None else number
    last = rig.raft.log.last_index
    rig.deliver(peer, AppendReply(rig.raft.term, True, last, read_round=newest))


def test_alone_it_is_answered_before_the_call_returns() -> None:
    rig = alone()
    rig.submit("k", "v")
    assert Reading(rig).told == [{"k": "v"}]


def test_a_leader_answers_after_a_round() -> None:
    rig = Rig("abc").lead()
    reading = Reading(rig)
    (message,) = rig.to("c")
    assert isinstance(message, AppendEntries)
    assert message.read_round == 1
    assert reading.told == []
    confirm(rig)
    assert reading.told == [{}]


def test_a_leader_with_a_lease_answers_before_the_call_returns() -> None:
    config = Config(read_lease=0.9)
    rig = Rig("abc", config=config).lead()
    confirm(rig)
    rig.sent.clear()
    assert Reading(rig).told == [{}]
    assert rig.sent == []
    rig.now += 0.9
    assert Reading(rig).told == [], "the clock is looked at after the call"


def test_a_caller_who_is_told_that_time_is_out_and_reads_asks_after_the_look_at_the_clock() -> None:
    """Its machine may sleep in that moment. Others have another leader since, and its writes."""
    rig = Rig("abc", config=Config(read_lease=0.9)).lead()
    confirm(rig)
    readings: list[Reading] = []

    def ask(_: object) -> None:
        rig.now += 0.9
        readings.append(Reading(rig))

    rig.driver.submit(command("me", 1, "k"), 0.05, ask)
    rig.now += 0.05
    rig.driver.tick()
    (reading,) = readings
    assert reading.told == []


def test_what_the_same_step_commits_is_seen() -> None:
    rig = Rig("abc").lead()
    rig.submit("k", "v")
    reading = Reading(rig)
    confirm(rig)
    assert reading.told == [{"k": "v"}]


def test_a_follower_answers_once_it_has_applied_what_the_leader_says() -> None:
    rig = Rig("abc").follow()
    reading = Reading(rig)
    (question,) = rig.to("b")
    assert isinstance(question, ReadIndex)
    rig.deliver("b", ReadIndexReply(question.request, 2))
    assert reading.told == []
    put = entry(2, 1, command("c", 1, "k"))
    rig.deliver("b", AppendEntries(1, 1, 1, 2, (put,)))
    assert reading.told == [{"k": "v"}]


def test_calls_made_in_a_step_share_the_next_question() -> None:
    rig = Rig("abc").follow()
    readings: list[Reading] = []

    def once() -> None:
        rig.on_send = lambda: None
        readings.extend(Reading(rig) for _ in range(3))

    rig.on_send = once
    readings.append(Reading(rig))
    first, second = rig.to("b")
    assert isinstance(first, ReadIndex)
    assert isinstance(second, ReadIndex)
    rig.deliver("b", ReadIndexReply(second.request, 0))
    assert [len(reading.told) for reading in readings] == [1, 1, 1, 0]
    rig.deliver("b", ReadIndexReply(first.request, 0))
    assert [len(reading.told) for reading in readings] == [1, 1, 1, 1]


def test_questions_are_numbered_from_somewhere_at_random() -> None:
    """An answer to an earlier life of this member must not be taken for one of now."""
    rig = Rig("abc").follow()
    Reading(rig)
    (question,) = rig.to("b")
    assert isinstance(question, ReadIndex)
    assert question.request > 2**20


def test_while_another_is_open_a_read_waits_for_others_of_the_same_turn() -> None:
    rig = Rig("abc").follow()
    readings = [Reading(rig) for _ in range(5)]
    assert len(rig.to("b")) == 1
    assert rig.driver.deadline == rig.now
    rig.driver.tick()
    (question,) = rig.to("b")
    assert isinstance(question, ReadIndex)
    rig.deliver("b", ReadIndexReply(question.request, 0))
    assert [len(reading.told) for reading in readings] == [0, 1, 1, 1, 1]


def test_without_a_leader_it_waits_for_one() -> None:
    rig = Rig("abc")
    reading = Reading(rig)
    assert rig.to("b") == []
    rig.follow()
    # It was asked in the moment when the leader was seen.
    rig.wait(rig.config.retry_interval)
    question = rig.to("b")[0]
    assert isinstance(question, ReadIndex)
    rig.deliver("b", ReadIndexReply(question.request, 0))
    assert reading.told == [{}]


def test_a_new_leader_is_asked_at_once() -> None:
    rig = Rig("abc").follow()
    Reading(rig)
    rig.sent.clear()
    rig.deliver("c", append(2, 1, 1))
    assert [type(message) for message in rig.to("c")] == [AppendReply, ReadIndex]


def test_a_lost_question_is_asked_again_in_time() -> None:
    rig = Rig("abc", config=Config(election_timeout=5.0, election_timeout_max=6.0)).follow()
    Reading(rig)
    rig.sent.clear()
    assert rig.driver.deadline == rig.now + rig.config.retry_interval
    rig.wait(rig.config.retry_interval)
    assert [type(message) for message in rig.to("b")] == [ReadIndex]


def test_out_of_time_it_says_who_was_last_known_to_lead() -> None:
    rig = Rig("abc").follow()
    reading = Reading(rig, timeout=0.25)
    assert rig.driver.deadline == rig.now + 0.25
    rig.wait(0.25)
    (error,) = reading.told
    assert isinstance(error, NoLeader)
    assert error.leader == "b"


def test_a_proposal_that_found_no_leader_has_the_hint_too() -> None:
    rig = Rig("abc").follow()
    rig.wait(2.0)
    assert rig.raft.leader is None
    told = rig.submit(timeout=0.1)
    rig.wait(0.1)
    (error,) = told
    assert isinstance(error, NoLeader)
    assert error.leader == "b"


def test_the_deadline_is_kept_for_a_call_that_only_gathers() -> None:
    rig = Rig("abc").follow()
    for _ in range(20):
        Reading(rig)
        rig.driver.tick()
    reading = Reading(rig, timeout=0.1)
    assert rig.driver.deadline == rig.now
    rig.driver.tick()
    assert rig.driver.deadline == rig.now + 0.1
    rig.wait(0.1)
    assert isinstance(reading.told[0], NoLeader)


def test_what_is_forgotten_is_not_answered() -> None:
    rig = Rig("abc").lead()
    reading = Reading(rig)
    rig.driver.forget_read(reading.query)
    confirm(rig)
    assert reading.told == []


def test_too_many_are_refused() -> None:
    rig = Rig("abc", config=Config(max_inbox=2)).follow()
    Reading(rig)
    Reading(rig)
    with pytest.raises(Overloaded, match="too many reads are under way, the limit is 2"):
        Reading(rig)


def test_a_member_that_halts_answers_none_and_takes_none() -> None:
    rig = Rig("abc").follow()
    reading = Reading(rig)
    rig.refusal = OSError("full")
    rig.deliver("b", append(1, 1, 1, [1]))
    (error,) = reading.told
    assert isinstance(error, StorageFailed)
    with pytest.raises(Stopped, match="answers no reads: the storage refused"):
        Reading(rig)
