"""What is under the member: figures passed on, and the levers."""

from collections.abc import Mapping
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from raft_core.memory import MemoryNetwork
from raft_web.app import Link
from raft_web.gate import Gate
from raft_web.inside import WindowInside
from transport_webrtc.events import PeerState, PeerStats
from transport_webrtc.paths import Path
from transport_webrtc.session import Durability


class Transport:
    def stats(self) -> dict[str, PeerStats]:
        return {"b": PeerStats(PeerState.CONNECTED, 5, 0.25), "c": PeerStats(PeerState.WAITING)}

    def drop(self, peer: str) -> bool:
        return peer == "b"

    async def paths(self) -> Mapping[str, str]:
        return {"b": Path.RELAYED}


class Node:
    async def transfer_leadership(self) -> str:
        return "b"


class Storage:
    used = 77
    quota: int | None = 1000


class Levers:
    """An inside with what it works on."""

    def __init__(self) -> None:
        self.left = 0
        self.transport: Any = Transport()
        self.gate = Gate(MemoryNetwork().transport(), anyio.current_time)
        node: Any = Node()
        self.storage = Storage()
        storage: Any = self.storage
        self.inside = WindowInside(
            node,
            gate=self.gate,
            transport=self.transport,
            storage=storage,
            durability=Durability.DISK,
            leave=self.leave,
        )

    def frozen(self) -> bool:
        return self.gate.shut

    def leave(self) -> None:
        assert not self.frozen(), "a member whose clock stands still waits for ever"
        self.left += 1


@pytest.fixture
async def levers() -> Levers:
    return Levers()


async def test_figures_are_passed_on_in_plain_values(levers: Levers) -> None:
    inside = levers.inside
    assert inside.links == {"b": Link("connected", 0.25, 5), "c": Link("waiting", None, 0)}
    assert await inside.paths() == {"b": "relayed"}
    assert (inside.storage_used, inside.storage_quota) == (77, 1000)
    levers.storage.quota = None
    assert inside.storage_quota is None
    assert inside.durability == "disk"
    assert await inside.step_down() == "b"
    assert inside.drop_link("b")
    assert not inside.drop_link("c")


async def test_a_frozen_member_goes_on_by_itself(levers: Levers) -> None:
    levers.inside.freeze(0.01)
    assert 0 < levers.inside.frozen_for <= 0.01
    assert levers.frozen()
    await anyio.sleep(0.02)
    assert levers.inside.frozen_for == 0
    assert not levers.frozen()


async def test_freezing_again_changes_how_long(levers: Levers) -> None:
    levers.inside.freeze(0.001)
    levers.inside.freeze(1000)
    await anyio.sleep(0.01)
    assert levers.frozen()
    assert levers.inside.frozen_for > 900
    levers.inside.freeze(0)
    await anyio.sleep(0.001)
    assert not levers.frozen()


async def test_who_leaves_is_not_frozen_any_more(levers: Levers) -> None:
    levers.inside.freeze(1000)
    levers.inside.leave()
    assert levers.left == 1
    assert levers.inside.frozen_for == 0
