"""A driver in a world of lists: a storage, a transport and a clock that tests hold in hand."""

from collections.abc import Callable
from random import Random

from raft_core.codec import Standing, decode_message, encode_message
from raft_core.config import Config
from raft_core.driver import Driver
from raft_core.journal import Restored
from raft_core.keyvalue import KeyValue, KeyValueCommand, Put
from raft_core.machine import Machine
from raft_core.membership import Configuration
from raft_core.messages import (
    AppendReply,
    Message,
    VoteReply,
)
from raft_core.proposals import Proposals
from raft_core.raft import Raft
from raft_core.sessions import (
    MAX_CLIENTS,
    SessionCommands,
    encode_session_commands,
)
from raft_core.types import NodeId, Role
from tests.unit.raft_core.support import append, configured

Done = Callable[[Exception | None], None]


class Rig:
    """A driver in a world of lists. Its storage is synchronous unless it is ``slow`` or refuses."""

    def __init__(
        self,
        voters: str = "a",
        *,
        config: Config | None = None,
        state: KeyValue | None = None,
        max_clients: int = MAX_CLIENTS,
        standing: Standing | None = None,
    ) -> None:
        self.config = config or Config()
        self.now = 100.0
        self.stored: list[bytes] = []
        self.checkpoints: list[bytes] = []
        self.replaced: list[bytes] = []
        self.vital: list[bool] = []
        self.waiting: list[Done] = []
        self.slow = False
        self.refusal: Exception | None = None
        self.sent: list[tuple[NodeId, Message]] = []
        self.unreachable: set[NodeId] = set()
        self.on_send: Callable[[], None] = lambda: None
        self.pumped = 0
        self.state = state or KeyValue()
        self.machine: Machine[KeyValueCommand, str | None] = Machine(
            self.state, max_clients=max_clients
        )
        self.proposals = Proposals.under(self.config, "me", first=1)
        restored = Restored("a", 1, None, [configured(1, 1, Configuration.of(voters))], 2)
        restored.standing = standing or restored.standing
        self.raft = Raft(self.config, restored, rng=Random(1), now=self.now)
        self.driver = Driver(
            self.config,
            self.raft,
            self.machine,
            self.proposals,
            restored=restored,
            storage=self,
            send=self.send,
            clock=lambda: self.now,
            pumped=self.count,
        )

    # --- what the driver calls -----------------------------------------------------------------

    def append(self, record: bytes, done: Done, *, vital: bool) -> None:
        if self.refusal is None:
            self.stored.append(record)
            self.vital.append(vital)
        self._finish(done)

    def checkpoint(self, record: bytes, done: Done) -> None:
        if self.refusal is None:
            self.checkpoints.append(record)
            self.replaced += self.stored
            self.stored.clear()
        self._finish(done)

    def _finish(self, done: Done) -> None:
        if self.slow:
            self.waiting.append(done)
        else:
            done(self.refusal)

    def send(self, peer: NodeId, payload: bytes) -> bool:
        if peer in self.unreachable:
            return False
        self.sent.append((peer, decode_message(payload)))
        self.on_send()
        return True

    def persist(self) -> None:
        """All that was written is durable now."""
        waiting, self.waiting = self.waiting, []
        for done in waiting:
            done(None)

    def count(self) -> None:
        self.pumped += 1

    # --- what the tests do ---------------------------------------------------------------------

    def deliver(self, peer: NodeId, message: Message) -> None:
        self.driver.deliver(peer, encode_message(message))

    def submit(self, key: str = "k", value: str = "v", timeout: float = 5.0) -> list[object]:
        """Propose a Put; what it is told goes into the list returned."""
        told: list[object] = []
        self.driver.submit(self.machine.encode_command(Put(key, value)), timeout, told.append)
        return told

    def wait(self, seconds: float) -> None:
        """Let time pass, and tick whenever it is due."""
        end = self.now + seconds
        while self.driver.deadline <= end:
            self.now = max(self.now, self.driver.deadline)
            self.driver.tick()
        self.now = end

    def to(self, peer: NodeId) -> list[Message]:
        """What was sent to a peer since it was last looked at."""
        found = [message for name, message in self.sent if name == peer]
        self.sent = [item for item in self.sent if item[0] != peer]
        return found

    def lead(self) -> "Rig":
        """Become the leader of "abc", with all committed."""
        self.driver.tick()
        self.wait(self.raft.election_deadline - self.now)
        self.deliver("b", VoteReply(self.raft.term + 1, granted=True, pre=True))
        self.deliver("b", VoteReply(self.raft.term, granted=True, pre=False))
        self.accept()
        assert self.raft.role is Role.LEADER
        assert self.raft.applied_index == 2
        self.sent.clear()
        return self

    def accept(self, peer: NodeId = "b") -> None:
        """A peer has the whole log."""
        self.deliver(peer, AppendReply(self.raft.term, True, self.raft.log.last_index))

    def follow_in_next_term(self, leader: NodeId) -> None:
        """Hear another leader, whose log is the same."""
        log = self.raft.log
        self.deliver(leader, append(self.raft.term + 1, log.last_index, log.last_term))

    def follow(self) -> "Rig":
        """Follow "b", who leads in term 1."""
        self.deliver("b", append(1, 1, 1))
        assert self.raft.leader == "b"
        self.sent.clear()
        return self


def alone(config: Config | None = None) -> Rig:
    rig = Rig(config=config)
    rig.driver.tick()
    assert rig.raft.role is Role.LEADER
    return rig


def command(client: str, sequence: int, key: str, *, born: int = 0) -> bytes:
    """The data of a Put in the log."""
    encoded = Machine(KeyValue()).encode_command(Put(key, "v"))
    return encode_session_commands(SessionCommands(client, sequence, 0, (encoded,), born))
