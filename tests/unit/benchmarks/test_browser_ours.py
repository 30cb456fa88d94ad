"""What is taken from the bench app's pages: its results, and what went through the channels."""

from msgspec.structs import replace

from bench import verdict
from benchmarks.browser.ours import (
    LINEARIZABLE,
    Latency,
    Operations,
    Result,
    Verdict,
    sizes_of,
)

RESULT = Result(
    "time",
    2.0,
    Operations(300, Latency(1.0, 4.0, 9.0)),
    Operations(100, Latency(0.5, 1.0, 20.0)),
    {"NotLeader": 2, "OutcomeUnknown": 1},
    elections=0,
    points=[],
    verdict=Verdict(LINEARIZABLE, ""),
)
NONE = Operations(0, Latency(0.0, 0.0, 0.0))


def test_a_results_milliseconds_become_seconds_and_failures_are_counted() -> None:
    run = RESULT.run()
    assert (run.operations, run.rate, run.failed) == (400, 200.0, 3)
    assert (run.p50, run.p99, run.longest) == (0.001, 0.004, 0.02)


def test_only_what_was_judged_and_found_right_is_a_measurement() -> None:
    assert verdict.LINEARIZABLE == LINEARIZABLE
    assert RESULT.problem == ""
    stale = Verdict(verdict.NOT_LINEARIZABLE, "a read saw 0 writes")
    assert replace(RESULT, verdict=stale).problem == "not linearizable: a read saw 0 writes"
    assert replace(RESULT, verdict=stale, writes=NONE).problem
    unseen = replace(RESULT, verdict=Verdict(verdict.NOTHING, ""))
    assert unseen.problem == "nothing to judge"
    assert replace(unseen, writes=NONE).problem == "", "it is said elsewhere"


def test_sizes_are_those_of_the_busiest_connections() -> None:
    leader = [(100, 12_000), (10, 11_500)]  # the second follower's travel in batches
    followers = [[(100, 1_200), (0, 0)], [(10, 400), (0, 0)]]
    sizes = sizes_of(leader, followers, writes=100)
    assert (sizes.message, sizes.answer) == (120.0, 12.0)


def test_a_batch_has_one_answer_and_its_message_counts_a_write() -> None:
    sizes = sizes_of([(10, 108_000), (10, 108_000)], [[(10, 120)], [(9, 108)]], writes=1000)
    assert (sizes.message, sizes.answer) == (108.0, 12.0)
