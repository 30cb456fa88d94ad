"""The generator on a clock that moves by hand: what it begins when, what it counts, how it ends."""

import pytest

from bench.history import Outcome
from bench.load import DRAIN, SLICE, Phase
from bench.plan import MAX_OUTSTANDING
from bench.state import KEYS, command_bytes
from bench.timeline import ERROR
from raft_core.errors import NoLeader, OutcomeUnknown, Overloaded, Stopped, StorageFailed
from tests.unit.bench.world import Bench

# --- the closed loop -----------------------------------------------------------------------------


@pytest.mark.parametrize("outstanding", [1, 7, 4096])
def test_a_closed_loop_has_as_many_under_way_as_wanted(outstanding: int) -> None:
    bench = Bench(outstanding=outstanding)
    bench.start()
    bench.loop.run(0.012)
    assert bench.cluster.most == bench.load.under_way == outstanding


def test_an_answer_begins_the_next_operation_without_a_turn_of_the_loop() -> None:
    bench = Bench(outstanding=8)
    bench.cluster.delay = None
    bench.start()
    assert len(bench.cluster.waiting) == 8
    bench.cluster.answer_all()
    assert len(bench.cluster.waiting) == 8
    assert bench.load.begun == 16


def test_throughput_and_latency_of_a_cluster_that_takes_5_ms() -> None:
    bench = Bench(outstanding=10, seconds=2.0)
    load = bench.run()
    assert load.seconds == pytest.approx(2.0)
    assert load.measured.writes.count == pytest.approx(4000, rel=0.01)
    assert load.measured.writes.percentile(0.5) == pytest.approx(0.005, rel=0.02)
    assert load.measured.writes.max == pytest.approx(0.005)
    assert load.reason == "time"


def test_nothing_of_the_warm_up_is_measured() -> None:
    bench = Bench(warm_up=1.0, seconds=1.0)
    bench.cluster.delay = 0.2
    bench.start()
    bench.loop.run(0.99)
    assert bench.load.phase is Phase.WARMING
    bench.cluster.delay = 0.001
    load = bench.finish()
    assert load.measured.writes.percentile(0.9) < 0.01
    assert load.measured.writes.count == pytest.approx(1000, rel=0.02)
    assert load.outside.writes.count >= 4
    assert [point.measured for point in load.timeline.points] == [False] * 4 + [True] * 4 + [False]


def test_a_page_that_is_late_at_the_end_of_the_warm_up_measures_as_long_as_any() -> None:
    bench = Bench(warm_up=1.0, seconds=1.0)
    bench.start()
    bench.loop.run(0.9)
    bench.loop.spend(0.4)
    load = bench.finish()
    assert load.seconds == pytest.approx(1.0)
    assert load.measured.writes.count == pytest.approx(200, abs=1)


def test_every_acknowledged_write_is_in_the_state_once() -> None:
    load = (bench := Bench(outstanding=100, warm_up=0.5)).run()
    assert load.unbegun == load.under_way == 0
    assert load.outside.writes.count + load.measured.writes.count == bench.cluster.state.writes


def test_commands_have_the_wanted_size_and_values_of_their_own() -> None:
    bench = Bench(payload=60, outstanding=3)
    bench.run()
    commands = bench.cluster.commands
    assert {command_bytes(command) for command in commands} == {60}
    assert len({command.value for command in commands}) == len(commands)
    assert {command.key for command in commands} == set(range(KEYS))


# --- the open loop -------------------------------------------------------------------------------


def test_an_open_loop_keeps_its_rate_whatever_the_answers_do() -> None:
    bench = Bench(loop="open", rate=500.0, seconds=2.0)
    bench.cluster.delay = 0.5
    load = bench.run()
    assert load.begun == pytest.approx(1000, abs=2)
    gaps = [
        after - before
        for before, after in zip(bench.cluster.begun, bench.cluster.begun[1:], strict=False)
    ]
    assert max(gaps) == pytest.approx(0.002)


