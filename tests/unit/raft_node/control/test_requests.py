"""What is asked and answered survives its way as JSON."""

from typing import Any

import msgspec
import pytest

from raft_core import PeerStatus
from raft_core.keyvalue import Delete, Put
from raft_node.control.requests import (
    AskState,
    AskStatus,
    ChangeMembers,
    ChangeValue,
    GetValue,
    Report,
    Request,
    TakeSnapshot,
    Transfer,
)
from tests.unit.statuses import make_status
from transport_webrtc.events import PeerState, PeerStats


@pytest.mark.parametrize(
    "request_",
    [
        AskStatus(),
        AskState(1.5, local=True),
        GetValue("k", 2.0),
        ChangeValue(Put("k", "v"), 1.0),
        ChangeValue(Delete("k"), 1.0),
        ChangeMembers(1.0, add=("a",), replace={"b": "c"}, target_size=5),
        Transfer(1.0, "a"),
        TakeSnapshot(1.0),
    ],
)
def test_a_request_is_read_as_it_was_written(request_: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(request_), type=Request) == request_


def test_a_report_is_read_as_it_was_written() -> None:
    report = Report(
        status=make_status(progress={"b": PeerStatus(1, 2, 0, "probe")}),
        safety="well",
        session="s",
        state="m:S",
        found=False,
        pid=7,
        uptime=1.5,
        introducer="lost",
        introducer_problem="away",
        links={"b": PeerStats(PeerState.WAITING)},
        storage_bytes=0,
    )
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
