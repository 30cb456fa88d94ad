"""How a leader replicates: nothing waits that need not, and nothing is sent without bound."""

from raft_core.config import Config
from raft_core.messages import APPLIED, AppendEntries
from raft_core.testing.theatre import Theatre
from raft_core.types import NodeId

NARROW = Config(max_inflight_messages=2, max_inflight_bytes=100, max_append_entries=1)


def led(config: Config | None = None) -> Theatre:
    """Members "abc" with "a" as their leader, and nothing under way."""
    theatre = Theatre("abc", config=config)
    theatre.elect("a")
    theatre.settle()
    return theatre


def carried(theatre: Theatre, receiver: NodeId) -> list[bytes]:
    """The commands that are under way from "a"."""
    return [
        entry.data
        for message in theatre.waiting("a", receiver)
        if isinstance(message, AppendEntries)
        for entry in message.entries
    ]


def test_a_second_write_does_not_wait_for_the_answer_to_the_first() -> None:
    theatre = led()
    before = theatre.now
    first = theatre.propose("a", b"first")
    second = theatre.propose("a", b"second")
    assert carried(theatre, "b") == carried(theatre, "c") == [b"first", b"second"]
    theatre.settle()
    assert [theatre.answer("a", write) is not None for write in (first, second)] == [True, True]
    assert theatre.now == before, "both without any time passing: no heartbeat was needed"


def test_the_window_bounds_messages_and_opens_with_the_answers() -> None:
    theatre = led(NARROW)
    for name in b"12345":
        theatre.propose("a", bytes([name]))
    assert carried(theatre, "b") == [b"1", b"2"]
    theatre.deliver("a", "b", 1)
    assert carried(theatre, "b") == [b"2"]
    theatre.deliver("b", "a", 1)
    assert carried(theatre, "b") == [b"2", b"3"]
    theatre.settle()
    assert theatre.applied("a") == [b"1", b"2", b"3", b"4", b"5"]


def test_the_window_bounds_bytes_and_opens_with_the_answers() -> None:
    theatre = led(NARROW)
    large, small = b"l" * 100, b"s"
    theatre.propose("a", large)
    theatre.propose("a", small)
    assert carried(theatre, "b") == [large]
    theatre.deliver("a", "b")
    theatre.deliver("b", "a")
    assert carried(theatre, "b") == [small]


def test_a_follower_whose_window_is_full_still_hears_the_heartbeat() -> None:
    theatre = led(NARROW)
    for name in b"12345":
        theatre.propose("a", bytes([name]))
    theatre.now += theatre.config.heartbeat_interval
    theatre.tick("a")
    assert carried(theatre, "b") == [b"1", b"2"]
    last = theatre.waiting("a", "b")[-1]
    assert isinstance(last, AppendEntries)
    assert not last.entries


def test_a_leader_replicates_while_it_writes_and_its_followers_may_be_quicker() -> None:
    theatre = led()
    theatre.slow("a")
    write = theatre.propose("a", b"x")
    assert carried(theatre, "b") == [b"x"], "sent before it is durable here"
    last = theatre.raft("a").log.last_index
    theatre.settle()
    assert theatre.raft("a").durable_index == last - 1
    assert theatre.raft("a").commit_index == last, "two of three have it"
    # It is applied, and so acknowledged, only when a crash here could not take it back.
    assert theatre.applied("a") == []
    assert theatre.answer("a", write) is None
    theatre.persist("a")
    assert theatre.applied("a") == [b"x"]
    answer = theatre.answer("a", write)
    assert answer is not None
    assert answer.status == APPLIED


def test_a_leaders_own_copy_does_not_count_before_it_is_durable() -> None:
    theatre = led()
    theatre.slow("a")
    theatre.cut("a", "c")
    theatre.propose("a", b"x")
    last = theatre.raft("a").log.last_index
    theatre.settle()
    assert theatre.raft("a").commit_index == last - 1, "one durable copy of three"
    theatre.persist("a")
    assert theatre.raft("a").commit_index == last


def test_a_follower_says_it_has_an_entry_only_when_it_is_durable() -> None:
    theatre = led()
    theatre.cut("a", "c")
    theatre.slow("b")
    write = theatre.propose("a", b"x")
    theatre.settle()
    assert theatre.raft("b").log.last_index == theatre.raft("a").log.last_index
    assert theatre.answer("a", write) is None
    theatre.persist("b")
    theatre.settle()
    assert theatre.answer("a", write) is not None


def test_lost_messages_are_found_by_the_next_heartbeat() -> None:
    theatre = led()
    theatre.propose("a", b"lost")
    assert theatre.lose("a", "b") == 1
    theatre.settle()
    assert theatre.terms("b") == theatre.terms("a")[:-1]
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.terms("b") == theatre.terms("a")
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.applied("b") == [b"lost"]


def test_a_lost_answer_costs_nothing_but_time() -> None:
    theatre = led()
    theatre.cut("a", "c")
    write = theatre.propose("a", b"x")
    theatre.deliver("a", "b")
    assert theatre.lose("b", "a") == 1
    theatre.settle()
    assert theatre.answer("a", write) is None
    theatre.wait(theatre.config.heartbeat_interval)
    assert theatre.answer("a", write) is not None
    assert theatre.applied("a") == [b"x"]


def test_followers_learn_of_a_commit_without_waiting_for_a_heartbeat() -> None:
    theatre = led()
    theatre.wait(theatre.config.heartbeat_interval / 4)
    theatre.propose("a", b"x")
    theatre.settle()
    theatre.wait(theatre.config.commit_notice_delay)
    assert theatre.applied("b") == theatre.applied("c") == [b"x"]
