"""What a run shall do: a `Plan`, checked, with a sentence for what is wrong with one."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Struct

from bench.state import MAX_VALUE

MAX_OUTSTANDING: Final = 4096
"""Operations under way at the same time, of either loop."""

MIN_COMMAND: Final = 24
"""Bytes of the smallest command: its value must tell it from all others."""


class InvalidPlan(ValueError):
    """The sentence says which setting is out of its bounds, and the bounds."""


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run.

    :raises InvalidPlan: a setting is out of its bounds
    """

    loop: Literal["closed", "open"] = "closed"
    """Closed: so many operations are under way always, each answer begins the next. Open: they
    begin at a rate, whatever the answers do."""
    outstanding: int = 1
    """Of the closed loop. The open one has as many under way as it takes, up to 4096."""
    rate: float = 1000.0
    """Operations a second of the open loop."""
    payload: int = 60
    """Bytes of a command, encoded."""
    seconds: float = 10.0
    """How long it is measured, after the warm-up."""
    warm_up: float = 2.0
    """Seconds before that, with the same load: nothing of them is counted."""
    reads: float = 0.0
    """The share of operations that are linearizable reads, 0 to 1."""
    iterations: int = 0
    """Not 0: measure so many operations, however long they take up to `seconds`; closed loop."""
    timeout: float = 10.0
    """Seconds after which an operation has failed."""

    def __post_init__(self) -> None:
        _within("outstanding", self.outstanding, 1, MAX_OUTSTANDING)
        _within("rate", self.rate, 0.1, 1_000_000)
        _within("payload", self.payload, MIN_COMMAND, MAX_VALUE)
        _within("seconds", self.seconds, 0.1, 86_400)
        _within("warm_up", self.warm_up, 0, 3600)
        _within("reads", self.reads, 0, 1)
        _within("iterations", self.iterations, 0, 1_000_000_000)
        _within("timeout", self.timeout, 0.1, 600)
        if self.iterations and self.loop == "open":
            raise InvalidPlan("iterations are counted in the closed loop only: leave them at 0")


def parse_plan(text: str | bytes) -> Plan:
    """Read a plan from JSON; what it does not say has its default.

    :raises InvalidPlan: it is no plan; the sentence says why
    """
    try:
        return msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError as error:  # what `__post_init__` raises comes as one, too
        raise InvalidPlan(str(error)) from error


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:  # not a number is out of all bounds
        raise InvalidPlan(f"{name} must be {least:,g} to {most:,.10g}, not {value:,.10g}")
