"""A snapshot that nobody can read must not take the journal's place."""

from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from msgspec import Struct

from raft_core import _snapshots, snapshot
from raft_core.config import Config
from raft_core.errors import InvalidState
from raft_core.machine import Machine
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.node import Node
from raft_core.snapshot import Image, Transfer
from raft_core.testing.theatre import Theatre


class Average(Struct):
    """Its annotation promises less than ``apply`` puts there: no type checker runs in a browser."""

    value: int = 0

    def apply(self, command: float) -> float:
        self.value = (self.value + command) / 2  # type: ignore[assignment]  # the user's mistake
        return self.value


class Text:
    """Saves itself as text, where bytes are wanted."""

    def __init__(self) -> None:
        self.value = 0.0

    def apply(self, command: float) -> float:
        self.value = command
        return self.value

    def snapshot(self) -> bytes:
        return str(self.value)  # type: ignore[return-value]  # the user's mistake

    def restore(self, data: bytes) -> None:
        self.value = float(data)


@pytest.mark.parametrize("kind", [Average, Text])
async def test_what_could_not_be_loaded_again_never_replaces_the_journal(
    kind: type[Average] | type[Text],
) -> None:
    storage = MemoryStorage()

    def node(state: Average | Text) -> Node[float, float]:
        return Node(
            state,
            node_id="a" * 16,
            storage=storage,
            transport=MemoryNetwork().transport(),
            config=Config(snapshot_entries=3),
            found=True,
        )

    before, after = kind(), kind()
    async with node(before) as founder:
        for number in range(10):
            await founder.propose(number + 0.5)
        assert founder.status().problem is None
    async with node(after) as again:
        assert again.status().problem is None
        assert after.value == before.value


def test_a_follower_of_an_earlier_version_stays_behind_and_is_not_sent_the_same_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its leader was updated first, and packs snapshots in a form that it does not know."""
    sizes = []
    piece = Transfer.piece

    def counted(self: Transfer, size: int, window: int) -> tuple[int, bytes] | None:
        found = piece(self, size, window)
        sizes.append(len(found[1]) if found else 0)
        return found

    payload = b"packed by a later version" * 10_000
    digest = sha256(payload).digest()
    monkeypatch.setattr(Transfer, "piece", counted)
    monkeypatch.setattr(
        _snapshots, "image_of", lambda item: Image(item.index, item.term, payload, digest)
    )
    theatre = Theatre("abc", config=Config(trailing_entries=0))
    theatre.elect("a")
    theatre.isolate("c")
    theatre.propose("a", b"x")
    theatre.settle()
    theatre.take_snapshot("a")
    last = theatre.raft("c").log.last_index
    theatre.heal()
    theatre.wait(3 * theatre.config.election_timeout)
    assert sum(sizes) == len(payload)
    assert theatre.leaders() == ["a"]
    assert (theatre.raft("c").leader, theatre.raft("c").log.last_index) == ("a", last)
    # It is updated, which takes a new start, and can read what it could not.
    monkeypatch.setattr(snapshot, "decode_snapshot", lambda _: theatre.raft("a").snapshot)
    theatre.crash("c")
    theatre.restart("c")
    theatre.wait(3 * theatre.config.heartbeat_interval)
    assert theatre.raft("c").commit_index == theatre.raft("a").commit_index > last


@dataclass
class Indexed:
    """Has an attribute beside its fields, made of them."""

    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = set(self.names)

    def apply(self, command: str) -> bool:
        new = command not in self.known
        if new:
            self.known.add(command)
            self.names.append(command)
        return new


def test_a_dataclass_that_holds_something_beside_its_fields_is_refused() -> None:
    """After a snapshot it would be what it was before: each member another state."""
    with pytest.raises(InvalidState, match="without known: make fields of them"):
        Machine(Indexed())
