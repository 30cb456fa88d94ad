"""A follower that wakes for one message: decode, append, store, answer, apply what is committed."""

from collections.abc import Callable
from random import Random

import msgspec

from benchmarks.cluster import CALM, command
from raft_core import journal
from raft_core.codec import encode_message
from raft_core.driver import Driver
from raft_core.interfaces import Journal
from raft_core.keyvalue import KeyValue
from raft_core.machine import Machine
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import COMMAND, CONFIGURATION, AppendEntries, Entry
from raft_core.proposals import Proposals
from raft_core.raft import Raft
from raft_core.sessions import SessionCommands, encode_session_commands

LEADER, OURS, OTHER = "leader", "follower", "other"


_Done = Callable[[Exception | None], None]


class Follower:
    """A driver, its leader, a storage that stores at once and a transport that drops."""

    def __init__(self) -> None:
        self._records: list[bytes] = [journal.first_record(OURS)]
        self._answers: list[bytes] = []
        restored = journal.restore(Journal(self._records), OURS)
        rng = Random(1)
        proposals = Proposals.under(CALM, "client", first=1)
        self._driver = Driver(
            CALM,
            Raft(CALM, restored, rng=rng, now=0.0),
            Machine(KeyValue()),
            proposals,
            restored=restored,
            storage=self,
            send=self._send,
            clock=lambda: 0.0,
            pumped=lambda: None,
        )
        configuration = Configuration.of([LEADER, OURS, OTHER])
        self._entries = [Entry(1, 1, CONFIGURATION, encode_configuration(configuration))]
        self.follow([self._message(0)])

    def append(self, record: bytes, done: _Done, *, vital: bool) -> None:  # noqa: ARG002
        """As a storage stores at once."""
        self._records.append(record)
        done(None)

    def checkpoint(self, record: bytes, done: _Done) -> None:
        """As well."""
        self._records = [record]
        done(None)

    def _send(self, peer: str, payload: bytes) -> bool:  # noqa: ARG002
        self._answers.append(payload)
        return True

    def messages(self, count: int) -> list[bytes]:
        """The next messages of a leader whose callers wait for each answer."""
        encode = msgspec.msgpack.Encoder().encode
        found = []
        for _ in range(count):
            number = len(self._entries) + 1
            data = SessionCommands("client", number, number, (encode(command(number)),))
            self._entries.append(Entry(number, 1, COMMAND, encode_session_commands(data)))
            found.append(self._message(number - 1))
        return found

    def _message(self, prev: int) -> bytes:
        message = AppendEntries(1, prev, 1 if prev else 0, prev, (self._entries[prev],))
        return encode_message(message)

    def follow(self, messages: list[bytes]) -> None:
        """Take them one by one."""
        before = len(self._answers)
        deliver = self._driver.deliver
        for payload in messages:
            deliver(LEADER, payload)
        if len(self._answers) - before != len(messages):
            raise RuntimeError(f"{len(messages)} messages, {len(self._answers) - before} answers")
