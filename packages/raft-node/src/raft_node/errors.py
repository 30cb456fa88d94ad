"""What keeps a member from running here, each with a sentence that says what to do.

NodeError
|-- UnknownState      no State by this name, or what it names is none
|-- FolderInUse       another process runs the member of this data directory
`-- FolderRefused     the data directory holds something else, or cannot be used

What goes wrong in a cluster is `raft_core.errors`' business.
"""


class NodeError(Exception):
    """Base of all errors of raft-node. Nothing was changed."""


class UnknownState(NodeError):
    """There is no State by this name, or what it names is none."""


class FolderInUse(NodeError):
    """Another process runs the member of this data directory: an identity lives once."""


class FolderRefused(NodeError):
    """The data directory is another session's or another state's, or cannot be used."""
