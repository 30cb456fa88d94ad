"""A small HTTP server that answers Prometheus: `GET /metrics`, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from raft_core import Node
from raft_core.metrics import Metrics
from raft_core.prometheus import prometheus_text
from raft_node.errors import NodeError

_PATIENCE: Final = 10.0
"""Seconds that a client has for its request."""


class PortTaken(NodeError):
    """The metrics' address cannot be listened on."""


class MetricsServer:
    """Serves a running node's metrics while the block runs.

    :raises PortTaken: on entering, with what to do
    """

    def __init__(self, metrics: Metrics, node: Node[Any, Any], host: str, port: int) -> None:
        self._metrics = metrics
        self._node = node
        self._address = (host, port)
        self._server: asyncio.Server

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        host, port = self._address
        try:
            self._server = await asyncio.start_server(self._answer, host, port)
        except OSError as error:
            raise PortTaken(
                f"metrics cannot be served on {host} port {port} ({error.strerror or error}): "
                "choose another --metrics-port"
            ) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._response(head.split(b"\r\n", 1)[0]))
                await writer.drain()
        writer.close()

    def _response(self, line: bytes) -> bytes:
        method, _, rest = line.partition(b" ")
        if method != b"GET" or rest.partition(b" ")[0] != b"/metrics":
            status, kind, text = "404 Not Found", "text/plain", "metrics are at /metrics\n"
        else:
            status, kind = "200 OK", "text/plain; version=0.0.4; charset=utf-8"
            text = prometheus_text(self._metrics, self._node.status())
        body = text.encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body
