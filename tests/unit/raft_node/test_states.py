"""A State is found by name or place, and what is none is refused with a sentence."""

import sys
from pathlib import Path

import pytest

from bench.state import BenchState
from raft_core.keyvalue import KeyValue
from raft_node.errors import UnknownState
from raft_node.states import find_state, installed_states, place_of
from todo.state import TodoState


def test_the_key_value_store_and_the_apps_are_there_by_name() -> None:
    assert isinstance(find_state("kv"), KeyValue)
    assert isinstance(find_state("todo"), TodoState)
    assert isinstance(find_state("bench"), BenchState)
    assert installed_states()["kv"] == "raft_core.keyvalue:KeyValue"


def test_a_state_is_found_by_its_place_and_is_a_new_one_each_time() -> None:
    one, other = (find_state("raft_core.keyvalue:KeyValue") for _ in range(2))
    assert one == other == KeyValue()
    assert one is not other
    assert place_of(one) == "raft_core.keyvalue:KeyValue"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that a person is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def test_a_module_in_the_current_directory_is_found(here: Path) -> None:
    (here / "ledger_of_this_test.py").write_text(
        "class Outer:\n"
        "    class Ledger:\n"
        "        def apply(self, command: int) -> int:\n"
        "            return command\n"
    )
    assert type(find_state("ledger_of_this_test:Outer.Ledger")).__name__ == "Ledger"


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("nothing", r"no State is named 'nothing': give module:Class, or .*kv"),
        ("kv:", "no State is named"),
        (":KeyValue", "no State is named"),
        ("not_there.at_all:State", "there is no module not_there here"),
        ("raft_core.not_there:State", "there is no module raft_core.not_there here"),
        ("raft_core.keyvalue:Nothing", "module raft_core.keyvalue has no Nothing"),
        ("raft_core.keyvalue:KeyValue.items.more", "has no KeyValue.items.more"),
        ("raft_core:__doc__", "is no class"),
        ("raft_core.keyvalue:Put", "cannot be made without arguments: TypeError"),
        ("raft_core:Config", "it has no method apply"),
    ],
)
def test_what_is_no_state_is_refused_with_a_sentence(here: Path, name: str, sentence: str) -> None:
    with pytest.raises(UnknownState, match=sentence):
        find_state(name)


def test_a_module_that_needs_another_or_fails_says_so(here: Path) -> None:
    (here / "needy_in_this_test.py").write_text("import not_there_either\n")
    with pytest.raises(UnknownState, match="needs not_there_either: install that"):
        find_state("needy_in_this_test:State")
    (here / "broken_in_this_test.py").write_text("1 / 0\n")
    with pytest.raises(UnknownState, match="fails to load: ZeroDivisionError"):
        find_state("broken_in_this_test:State")
