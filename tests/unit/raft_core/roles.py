"""A member in every role there is, and all that it knows, to compare."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from raft_core.membership import Configuration
from raft_core.raft import Raft
from tests.unit.raft_core.support import Member


def follower() -> Member:
    member = Member([1, 1], term=3)
    member.follow()
    return member


def learner() -> Member:
    member = Member(configuration=Configuration.of("bcd", "a"))
    member.follow()
    return member


def blank() -> Member:
    return Member(configuration=None)


ROLES: dict[str, Callable[[], Member]] = {
    "blank": blank,
    "learner": learner,
    "silent follower": lambda: Member([1, 1], term=3),
    "follower": follower,
    "pre-candidate": lambda: Member([1, 1], term=3).ask(),
    "candidate": lambda: Member([1, 1], term=3).stand(),
    "candidate without its own vote": lambda: Member([1, 1], term=3, slow=True).stand(),
    "leader": lambda: Member([1, 1], term=3).lead(),
    "leader with all in place": lambda: Member([1, 1], term=3).lead().settle(),
}

in_every_role = pytest.mark.parametrize("make", ROLES.values(), ids=ROLES.keys())


def memory(raft: Raft) -> dict[str, Any]:
    """All that it knows, comparable."""
    known = {name: value for name, value in vars(raft).items() if name not in ("rng", "now")}
    known["log"] = raft.log.slice(raft.log.first_index, raft.log.last_index + 1)
    known["unsaved"] = {name: getattr(raft.unsaved, name) for name in raft.unsaved.__slots__}
    known["reads"] = {name: getattr(raft.reads, name) for name in raft.reads.__slots__}
    lease = raft.reads.lease
    known["reads"]["lease"] = {name: getattr(lease, name) for name in lease.__slots__}
    known["random"] = raft.rng.getstate()
    known["progress"] = {
        peer: {name: getattr(progress, name) for name in progress.__slots__}
        for peer, progress in raft.progress.items()
    }
    return deepcopy(known)
