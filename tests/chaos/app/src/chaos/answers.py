"""What came of an operation, as its caller can know it."""

from __future__ import annotations

from typing import Literal

import msgspec

from raft_core.errors import NoLeader, RaftError


class Answer(msgspec.Struct, frozen=True):
    """What became of it: nobody may call refused what could still be applied."""

    outcome: Literal["done", "refused", "unknown"]
    value: str | None = None
    """What was found, if it is done: of a write the value before."""
    why: str = ""


def answer_of(found: str | RaftError | None) -> Answer:
    """Of what a node gave to a callback, after the operation had begun."""
    if not isinstance(found, RaftError):
        return Answer("done", found)
    why = f"{type(found).__name__}: {found}"
    return Answer("refused" if isinstance(found, NoLeader) else "unknown", why=why)
