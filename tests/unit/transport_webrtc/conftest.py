"""Fixtures for the tests of the native backend. Others of this folder run under Pyodide, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.transport_webrtc.line import Line


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    from tests.unit.transport_webrtc.line import Line
    from transport_webrtc.native_ending import close

    made = Line()
    # Tests count on it that numbers do not start again in their middle.
    made.association._local_tsn = 1000
    made.association._last_sacked_tsn = made.association._acknowledged_tsn = 999
    yield made
    made.association.packets.close()
    await close(made.connection, made.association)
