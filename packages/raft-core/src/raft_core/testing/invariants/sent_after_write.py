"""Nothing is sent before what it speaks of is durable.

Source: paper, figure 2: persistent state is "updated on stable storage before responding to RPCs";
thesis, section 10.2.1: only a leader may send entries before it has them on disk itself.

It compares each message, in the moment it leaves, with what a crash would leave of its sender, and
does not believe ``Send.after``.

Subtle: AppendEntries carries entries that are not durable yet (a leader writes and sends at once),
but its TERM must be: else a crash makes room for a second leader of that term. A pre-vote asks
about a term that nobody has entered, and a granted one repeats it: both promise nothing. A refusal
promises nothing but its term.
"""

from raft_core.messages import (
    AppendEntries,
    AppendReply,
    ForwardReply,
    InstallSnapshot,
    Message,
    RequestVote,
    SnapshotReply,
    VoteReply,
)
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable
from raft_core.types import NodeId


class SentAfterWrite(Invariant):
    """See the head of this module."""

    name = "nothing sent before its write"

    def transmitted(self, durable: Durable, to: NodeId, message: Message) -> None:
        if isinstance(message, AppendEntries | ForwardReply | InstallSnapshot | SnapshotReply):
            holds = message.term <= durable.term
        elif isinstance(message, AppendReply):
            holds = message.term <= durable.term and (
                not message.accepted or message.match_index <= durable.last_index
            )
        elif isinstance(message, VoteReply):
            holds = (
                message.granted
                if message.pre and message.granted
                else message.term <= durable.term
                and (not message.granted or message.term < durable.term or durable.voted_for == to)
            )
        elif isinstance(message, RequestVote):
            holds = (
                message.pre
                or message.term < durable.term
                or (message.term == durable.term and durable.voted_for == durable.node_id)
            )
        else:
            return
        if not holds:
            raise self.fail(
                f"{durable.node_id} sends {message} to {to}, durable is term {durable.term}, "
                f"vote {durable.voted_for}, last entry {durable.last_index}"
            )
