"""How the pump ends: what refuses, breaks or cannot be read, and what stays readable."""

import logging
from math import inf

import pytest

from raft_core.codec import Standing, Step, decode_record
from raft_core.config import Config
from raft_core.errors import (
    InvariantBroken,
    StateFailed,
    Stopped,
    StorageFailed,
    Superseded,
)
from raft_core.io import PeersChanged
from raft_core.keyvalue import Put
from raft_core.messages import (
    COMMAND,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
)
from raft_core.types import Role
from tests.unit.raft_core.rig import Rig, alone, command
from tests.unit.raft_core.support import append


def test_a_refused_write_ends_it_and_it_stays_readable() -> None:
    rig = Rig("abc").lead()
    told = rig.submit()
    rig.refusal = OSError("the disk is full")
    also = rig.submit()
    pumped, stored = rig.pumped, len(rig.stored)
    rig.driver.tick()
    assert rig.driver.problem == "the storage refused a write: the disk is full"
    assert rig.driver.deadline == inf
    assert rig.pumped == pumped + 1
    for (error,) in (told, also):
        assert isinstance(error, StorageFailed)
    assert told[0] is not also[0]
    assert len(rig.stored) == stored
    assert rig.state.items == {}


def test_what_waited_for_a_refused_write_never_leaves() -> None:
    rig = Rig("abc").follow()
    rig.slow = True
    rig.deliver("b", append(1, 1, 1, [1]))
    rig.deliver("b", append(1, 2, 1, [1]))
    first, second = rig.waiting
    first(OSError("no"))
    pumped = rig.pumped
    second(None)
    assert rig.sent == []
    assert rig.pumped == pumped == 4


def test_once_it_has_ended_nothing_goes_in_and_nothing_comes_out() -> None:
    rig = Rig("abc").lead()
    rig.driver.halt(Stopped("over"))
    pumped = rig.pumped
    with pytest.raises(Stopped, match="takes no proposals: over"):
        rig.submit()
    rig.deliver("b", append(9, 1, 1))
    rig.driver.put(PeersChanged(frozenset("b")))
    rig.driver.tick()
    rig.driver.halt(StorageFailed("again"))
    assert (rig.driver.problem, rig.driver.deadline) == ("over", inf)
    assert (rig.raft.term, rig.sent, rig.pumped) == (2, [], pumped)


def test_halted_by_a_caller_who_is_told_that_time_is_out_it_makes_no_step_any_more() -> None:
    # Its election time-out was over, too: it asked for votes, and set its next timer.
    rig = Rig("abc")
    rig.driver.tick()
    rig.driver.submit(command("me", 1, "k"), 1.0, lambda _: rig.driver.halt(Stopped("over")))
    rig.now = rig.raft.election_deadline + 1.0
    rig.driver.tick()
    assert (rig.driver.problem, rig.driver.deadline) == ("over", inf)
    assert (rig.sent, rig.raft.role) == ([], Role.FOLLOWER)


def test_a_step_whose_write_is_refused_does_nothing_else() -> None:
    # One step commits another member's entry, and writes one more.
    rig = Rig("abc").lead()
    rig.deliver("c", Forward((ForwardedProposal(70, command("c", 70, "theirs")),)))
    rig.sent.clear()
    rig.refusal = OSError("full")
    term, last = rig.raft.term, rig.raft.log.last_index

    def once() -> None:
        rig.on_send = lambda: None
        rig.deliver("b", AppendReply(term, True, last))
        rig.deliver("b", Forward((ForwardedProposal(80, command("b", 80, "more")),)))

    rig.on_send = once
    rig.wait(rig.config.heartbeat_interval)
    assert rig.driver.problem is not None
    assert rig.driver.deadline == inf
    assert not [message for _, message in rig.sent if isinstance(message, ForwardReply)]
    assert rig.state.items == {}


