"""Troubles can be chosen, and those that stay are what they were."""

import msgspec

from raft_core.testing import PROFILES, simulate
from raft_core.testing.troubles import Troubles
from raft_core.testing.world import SimulatedWorld


def test_all_happen_unless_some_are_chosen() -> None:
    troubles = Troubles(1)
    assert troubles.happens("crash.1")
    assert troubles.happens("busy")
    assert list(troubles.happened) == ["crash.1", "busy"]


def test_only_the_chosen_happen() -> None:
    troubles = Troubles(1, ["crash.2"])
    assert not troubles.happens("crash.1")
    assert troubles.happens("crash.2")
    assert list(troubles.happened) == ["crash.2"]


def test_each_has_chance_of_its_own_from_the_seed() -> None:
    one, other = Troubles(1), Troubles(1, ["crash.2"])
    assert one.chance("crash.2").random() == other.chance("crash.2").random()
    assert one.chance("crash.1").random() != one.chance("crash.2").random()
    assert one.chance("crash.1").random() != Troubles(2).chance("crash.1").random()


def test_who_wants_to_know_is_told() -> None:
    told: list[str] = []
    troubles = Troubles(1, ["lost.a.b.3"], told.append)
    troubles.happens("lost.a.b.2")
    troubles.happens("lost.a.b.3")
    assert told == ["lost.a.b.3"]


def happened(only: list[str] | None) -> SimulatedWorld:
    return simulate(7, profile=PROFILES["everything"], only=only)


def test_choosing_all_that_happened_is_the_same_history() -> None:
    before = happened(None)
    after = happened(list(before.troubles.happened))
    assert (after.steps, after.now) == (before.steps, before.now)
    assert after.exactly_once.order == before.exactly_once.order


def test_without_any_it_is_quiet() -> None:
    world = happened([])
    assert not world.troubles.happened
    assert world.counts["crash"] == 0
    assert world.network.counts["repeat"] == 0
    assert len(world.exactly_once.order) == len(world.members), "only the last writes of all"


def test_a_fault_is_the_same_when_others_are_left_out() -> None:
    crashes = msgspec.structs.replace(PROFILES["crashing"], reload_every=0.0)

    def first_crash(only: list[str] | None) -> tuple[str, str]:
        """The name of the first crash that takes somebody, and whom it takes when."""
        lines: list[str] = []
        simulate(7, profile=crashes, only=only, steps=150, trace=lines.append)
        place = next(n for n, line in enumerate(lines) if line.split()[1] == "crash")
        return lines[place - 1].split()[2], lines[place]

    name, crash = first_crash(None)
    assert name.startswith("crash.")
    assert first_crash([name]) == (name, crash)
