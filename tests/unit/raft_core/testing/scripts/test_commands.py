"""Every command does what its docstring says, and tells what came of it."""

from inspect import getdoc

import pytest

from raft_core.testing.scripts import COMMANDS, ScriptFailed, run

LED = "members a b c\ncampaign a\nsettle\n"


def answer(commands: str) -> list[str]:
    """The answer to the last command."""
    lines = run(commands).rstrip("\n").splitlines()
    last = max(n for n, line in enumerate(lines) if not line.startswith("  "))
    return [line.strip() for line in lines[last + 1 :]]


@pytest.mark.parametrize("name", COMMANDS)
def test_its_docstring_begins_with_how_it_is_written(name: str) -> None:
    doc = getdoc(COMMANDS[name])
    assert doc is not None
    assert doc.startswith(f"``{name}"), doc


def test_the_setting_decides_how_members_begin() -> None:
    lines = answer("members a b c\nlearners c\nlog a 1 1 2\nseen 5 a\nstate")
    assert lines == [
        "a follower, term 5, vote nobody, leader nobody, log 1 1 2, commit 0",
        "b follower, term 1, vote nobody, leader nobody, log 1, commit 0",
        "c follower, term 1, vote nobody, leader nobody, log 1, commit 0",
    ]
    assert answer("members a b c\nlearners c\nconfiguration a") == ["a voters a b, learners c"]


def test_a_config_is_taken() -> None:
    timer = answer("members a b\nconfig heartbeat_interval 0.25\ncampaign a\ntimers a")
    assert timer == ["a heartbeat in 250ms"]


def test_a_member_without_anything_is_empty() -> None:
    assert answer("members a b\nvoters a\nstate b") == [
        "b follower, term 0, vote nobody, leader nobody, log empty, commit 0"
    ]


def test_a_proposal_is_named_and_its_answer_has_the_name() -> None:
    assert answer(f"{LED}propose a x=1\npropose a y=2") == [
        "write 2 at a",
        "a leader, term 2, vote a, leader a, log 1 2 2 2, commit 2",
    ]
    assert "write 1: applied (1)" in answer(f"{LED}propose a x=1\nsettle")


def test_a_read_says_what_it_saw() -> None:
    script = f"{LED}read a\nsettle\npropose a x=1\nread a\nsettle"
    assert "read 1: sees nothing" in run(script)
    assert "read 3: sees x=1" in run(script)
    assert "sees" not in run(f"{LED}isolate a\nread a\nsettle")


def test_who_crashes_is_told_nothing_any_more() -> None:
    script = f"{LED}propose a x=1\ncrash a\nrestart a\ncampaign b\nsettle"
    assert "write 1" not in run(script).partition("crash a")[2]
    other = f"{LED}propose a x=1\ncrash c\nsettle"
    assert "write 1: applied (1)" in run(other)


def test_one_that_is_down_can_be_recovered_and_no_other() -> None:
    assert answer(f"{LED}crash c\nrecover c") == ["c of generation 1, out a b"]
    with pytest.raises(ScriptFailed, match="member c runs: crash it first"):
        run(f"{LED}recover c")


def test_links_are_cut_one_way_and_both_ways() -> None:
    assert answer(f"{LED}cut a->b\npropose a x\nlinks") == [
        "a->c AppendEntries of term 2 after 2/2, commit 2; 3/2 x"
    ]
    assert answer(f"{LED}cut a b\ncut a c\npropose a x\nlinks") == ["nothing"]
    assert answer(f"{LED}isolate a\nheal\npropose a x\ndrop a->b") == [
        "lost a->b AppendEntries of term 2 after 2/2, commit 2; 3/2 x"
    ]


def test_only_so_many_messages_are_delivered() -> None:
    assert answer(f"{LED}propose a x\npropose a y\ndeliver a->b 1")[0].endswith("3/2 x")
    assert answer(f"{LED}propose a x\ndeliver a->b\ndeliver a->b") == ["nothing"]


def test_a_message_comes_again() -> None:
    script = f"{LED}propose a x\nsettle\nrepeat a->b AppendEntries"
    assert answer(script)[0].startswith("a->b AppendEntries of term 2 after")
    assert "AppendReply" in answer(f"{script}\nlinks")[0]


def test_only_so_many_writes_become_durable() -> None:
    slow = f"{LED}slow a\npropose a x\npropose a y\n"
    assert ", 2 not durable" in answer(f"{slow}state a")[0]
    assert ", 1 not durable" in answer(f"{slow}persist a 1")[0]
    assert "not durable" not in answer(f"{slow}persist a")[0]


def test_a_change_is_asked_with_voters_learners_and_an_index() -> None:
    asked = answer(f"{LED}change a voters a b learners c expecting 1")
    assert asked[-1] == "a goes by voters a b, outgoing a b c, demoted c"
    learning = answer(f"{LED}change a voters b c learners a")
    assert learning[-1] == "a goes by voters b c, outgoing a b c, demoted a", "it still votes"
    refused = answer(f"{LED}change a voters a b expecting 7")
    assert "expected index 7, in force is 1" in refused[-1]
    assert "at least one voter" in answer(f"{LED}change a voters")[-1]


def test_a_transfer_is_asked_with_a_successor_or_without() -> None:
    asked = answer(f"{LED}transfer b c\nsettle")
    assert "c leader, term 3, vote c, leader c, log 1 2 3, commit 3" in asked
    assert answer(f"{LED}transfer a x")[-1] == "transfer 1: refused (x is no voter)"
    assert answer(f"{LED}transfer a")[-1] == "transfer 1: refused (no other voter is in reach)"


def test_time_passes_with_and_without_anyone_looking() -> None:
    assert answer(f"{LED}sleep 150ms\ntimers a") == ["a heartbeat in -50ms"]
    assert answer(f"{LED}wait 0.15s\ntimers a") == ["a heartbeat in 50ms"]


def test_one_looks_at_the_time_and_does_what_is_due() -> None:
    assert answer(f"{LED}sleep 150ms\ntick a\nlinks")[0].endswith("no entries")


def test_what_is_known_and_held_can_be_looked_at() -> None:
    assert answer(f"{LED}propose a x\nentries a") == ["1/1 voters a b c", "2/2 no-op", "3/2 x"]
    assert answer(f"{LED}progress a") == [
        "b replicate, match 2, next 3",
        "c replicate, match 2, next 3",
    ]
    assert answer(f"{LED}progress b") == ["nothing"]
    assert answer(f"{LED}propose a x\nsettle\napplied a b") == ["a x", "b nothing"]


def test_who_is_down_has_a_state_and_nothing_else() -> None:
    assert answer(f"{LED}crash c\nstate c") == ["c is down"]
    assert [line[0] for line in answer(f"{LED}crash c\ntimers")] == ["a", "b"]


def test_everybody_meets() -> None:
    assert answer("members a b c\nvoters a\nsettle\nmeet")[-1] == "a goes by voters a, learners b c"


def test_one_that_is_down_can_forget_its_newest_records() -> None:
    script = f"{LED}propose a x=1\nsettle\nwait 200ms\ncrash c\nforget c 1\nrestart c"
    assert answer(script) == [
        "c follower, term 2, vote a, leader nobody, log 1 2, commit 0, suspect"
    ]
    with pytest.raises(ScriptFailed, match="member c runs: crash it first"):
        run(f"{LED}forget c")
    with pytest.raises(ScriptFailed, match="member c has not so many records to forget"):
        run(f"{LED}crash c\nforget c 9")
