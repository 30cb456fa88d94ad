"""The replicated registers: deterministic, bounded, and of the wanted size on the wire."""

import msgspec
import pytest

from bench.plan import MIN_COMMAND
from bench.state import KEYS, MAX_VALUE, BenchState, Put, Register, command_bytes, value_length


def test_a_write_gets_its_number_among_all_writes() -> None:
    state = BenchState()
    assert [state.apply(Put(key, "x")) for key in (5, 5, 7)] == [1, 2, 3]


def test_a_register_holds_what_was_written_last() -> None:
    state = BenchState()
    state.apply(Put(5, "old"))
    state.apply(Put(6, "other"))
    state.apply(Put(5, "new"))
    assert state.read(5) == Register("new", 3)
    assert state.read(6) == Register("other", 2)
    assert state.read(0) is None


def test_states_share_no_registers() -> None:
    BenchState().apply(Put(1, "x"))
    assert BenchState().read(1) is None


@pytest.mark.parametrize("wrong", [Put(-1, "x"), Put(KEYS, "x"), Put(0, "x" * (MAX_VALUE + 1))])
def test_what_would_let_it_grow_is_refused_and_changes_nothing(wrong: Put) -> None:
    state = BenchState()
    state.apply(Put(1, "x"))
    before = msgspec.msgpack.encode(state)
    with pytest.raises(ValueError, match=r"0 to 63|16384 characters"):
        state.apply(wrong)
    assert msgspec.msgpack.encode(state) == before


def test_it_comes_back_from_a_snapshot_as_it_was() -> None:
    state = BenchState()
    for number in range(100):
        state.apply(Put(number % KEYS, f"{number}"))
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=BenchState)
    assert copy == state
    assert copy.apply(Put(0, "x")) == 101


@pytest.mark.parametrize("size", [MIN_COMMAND, 35, 60, 128, 258, 1024, MAX_VALUE])
def test_a_command_has_the_wanted_size(size: int) -> None:
    assert command_bytes(Put(KEYS - 1, "x" * value_length(size))) == size


def test_a_size_that_cannot_be_met_is_missed_by_a_byte() -> None:
    sizes = range(MIN_COMMAND, 2000)
    missed = [size for size in sizes if command_bytes(Put(0, "x" * value_length(size))) != size]
    assert len(missed) == 2
    for size in missed:
        assert command_bytes(Put(0, "x" * value_length(size))) == size + 1