def test_a_page_that_stands_still_is_in_the_latency_of_an_open_loop() -> None:
    """What could not be begun in time had to wait, as a user's wish would: no omission."""
    bench = Bench(loop="open", rate=1000.0, seconds=2.0)
    bench.start()
    bench.loop.run(0.5)
    bench.loop.spend(0.4)
    load = bench.finish()
    assert load.begun == pytest.approx(2000, abs=2)
    assert load.measured.writes.max == pytest.approx(0.405, abs=0.01)
    assert load.measured.writes.percentile(0.9) == pytest.approx(0.205, abs=0.02)
    assert load.lateness.max == pytest.approx(0.4, abs=0.01)


def test_a_closed_loop_cannot_see_that_and_does_not_claim_to() -> None:
    bench = Bench(seconds=2.0)
    bench.start()
    bench.loop.run(0.5)
    bench.loop.spend(0.4)
    load = bench.finish()
    assert load.measured.writes.percentile(0.99) == pytest.approx(0.005, rel=0.02)
    assert load.lateness.count == 0


def test_what_waits_behind_4096_others_counts_its_delay() -> None:
    bench = Bench(loop="open", rate=10_000.0, seconds=2.0)
    bench.cluster.delay = None
    bench.start()
    bench.loop.run(1.0)
    assert bench.cluster.under_way == MAX_OUTSTANDING
    bench.cluster.delay = 0.001
    bench.cluster.answer_all()
    load = bench.finish()
    assert load.begun == pytest.approx(20_000, abs=2)
    assert load.measured.writes.max == pytest.approx(1.0, abs=0.02)
    assert load.measured.writes.percentile(0.75) == pytest.approx(0.5, abs=0.05)


def test_what_was_due_and_never_begun_is_told() -> None:
    bench = Bench(loop="open", rate=10_000.0, seconds=1.0)
    bench.cluster.delay = None
    load = bench.run()
    assert load.begun == load.under_way == MAX_OUTSTANDING
    assert load.unbegun == pytest.approx(10_000 - MAX_OUTSTANDING, abs=2)


# --- reads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share,least,most", [(0.0, 0, 0), (0.3, 0.27, 0.33), (1.0, 1, 1)])
def test_reads_are_mixed_in_by_their_share(share: float, least: float, most: float) -> None:
    load = Bench(outstanding=50, reads=share).run()
    reads, writes = load.measured.reads.count, load.measured.writes.count
    assert least <= reads / (reads + writes) <= most
    assert reads + writes == pytest.approx(10_000, rel=0.01)


# --- iterations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("outstanding", [1, 64])
@pytest.mark.parametrize("warm_up", [0.0, 0.1])
def test_as_many_iterations_as_wanted(outstanding: int, warm_up: float) -> None:
    bench = Bench(iterations=1000, outstanding=outstanding, warm_up=warm_up, seconds=60.0)
    load = bench.run()
    assert load.reason == "iterations"
    if warm_up:
        # What was under way when the warm-up ended is answered too, and is no iteration.
        assert 1000 < load.measured.acknowledged <= 1000 + outstanding
    assert load.begun == load.measured.acknowledged + load.outside.acknowledged
    assert bench.cluster.state.writes == load.begun
    if not warm_up:
        assert load.begun == load.measured.acknowledged == 1000
    assert load.seconds == pytest.approx(5.0 / outstanding, rel=0.1)


def test_iterations_that_fail_are_iterations() -> None:
    bench = Bench(iterations=100, seconds=60.0)
    bench.cluster.fails = lambda number: NoLeader("none") if number % 10 == 0 else None
    load = bench.run()
    assert load.reason == "iterations"
    assert load.measured.writes.count == 90
    assert load.measured.errors == {"NoLeader": 10}


