"""Fixtures for the tests of the native backend."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.transport_webrtc.line import Line
from transport_webrtc.native_ending import close


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    # Tests count on it that numbers do not start again in their middle.
    made.association._local_tsn = 1000
    made.association._last_sacked_tsn = made.association._acknowledged_tsn = 999
    yield made
    made.association.packets.close()
    await close(made.connection, made.association)
