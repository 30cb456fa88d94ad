"""What the tests of the invariants share: members, logs and journals made by hand."""

from math import inf

from msgspec import Struct

from raft_core.codec import Step
from raft_core.config import Config
from raft_core.io import Output, Write
from raft_core.log import Log
from raft_core.membership import Configuration
from raft_core.messages import (
    COMMAND,
    Entry,
)
from raft_core.progress import PeerProgress
from raft_core.testing.view import Durable
from raft_core.types import Role

ABC = Configuration.of("abc")


class Fake(Struct):
    """A member as invariants see it, in whatever state a test wants."""

    node_id: str = "a"
    role: Role = Role.FOLLOWER
    term: int = 1
    voted_for: str | None = None
    leader: str | None = None
    commit_index: int = 0
    durable_index: int = 0
    log: Log = Log()
    configuration: Configuration = ABC
    configuration_index: int = 1
    excluded: frozenset[str] = frozenset()
    removed: bool = False
    now: float = 0.0
    config: Config = Config()
    progress: dict[str, PeerProgress] = {}
    suspect: bool = False
    life: int = 0
    copied: bool = False


def entry(index: int, term: int, data: bytes = b"x", kind: int = COMMAND) -> Entry:
    return Entry(index, term, kind, data)  # type: ignore[arg-type]


def log(*terms: int) -> Log:
    return Log([entry(index, term) for index, term in enumerate(terms, 1)])


def durable(node_id: str, *terms: int, term: int = 0, vote: str | None = None) -> Durable:
    made = Durable(node_id)
    entries = tuple(entry(index, of) for index, of in enumerate(terms, 1))
    made.add(Step(2, term or max(terms, default=0), vote, 0, entries))
    return made


def wrote(*entries: Entry, truncate_from: int = 0) -> Output:
    return Output(inf, write=Write(1, 1, None, truncate_from, entries, False))


NOTHING = Output(inf)


def leader(node_id: str, term: int, **state: object) -> Fake:
    return Fake(node_id, Role.LEADER, term, node_id, **state)  # type: ignore[arg-type]
