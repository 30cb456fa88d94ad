"""What ends a member's life, and with which exit code."""

import logging
import signal
import subprocess
import sys
from typing import Any

import pytest

from raft_core import events
from raft_node.exits import Exit
from raft_node.running import _Life
from tests.unit.statuses import make_status
from transport_webrtc.events import RanElsewhere, SupersededBy


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"problem": "the disk is full"}, Exit.FAILED),
        ({"problem": "this member was removed", "removed": True}, Exit.REMOVED),
    ],
)
async def test_a_member_that_can_go_on_no_longer_ends(changes: dict[str, Any], code: Exit) -> None:
    life = _Life()
    life.look(make_status())
    assert not life.over.is_set()
    life.look(make_status(**changes))
    assert life.over.is_set()
    assert life.exit is code


async def test_a_member_whose_copy_goes_on_ends_with_a_code_of_its_own() -> None:
    life = _Life()
    life.met(SupersededBy(7))
    life.met(RanElsewhere(5, answered=True))
    assert not life.over.is_set()
    life.look(make_status(problem="a copy of this member was started later"))
    assert life.exit is Exit.SUPERSEDED


async def test_that_it_stops_when_it_is_told_to_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    life = _Life()
    with caplog.at_level(logging.INFO, logger="raft_node"):
        life.heard(events.Halted("full"))
        life.over.set()
        life.heard(events.Halted("this node was stopped"))
        life.heard(events.LeaderChanged("b", 3))
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.INFO]
    life.look(make_status(problem="this node was stopped"))
    assert life.exit is Exit.DONE


STUCK = """
import asyncio, sys
from raft_node.running import _Life

async def main() -> None:
    life = _Life()
    life.listen()
    print("ready", flush=True)
    await life.over.wait()
    print("stopping", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_a_member_that_does_not_stop(number: signal.Signals) -> None:
    process = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopping\n"
        process.send_signal(number)
        assert process.wait(60) == -number
    finally:
        process.kill()
        process.communicate()
