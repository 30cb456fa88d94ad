"""The ground itself: what the wires carry and lose, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.headless.hosts.ground import PATIENCE, Ground, ground

ROOT = Path(__file__).resolve().parents[3]

ECHO = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
    here.bind((sys.argv[1], 7))
    print("ready", flush=True)
    while True:
        here.sendto(*here.recvfrom(100))
"""
ASK = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
    here.settimeout(0.2)
    for _ in range(int(sys.argv[2])):
        try:
            here.connect((sys.argv[1], 7))
            here.send(b"?")
            print(here.recv(100).decode(), flush=True)
        except TimeoutError:
            print("nothing", flush=True)
        except OSError as error:
            print(error.strerror, flush=True)
"""


@pytest.fixture
async def hosts() -> AsyncIterator[Ground]:
    """Three hosts; "b" and "c" send back what they get."""
    async with ground("a", "b", "c") as hosts:
        ready: asyncio.Queue[str] = asyncio.Queue()
        for host in "b", "c":
            command = (sys.executable, "-c", ECHO, hosts.address(host))
            await hosts.run(host, *command, heard=ready.put_nowait)
            assert await ready.get() == "ready"
        yield hosts


async def ask(hosts: Ground, host: str, times: int = 1) -> list[str]:
    """What "a" gets from a host."""
    heard: list[str] = []
    command = (sys.executable, "-c", ASK, hosts.address(host), str(times))
    program = await hosts.run("a", *command, heard=heard.append)
    assert await program.ended() == 0
    return heard


async def test_hosts_reach_each_other_and_are_counted(hosts: Ground) -> None:
    assert await ask(hosts, "b") == ["?"]
    assert await hosts.carried() == {("a", "b"): 1, ("b", "a"): 1}
    assert await hosts.lost() == {}


async def test_a_cut_has_a_direction_and_ends(hosts: Ground) -> None:
    await hosts.cut(("b", "a"))
    assert await ask(hosts, "b") == ["nothing"]
    assert await hosts.carried() == {("a", "b"): 1}
    assert await hosts.lost() == {("b", "a"): 1}
    assert await ask(hosts, "c") == ["?"]
    await hosts.mend()
    assert await ask(hosts, "b") == ["?"]


async def test_a_host_that_is_parted_reaches_nobody(hosts: Ground) -> None:
    await hosts.part("a", "c")
    assert await ask(hosts, "b") == ["nothing"]
    assert await ask(hosts, "c") == ["?"]


async def test_a_route_that_is_barred_is_none(hosts: Ground) -> None:
    await hosts.bar("a", "b")
    assert await ask(hosts, "b") == ["No route to host"]
    assert await ask(hosts, "c") == ["?"]


async def test_packets_are_held_back_and_lost(hosts: Ground) -> None:
    await hosts.hamper(delay=60, loss=0)
    assert await ask(hosts, "b") == ["nothing"]
    assert await hosts.carried() == {("a", "b"): 1}
    await hosts.hamper(delay=0, loss=0.5)
    assert set(await ask(hosts, "c", times=10)) == {"?", "nothing"}
    assert sum((await hosts.lost()).values()) > 0


async def test_who_waits_for_a_program_that_has_ended_is_told(hosts: Ground) -> None:
    program = await hosts.run("a", "sh", "-c", "exit 3", heard=print)
    with pytest.raises(pytest.fail.Exception, match=r"sh -c exit 3 has ended, with 3$"):
        await program.says(asyncio.sleep(3600))


def test_a_run_that_is_killed_leaves_nothing_behind() -> None:
    script = """
        import asyncio, json, sys
        from tests.headless.hosts.ground import ground

        async def main():
            async with ground("a", "b") as hosts:
                sleeper = await hosts.run("a", "sleep", "600", heard=print)
                print(json.dumps([hosts.pid, sleeper.pid]), flush=True)
                await sleeper.ended()

        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None
        handles = [os.pidfd_open(pid) for pid in json.loads(run.stdout.readline())]
        run.send_signal(signal.SIGKILL)
    for handle in handles:
        ended, _, _ = select.select([handle], [], [], PATIENCE)
        os.close(handle)
        assert ended
