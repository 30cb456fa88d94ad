"""The words of the paper as Python types. Everything else in the package is built from these."""

from enum import StrEnum
from typing import TypeAlias

NodeId: TypeAlias = str
"""A member's id: made at random at its first start, never used again for another member."""

Term: TypeAlias = int
Index: TypeAlias = int
"""Position in the log; the first entry has index 1, and 0 stands for "before the first"."""

WriteId: TypeAlias = int
"""Number of a journal record since the member's start; 0 stands for "nothing to wait for"."""

RequestId: TypeAlias = int
"""Names a proposal to the member that made it; unique for that member's life in memory."""


class Role(StrEnum):
    """What a member is now (paper, section 5.1). ``LEARNER`` is a follower without a vote."""

    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre_candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"
    LEARNER = "learner"
