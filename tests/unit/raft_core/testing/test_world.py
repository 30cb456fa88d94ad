"""A world that heals demands that its cluster serves: one that stands still is no good one."""

from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from raft_core.errors import InvariantBroken, NoLeader, RaftError
from raft_core.io import Input, Output
from raft_core.raft import Raft
from raft_core.sessions import Outcome
from raft_core.testing import PROFILES, SimulationFailed, simulate
from raft_core.testing.member import SimulatedMember, _WatchedRaft

CRASHING = PROFILES["crashing"]


def test_a_cluster_in_which_nobody_is_elected_any_more_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody has forgotten anything, so there is no excuse; see ``Forgetting.is_stuck``."""
    monkeypatch.setattr(Raft, "campaigns", lambda _: False)
    with pytest.raises(SimulationFailed) as failure:
        simulate(0, profile=CRASHING, steps=100)
    assert failure.value.invariant == "progress"


def test_a_cluster_that_refuses_all_writes_in_the_end_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    submit = SimulatedMember.submit

    def refuse(
        member: SimulatedMember, name: int, done: Callable[[Outcome | RaftError], None]
    ) -> None:
        if member._world.faulty:  # type: ignore[attr-defined] # it is a SimulatedWorld
            submit(member, name, done)
        else:
            done(NoLeader("not today"))

    monkeypatch.setattr(SimulatedMember, "submit", refuse)
    with pytest.raises(SimulationFailed, match="new writes at every member are acknowledged"):
        simulate(0, profile=CRASHING, steps=100)


def test_a_cluster_that_answers_no_reads_in_the_end_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    read = SimulatedMember.read

    def refuse(member: SimulatedMember, answer: Callable[[RaftError | None], None]) -> None:
        if member._world.faulty:  # type: ignore[attr-defined] # it is a SimulatedWorld
            read(member, answer)
        else:
            answer(NoLeader("not today"))

    monkeypatch.setattr(SimulatedMember, "read", refuse)
    with pytest.raises(SimulationFailed, match="reads at every member are answered"):
        simulate(0, profile=CRASHING, steps=100)


def test_a_storage_that_refuses_excuses_no_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    step = _WatchedRaft.step

    def broken(raft: _WatchedRaft, now: float, inputs: Sequence[Input]) -> Output:
        if raft.member.storage.refusing:
            raise InvariantBroken("the log has a gap")
        return step(raft, now, inputs)

    monkeypatch.setattr(_WatchedRaft, "step", broken)
    refusing = replace(PROFILES["calm"], refuse_every=0.2)
    with pytest.raises(SimulationFailed, match="the log has a gap"):
        simulate(0, profile=refusing, steps=300)
