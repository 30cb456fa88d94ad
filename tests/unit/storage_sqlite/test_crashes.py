"""A member's process is killed anywhere; whatever was acknowledged is loaded, in order."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.storage_sqlite.support import loaded, names
from tests.unit.storage_sqlite.victim import check

ROOT = Path(__file__).resolve().parents[3]
VICTIM = Path(__file__).with_name("victim.py")
KILLED = {-signal.SIGKILL, -signal.SIGXFSZ}


class Member:
    """A member that lives and dies on one file, and what it has acknowledged so far."""

    def __init__(self, path: Path, who: str) -> None:
        self.path = path
        self.acknowledged = 0
        self.deaths = 0
        self.process = subprocess.Popen(
            [sys.executable, VICTIM, path, who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def live(self, when: str, count: int = 0, kill_after: int | None = None) -> None:
        """One life; `kill_after` so many acknowledgements it is killed, wherever it is then."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{when} {count}\n")
        process = 0
        for line in self.process.stdout:
            word, *numbers = line.split()
            if word == "life":
                process = int(numbers[0])
            elif word == "found":
                self.check(int(numbers[1]), f"{when} {count}")
            elif word == "ack":
                self.acknowledged = int(numbers[0])
                if kill_after is not None:
                    kill_after -= 1
                    if kill_after == 0:
                        os.kill(process, signal.SIGKILL)
            else:
                status = int(numbers[0])
                assert status in {0, *KILLED}, f"{when} {count}: it ended with {status}"
                self.deaths += status != 0
                return
        raise AssertionError("the process that forks lives is gone")

    def check(self, last: int, where: str) -> None:
        assert last >= self.acknowledged, (
            f"before {where}: {self.acknowledged} was acknowledged, {last} is the last found"
        )
        self.acknowledged = last


@pytest.fixture(params=["thread", "loop"])
def member(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Member]:
    """By who writes."""
    member = Member(tmp_path / "member.db", request.param)
    try:
        yield member
    finally:
        member.process.kill()
        member.process.communicate()


async def survivors(member: Member) -> None:
    """What the last life left, looked at from here."""
    _, last = check(await loaded(member.path))
    member.check(last, "the end")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_before_and_after_a_commit(member: Member, when: str) -> None:
    for count in range(1, 12):
        member.live(when, count)
    assert member.deaths == 11
    await survivors(member)


async def test_killed_before_each_statement_of_a_checkpoint(member: Member) -> None:
    for count in range(1, 40):
        member.live("statement", count)
    assert member.deaths == 39
    await survivors(member)


async def test_killed_inside_statements(member: Member) -> None:
    for count in (*range(1, 30), *range(30, 900, 40)):
        member.live("inside", count)
    assert member.deaths > 45
    await survivors(member)


async def test_killed_in_the_midst_of_writing_a_page(member: Member) -> None:
    """A write that would pass a limit is cut there, and the next one kills: a torn page."""
    for count in range(4096 * 10, 4096 * 22, 1501):
        member.live("byte", count)
    assert member.deaths > 10
    await survivors(member)


async def test_killed_at_any_time(member: Member) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(30):
        member.live("any", kill_after=rng.randrange(1, 120))
    assert member.deaths == 30
    await survivors(member)


async def test_a_life_that_ends_in_order_leaves_one_file(member: Member) -> None:
    member.live("never")
    assert member.deaths == 0
    assert names(member.path.parent) == ["member.db"]
    await survivors(member)
