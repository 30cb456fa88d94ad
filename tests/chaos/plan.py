"""Which faults hit whom, in which order: drawn from a seed, and the same for the same seed.

A plan is an endless row of steps. It says nothing of the time of day: a step begins some seconds
after the one before it, if the members that it hits have come back from their last fault by then.
What a cluster does not promise to survive is not drawn; `left_out` says what that is, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from random import Random
from typing import Final

import msgspec

from transport_webrtc.session import Durability


class Kind(StrEnum):
    """What a member is."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    HEADLESS = "headless"


class Fault(StrEnum):
    """What happens to a member."""

    CRASH = "tab crash"
    KILL = "SIGKILL"
    FREEZE = "freeze"
    RELOAD = "reload"
    CLOSE = "closed and opened"
    PARTITION = "partition"
    ONE_WAY = "one-way cut"
    LATE = "one-way delay"
    DELAY = "delay"
    SLOW = "slow processor"
    HIDE = "hidden"
    INTRODUCER = "introducer killed"
    QUOTA = "quota filled"
    CLEAR = "storage cleared"


class Part(msgspec.Struct, frozen=True):
    """One fault of one member."""

    fault: Fault
    member: int = -1
    """Its number; -1: no member's."""
    seconds: float = 0.0
    """How long it lasts; of one that is over at once, until what it ended is started again."""
    amount: float = 0.0
    """Milliseconds of delay, or how many times slower."""
    peer: int = -1
    """To whom nothing gets through any more; of a delay: until it ends, then all at once."""


class Step(msgspec.Struct, frozen=True):
    """What begins at one moment."""

    number: int
    pause: float
    """Seconds since the step before began, at least."""
    parts: tuple[Part, ...]
    loses: bool = False
    """A member may forget something by it: it waits until all others are whole, or is left out."""
    alone: bool = False
    """It waits until all faults before it are over."""
    calm: float = 0.0
    """Seconds in which all are whole before it begins, so that they write; else it is left out."""


EVERYWHERE: Final = frozenset(Kind)
PAGES: Final = frozenset({Kind.CHROMIUM, Kind.FIREFOX})
ABLE: Final = {
    Fault.CRASH: PAGES,
    Fault.KILL: EVERYWHERE,
    Fault.FREEZE: EVERYWHERE,
    Fault.RELOAD: PAGES,
    Fault.CLOSE: EVERYWHERE,
    Fault.PARTITION: EVERYWHERE,
    Fault.ONE_WAY: EVERYWHERE,
    Fault.LATE: EVERYWHERE,
    Fault.DELAY: frozenset({Kind.CHROMIUM}),
    Fault.SLOW: EVERYWHERE,
    Fault.HIDE: frozenset({Kind.CHROMIUM}),
    Fault.QUOTA: frozenset({Kind.CHROMIUM}),
    Fault.CLEAR: EVERYWHERE,
}
"""Which members a fault can be brought upon here."""

SECONDS: Final = {
    Fault.CRASH: (0.0, 3.0),
    Fault.KILL: (0.0, 4.0),
    Fault.FREEZE: (0.5, 9.0),
    Fault.RELOAD: (0.0, 0.0),
    Fault.CLOSE: (0.0, 5.0),
    Fault.PARTITION: (1.0, 12.0),
    Fault.ONE_WAY: (1.0, 9.0),
    Fault.LATE: (0.5, 6.0),
    Fault.DELAY: (3.0, 10.0),
    Fault.SLOW: (3.0, 10.0),
    Fault.HIDE: (3.0, 12.0),
    Fault.INTRODUCER: (1.0, 8.0),
    Fault.QUOTA: (2.0, 5.0),
    Fault.CLEAR: (1.0, 3.0),
}
AMOUNTS: Final = {Fault.DELAY: (20.0, 400.0), Fault.SLOW: (3.0, 10.0)}

UNCLEAN: Final = frozenset({Fault.CRASH, Fault.KILL, Fault.QUOTA})
"""Ends of a window by which it may forget its last seconds, or must fear it, where they are not on
the disk."""

CLEARED_TWICE: Final = (
    "Storage cleared of a second member before the first is replaced: what a majority has "
    "forgotten nobody can know."
)
ALL_KILLED: Final = "SIGKILL of all at once: this mode promises nothing of the last seconds then."
UNCLEAN_TWICE: Final = (
    "An unclean end of a window (SIGKILL, tab crash, quota filled) while another member may have "
    "forgotten something: with a majority in doubt a person has to choose."
)

TOGETHER: Final = (Fault.FREEZE, Fault.PARTITION, Fault.DELAY, Fault.SLOW, Fault.RELOAD)
PAUSE: Final = (0.3, 5.0)
CALM: Final = 3.0
"""Seconds of writes between two SIGKILLs: without them there is nothing that could be lost."""


class _All(StrEnum):
    """What hits all members in one moment, beside the single faults."""

    KILLED = "SIGKILL of all"
    CLOSED = "all closed and opened"
    AT_ONCE = "a fault of its own for each"


