"""A whole run: real members, clients, faults; then it heals all, and judges."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from itertools import islice
from math import inf
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
from playwright.async_api import async_playwright

from raft_core.keyvalue import Put
from raft_core.testing.linearizability import Get
from tests.chaos import plan
from tests.chaos.chromium import Chromium
from tests.chaos.clients import Client
from tests.chaos.firefox import Firefox
from tests.chaos.fleet import Fleet, Introducer
from tests.chaos.fury import Fury, Occurrence
from tests.chaos.headless import Headless
from tests.chaos.history import History
from tests.chaos.judge import Excuse, Final, Sample, judge
from tests.chaos.members import Member, NotThere, Session
from tests.chaos.outcome import Options, Outcome
from tests.chaos.plan import Fault, Kind, Setting, Step
from tests.chaos.serving import HOST, revision, serve
from tools.display import XVFB, x_display

SAMPLE_SECONDS = 0.5
LAST_SECONDS = 8.0
"""What operations that are under way get at the end, when nothing new is asked."""
HEAL_SECONDS = 150.0
"""What the cluster gets to become whole and equal after the last fault."""
LATE = 5.0
"""Seconds by which the look at a member may be late."""
PROBES = 5
"""How often a member is asked for a last write."""


async def run(options: Options, say: Callable[[str], None]) -> Outcome:
    """Do it; whatever happens, nothing that was started is left.

    :raises NotThere: no cluster came about
    """
    async with AsyncExitStack() as stack:
        display = None
        if Kind.CHROMIUM in options.members and XVFB is not None:
            display = stack.enter_context(x_display())
        setting = Setting(options.members, options.durability, display=display is not None)
        fleet = await stack.enter_async_context(_fleet(setting, options, display))
        options.out.mkdir(parents=True, exist_ok=True)
        say("starting " + ", ".join(member.name for member in fleet.members))
        await fleet.form()
        history = stack.enter_context(History(options.out / "history.jsonl"))
        return await _Run(options, setting, fleet, history, say).run()


@asynccontextmanager
async def _fleet(setting: Setting, options: Options, display: str | None) -> AsyncIterator[Fleet]:
    voters = 3 if len(setting.members) < 5 else 5
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="wraft-chaos-")))
        playwright = await stack.enter_async_context(async_playwright())
        introducer = Introducer()
        stack.push_async_callback(introducer.kill)
        await introducer.start()
        session = Session(options.durability, f"ws://{HOST}:{introducer.port}/v1")
        origins = stack.enter_context(
            serve(options.site, introducer.port, len(setting.members), voters)
        )

        def member(number: int, kind: Kind) -> Member:
            name = f"{'abcdefg'[number]} ({kind})"
            own = folder / "abcdefg"[number]
            if kind is Kind.HEADLESS:
                return Headless(name, session, own, target_size=voters)
            if kind is Kind.FIREFOX:
                return Firefox(name, session, origins[number], own, playwright=playwright)
            return Chromium(
                name, session, origins[number], own, playwright=playwright, display=display
            )

        members = [member(number, kind) for number, kind in enumerate(setting.members)]
        fleet = Fleet(members, session, introducer, voters=voters)
        stack.push_async_callback(fleet.end)
        yield fleet


class _Run:
    def __init__(
        self,
        options: Options,
        setting: Setting,
        fleet: Fleet,
        history: History,
        say: Callable[[str], None],
    ) -> None:
        self._options = options
        self._setting = setting
        self._fleet = fleet
        self._history = history
        self._say = say
        self._samples: list[Sample] = []
        self._over = asyncio.Event()
        self._fury = Fury(fleet, history.now, say)

    async def run(self) -> Outcome:
        clients = self._clients()
        interval = len(clients) / self._options.rate
        work = [
            asyncio.create_task(client.run(interval, self._over), name=client.name)
            for client in clients
        ]
        work.append(asyncio.create_task(self._sample(), name="samples"))
        try:
            with _interruptible(self._fury.enough):
                await self._rage()
            healed_at = self._history.now()
            whole = await self._heal()
            self._over.set()
            await asyncio.gather(*work)
            seconds = self._history.now()
            versions = ", ".join(sorted({member.version for member in self._fleet.members}))
            await asyncio.gather(*(client.end(LAST_SECONDS) for client in clients))
            finals = await self._finals(whole)
        finally:
            await self._fury.end()
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await asyncio.gather(*(client.end(0.0) for client in clients))
        self._history.close()
        self._say("judging")
        return Outcome(
            options=self._options,
            setting=self._setting,
            names=tuple(member.name for member in self._fleet.members),
            versions=versions,
            revision=revision(),
            seconds=seconds,
            healed_at=healed_at,
            entries=self._history.entries,
            samples=self._samples,
            occurrences=self._fury.occurrences,
            finals=finals,
            judgement=judge(
                self._history.entries, self._samples, finals, excuses(self._fury.occurrences)
            ),
            complaints={member.name: member.complaints for member in self._fleet.members},
        )

    def _clients(self) -> list[Client]:
        rng = Random(self._options.seed)
        return [
            Client(f"{member.name[0]}{number}", member, self._history, Random(rng.getrandbits(64)))
            for member in self._fleet.members
            for number in (1, 2)
        ]

    async def _rage(self) -> None:
        options = self._options
        steps: Iterator[Step]
        if options.kills:
            steps = plan.kills(self._setting, options.kills, everyone=options.everyone)
            await self._fury.rage(steps)
            return
        steps = plan.steps(self._setting, options.seed)
        if options.steps:
            await self._fury.rage(islice(steps, options.steps))
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(options.seconds, self._fury.enough.set)
        try:
            await self._fury.rage(steps)
        finally:
            timer.cancel()

    async def _sample(self) -> None:
        while not self._over.is_set():
            await self._fleet.look()
            now = self._history.now()
            for number in range(len(self._fleet.members)):
                self._samples.append(_sampled(now, number, self._fleet))
            with suppress(TimeoutError):
                async with asyncio.timeout(SAMPLE_SECONDS):
                    await self._over.wait()

    async def _heal(self) -> bool:
        """Have all faults end, and wait; whether the cluster is whole then."""
        self._say("healing")
        for member in self._fleet.members:
            await member.thaw()
            await member.start()
        try:
            await self._fleet.wait_until(self._fleet.is_whole, HEAL_SECONDS, "a whole cluster")
        except NotThere as error:
            self._say(str(error))
            return False
        return True

    async def _finals(self, whole: bool) -> list[Final]:
        """A last write through each member, what each reads then, and what each has."""
        wrote = [await self._probe(number) for number in range(len(self._fleet.members))]
        with suppress(NotThere):
            await self._fleet.wait_until(
                self._fleet.is_equal, HEAL_SECONDS if whole else 5.0, "all to be equal"
            )
        finals = []
        for number, member in enumerate(self._fleet.members):
            await self._read_all(member)
            complaint = self._fleet.trouble(number)
            if complaint and (shown := await member.complaint()):
                complaint = f"{complaint} ({shown})"
            items = None
            with suppress(NotThere):
                items = await member.items()
            finals.append(Final(member.name, items, wrote[number], complaint))
        return finals

    async def _probe(self, number: int) -> bool:
        member = self._fleet.members[number]
        client = Client(f"last-{member.name[0]}", member, self._history, Random(0))
        for attempt in range(PROBES):
            answer = await client.ask(Put("last", f"last-{member.name[0]}.{attempt}"))
            if answer is not None and answer.outcome == "done":
                return True
            await asyncio.sleep(0.5)
        return False

    async def _read_all(self, member: Member) -> None:
        """One linearizable read of everything, noted as a read of each key that was asked for."""
        keys = sorted({entry.key for entry in self._history.entries})
        calls = [
            self._history.called(f"end-{member.name[0]}", member.name, Get(key)) for key in keys
        ]
        try:
            answer = await member.everything()
        except NotThere:
            for call in calls:
                self._history.never_asked(call)
            return
        items = json.loads(answer.value or "{}")
        for call, key in zip(calls, keys, strict=True):
            self._history.answered(call, msgspec.structs.replace(answer, value=items.get(key)))


@contextmanager
def _interruptible(enough: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C says that it is enough, the next one ends the program at once."""
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        enough.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def excuses(occurrences: Iterable[Occurrence]) -> list[Excuse]:
    """When members had a reason to stop. A look may be older than the fault's end by some.

    Of a fault that was left out there is none.
    """
    return [
        Excuse(each.part.member, each.began, inf if each.back is None else each.back + LATE)
        for each in occurrences
        if each.part.fault in {Fault.QUOTA, Fault.CLEAR} and not each.left_out
    ]


def _sampled(now: float, number: int, fleet: Fleet) -> Sample:
    status = fleet.statuses.get(number)
    if status is None:
        return Sample(now, number, problem=fleet.members[number].ended or None)
    return Sample(
        now,
        number,
        status.role,
        status.node_id,
        status.term,
        status.leader,
        status.commit_index,
        status.suspect,
        status.problem,
    )
