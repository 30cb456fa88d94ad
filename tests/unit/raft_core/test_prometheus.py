"""The text of a scrape, line by line."""

import re

from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.metrics import Metrics
from raft_core.node import Node
from raft_core.prometheus import prometheus_text
from tests.unit.raft_core.cluster import QUICK

LINE = re.compile(r'raft_[a-z_]+\{node="([^"\\]|\\.)*"(,[a-z]+="[^"]*")?\} -?[0-9.e+-]+')


async def scraped(node_id: str = "a") -> dict[str, str]:
    """The values of a member that has written three times and read once, by what is before them."""
    metrics = Metrics()
    node = Node(
        KeyValue(),
        node_id=node_id,
        storage=MemoryStorage(),
        transport=MemoryNetwork().transport(),
        config=QUICK,
        found=True,
        metrics=metrics,
    )
    async with node:
        for value in "xyz":
            await node.propose(Put("k", value))
        await node.read(lambda store: store.items)
        text = prometheus_text(metrics, node.status())
    values = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) raft_[a-z_]+ .+", line), line
        else:
            assert LINE.fullmatch(line), line
            name, value = line.rsplit(" ", 1)
            assert name not in values
            values[name] = value
    assert text.endswith("\n")
    return values


async def test_what_a_member_did_is_in_its_text() -> None:
    values = await scraped()
    assert values['raft_term{node="a"}'] == "2"
    assert values['raft_leader{node="a"}'] == "1"
    assert values['raft_commit_index{node="a"}'] == "5"
    assert values['raft_proposals_total{node="a",outcome="applied"}'] == "3"
    assert values['raft_reads_total{node="a",outcome="read"}'] == "1"
    assert values['raft_roles_total{node="a",role="leader"}'] == "1"
    assert values['raft_proposal_seconds_count{node="a"}'] == "3"
    assert values['raft_halted{node="a"}'] == "0"
    assert values['raft_suspect{node="a"}'] == "0"
    assert values['raft_suspects{node="a"}'] == "0"


async def test_the_buckets_of_a_histogram_add_up() -> None:
    values = await scraped()
    buckets = [int(value) for name, value in values.items() if "write_seconds_bucket" in name]
    assert buckets == sorted(buckets)
    assert str(buckets[-1]) == values['raft_write_seconds_bucket{node="a",le="+Inf"}']
    assert str(buckets[-1]) == values['raft_write_seconds_count{node="a"}']
    assert buckets[-1] >= 3


async def test_an_id_is_escaped() -> None:
    values = await scraped('say "a"\\\n')
    assert values['raft_term{node="say \\"a\\"\\\\\\n"}'] == "2"
