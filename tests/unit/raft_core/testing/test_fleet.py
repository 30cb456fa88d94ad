"""A campaign says what it did; of the first failure it says all."""

from collections import Counter

import pytest

from raft_core.testing import PROFILES, fleet
from raft_core.testing.__main__ import main
from raft_core.testing.fleet import Order, Share, explain, run, run_seeds, summary
from tests.simulation.known_bugs import KNOWN_BUGS, put_in

BUG = next(bug for bug in KNOWN_BUGS if "figure 8" in bug.name)


def test_all_seeds_are_run_on_several_processes_and_counted() -> None:
    said: list[str] = []
    total = run(Order(seeds=30, steps=60, jobs=2), said.append)
    assert (total.seeds, total.failed) == (30, [])
    assert total.steps > 30 * 60
    assert sum(total.by_profile.values()) == 30
    assert set(total.by_profile) == set(PROFILES)
    assert said[0] == "30 histories of all profiles, 2 processes"
    assert any("30 histories" in line and "a second" in line for line in said)
    assert any(line.split()[:1] == ["acknowledged"] for line in said)


def test_processes_give_what_one_gives() -> None:
    order = Order(first=5, seeds=30, steps=40, profile="lossy", jobs=2)
    total = run(order, lambda line: None)
    alone = run_seeds(order, range(5, 35))
    assert (total.steps, total.counts) == (alone.steps, alone.counts)
    assert total.by_profile == {"lossy": 30}


def test_shares_add_up() -> None:
    total = Share()
    total.add(Share(2, 100, Counter(crash=1), Counter(calm=2), [7]))
    total.add(Share(1, 50, Counter(crash=2), Counter(calm=1), [3]))
    assert (total.seeds, total.steps, total.failed) == (3, 150, [7, 3])
    assert Share().counts == {}, "no share is another's"
    lines = list(summary(total, 3.0))
    assert lines[0] == "3 histories, 150 steps, 50 a second, 2 failed"
    assert lines[1] == "profiles: 3 calm"
    assert lines[-1].split() == ["crash", "3"]


def test_a_failure_is_counted_and_explained() -> None:
    order = Order(seeds=40, profile="partitions")
    with put_in(BUG):
        share = run_seeds(order, range(40))
        assert share.failed
        said = explain(share.failed[0], order)
    assert f"seed {share.failed[0]}, profile partitions" in said
    assert "what happens:" in said
    assert "--only" in said


def test_a_failure_that_does_not_come_again_is_a_bug_of_ours() -> None:
    assert "report that" in explain(0, Order(steps=20, profile="calm"))


def test_a_campaign_ends_with_its_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = iter([Share(25, 10, failed=[]), Share(25, 10, failed=[31]), Share(25, 10, failed=[])])
    monkeypatch.setattr(fleet, "_shares", lambda order, jobs: shares)
    monkeypatch.setattr(fleet, "explain", lambda seed, order: f"explained {seed}")
    said: list[str] = []
    total = run(Order(seeds=75), said.append)
    assert total.seeds == 50
    assert said[-1] == "explained 31"


def test_progress_is_said_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "EVERY", 0.0)
    said: list[str] = []
    run(Order(seeds=50, steps=20, jobs=1), said.append)
    assert [line.split(":")[0] for line in said[1:3]] == ["25 of 50", "50 of 50"]


def test_an_interrupt_ends_it_with_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(order: Order, jobs: int):  # type: ignore[no-untyped-def]
        yield Share(25, 10, failed=[])
        raise KeyboardInterrupt

    monkeypatch.setattr(fleet, "_shares", interrupted)
    said: list[str] = []
    assert run(Order(seeds=75), said.append).seeds == 25
    assert "stopped" in said


@pytest.mark.parametrize("option", ["--seeds", "--jobs"])
@pytest.mark.parametrize("value", ["0", "-5", "many"])
def test_a_campaign_of_nothing_is_no_proof(
    option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["campaign", option, value])
    assert caught.value.code == 2
    assert f"argument {option}: {value} is no number from 1 on" in capsys.readouterr().err
