"""A member of a cluster that lives in a process of its own, without a browser.

`Member` is one running member, to be used in a program; `raft_node.cli` is the command line around
it.
"""

from raft_node.errors import FolderInUse, FolderRefused, NodeError, UnknownState
from raft_node.member import Member
from raft_node.states import find_state

__version__ = "0.1.0"

__all__ = [
    "FolderInUse",
    "FolderRefused",
    "Member",
    "NodeError",
    "UnknownState",
    "find_state",
]
