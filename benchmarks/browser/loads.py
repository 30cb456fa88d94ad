"""What is measured, and what the figures are meant to reach."""

from typing import Final

from msgspec import Struct

PAYLOAD: Final = 60
"""Bytes of a command's value."""
MANY: Final = 256
BATCH: Final = 128
"""Writes in a message of the limit, when many are outstanding."""


class Load(Struct, frozen=True):
    """So many operations outstanding in a closed loop, in the leader's or a follower's window."""

    name: str
    outstanding: int
    follower: bool = False
    reads: float = 0.0
    """Which part of the operations are reads."""

    @property
    def batch(self) -> int:
        """How many writes of it travel in one message of the limit."""
        return BATCH if self.outstanding >= 2 * BATCH else 1


LOADS: Final = (
    Load("one, leader", 1),
    Load("one, follower", 1, follower=True),
    Load("256, leader", MANY),
    Load("256, follower", MANY, follower=True),
    Load("one, half reads", 1, reads=0.5),
    Load("256, half reads", MANY, reads=0.5),
)
