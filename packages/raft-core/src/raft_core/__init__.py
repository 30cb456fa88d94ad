"""Raft consensus in plain Python, the same in CPython and in a browser's Pyodide.

Start with ``Node``, a ``State`` of your own, and the adapters of ``raft_core.memory`` or of the
packages beside this one. ``raft_core.raft`` is the algorithm without any of it.
"""

from raft_core.config import Config
from raft_core.errors import (
    CallerError,
    CommandFailed,
    ConfigurationRefused,
    InvalidConfig,
    InvalidState,
    InvariantBroken,
    JournalDamaged,
    MalformedMessage,
    NoLeader,
    OutcomeUnknown,
    Overloaded,
    PeerError,
    ProposalTooLarge,
    RaftError,
    RecoveryRefused,
    Removed,
    SessionExpired,
    StateFailed,
    Stopped,
    StorageError,
    StorageFailed,
    TransferRefused,
    UnsupportedVersion,
    WrongJournal,
)
from raft_core.interfaces import (
    BoundedStorage,
    ForgetfulJournal,
    Journal,
    LoadedJournal,
    SnapshotState,
    State,
    Storage,
    TearingStorage,
    Transport,
)
from raft_core.node import Node
from raft_core.status import PeerStatus, Status
from raft_core.types import NodeId, Role

__all__ = [
    "BoundedStorage",
    "CallerError",
    "CommandFailed",
    "Config",
    "ConfigurationRefused",
    "ForgetfulJournal",
    "InvalidConfig",
    "InvalidState",
    "InvariantBroken",
    "Journal",
    "JournalDamaged",
    "LoadedJournal",
    "MalformedMessage",
    "NoLeader",
    "Node",
    "NodeId",
    "OutcomeUnknown",
    "Overloaded",
    "PeerError",
    "PeerStatus",
    "ProposalTooLarge",
    "RaftError",
    "RecoveryRefused",
    "Removed",
    "Role",
    "SessionExpired",
    "SnapshotState",
    "State",
    "StateFailed",
    "Status",
    "Stopped",
    "Storage",
    "StorageError",
    "StorageFailed",
    "TearingStorage",
    "TransferRefused",
    "Transport",
    "UnsupportedVersion",
    "WrongJournal",
]
