"""A script's answers are what its commands give, and a file that says otherwise is shown."""

from pathlib import Path

import pytest

from raft_core.testing.scripts import ScriptFailed, check, run

SCRIPT = """\
# Three, and one that leads.
members a b c

campaign a
  a leader, term 2, vote a, leader a, log 1 2, commit 0
  b follower, term 2, vote a, leader nobody, log 1, commit 0
  c follower, term 2, vote a, leader nobody, log 1, commit 0
"""


def test_answers_stand_below_their_commands_and_all_else_stays() -> None:
    commands = "".join(
        line for line in SCRIPT.splitlines(keepends=True) if not line.startswith("  ")
    )
    assert run(commands) == SCRIPT


def test_what_the_text_says_counts_for_nothing() -> None:
    assert run(SCRIPT.replace("term 2", "term 9")) == SCRIPT


def test_running_twice_changes_nothing() -> None:
    assert run(run(SCRIPT)) == SCRIPT


def test_a_file_that_is_right_passes(tmp_path: Path) -> None:
    path = tmp_path / "right.txt"
    path.write_text(SCRIPT)
    check(path)
    assert path.read_text() == SCRIPT


def test_a_difference_is_shown_and_the_file_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "wrong.txt"
    wrong = SCRIPT.replace("b follower", "b leader")
    path.write_text(wrong)
    with pytest.raises(ScriptFailed) as caught:
        check(path)
    sentence = str(caught.value)
    assert "wrong.txt" in sentence
    assert "--rewrite" in sentence
    assert "-  b leader, term 2" in sentence
    assert "+  b follower, term 2" in sentence
    assert path.read_text() == wrong


def test_a_rewrite_writes_what_happens(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text("# Three, and one that leads.\nmembers a b c\n\ncampaign a\n")
    check(path, rewrite=True)
    assert path.read_text() == SCRIPT


@pytest.mark.parametrize(
    "line, why",
    [
        ("dance a", "there is no command 'dance', but members"),
        ("campaign x", "x"),
        ("campaign", "``campaign a``: all are silent"),
        ("deliver a b", "'a' is no link: write a->b"),
        ("repeat a->b VoteReply", "no VoteReply has arrived there"),
        ("wait soon", "'soon' is no time"),
        ("settle a", "it takes no words: a"),
        ("voters a", "before anything happens"),
        ("inject b->a Greeting", "there is no message 'Greeting'"),
        ("inject b->a VoteReply term=1", "VoteReply needs term, granted, pre"),
        ("inject b->a VoteReply term=1 granted=1 pre=1 kind=1", "VoteReply needs term"),
        ("inject b->a VoteReply term=x granted=true pre=true", "Expected `int`"),
        ("change a b c", "write: change a voters"),
    ],
)
def test_a_line_that_is_no_command_is_named(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.txt"
    path.write_text(f"members a b c\ncrash c\n{line}\n")
    with pytest.raises(ScriptFailed) as caught:
        check(path)
    assert "broken.txt, line 3" in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "script", ["campaign a", "members a\nconfig heartbeat_interval -1\ntick a"]
)
def test_a_setting_that_is_none_is_refused(script: str) -> None:
    with pytest.raises(ScriptFailed):
        run(script)


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ScriptFailed, match="no setting 'speed'"):
        run("members a\nconfig speed 3\n")


def test_an_error_of_the_algorithm_is_an_answer() -> None:
    script = """
members a b c
log b 1 2
inject a->b AppendEntries term=2 prev_log_index=2 prev_log_term=2 commit_index=2 entries=
inject a->b AppendEntries term=3 prev_log_index=1 prev_log_term=1 commit_index=2 entries=2/3
"""
    assert "! InvariantBroken: entry 2 would be truncated" in run(script)
