"""A new founder first listens whether somebody leads in the session already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from raft_node import founding
from raft_node.founding import ClusterExists, require_no_cluster
from transport_webrtc.events import IntroducerState, PeerState, PeerStats

KEY = "0123456789abcdef0123456789abcdef"
URL = "ws://localhost/v1"


class Room:
    """A transport whose room is as a test says; `speaks` is heard a while after the start."""

    max_payload = 1024

    def __init__(
        self,
        peers: dict[str, PeerState] | None = None,
        *,
        state: IntroducerState = IntroducerState.JOINED,
        speaks: str | None = None,
    ) -> None:
        self.introducer_state = state
        self.problem: str | None = None
        self.ended = False
        self._peers = peers or {}
        self._speaks = speaks

    async def start(
        self, _node_id: str, deliver: Callable[[str, bytes], None], _peers_changed: object
    ) -> None:
        if self._speaks is not None:
            asyncio.get_running_loop().call_later(0.05, deliver, self._speaks, b"anything")

    def send(self, _peer: str, _payload: bytes) -> bool:
        raise AssertionError("who only looks says nothing")

    async def stop(self) -> None:
        self.ended = True

    def stats(self) -> dict[str, PeerStats]:
        return {peer: PeerStats(state) for peer, state in self._peers.items()}


async def look(monkeypatch: pytest.MonkeyPatch, room: Room) -> None:
    monkeypatch.setattr(founding, "webrtc_transport", lambda *_, **__: room)
    try:
        await require_no_cluster(KEY, URL)
    finally:
        assert room.ended


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ones, for those tests that wait until they are over."""
    monkeypatch.setattr(founding, "MEETING", 0.1)
    monkeypatch.setattr(founding, "LISTENING", (0.1, 0.2))


async def test_in_an_empty_room_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(founding, "LISTENING", (1e6, 1e6))
    await look(monkeypatch, Room())


@pytest.mark.parametrize("state", [IntroducerState.LOST, IntroducerState.REFUSED])
async def test_without_an_introducer_nobody_can_be_asked(
    monkeypatch: pytest.MonkeyPatch, state: IntroducerState
) -> None:
    monkeypatch.setattr(founding, "MEETING", 1e6)
    await look(monkeypatch, Room(state=state))


async def test_a_leader_that_speaks_keeps_a_second_cluster_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(founding, "LISTENING", (1e6, 1e6))
    with pytest.raises(ClusterExists, match=r"already \(b leads it\): start this member without"):
        await look(monkeypatch, Room({"b": PeerState.CONNECTED}, speaks="b"))


async def test_others_that_only_wait_do_not(monkeypatch: pytest.MonkeyPatch, times: None) -> None:
    await look(monkeypatch, Room({"b": PeerState.CONNECTED, "c": PeerState.WAITING}))


async def test_an_introducer_that_is_silent_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch, times: None
) -> None:
    await look(monkeypatch, Room(state=IntroducerState.CONNECTING))
