"""What is measured."""

from typing import Final

from msgspec import Struct

COMMAND: Final = 60
"""Bytes of a command."""
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
        return min(self.outstanding, BATCH)


ONE: Final = Load("one, leader", 1)
ONE_FOLLOWER: Final = Load("one, follower", 1, follower=True)
ONE_MIXED: Final = Load("one, half reads", 1, reads=0.5)
MANY_WRITES: Final = Load("256, leader", MANY)
MANY_FOLLOWER: Final = Load("256, follower", MANY, follower=True)
MANY_MIXED: Final = Load("256, half reads", MANY, reads=0.5)

LOADS: Final = (ONE, ONE_FOLLOWER, ONE_MIXED, MANY_WRITES, MANY_FOLLOWER, MANY_MIXED)
