"""Prometheus is answered, and nobody else."""

import asyncio

import pytest

from raft_core import Node
from raft_core.keyvalue import KeyValue, Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.metrics import Metrics
from raft_node.metrics import MetricsServer, PortTaken


async def ask(port: int, request: bytes) -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition("\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head
    return head.partition("\r\n")[0], body


async def test_a_scrape_tells_what_was_counted() -> None:
    metrics = Metrics()
    transport, storage = MemoryNetwork().transport(), MemoryStorage()
    node = Node(
        KeyValue(), node_id="a", storage=storage, transport=transport, found=True, metrics=metrics
    )
    async with node, MetricsServer(metrics, node, "127.0.0.1", 0) as server:
        await node.propose(Put("k", "v"))
        status, body = await ask(server.port, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status == "HTTP/1.1 200 OK"
        assert 'raft_proposals_total{node="a",outcome="applied"} 1' in body
        for strange in (b"GET / HTTP/1.1\r\n\r\n", b"POST /metrics HTTP/1.1\r\n\r\n", b"\r\n\r\n"):
            status, _ = await ask(server.port, strange)
            assert status == "HTTP/1.1 404 Not Found"

        with pytest.raises(PortTaken, match="choose another --metrics-port"):
            async with MetricsServer(metrics, node, "127.0.0.1", server.port):
                pass
