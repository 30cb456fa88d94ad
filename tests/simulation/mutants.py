"""Puts each known bug into the core, and shows who catches it: simulator, scripts, or a test.

`make mutants` prints a table, a bug a line; the exit status is 1 if one survives.
"""

import argparse
import inspect
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from os import cpu_count
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import pytest

from raft_core.testing.campaign import SimulationFailed, simulate
from raft_core.testing.fleet import quiet
from raft_core.testing.profiles import PROFILES
from raft_core.testing.scripts import check
from tests.simulation.classic_bugs import CLASSIC_BUGS
from tests.simulation.client_bugs import CLIENT_BUGS
from tests.simulation.copy_bugs import COPY_BUGS
from tests.simulation.known_bugs import KNOWN_BUGS, Bug, put_in
from tests.simulation.lease_bugs import LEASE_BUGS
from tests.simulation.members_bugs import MEMBERS_BUGS
from tests.simulation.recovery_bugs import RECOVERY_BUGS
from tests.simulation.suspect_bugs import SUSPECT_BUGS
from tests.simulation.thrift_bugs import THRIFT_BUGS

ALL_BUGS = (
    *KNOWN_BUGS,
    *MEMBERS_BUGS,
    *CLIENT_BUGS,
    *CLASSIC_BUGS,
    *LEASE_BUGS,
    *RECOVERY_BUGS,
    *THRIFT_BUGS,
    *SUSPECT_BUGS,
    *COPY_BUGS,
)

SCRIPTS = sorted((Path(__file__).parents[1] / "scenarios/scripts").glob("*.txt"))

SEEDS = 300
"""Histories that the simulator has for a bug."""


class Catch(NamedTuple):
    """Who caught a bug; it travels between processes."""

    number: int
    """Of the bug, in ``ALL_BUGS``."""
    invariant: str
    """The one that the simulator saw broken, with the profile; empty if it saw none."""
    seeds: int
    """Histories run until then; 0: the bug's place is gone from the core."""
    scripts: tuple[str, ...]
    """The scripts, and the test, that do not go as they should."""

    @property
    def caught(self) -> bool:
        return bool(self.invariant or self.scripts)


def hunt(bug: Bug, seeds: int = SEEDS) -> tuple[SimulationFailed | None, int]:
    """The simulator's first failure with this bug, and after how many seeds it came."""
    profile = PROFILES[bug.profile] if bug.profile else None
    with put_in(bug):
        for seed in range(seeds):
            try:
                simulate(seed, profile=profile)
            except SimulationFailed as failure:
                return failure, seed + 1
    return None, seeds


def play(bug: Bug) -> tuple[str, ...]:
    """The scripts that show this bug, and its test."""
    scripts = [f"script {script.stem}" for script in SCRIPTS if _shows(bug, partial(check, script))]
    return (*scripts, *([f"test {bug.shown_by}"] if _is_shown_by_test(bug) else []))


def is_shown(bug: Bug) -> bool:
    """Whether its test shows this bug, or any script."""
    scripts = (_shows(bug, partial(check, script)) for script in reversed(SCRIPTS))
    return _is_shown_by_test(bug) or any(scripts)


def unit_test(bug: Bug) -> Callable[[], None]:
    """The test of ``Bug.shown_by``, to be called.

    :raises AttributeError: there is none of that name
    """
    module, _, name = bug.shown_by.partition(":")
    test: Any = getattr(import_module(f"tests.unit.raft_core.{module}"), name)
    return partial(anyio.run, test) if inspect.iscoroutinefunction(test) else test


def _is_shown_by_test(bug: Bug) -> bool:
    return bool(bug.shown_by) and _shows(bug, unit_test(bug))


def _shows(bug: Bug, play: Callable[[], None]) -> bool:
    with put_in(bug):
        try:
            play()
        except pytest.fail.Exception:  # no Exception to Python
            return True
        except Exception:  # noqa: BLE001 - with a bug in it the core may raise anything
            return True
    return False


def catch(number: int, seeds: int = SEEDS) -> Catch:
    """What comes of one bug."""
    bug = ALL_BUGS[number]
    with quiet():
        try:
            failure, tried = hunt(bug, seeds)
        except LookupError:
            return Catch(number, "", 0, ())
        found = "" if failure is None else f"{failure.invariant} ({failure.profile.name})"
        return Catch(number, found, tried, play(bug))


def row(found: Catch) -> str:
    """A line of the table."""
    if not found.seeds:
        return f"{ALL_BUGS[found.number].name:80} {'-':>5}  NOBODY: its place in the core is gone"
    by = [found.invariant] if found.invariant else []
    if found.scripts:
        more = f" and {len(found.scripts) - 1} more" if len(found.scripts) > 1 else ""
        by.append(f"{found.scripts[0]}{more}")
    seeds = found.seeds if found.invariant else "-"
    return f"{ALL_BUGS[found.number].name:80} {seeds:>5}  {'; '.join(by) or 'NOBODY'}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="for each bug (%(default)s)")
    parser.add_argument("--jobs", type=int, default=cpu_count() or 1)
    asked = parser.parse_args()
    count = len(ALL_BUGS)
    survived = 0
    print(f"{'bug':80} {'seeds':>5}  caught by")
    with ProcessPoolExecutor(asked.jobs) as pool:
        for found in pool.map(catch, range(count), [asked.seeds] * count):
            survived += not found.caught
            print(row(found), flush=True)
    print(f"{count} bugs, {count - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
