"""Members that cannot reach each other meet in a relay, if it takes their credentials."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from introducer.relays import Relays
from tests.headless.hosts import turn
from tests.headless.hosts.cluster import Cluster
from tests.headless.hosts.ground import Ground, ground, until
from tests.headless.hosts.program import Program

pytestmark = pytest.mark.skipif(not turn.is_there(), reason=turn.NOT_THERE)

SECRET = "known to the introducer and the relay"
HOSTS = ("one", "two", "three")
RAFT_NODE = Path(sys.executable).with_name("raft-node")


@asynccontextmanager
async def walled_off(folder: Path, *hosts: str) -> AsyncIterator[tuple[Ground, str]]:
    """Hosts that reach "middle" only, where a TURN server has this URL."""
    async with ground(*hosts, "middle") as walled:
        for start in hosts:
            for end in hosts:
                if start != end:
                    await walled.bar(start, end)
        yield walled, await turn.run_turn_server(walled, "middle", folder, SECRET)


async def test_members_that_cannot_reach_each_other_meet_in_the_relay(tmp_path: Path) -> None:
    async with walled_off(tmp_path, *HOSTS) as (hosts, url):
        introducer = await hosts.run_introducer("middle", *relaying(url, SECRET))
        cluster = Cluster(hosts, introducer, tmp_path, *HOSTS)
        await cluster.form()
        for member in cluster.members:
            assert isinstance((await member.propose(f"by {member.host}"))[0], int)
        assert sorted(await cluster.equal()) == ["by one", "by three", "by two"]
        assert all("middle" in way for way in await hosts.carried())


async def test_members_that_are_run_by_command_need_no_more_than_the_introducer_says(
    tmp_path: Path,
) -> None:
    async with walled_off(tmp_path, *HOSTS) as (hosts, url):
        introducer = await hosts.run_introducer("middle", *relaying(url, SECRET))
        _, (key,) = await order(hosts, "one", "new")
        options = ("--session", key, "--introducer", introducer, "--state", "kv")

        async def run(host: str, *more: str) -> Program:
            data = str(tmp_path / host)
            command = ("run", *options, "--data", data, *more)
            return await hosts.run(host, RAFT_NODE, *command, heard=print)

        await run("one", "--found")
        await run("two")
        three = await run("three")

        async def put() -> bool:
            code, _ = await order(hosts, "three", "put", "fruit", "apple", data=tmp_path / "three")
            return code == 0

        await three.says(until(put, "a value that is acknowledged on three"))
        got = await order(hosts, "one", "get", "fruit", data=tmp_path / "one")
        assert got == (0, ["apple"])
        assert all("middle" in way for way in await hosts.carried())


async def order(
    hosts: Ground, host: str, *command: str, data: Path | None = None
) -> tuple[int, list[str]]:
    """Run a command of raft-node: its exit code, and what it printed."""
    said: list[str] = []
    place = () if data is None else ("--data", data)
    program = await hosts.run(host, RAFT_NODE, *command, *place, heard=said.append)
    return await program.ended(), said


@pytest.mark.early
async def test_without_a_relay_they_do_not_meet_and_say_so(tmp_path: Path) -> None:
    async with walled_off(tmp_path, "one", "two") as (hosts, _):
        introducer = await hosts.run_introducer("middle")
        hints = await hints_of_failure(Cluster(hosts, introducer, tmp_path, "one", "two"))
    assert all("No TURN server is known" in hint for hint in hints)


@pytest.mark.early
async def test_with_a_secret_that_is_not_the_relays_they_do_not_meet_and_say_so(
    tmp_path: Path,
) -> None:
    async with walled_off(tmp_path, "one", "two") as (hosts, url):
        introducer = await hosts.run_introducer("middle", *relaying(url, f"not {SECRET}"))
        hints = await hints_of_failure(Cluster(hosts, introducer, tmp_path, "one", "two"))
    assert all(f"{url} gives us no relay" in hint for hint in hints), hints


@pytest.mark.early
async def test_with_credentials_that_have_expired_they_do_not_meet_and_say_so(
    tmp_path: Path,
) -> None:
    async with walled_off(tmp_path, "one", "two") as (hosts, url):
        relays = Relays(turn_urls=(url,), turn_secret=SECRET)
        old = relays.for_member("someone", time.time() - 2 * relays.turn_seconds)
        cluster = Cluster(hosts, await hosts.run_introducer("middle"), tmp_path, "one", "two")
        named = msgspec.json.encode(old).decode()
        hints = await hints_of_failure(cluster, "--ice-servers", named)
    assert all(f"{url} gives us no relay" in hint for hint in hints), hints


def relaying(url: str, secret: str) -> tuple[str, ...]:
    """Options of an introducer."""
    return ("--turn-url", url, "--turn-secret", secret)


async def hints_of_failure(cluster: Cluster, *options: str) -> list[str]:
    """What each member says first of why its attempts to connect fail, once all have said it.

    On a busy machine the time of an attempt can be over before it was known what hinders it.
    """
    await cluster.start(*options)

    async def failed() -> list[str] | None:
        said = [
            [str(event["hint"]) for event in member.happened("AttemptFailed") if event["hint"]]
            for member in cluster.members
        ]
        return [hints[0] for hints in said] if all(said) else None

    hints = await until(failed, "what hinders an attempt of each")
    assert not any(member.happened("PeerConnected") for member in cluster.members)
    return hints