def test_iterations_end_when_the_time_is_up() -> None:
    load = Bench(iterations=1_000_000, seconds=1.0).run()
    assert load.reason == "time"
    assert load.seconds == pytest.approx(1.0)


# --- failures ------------------------------------------------------------------------------------


def test_only_what_is_acknowledged_counts_and_failures_by_their_kind() -> None:
    bench = Bench(outstanding=4, seconds=2.0)
    failures = {
        3: NoLeader("none was found"),
        5: OutcomeUnknown("no answer"),
        7: OutcomeUnknown("no answer"),
    }
    bench.cluster.fails = failures.get
    load = bench.run()
    assert load.measured.errors == {"NoLeader": 1, "OutcomeUnknown": 2}
    assert load.measured.writes.count == bench.cluster.state.writes - load.outside.writes.count
    assert load.measured.writes.count <= bench.cluster.calls - 3
    marks = [mark.text for mark in load.timeline.marks if mark.kind == ERROR]
    assert marks == ["1 NoLeader", "2 OutcomeUnknown"]


def test_the_history_knows_what_may_have_taken_effect_and_what_cannot_have() -> None:
    bench = Bench(outstanding=4)
    failures = {3: NoLeader("none was found"), 5: OutcomeUnknown("no answer")}
    bench.cluster.fails = failures.get
    bench.start()
    bench.loop.run(0.5)
    bench.cluster.delay = None
    outcomes = {each.number: each.outcome for each in bench.finish().history.operations}
    assert outcomes.pop(3) is Outcome.REFUSED
    assert outcomes.pop(5) is Outcome.UNKNOWN
    last = sorted(outcomes)[-4:]
    assert {outcomes.pop(number) for number in last} == {Outcome.UNKNOWN}, "never answered"
    assert set(outcomes.values()) == {Outcome.DONE}


def test_of_operations_that_were_answered_none_is_unknown() -> None:
    history = Bench(outstanding=4).run().history
    assert {each.outcome for each in history.operations} == {Outcome.DONE}


def test_with_many_outstanding_the_history_has_one_operation_in_sixteen_from_the_beginning() -> (
    None
):
    numbers = [each.number for each in Bench(outstanding=64).run().history.operations]
    assert numbers == list(range(16, numbers[-1] + 1, 16))
    counted = [
        each.number for each in Bench(outstanding=64, iterations=70).run().history.operations
    ]
    assert set(range(1, 71)) <= set(counted), "a run of few operations is kept whole"


def test_what_is_refused_at_once_is_not_asked_for_all_the_time() -> None:
    bench = Bench(outstanding=10, seconds=1.0)
    bench.cluster.refuses = Overloaded("proposals", 1)
    load = bench.run()
    assert load.reason == "time"
    assert load.measured.writes.count == 0
    assert 100 <= load.measured.errors["Overloaded"] <= 210


def test_after_a_refusal_it_goes_on() -> None:
    bench = Bench(outstanding=10, seconds=2.0)
    bench.cluster.refuses = Overloaded("proposals", 1)
    bench.start()
    bench.loop.run(1.0)
    bench.cluster.refuses = None
    load = bench.finish()
    assert load.measured.writes.count > 1800
    assert bench.cluster.most == 10


def test_a_member_that_halts_ends_the_run_and_all_that_failed_is_counted() -> None:
    bench = Bench(outstanding=20, seconds=60.0)
    bench.cluster.delay = None
    bench.start()
    bench.loop.run(0.5)
    bench.cluster.fails = lambda _number: StorageFailed("the storage is full")
    bench.cluster.refuses = Stopped("this member takes no proposals: the storage is full")
    bench.cluster.answer_all()
    load = bench.finish()
    assert load.reason == "the storage is full"
    assert load.seconds < 1
    assert load.measured.errors["StorageFailed"] == 20
    assert load.under_way == 0


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("loop", ["open", "closed"])
def test_a_run_ends_without_any_answer(loop: str) -> None:
    bench = Bench(loop=loop, outstanding=30, rate=30.0, seconds=1.0)
    bench.cluster.delay = None
    load = bench.run()
    assert bench.loop.now <= 1001 + DRAIN + 0.001
    assert load.measured.acknowledged == 0
    assert load.under_way == 30


