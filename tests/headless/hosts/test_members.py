"""A cluster of three hosts, whose wires fail in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.headless.hosts.cluster import Cluster, Member
from tests.headless.hosts.ground import ground, until

HOSTS = ("one", "two", "three")


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Three members on three hosts, and an introducer on a fourth."""
    async with ground(*HOSTS, "meeting") as hosts:
        cluster = Cluster(hosts, await hosts.run_introducer("meeting"), tmp_path, *HOSTS)
        await cluster.form()
        yield cluster


def others(cluster: Cluster, *members: Member) -> list[Member]:
    return [member for member in cluster.members if member not in members]


async def commit(member: Member, *values: str) -> None:
    """Have values acknowledged."""
    places = await member.propose(*values)
    assert all(isinstance(place, int) for place in places), places


async def test_each_of_three_hosts_commits(cluster: Cluster) -> None:
    for member in cluster.members:
        await commit(member, f"by {member.host}")
    assert await cluster.equal() == ["by one", "by two", "by three"]


async def test_a_leader_that_is_cut_off_acknowledges_nothing_while_the_others_go_on(
    cluster: Cluster,
) -> None:
    old = await cluster.leader()
    rest = others(cluster, old)
    await commit(old, "before")
    await cluster.ground.part(old.host)
    lonely = asyncio.create_task(old.propose("alone", seconds=8))

    new = await cluster.leader(among=rest)
    assert new is not old
    for member in rest:
        await commit(member, f"by {member.host}")
    assert await lonely == ["OutcomeUnknown"]
    assert await old.propose("refused", seconds=1) == ["NoLeader"]

    async def alone() -> bool:
        return not (await old.look()).status.connected

    await until(alone, "links that are given up")
    await cluster.ground.mend()
    await cluster.all_in_reach()
    values = await cluster.equal()
    assert [value for value in values if value != "alone"] == [
        "before",
        *(f"by {member.host}" for member in rest),
    ]
    assert values.count("alone") <= 1
    await commit(old, "back again")


async def test_a_link_that_is_cut_one_way_stops_nobody_else(cluster: Cluster) -> None:
    leader = await cluster.leader()
    deaf, healthy = others(cluster, leader)
    before = (await leader.look()).status.term
    await cluster.ground.cut((leader.host, deaf.host))
    await until(lambda: given_up(deaf, leader), "a link that is given up")
    for member in leader, healthy:
        await commit(member, f"by {member.host}")
    assert (await leader.look()).status.term == before, "whoever hears no leader deposes none"
    await cluster.ground.mend()
    await cluster.all_in_reach()
    assert await cluster.equal() == [f"by {leader.host}", f"by {healthy.host}"]


async def given_up(member: Member, peer: Member) -> bool:
    return bool(member.happened("PeerLost", peer=peer.node_id, reason="silent"))


async def test_with_20_ms_of_delay_and_1_percent_of_loss_all_is_acknowledged(
    tmp_path: Path,
) -> None:
    async with ground(*HOSTS, "meeting") as hosts:
        await hosts.hamper(delay=0.02, loss=0.01)
        cluster = Cluster(hosts, await hosts.run_introducer("meeting"), tmp_path, *HOSTS)
        await cluster.form()
        wanted = []
        for number in range(10):
            for member in cluster.members:
                values = [f"{number} {count} by {member.host}" for count in range(10)]
                await commit(member, *values)
                wanted += values
        assert sorted(await cluster.equal()) == sorted(wanted)
        lost = await hosts.lost()
        assert sum(lost.values()) > 0


async def test_without_the_introducer_the_cluster_goes_on_and_who_restarts_comes_back_with_it(
    cluster: Cluster,
) -> None:
    leader = await cluster.leader()
    rest = others(cluster, leader)
    await commit(leader, "before")
    await cluster.ground.part("meeting")
    await leader.kill()
    await cluster.leader(among=rest)
    await cluster.run(leader)

    async def finds_no_introducer() -> bool:
        return bool(leader.happened("IntroducerChanged", state="lost"))

    await until(finds_no_introducer, "a member that finds no introducer")
    status = (await leader.look()).status
    assert status.connected == ()
    assert status.last_log_index > 0, "its journal was kept"
    for member in rest:
        await commit(member, f"by {member.host}")

    await cluster.ground.mend()
    await cluster.all_in_reach()
    assert await cluster.equal() == ["before", *(f"by {member.host}" for member in rest)]
