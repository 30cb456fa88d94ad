"""Changes of members and hand-overs that meet with trouble on their way."""

from raft_core.membership import Configuration
from raft_core.messages import DENIED, DONE, MembersChange, TimeoutNow
from raft_core.testing.theatre import Theatre

of = Configuration.of


def led(members: str = "abcd", voters: str = "abc", learners: str = "d") -> Theatre:
    """ "a" leads; everybody knows whom it reaches."""
    theatre = Theatre(members, voters=voters, learners=learners)
    theatre.elect("a")
    theatre.settle()
    theatre.meet()
    theatre.settle()
    return theatre


def told(theatre: Theatre) -> list[str]:
    """Who was told to campaign, in order."""
    return [to for _, to, message in theatre.delivered if isinstance(message, TimeoutNow)]


# --- members --------------------------------------------------------------------------------------


def test_a_change_that_its_leader_does_not_survive_is_made_once_when_asked_for_again() -> None:
    theatre = led()
    wanted = MembersChange(promote=("d",), remove=("c",))
    name = theatre.ask("b", wanted)
    theatre.deliver("b", "a")
    for peer in "bcd":  # the joint configuration is everywhere, and committed by nobody
        theatre.deliver("a", peer)
    theatre.crash("a")
    theatre.elect("b")
    theatre.settle()
    theatre.ask("b", wanted, name)
    theatre.settle()
    theatre.wait(2 * theatre.config.heartbeat_interval)
    reply = theatre.reply("b", name)
    assert reply is not None
    assert reply.status == DONE
    history = [configuration for _, configuration in theatre.raft("b").configurations]
    assert [step.change == name for step in history[-2:]] == [True, True]
    assert history[-1].voters == ("a", "b", "d")
    assert history[-1].excluded == ("c",)


def test_a_member_that_was_cut_off_while_it_was_removed_is_told_when_it_comes_back() -> None:
    theatre = led()
    theatre.isolate("c")
    theatre.change("a", "abd")
    theatre.settle()
    theatre.wait(3 * theatre.config.election_timeout_max)
    assert not theatre.raft("c").removed
    leaders = theatre.leaders()
    theatre.heal()
    theatre.meet()
    theatre.wait(2 * theatre.config.heartbeat_interval)
    assert theatre.raft("c").removed
    assert theatre.leaders() == leaders, "and disturbs nobody"


def test_one_that_does_not_know_the_leader_is_told_by_whom_it_asks_for_votes() -> None:
    theatre = led()
    theatre.isolate("c")
    theatre.change("a", "abd")
    theatre.settle()
    theatre.wait(2 * theatre.config.heartbeat_interval)
    theatre.heal()
    theatre.cut("a", "c")
    theatre.meet()
    theatre.wait(3 * theatre.config.election_timeout_max)
    assert theatre.raft("c").removed


def test_a_removed_leader_hands_over_and_nobody_waits_for_an_election_time_out() -> None:
    theatre = led()
    before = theatre.now
    theatre.change("a", "bcd")
    theatre.settle()
    (leader,) = theatre.leaders()
    assert leader in "bcd"
    assert theatre.now == before
    assert theatre.raft("a").removed


# --- leadership -----------------------------------------------------------------------------------


def test_a_successor_that_lags_is_brought_up_to_date_first() -> None:
    theatre = led()
    theatre.cut("a", "b")
    theatre.propose("a", b"x")
    theatre.settle()
    theatre.heal()
    theatre.transfer("c", "b")
    theatre.settle()
    assert told(theatre) == []
    theatre.wait(2 * theatre.config.heartbeat_interval)
    assert theatre.leaders() == ["b"]
    assert theatre.applied("b") == [b"x"]


def test_a_successor_that_dies_leaves_the_leader_in_office() -> None:
    theatre = led()
    theatre.crash("b")
    name = theatre.transfer("a", "b")
    theatre.wait(2 * theatre.config.election_timeout)
    assert theatre.leaders() == ["a"]
    reply = theatre.reply("a", name)
    assert reply is not None
    assert reply.status == DENIED
    write = theatre.propose("a", b"x")
    theatre.settle()
    assert theatre.answer("a", write) is not None


def test_words_of_a_leader_that_come_late_disturb_nobody() -> None:
    theatre = led()
    theatre.transfer("a", "b")
    (late,) = [m for m in theatre.waiting("a", "b") if isinstance(m, TimeoutNow)]
    theatre.settle()
    assert theatre.leaders() == ["b"]
    term = theatre.raft("b").term
    assert late.term < term
    theatre.transfer("b", "a")
    theatre.settle()
    assert theatre.leaders() == ["a"]
    terms = {theatre.raft(member).term for member in "abcd"}
    theatre.wait(theatre.config.heartbeat_interval)
    assert {theatre.raft(member).term for member in "abcd"} == terms == {term + 1}


def test_leadership_comes_and_goes_with_everything_that_was_written() -> None:
    theatre = led()
    for number, to in enumerate("bcabca"):
        theatre.propose(theatre.leaders()[0], b"%d" % number)
        theatre.transfer("d", to)
        theatre.settle()
        theatre.wait(2 * theatre.config.heartbeat_interval)
        assert theatre.leaders() == [to]
    assert theatre.applied("d") == [b"0", b"1", b"2", b"3", b"4", b"5"]
