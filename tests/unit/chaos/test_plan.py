"""What faults are drawn: the same for a seed, and none that the mode need not survive."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.chaos.plan import (
    ABLE,
    ALL_KILLED,
    CLEARED_TWICE,
    UNCLEAN,
    UNCLEAN_TWICE,
    Fault,
    Kind,
    Setting,
    Step,
    kills,
    steps,
)
from transport_webrtc.session import Durability

MANY = 400
WINDOWS = (Kind.CHROMIUM,) * 3
MIXED = (Kind.CHROMIUM, Kind.FIREFOX, Kind.HEADLESS)
each_mode = pytest.mark.parametrize("durability", list(Durability))


def drawn(setting: Setting, seed: int = 1) -> list[Step]:
    return list(islice(steps(setting, seed), MANY))


def faults_of(many: list[Step]) -> set[Fault]:
    return {part.fault for step in many for part in step.parts}


def test_a_seed_gives_the_same_steps_again_and_another_one_others() -> None:
    setting = Setting(WINDOWS, Durability.DISK)
    assert drawn(setting) == drawn(setting)
    assert drawn(setting) != drawn(setting, seed=2)


@each_mode
def test_every_fault_comes_to_windows(durability: Durability) -> None:
    assert faults_of(drawn(Setting(WINDOWS, durability))) == set(Fault)


@each_mode
def test_what_cannot_be_done_to_a_member_is_not_drawn_for_it(durability: Durability) -> None:
    setting = Setting(MIXED, durability)
    for step in drawn(setting):
        for part in step.parts:
            if part.fault is not Fault.INTRODUCER:
                assert setting.members[part.member] in ABLE[part.fault]
    assert any("Delay" in sentence for sentence in setting.left_out())


def test_a_fault_names_members_that_there_are_and_lasts() -> None:
    for step in drawn(Setting(MIXED, Durability.DISK)):
        for part in step.parts:
            assert part.seconds >= 0
            assert (part.member == -1) == (part.fault is Fault.INTRODUCER)
            assert part.member < 3
            if part.fault in {Fault.ONE_WAY, Fault.LATE}:
                assert part.peer in {0, 1, 2} - {part.member}


def test_no_member_has_two_faults_in_one_step() -> None:
    for step in drawn(Setting(WINDOWS, Durability.DISK)):
        members = [part.member for part in step.parts]
        assert len(members) == len(set(members))


def test_on_the_disk_all_are_killed_at_once() -> None:
    def kills_all(step: Step) -> bool:
        return [part.fault for part in step.parts] == [Fault.KILL] * 3

    assert any(map(kills_all, drawn(Setting(WINDOWS, Durability.DISK))))


def test_in_the_browser_one_member_at_a_time_ends_uncleanly_and_waits_for_the_others() -> None:
    setting = Setting(WINDOWS, Durability.BROWSER)
    for step in drawn(setting):
        unclean = [part for part in step.parts if part.fault in UNCLEAN]
        assert len(unclean) <= 1
        if unclean:
            assert step.loses
            assert step.alone
    assert {ALL_KILLED, UNCLEAN_TWICE} <= set(setting.left_out())


def test_a_headless_member_forgets_nothing_in_any_mode() -> None:
    members = (Kind.HEADLESS,) * 3
    for step in drawn(Setting(members, Durability.BROWSER)):
        assert step.loses == any(part.fault is Fault.CLEAR for part in step.parts)
    assert ALL_KILLED not in Setting(members, Durability.BROWSER).left_out()


@each_mode
def test_storage_is_cleared_of_one_member_when_all_others_are_whole(durability: Durability) -> None:
    for step in drawn(Setting(WINDOWS, durability)):
        cleared = [part for part in step.parts if part.fault is Fault.CLEAR]
        assert len(cleared) <= 1
        assert step.loses or not cleared
    assert CLEARED_TWICE in Setting(WINDOWS, durability).left_out()


def test_nothing_is_hidden_without_a_display() -> None:
    setting = Setting(WINDOWS, Durability.DISK, display=False)
    assert Fault.HIDE not in faults_of(drawn(setting))
    assert any("Hidden" in sentence for sentence in setting.left_out())


def test_kills_go_round_the_members() -> None:
    many = list(kills(Setting(WINDOWS, Durability.DISK), 4, everyone=False))
    assert [[part.member for part in step.parts] for step in many] == [[0], [1], [2], [0]]
    assert faults_of(many) == {Fault.KILL}
    assert not any(step.loses for step in many)
    assert all(
        step.loses for step in kills(Setting(WINDOWS, Durability.BROWSER), 4, everyone=False)
    )


def test_kills_of_all_hit_all_and_only_on_the_disk() -> None:
    (step,) = kills(Setting(WINDOWS, Durability.DISK), 1, everyone=True)
    assert step.calm > 0  # else there is no leader yet, and nothing to be lost
    assert [part.member for part in step.parts] == [0, 1, 2]
    with pytest.raises(ValueError, match="DURABILITY=disk"):
        list(kills(Setting(WINDOWS, Durability.BROWSER), 1, everyone=True))
