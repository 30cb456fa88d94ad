"""What can be asked of a running member, and what it answers."""

from __future__ import annotations

import msgspec

from raft_core import NodeId, Status
from raft_core.keyvalue import KeyValueCommand
from transport_webrtc.events import PeerStats


class AskStatus(msgspec.Struct, frozen=True, tag="status"):
    """Answer: a `Report`."""


class Propose(msgspec.Struct, frozen=True, tag="propose"):
    """Replicate a command, in JSON as msgspec reads the State's type. Answer: its result."""

    command: msgspec.Raw
    timeout: float


class AskState(msgspec.Struct, frozen=True, tag="state"):
    """Answer: the replicated state in JSON; `local`: as this member has it, perhaps behind."""

    timeout: float
    local: bool = False


class GetValue(msgspec.Struct, frozen=True, tag="get"):
    """Of the key/value store. Answer: a string, or null."""

    key: str
    timeout: float
    local: bool = False


class ChangeValue(msgspec.Struct, frozen=True, tag="change"):
    """Of the key/value store. Answer: the value before, or null."""

    command: KeyValueCommand
    timeout: float


class ChangeMembers(msgspec.Struct, frozen=True, tag="members"):
    """As `Node.change_members`. Answer: the configuration's index."""

    timeout: float
    add: tuple[NodeId, ...] = ()
    remove: tuple[NodeId, ...] = ()
    replace: dict[NodeId, NodeId] = {}
    promote: tuple[NodeId, ...] = ()
    demote: tuple[NodeId, ...] = ()
    learn: tuple[NodeId, ...] = ()
    target_size: int | None = None


class Transfer(msgspec.Struct, frozen=True, tag="transfer"):
    """Have another member lead; None: the one that has most. Answer: who leads now."""

    timeout: float
    to: NodeId | None = None


class TakeSnapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """Answer: the index of the last entry that the snapshot stands for."""

    timeout: float


Request = (
    AskStatus
    | Propose
    | AskState
    | GetValue
    | ChangeValue
    | ChangeMembers
    | Transfer
    | TakeSnapshot
)


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The answer."""

    result: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """It was not done, or nobody knows: `code` is an `exits.Exit`, `error` the kind of error."""

    code: int
    error: str
    message: str


Answer = Done | Refused


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a member is: what `raft-node status` shows."""

    status: Status
    safety: str
    """How many members may fail now, in a sentence."""
    session: str
    state: str
    found: bool
    pid: int
    uptime: float
    """Seconds since it was started."""
    introducer: str | None
    introducer_problem: str | None
    links: dict[NodeId, PeerStats]
    storage_bytes: int