def test_a_broken_invariant_ends_it_with_its_sentence(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig("abc").follow()
    rig.deliver("b", AppendEntries(1, 1, 1, 2, (Entry(2, 1, COMMAND, command("c", 1, "k")),)))
    told = rig.submit()
    with caplog.at_level(logging.ERROR, "raft_core"):
        rig.deliver("c", append(2, 1, 1, [2]))
    assert rig.driver.problem is not None
    assert "entry 2 would be truncated" in rig.driver.problem
    assert isinstance(told[0], InvariantBroken)
    assert "member a stops" in caplog.text
    assert rig.state.items == {"k": "v"}


def test_a_bug_ends_it_rather_than_harm_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig("abc").follow()

    def fail(_now: float, _inputs: object) -> object:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr(rig.raft, "step", fail)
    pumped = rig.pumped
    rig.driver.tick()
    assert rig.driver.problem == "a bug in this program: ZeroDivisionError: nobody foresaw this"
    assert rig.pumped == pumped + 1


def test_a_command_of_a_later_version_ends_it() -> None:
    rig = Rig("abc").follow()
    rig.deliver("b", AppendEntries(1, 1, 1, 2, (Entry(2, 1, COMMAND, b"later"),)))
    assert rig.driver.problem is not None
    assert "cannot be read by this version" in rig.driver.problem


def test_answers_that_a_silent_storage_holds_back_do_not_pile_up_for_ever() -> None:
    rig = Rig("abc", config=Config(max_inbox=10)).follow()
    rig.slow = True
    rig.deliver("b", append(1, 1, 1, [1]))
    for _ in range(100):
        rig.deliver("b", append(1, 2, 1))
    assert rig.to("b") == []
    assert rig.driver.dropped_messages == 91
    rig.waiting.pop(0)(None)
    assert len(rig.to("b")) == 10


def test_a_state_that_runs_out_of_memory_stops_the_member(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = alone()

    def apply(_self: object, _command: object) -> str:
        raise MemoryError("no more")

    monkeypatch.setattr("raft_core.keyvalue.KeyValue.apply", apply)
    (error,) = rig.submit()
    assert isinstance(error, StateFailed)
    assert rig.driver.problem == "a command could not be applied here: MemoryError: no more"


def test_a_caller_that_ends_the_member_when_it_is_answered_ends_it() -> None:
    rig = Rig("abc").lead()
    rig.deliver("c", Forward((ForwardedProposal(70, command("c", 70, "theirs")),)))
    rig.driver.submit(
        rig.machine.encode_command(Put("k", "v")), 9.0, lambda _: rig.driver.halt(Stopped("over"))
    )
    rig.driver.tick()
    rig.to("c")
    rig.accept("b")
    assert rig.driver.problem == "over"
    assert rig.to("c") == []


def test_one_whose_copy_goes_on_notes_it_and_says_nothing_any_more() -> None:
    rig = Rig("abc", standing=Standing(start=4)).lead()
    told = rig.submit()
    rig.sent.clear()
    rig.driver.supersede()
    record = decode_record(rig.stored[-1])
    assert isinstance(record, Step)
    assert (record.term, record.voted_for) == (rig.raft.term, rig.raft.voted_for)
    assert record.standing == Standing(0, False, 1, 4, superseded=True)
    assert rig.vital[-1]
    (error,) = told
    assert isinstance(error, Superseded)
    stored = len(rig.stored)
    rig.driver.supersede()
    rig.driver.tick()
    rig.deliver("b", append(9, 1, 1, [9]))
    assert (rig.sent, len(rig.stored)) == ([], stored)


def test_that_it_cannot_note_it_keeps_it_from_nothing() -> None:
    rig = Rig("abc").lead()
    rig.refusal = OSError("the disk is full")
    rig.driver.supersede()
    assert rig.driver.problem is not None
    assert "a copy of this member" in rig.driver.problem


def test_one_that_is_a_copy_notes_it_and_goes_on() -> None:
    rig = Rig("abc", standing=Standing(start=4)).lead()
    rig.driver.copied()
    record = decode_record(rig.stored[-1])
    assert isinstance(record, Step)
    assert record.standing == Standing(5, True, 1, 4, copied=True)
    assert rig.vital[-1]
    assert (rig.driver.problem, rig.raft.role) == (None, "follower")
