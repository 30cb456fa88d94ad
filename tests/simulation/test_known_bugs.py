"""The kit can fail: it finds bugs that are known to break Raft, each soon.

`make mutants` shows for each who catches it, and looks for all of them everywhere.
"""

import builtins
import inspect
import logging
from collections.abc import Container
from dis import get_instructions
from functools import reduce
from importlib import import_module
from types import CodeType
from typing import Any

import pytest

from raft_core.testing.campaign import simulate
from raft_core.testing.scripts import check
from tests.simulation import mutants
from tests.simulation.known_bugs import KNOWN_BUGS, Bug, put_in
from tests.simulation.mutants import (
    ALL_BUGS,
    SCRIPTS,
    SEEDS,
    Catch,
    catch,
    hunt,
    is_shown,
    row,
    unit_test,
)

FEW = 30
"""Histories that the simulator has for a bug which a script shows, too."""
SEEN_BY_CALLERS = ("linearizable reads", "linearizability")
"""They may be the first to see any bug: whatever is wrong inside shows at last outside."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Members say why they stop; with a bug in them that is the plan."""
    caplog.set_level(logging.CRITICAL, logger="raft_core")


@pytest.mark.parametrize("bug", ALL_BUGS, ids=lambda bug: bug.name)
def test_a_known_bug_is_found(bug: Bug) -> None:
    """By the simulator where a property must break, soon, else by a script.

    A bug that takes a rare history may need more seeds than that, when other things draw on chance:
    then it is enough that a script shows it, and if none does the simulator goes on.
    """
    failure = hunt(bug, FEW)[0] if bug.caught_by else None
    if failure is None:
        if is_shown(bug):
            return
        assert bug.caught_by, "no script shows it, nor a test"
        failure = hunt(bug)[0]
        assert failure is not None, f"not found with {SEEDS} seeds, nor by a script or a test"
    assert failure.invariant in (*bug.caught_by, *SEEN_BY_CALLERS), failure
    assert "python -m raft_core.testing " in str(failure)


def test_each_bug_has_a_name_of_its_own() -> None:
    assert len({bug.name for bug in ALL_BUGS}) == len(ALL_BUGS) >= 50


def test_the_table_says_who_caught_a_bug_and_after_how_many_seeds() -> None:
    number = next(n for n, bug in enumerate(ALL_BUGS) if bug.name == "pre-votes count as votes")
    found = catch(number, 20)
    assert found.caught
    line = row(found)
    assert line.startswith("pre-votes count as votes ")
    assert "a configuration's majorities (partitions)" in line
    assert "script figure_2_candidates" in line


@pytest.mark.parametrize("bug", ALL_BUGS, ids=lambda bug: bug.name)
def test_each_bug_has_its_place_in_the_core_and_means_something_there(bug: Bug) -> None:
    """Of names that are nowhere any history dies, and any test fails: that would be no catch."""
    module = import_module(f"raft_core.{bug.module}")
    *path, name = bug.function.split(".")
    owner = vars(reduce(getattr, path, module))
    with put_in(bug):
        assert nowhere(code_of(owner[name]), {*vars(module), *dir(builtins)}) == set()


def code_of(function: Any) -> CodeType:
    function = getattr(function, "fget", None) or getattr(function, "__func__", function)
    code: CodeType = inspect.unwrap(function).__code__
    return code


def nowhere(code: CodeType, known: Container[str]) -> set[str]:
    """The global names that this uses, and that are not known."""
    used = {each.argval for each in get_instructions(code) if each.opname == "LOAD_GLOBAL"}
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return {name for name in used if name not in known}.union(
        *(nowhere(each, known) for each in inner)
    )


def test_a_name_that_is_nowhere_is_seen() -> None:
    def slip() -> object:
        return [len(no_such_name) for _ in range(3)]  # type: ignore[name-defined] # noqa: F821 - it is the plan

    assert nowhere(slip.__code__, dir(builtins)) == {"no_such_name"}


@pytest.mark.parametrize("bug", [bug for bug in ALL_BUGS if bug.shown_by], ids=lambda bug: bug.name)
def test_the_test_that_shows_a_bug_passes_without_it(bug: Bug) -> None:
    unit_test(bug)()


def test_a_bug_whose_place_is_gone_is_no_catch(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = KNOWN_BUGS[0]._replace(right="no such line")
    monkeypatch.setattr(mutants, "ALL_BUGS", (gone,))
    found = catch(0, 5)
    assert not found.caught
    assert row(found).endswith("its place in the core is gone")


def test_the_table_says_what_nobody_caught() -> None:
    survivor = Catch(0, "", 20, ())
    assert not survivor.caught
    assert row(survivor).endswith("NOBODY")


def test_without_a_bug_the_same_seeds_and_scripts_pass() -> None:
    """So it is the bug that is found, and put_in takes it out again."""
    with put_in(KNOWN_BUGS[0]):
        pass
    for seed in range(20):
        simulate(seed)
    for script in SCRIPTS:
        check(script)
