"""How a trace of the simulated world reads: one line an event, the same for the same seed."""

from raft_core.io import Input, PeersChanged
from raft_core.raft import Raft


def summary_of(raft: Raft) -> str:
    """What a member knows, in a line."""
    return (
        f"{raft.role} term {raft.term} vote {raft.voted_for} leader {raft.leader} "
        f"log {raft.log.last_index}/{raft.log.last_term} durable {raft.durable_index} "
        f"commit {raft.commit_index}"
    )


def text_of(item: Input) -> str:
    """Sets in order, so that a trace is the same whatever the order of hashes."""
    if isinstance(item, PeersChanged):
        return f"PeersChanged({sorted(item.connected)})"
    return str(item)
