"""Many seeds on all cores: what a campaign of simulations did, and the first failure made small."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from os import cpu_count
from time import monotonic

from msgspec import Struct, field

from raft_core.testing.campaign import STEPS, SimulationFailed, counts_of, simulate
from raft_core.testing.profiles import PROFILES, Profile, profile_of
from raft_core.testing.shrinking import shrink

CHUNK = 25
"""Seeds that a process takes at a time."""

EVERY = 10.0
"""Seconds between two lines of progress."""


class Order(Struct, frozen=True, kw_only=True):
    """What a campaign is to do."""

    first: int = 0
    seeds: int = 100_000
    steps: int = STEPS
    profile: str | None = None
    """All profiles in turn without one."""
    jobs: int = 0
    """Processes; 0: one a core."""


class Share(Struct):
    """What some seeds came to."""

    seeds: int = 0
    steps: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    by_profile: Counter[str] = field(default_factory=Counter)
    """Histories of each profile."""
    failed: list[int] = []

    def add(self, other: "Share") -> None:
        self.seeds += other.seeds
        self.steps += other.steps
        self.counts += other.counts
        self.by_profile += other.by_profile
        self.failed += other.failed


def run(order: Order, say: Callable[[str], None]) -> Share:
    """Run the seeds until all are done or one fails, and say how it goes, a line at a time.

    The failure of the lowest seed is then made small, and said with the command that replays it.
    """
    jobs = order.jobs or cpu_count() or 1
    say(f"{order.seeds} histories of {order.profile or 'all profiles'}, {jobs} processes")
    total = Share()
    began = monotonic()
    said = began
    try:
        for share in _shares(order, jobs):
            total.add(share)
            now = monotonic()
            if now - said >= EVERY:
                said = now
                say(f"{total.seeds} of {order.seeds}: {_pace(total, now - began)}")
            if total.failed:
                break
    except KeyboardInterrupt:
        say("stopped")
    for line in summary(total, monotonic() - began):
        say(line)
    if total.failed:
        say(explain(min(total.failed), order))
    return total


def summary(total: Share, seconds: float) -> Iterator[str]:
    """What happened how often, and how fast."""
    yield f"{total.seeds} histories, {_pace(total, seconds)}, {len(total.failed)} failed"
    profiles = (f"{count} {name}" for name, count in sorted(total.by_profile.items()))
    yield f"profiles: {', '.join(profiles)}"
    yield "what happened:"
    width = max(map(len, total.counts), default=0)
    for what, count in sorted(total.counts.items()):
        yield f"  {what:{width}} {count:>12,}"


def explain(seed: int, order: Order) -> str:
    """The failure of a seed, and what it takes at least."""
    try:
        simulate(seed, profile=_profile(order, seed), steps=order.steps)
    except SimulationFailed as failure:
        return f"{failure}\n{shrink(failure)}"
    return f"seed {seed} failed and does not fail again: report that as a bug of the simulator"


def _pace(total: Share, seconds: float) -> str:
    pace = total.steps / seconds if seconds else 0
    return f"{total.steps:,} steps, {pace:,.0f} a second"


def _profile(order: Order, seed: int) -> Profile:
    return PROFILES[order.profile] if order.profile else profile_of(seed)


def _shares(order: Order, jobs: int) -> Iterator[Share]:
    """The results as they come; few are under way at a time, so that one can stop early."""
    starts = iter(range(order.first, order.first + order.seeds, CHUNK))
    with ProcessPoolExecutor(jobs) as pool:
        under_way: set[Future[Share]] = set()
        try:
            while True:
                for start in islice(starts, 2 * jobs - len(under_way)):
                    stop = min(start + CHUNK, order.first + order.seeds)
                    under_way.add(pool.submit(run_seeds, order, range(start, stop)))
                if not under_way:
                    return
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Members log why they stop; where that is the plan, nobody wants to read it."""
    log = logging.getLogger("raft_core")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(level)


def run_seeds(order: Order, seeds: Sequence[int]) -> Share:
    """Run these one after the other, in this process."""
    share = Share()
    with quiet():
        for seed in seeds:
            profile = _profile(order, seed)
            share.seeds += 1
            share.by_profile[profile.name] += 1
            try:
                world = simulate(seed, profile=profile, steps=order.steps)
            except SimulationFailed as failure:
                share.failed.append(seed)
                world = failure.world
            share.steps += world.steps
            share.counts.update(counts_of(world))
    return share
