"""What members have, told to each other when nobody leads.

No part of the algorithm: nothing is decided by it, and nobody asks but for a person, who may have
to choose the survivor of a cluster that has lost its majority (``recovery``). A candidate's
RequestVote says what it has, too; but it may be that none campaigns, since all are suspect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raft_core.messages import Holding, Inquiry

if TYPE_CHECKING:
    from raft_core.raft import Raft
    from raft_core.types import NodeId


def inquire(raft: Raft, inquiry: Inquiry) -> None:
    """Ask everyone in reach, members or not: who is none has nothing, and says so."""
    if raft.connected:
        raft.send(tuple(sorted(raft.connected)), inquiry)


def on_inquiry(raft: Raft, sender: NodeId) -> None:
    """Answer in every role. It waits for what is not durable yet, for it speaks of it."""
    log = raft.log
    holding = Holding(log.last_index, log.last_term, raft.commit_index, raft.suspect)
    raft.send((sender,), holding, durable=True)


def on_holding(raft: Raft, sender: NodeId, holding: Holding) -> None:
    """Keep it until somebody leads: a leader is told all that matters, and judges by that alone."""
    if raft.leader is None:
        raft.holdings[sender] = holding
        raft.heard_of(sender, suspect=holding.suspect)
