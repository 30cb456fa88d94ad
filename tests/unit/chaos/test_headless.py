"""A process that ends by itself is noticed; one that is ended is not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos import processes
from tests.chaos.headless import Headless
from tests.chaos.members import NotThere, Session
from transport_webrtc.session import Durability, new_key

NOBODY = "ws://127.0.0.1:9/v1"
"""Where no introducer is: a member goes on without."""


@pytest.fixture
async def member(tmp_path: Path) -> AsyncIterator[Headless]:
    session = Session(Durability.DISK, NOBODY)
    session.key = new_key(Durability.DISK)
    member = Headless("a", session, tmp_path / "a", target_size=3)
    yield member
    await member.kill()


async def runs(member: Headless) -> None:
    while True:
        try:
            await member.status()
        except NotThere:
            assert not member.ended
            await asyncio.sleep(0.05)
        else:
            return


async def test_one_that_ends_by_itself_says_why(member: Headless, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no folder")
    await member.start()
    assert member._process is not None
    await member._process.wait()
    assert "ended" in member.ended
    with pytest.raises(NotThere):
        await member.freeze()
    with pytest.raises(NotThere):
        await member.slow(5.0)


async def test_one_that_was_ended_did_not_end_by_itself(member: Headless) -> None:
    assert member.ended == ""
    await member.start()
    await runs(member)
    closing = asyncio.create_task(member.close())
    while not closing.done():
        assert member.ended == ""
        await asyncio.sleep(0)
    await member.start()
    await member.kill()
    assert member.ended == ""
    with pytest.raises(NotThere):
        await member.freeze()


async def test_a_signal_for_nobody_is_known_to_be_none() -> None:
    process = await processes.start("sleep", "60")
    assert processes.send({process.pid}, signal.SIGSTOP) == 1
    await processes.kill(process)
    assert processes.send({process.pid}, signal.SIGSTOP) == 0