class Setting(msgspec.Struct, frozen=True):
    """What the faults are drawn for."""

    members: tuple[Kind, ...]
    durability: Durability
    display: bool = True
    """Windows have a display, on which one can be hidden."""

    def loses(self, part: Part) -> bool:
        """Whether the member may forget something by it that it acknowledged."""
        if part.fault is Fault.CLEAR:
            return True
        return (
            part.fault in UNCLEAN
            and self.durability is Durability.BROWSER
            and self.members[part.member] is not Kind.HEADLESS
        )

    def able(self, fault: Fault) -> list[int]:
        """The members that it can be brought upon."""
        if fault is Fault.HIDE and not self.display:
            return []
        return [number for number, kind in enumerate(self.members) if kind in ABLE[fault]]

    @property
    def may_kill_all(self) -> bool:
        """Whether nothing may be lost when all are killed at once."""
        return self.durability is Durability.DISK or set(self.members) == {Kind.HEADLESS}

    def left_out(self) -> list[str]:
        """What is not drawn, a sentence each."""
        sentences = [CLEARED_TWICE]
        if not self.may_kill_all:
            sentences += [ALL_KILLED, UNCLEAN_TWICE]
        for fault in ABLE:
            if lacking := sorted({*self.members} - {self.members[n] for n in self.able(fault)}):
                sentences.append(
                    f"{fault.capitalize()}: there is no way to do it to {_all(lacking)}."
                )
        return sentences


def _all(kinds: Sequence[Kind]) -> str:
    words = {Kind.HEADLESS: "a member without a browser"}
    return " and ".join(words.get(kind, kind.capitalize()) for kind in kinds)


def steps(setting: Setting, seed: int) -> Iterator[Step]:
    """The row of steps. Each fault comes once before one comes again, in an order of its own."""
    rng = Random(seed)
    bag: list[Fault | _All] = []
    number = 0
    while True:
        if not bag:
            bag = _bag(setting)
            rng.shuffle(bag)
        number += 1
        yield _step(setting, rng, number, bag.pop())


def kills(setting: Setting, rounds: int, *, everyone: bool) -> Iterator[Step]:
    """SIGKILL and nothing else, so many times: of each member in turn, or of all at once.

    :raises ValueError: all at once, in a mode that does not promise to survive it
    """
    if everyone and not setting.may_kill_all:
        raise ValueError(
            "SIGKILL of all at once in the mode 'browser' may lose what was acknowledged last: "
            "take DURABILITY=disk"
        )
    members = range(len(setting.members))
    for number in range(rounds):
        whom = members if everyone else (number % len(members),)
        parts = tuple(Part(Fault.KILL, member, 1.0) for member in whom)
        loses = any(setting.loses(part) for part in parts)
        yield Step(number + 1, 2.0, parts, loses=loses, alone=True, calm=CALM)


def _bag(setting: Setting) -> list[Fault | _All]:
    bag: list[Fault | _All] = [fault for fault in ABLE if setting.able(fault)]
    bag += [Fault.INTRODUCER, _All.CLOSED, _All.AT_ONCE]
    # What is told from a calm network most often is worth more than one turn.
    bag += [Fault.KILL, Fault.PARTITION, Fault.ONE_WAY, Fault.FREEZE]
    if setting.may_kill_all:
        bag.append(_All.KILLED)
    return bag


def _step(setting: Setting, rng: Random, number: int, drawn: Fault | _All) -> Step:
    pause = rng.uniform(*PAUSE)
    everyone = range(len(setting.members))
    match drawn:
        case _All.KILLED:
            seconds = _seconds(rng, Fault.KILL)
            parts = tuple(Part(Fault.KILL, member, seconds) for member in everyone)
        case _All.CLOSED:
            parts = tuple(
                Part(Fault.CLOSE, member, _seconds(rng, Fault.CLOSE)) for member in everyone
            )
        case _All.AT_ONCE:
            parts = tuple(_together(setting, rng, member) for member in everyone)
        case Fault.INTRODUCER:
            parts = (Part(Fault.INTRODUCER, seconds=_seconds(rng, Fault.INTRODUCER)),)
        case _:
            parts = (_part(setting, rng, drawn, rng.choice(setting.able(drawn))),)
    loses = any(setting.loses(part) for part in parts)
    return Step(number, round(pause, 2), parts, loses=loses, alone=loses or len(parts) > 1)


def _together(setting: Setting, rng: Random, member: int) -> Part:
    able = [fault for fault in TOGETHER if member in setting.able(fault)]
    return _part(setting, rng, rng.choice(able), member)


def _part(setting: Setting, rng: Random, fault: Fault, member: int) -> Part:
    amount = round(rng.uniform(*AMOUNTS[fault]), 1) if fault in AMOUNTS else 0.0
    peer = -1
    if fault in {Fault.ONE_WAY, Fault.LATE}:
        peer = rng.choice([other for other in range(len(setting.members)) if other != member])
    return Part(fault, member, _seconds(rng, fault), amount, peer)


def _seconds(rng: Random, fault: Fault) -> float:
    return round(rng.uniform(*SECONDS[fault]), 2)