def test_answers_after_that_change_nothing() -> None:
    bench = Bench(outstanding=5)
    bench.cluster.delay = None
    load = bench.run()
    bench.cluster.answer_all()
    bench.loop.run(10)
    assert (load.begun, load.under_way, load.measured.acknowledged) == (5, 5, 0)
    assert bench.ends == 1


def test_it_does_not_wait_longer_than_for_the_last_answer() -> None:
    bench = Bench(outstanding=100, seconds=1.0)
    load = bench.run()
    assert load.under_way == 0
    assert load.outside.writes.count == 100
    assert bench.loop.now == pytest.approx(1001.005)


def test_stopped_it_begins_nothing_more_and_gives_what_there_is() -> None:
    bench = Bench(outstanding=10, seconds=60.0)
    bench.start()
    bench.loop.run(1.0)
    bench.load.stop()
    begun = bench.load.begun
    bench.load.stop()
    load = bench.finish()
    assert load.reason == "stopped"
    assert load.begun == begun
    assert load.measured.writes.count == pytest.approx(2000, rel=0.02)
    assert load.seconds == pytest.approx(1.0)


def test_stopped_in_the_warm_up_it_has_measured_nothing() -> None:
    bench = Bench(warm_up=10.0, seconds=60.0)
    bench.start()
    bench.loop.run(1.0)
    bench.load.stop()
    load = bench.finish()
    assert load.seconds == 0
    assert load.measured.acknowledged == 0
    assert load.outside.writes.count == bench.cluster.state.writes > 100


# --- the page stays usable -----------------------------------------------------------------------


@pytest.mark.parametrize("delay", [0.0, 0.005])
@pytest.mark.parametrize("plan", [{"outstanding": 4096}, {"loop": "open", "rate": 100_000.0}])
def test_beginning_never_takes_more_than_a_slice(plan: dict[str, object], delay: float) -> None:
    bench = Bench(seconds=0.2, **plan)
    bench.cluster.delay = delay
    bench.cluster.cost = 0.00002
    bench.loop.call_soon(bench.start)
    bench.loop.step()
    bench.finish()
    assert bench.cluster.calls > 4096
    assert max(bench.loop.turns) < SLICE + 2 * bench.cluster.cost


def test_answers_that_go_on_for_ever_give_the_loop_a_turn_each_slice() -> None:
    """As a cluster of one does: what an answer begins is answered in the same go."""
    bench = Bench(outstanding=64)
    bench.cluster.delay = None
    bench.cluster.cost = 0.0001
    bench.start()
    rounds = 0
    while bench.cluster.waiting:
        bench.cluster.answer_all()
        rounds += 1
        assert rounds < 100, "no turn was ever asked for"
    assert bench.loop.now - 1000 < SLICE + 2 * 0.0001
    bench.loop.step()
    assert bench.cluster.waiting, "and then it goes on"


def test_it_asks_for_one_turn_at_a_time() -> None:
    bench = Bench(outstanding=500)
    bench.cluster.delay = None
    bench.start()
    bench.loop.spend(SLICE)
    bench.cluster.answer_all()
    assert bench.load.under_way == 0
    bench.loop.step()
    assert bench.load.under_way == 500
    turns = len(bench.loop.turns)
    bench.loop.run(0.2)
    assert len(bench.loop.turns) - turns <= 1


def test_an_operation_is_answered_before_its_call_returns() -> None:
    bench = Bench(outstanding=2, iterations=5000, seconds=60.0)
    bench.cluster.delay = 0
    bench.cluster.cost = 0.0001
    load = bench.run()
    assert load.measured.writes.count == 5000
