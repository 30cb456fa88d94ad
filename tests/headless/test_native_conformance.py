"""NativeTransport keeps the promises of a transport: raft_core's suite, over real WebRTC."""

import secrets
from collections.abc import AsyncIterator, Sequence

import pytest

import introducer
from raft_core.interfaces import Transport
from raft_core.testing.conformance import TransportConformance
from transport_webrtc.native import NativeTransport


class TestNativeTransport(TransportConformance):
    @pytest.fixture(autouse=True)
    async def _introducer(self) -> AsyncIterator[None]:
        async with introducer.serve() as server:
            self.url = server.url
            yield

    async def open(self, count: int) -> Sequence[Transport]:
        key = secrets.token_hex(16)
        return [NativeTransport(self.url, key) for _ in range(count)]
