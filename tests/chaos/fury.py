"""Carries out a plan on a fleet: one step after the other, for as long as it is to last."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec

from tests.chaos import faults
from tests.chaos.fleet import Fleet
from tests.chaos.members import START_SECONDS, NotThere
from tests.chaos.plan import Fault, Part, Step

WHOLE_SECONDS = 40.0
"""How long a step that loses something waits for all to be whole, before it is left out."""


class Occurrence(msgspec.Struct):
    """A fault that a member had, or should have had."""

    step: int
    part: Part
    began: float
    ended: float | None = None
    """When it was healed; it took until `back` for the member to answer again."""
    back: float | None = None
    note: str = ""
    """Why it was left out, or what went wrong."""

    @property
    def left_out(self) -> bool:
        """Nothing was done to the member."""
        return self.note.startswith("left out")


class Fury:
    """Brings a plan's faults upon a fleet.

    :param now: seconds since the run began
    """

    def __init__(self, fleet: Fleet, now: Callable[[], float], say: Callable[[str], None]) -> None:
        self.occurrences: list[Occurrence] = []
        self.enough = asyncio.Event()
        """Set to end it: what lasts is healed at once, and nothing new begins."""
        self._fleet = fleet
        self._now = now
        self._say = say
        self._under_way: dict[int, asyncio.Task[None]] = {}
        """By the member, or -1."""

    async def rage(self, steps: Iterator[Step]) -> None:
        """Until the steps end, or it is enough; then all faults are healed."""
        for step in steps:
            await self._sleep(step.pause)
            if self.enough.is_set():
                break
            await self._begin(step)
        await self._wait_for(set(self._under_way))

    async def end(self) -> None:
        """Break off what is under way."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _begin(self, step: Step) -> None:
        await self._wait_for(
            set(self._under_way) if step.alone else {part.member for part in step.parts}
        )
        if step.loses or step.calm:
            try:
                what = "all to be whole"
                await self._fleet.wait_until(
                    lambda: self.enough.is_set() or self._fleet.is_whole(), WHOLE_SECONDS, what
                )
            except NotThere as error:
                for part in step.parts:
                    now = self._now()
                    left_out = f"left out: {error}"
                    self.occurrences.append(Occurrence(step.number, part, now, now, now, left_out))
                return
            await self._sleep(step.calm)
        if self.enough.is_set():
            return
        for part in step.parts:
            occurrence = Occurrence(step.number, part, self._now())
            self.occurrences.append(occurrence)
            self._say(self.describe(occurrence))
            self._under_way[part.member] = asyncio.create_task(self._suffer(occurrence))

    async def _suffer(self, occurrence: Occurrence) -> None:
        part = occurrence.part
        try:
            await faults.inject(self._fleet, part)
            await self._sleep(part.seconds)
        except faults.Impossible as error:
            occurrence.note = f"did not come about: {error}"
        try:
            await faults.heal(self._fleet, part)
            occurrence.ended = self._now()
            if part.fault is not Fault.INTRODUCER:
                await self._back(part.member)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest goes on and the report says it
            occurrence.note = f"{occurrence.note} {type(error).__name__}: {error}".strip()
        occurrence.ended = occurrence.ended or self._now()
        occurrence.back = self._now()

    async def _back(self, number: int) -> None:
        """Until the member answers, for as long as a start may take."""
        member = self._fleet.members[number]
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with suppress(NotThere):
                await member.status()
                return
            await member.start()  # what it was started in may have crashed by itself
            await asyncio.sleep(0.2)
        raise NotThere(f"{member.name} did not come back: {await member.complaint()}")

    async def _wait_for(self, members: set[int]) -> None:
        tasks = [self._under_way[member] for member in members if member in self._under_way]
        if tasks:
            await asyncio.wait(tasks)
        self._under_way = {
            member: task for member, task in self._under_way.items() if not task.done()
        }

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.enough.wait()

    def describe(self, occurrence: Occurrence) -> str:
        """A line of what happens, for a person who waits."""
        part = occurrence.part
        names = [member.name for member in self._fleet.members]
        whom = f" {names[part.member]}" if part.member >= 0 else ""
        peer = f" to {names[part.peer]}" if part.peer >= 0 else ""
        lasts = f", {part.seconds:.1f} s" if part.seconds else ""
        return f"{occurrence.began:7.1f} s  {part.fault}{whom}{peer}{lasts}"
