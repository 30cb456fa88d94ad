from random import Random

import pytest

from raft_core.keyvalue import CompareAndSet, Delete, KeyValue, KeyValueCommand, Put
from raft_core.machine import Machine


@pytest.mark.parametrize(
    "before,command,result,after",
    [
        ({}, Put("k", "1"), None, {"k": "1"}),
        ({"k": "0"}, Put("k", "1"), "0", {"k": "1"}),
        ({"k": "0", "l": "5"}, Delete("k"), "0", {"l": "5"}),
        ({}, Delete("k"), None, {}),
        ({}, CompareAndSet("k", None, "1"), None, {"k": "1"}),
        ({"k": "0"}, CompareAndSet("k", None, "1"), "0", {"k": "0"}),
        ({"k": "0"}, CompareAndSet("k", "0", "1"), "0", {"k": "1"}),
        ({"k": "2"}, CompareAndSet("k", "0", "1"), "2", {"k": "2"}),
    ],
)
def test_every_command_returns_the_value_before(
    before: dict[str, str], command: KeyValueCommand, result: str | None, after: dict[str, str]
) -> None:
    state = KeyValue(dict(before))
    assert state.apply(command) == result
    assert state.items == after


def test_it_can_be_replicated() -> None:
    machine = Machine(KeyValue())
    for command in (Put("k", "1"), Delete("k"), CompareAndSet("k", None, "1")):
        machine.encode_command(command)


def test_stores_share_nothing() -> None:
    one, other = KeyValue(), KeyValue()
    one.apply(Put("k", "1"))
    assert other.items == {}


def test_the_same_commands_give_the_same_state() -> None:
    rng = Random(1)
    kinds: list[KeyValueCommand] = [
        Put("a", "1"),
        Put("b", "2"),
        Delete("a"),
        CompareAndSet("a", None, "3"),
        CompareAndSet("b", "2", "4"),
    ]
    commands = rng.choices(kinds, k=50)
    one, other = KeyValue(), KeyValue()
    assert [one.apply(command) for command in commands] == [
        other.apply(command) for command in commands
    ]
    assert one == other
