"""A recovery keeps all that the survivor's journal has, and adds one configuration.

Source: ``recover_from_survivor`` promises it.

Subtle: also what is not known to be committed, for it may be. And the configuration begins a new
generation: in the old one, what lost voters voted and had would still count.
"""

from typing import Final

from raft_core.journal import Restored
from raft_core.messages import CONFIGURATION
from raft_core.testing.invariants.base import InvariantViolated
from raft_core.testing.view import Durable
from raft_core.types import generation_of

NAME: Final = "recovery"


def demand_kept(before: Restored, after: Durable) -> None:
    """:raises InvariantViolated: the journal was not recovered as it must be"""
    last = after.entries[-1] if after.entries else None
    if (
        last is None
        or (after.snapshot, after.base_index) != (before.snapshot, before.base_index)
        or after.entries[:-1] != before.entries
        or last.kind != CONFIGURATION
        or last.term != after.term
        or generation_of(after.term) != generation_of(before.term) + 1
    ):
        raise InvariantViolated(
            NAME,
            f"{after.node_id} had entries {before.entries} in term {before.term}, and has "
            f"{after.entries} in term {after.term}",
        )
