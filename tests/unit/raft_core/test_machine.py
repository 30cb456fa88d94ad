"""A State as the driver sees it: bytes in, outcomes out; nothing that it raises goes further."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from raft_core.errors import CommandFailed, InvalidState, StateFailed, UnsupportedVersion
from raft_core.machine import MAX_FAILURE_CHARACTERS, Machine
from raft_core.messages import APPLIED, FAILED
from raft_core.nesting import MAX_NESTING
from raft_core.sessions import (
    MAX_RESULT_BYTES,
    Outcome,
    SessionCommands,
    encode_session_commands,
)


class Add(Struct, tag="add"):
    number: int


class Fail(Struct, tag="fail"):
    sentence: str


class Fill(Struct, tag="fill"):
    size: int


class Counter(Struct):
    """Adds; fails and returns much when it is told to."""

    total: int = 0

    def apply(self, command: Add | Fail | Fill) -> int | str:
        if isinstance(command, Add):
            self.total += command.number
            return self.total
        if isinstance(command, Fill):
            return "x" * command.size
        raise ValueError(command.sentence)


class Unencodable(Struct):
    """Returns what cannot be sent."""

    def apply(self, command: int) -> Any:
        return object() if command else "\ud800"


def machine() -> Machine[Any, Any]:
    return Machine(Counter())


def entry_data(
    of: Machine[Any, Any], command: object, sequence: int = 1, settled: int = 0, client: str = "c"
) -> bytes:
    return encode_session_commands(
        SessionCommands(client, sequence, settled, (of.encode_command(command),))
    )


# --- applying -----------------------------------------------------------------------------------


def test_a_command_is_applied_and_its_result_is_the_outcome() -> None:
    counter = machine()
    client, sequence, (outcome,) = counter.apply(entry_data(counter, Add(5), 9))
    assert (client, sequence, outcome.status) == ("c", 9, APPLIED)
    assert counter.result(outcome) == 5
    assert counter.state.total == 5  # type: ignore[attr-defined]


def test_a_repeated_command_is_answered_and_not_applied() -> None:
    counter = machine()
    data = entry_data(counter, Add(5))
    first = counter.apply(data)
    counter.apply(entry_data(counter, Add(1), 2))
    assert counter.apply(data) == first
    assert counter.state.total == 6  # type: ignore[attr-defined]


def several(of: Machine[Any, Any], *commands: object, first: int = 1, born: int = 0) -> bytes:
    """An entry of commands that were proposed together."""
    encoded = tuple(of.encode_command(command) for command in commands)
    return encode_session_commands(SessionCommands("c", first, 0, encoded, born))


def test_commands_that_share_an_entry_are_applied_in_order_each_with_its_outcome() -> None:
    counter = machine()
    client, first, outcomes = counter.apply(several(counter, Add(5), Fail("no"), Add(2), first=4))
    assert (client, first) == ("c", 4)
    assert outcomes == [
        Outcome(APPLIED, b"\x05"),
        Outcome(FAILED, b"ValueError: no"),
        Outcome(APPLIED, b"\x07"),
    ]
    assert counter.sessions.commands == 3


def test_of_an_entry_only_what_is_new_is_applied() -> None:
    counter = machine()
    counter.apply(several(counter, Add(1), Add(2), first=4))
    data = several(counter, Add(1), Add(2), Add(3), first=4)
    assert counter.earlier(data) is None
    assert counter.apply(data)[2] == [Outcome(APPLIED, bytes([total])) for total in (1, 3, 6)]
    assert counter.state.total == 6  # type: ignore[attr-defined]
    assert counter.sessions.commands == 3
    assert counter.earlier(data) == [Outcome(APPLIED, bytes([total])) for total in (1, 3, 6)]


def test_an_exception_is_an_outcome_and_stops_nobody() -> None:
    counter = machine()
    data = entry_data(counter, Fail("not today"))
    assert counter.apply(data)[2] == [Outcome(FAILED, b"ValueError: not today")]
    assert counter.apply(data)[2] == [Outcome(FAILED, b"ValueError: not today")]
    assert counter.apply(entry_data(counter, Add(2), 2))[2][0].status == APPLIED


def test_a_long_sentence_is_cut_short_so_that_it_fits_into_any_message() -> None:
    counter = machine()
    outcome = counter.apply(entry_data(counter, Fail("x" * 300_000)))[2][0]
    assert outcome.status == FAILED
    assert len(outcome.data.decode()) == MAX_FAILURE_CHARACTERS
    assert outcome.data.startswith(b"ValueError: xxx")


class Exhausted(Struct):
    """Has no memory left, or no stack, which another member may have."""

    def apply(self, command: int) -> int:
        raise (MemoryError, RecursionError)[command]("too much")


@pytest.mark.parametrize("command,named", [(0, "MemoryError"), (1, "RecursionError")])
def test_what_another_member_might_apply_is_no_result(command: int, named: str) -> None:
    exhausted: Machine[int, int] = Machine(Exhausted())
    with pytest.raises(StateFailed, match=f"could not be applied here: {named}: too much"):
        exhausted.apply(entry_data(exhausted, command))
    assert exhausted.sessions.commands == 0


class Surrogate(Struct):
    def apply(self, command: int) -> int:
        raise ValueError("half of \ud83d")


def test_a_sentence_that_is_no_unicode_is_an_outcome_all_the_same() -> None:
    half: Machine[int, int] = Machine(Surrogate())
    outcome = half.apply(entry_data(half, 1))[2][0]
    assert outcome == Outcome(FAILED, b"ValueError: half of \\ud83d")


@pytest.mark.parametrize("command,named", [(1, "TypeError"), (0, "UnicodeEncodeError")])
def test_a_result_that_cannot_be_sent_is_a_failure(command: int, named: str) -> None:
    wrong: Machine[int, Any] = Machine(Unencodable())
    outcome = wrong.apply(entry_data(wrong, command))[2][0]
    assert outcome.status == FAILED
    assert outcome.data.startswith(named.encode())


def test_a_result_that_is_too_large_says_that_the_command_is_applied() -> None:
    counter = machine()
    fits = counter.apply(entry_data(counter, Fill(MAX_RESULT_BYTES - 5), 1))[2][0]
    over = counter.apply(entry_data(counter, Fill(MAX_RESULT_BYTES - 4), 2))[2][0]
    assert (fits.status, len(fits.data)) == (APPLIED, MAX_RESULT_BYTES)
    assert over.status == FAILED
    assert over.data.startswith(b"applied, but its result has 262145 bytes")


@pytest.mark.parametrize(
    "command",
    [b"", b"\xc1", b"\x81\xa4type\xa6unknow", b"\x82\xa4type\xa4fail\xa8sentence\xa1\xff"],
)
def test_a_command_of_another_version_must_not_be_skipped(command: bytes) -> None:
    counter = machine()
    data = encode_session_commands(SessionCommands("c", 1, 0, (command,)))
    with pytest.raises(UnsupportedVersion, match="cannot be read by this version of the state"):
        counter.apply(data)
    with pytest.raises(UnsupportedVersion, match="log entry cannot be read"):
        counter.apply(b"rubbish")


def test_a_command_or_a_snapshot_nested_too_deeply_is_not_even_tried() -> None:
    command = SessionCommands("c", 1, 0, (b"\x82\xa4type\xa3add\xa5later" + b"\x91" * 100_000,))
    with pytest.raises(UnsupportedVersion, match="nested over 500 levels"):
        machine().apply(encode_session_commands(command))
    with pytest.raises(UnsupportedVersion, match="nested over 500 levels"):
        machine().restore(b"\x93\x91\x80\xc4\x01\xff" + b"\x91" * 100_000)


def test_observers_hear_of_what_was_applied_and_of_nothing_else() -> None:
    counter = machine()
    heard: list[tuple[object, object]] = []
    counter.on_applied = lambda command, result: heard.append((command, result))
    for sequence, command in enumerate((Add(5), Fail("no"), Add(1))):
        data = entry_data(counter, command, sequence)
        counter.apply(data)
        counter.apply(data)
    assert heard == [(Add(5), 5), (Add(1), 6)]


# --- encoding -----------------------------------------------------------------------------------


def nested(levels: int) -> list[object]:
    """A list in a list in a list..."""
    inner: list[object] = []
    for _ in range(levels - 1):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    "command",
    ["add", {"type": "sub"}, Add("x"), object(), Fail("\ud800"), Add(2**64), nested(100_000)],  # type: ignore[arg-type]
    ids=["text", "dict", "wrong type", "object", "no unicode", "too large", "bottomless"],
)
def test_what_is_no_command_is_refused_before_it_is_in_the_log(command: object) -> None:
    with pytest.raises(TypeError, match="no command of this state"):
        machine().encode_command(command)


class Anything(Struct):
    """Takes and returns what comes."""

    last: Any = None

    def apply(self, command: Any) -> Any:
        self.last = command
        return command


def test_no_command_is_nested_more_deeply_than_members_read() -> None:
    """In a log it would stop every member, now and at each later start."""
    anything = Machine(Anything())
    anything.encode_command(nested(MAX_NESTING))
    anything.apply(entry_data(anything, nested(MAX_NESTING)))
    with pytest.raises(TypeError, match="no command of this state: nested over 500 levels"):
        anything.encode_command(nested(MAX_NESTING + 1))


def test_no_snapshot_is_taken_that_is_nested_more_deeply_than_members_read() -> None:
    """It would take the place of the log, and the next start would find nothing that it reads."""
    state = Anything()
    anything = Machine(state)
    state.last = nested(MAX_NESTING - 1)
    Machine(Anything()).restore(anything.snapshot())
    state.last = nested(MAX_NESTING)
    with pytest.raises(ValueError, match="nested over 500 levels"):
        anything.snapshot()


def test_a_result_nested_too_deeply_is_not_even_tried() -> None:
    with pytest.raises(CommandFailed, match="nested over 500 levels"):
        Machine(Anything()).result(Outcome(APPLIED, b"\x91" * 100_000))


def test_a_command_is_encoded_as_its_type_says() -> None:
    assert msgspec.msgpack.decode(machine().encode_command(Add(3))) == {"type": "add", "number": 3}


# --- the shape of a state -----------------------------------------------------------------------


class NoApply:
    pass


class Echo(Struct):
    def apply(self, command: str) -> str:
        return command


class AsyncApply:
    async def apply(self, command: int) -> int:
        return command


class YieldingApply:
    def apply(self, command: int) -> Iterator[int]:
        yield command


class ApplyIsNoFunction:
    apply = 5


class WithoutCommandType:
    def apply(self, command) -> int:  # type: ignore[no-untyped-def]
        return 0


class WithoutResultType:
    def apply(self, command: int):  # type: ignore[no-untyped-def]
        return 0


class WithoutCommand:
    def apply(self) -> int:
        return 0


class WithTwo:
    def apply(self, command: int, other: int) -> int:
        return 0


class TypesThatNobodyKnows:
    def apply(self, command: "Nowhere") -> int:  # type: ignore[name-defined]  # noqa: F821
        return 0


class TypesThatCannotBeTold(Struct):
    """A union of two Structs without tags."""

    def apply(self, command: "One | Other") -> int:
        return 0


class One(Struct):
    number: int


class Other(Struct):
    number: int


@pytest.mark.parametrize(
    "state,lacks",
    [
        (NoApply(), "NoApply has no method apply"),
        (ApplyIsNoFunction(), "has no method apply"),
        (WithoutCommandType(), "must take one command and annotate it"),
        (WithoutResultType(), "must take one command and annotate it"),
        (WithoutCommand(), "must take one command and annotate it"),
        (WithTwo(), "must take one command and annotate it"),
        (NoApply, "NoApply is a class: give an object of it"),
        (AsyncApply(), "AsyncApply.apply must be a plain function: it waits for nothing"),
        (YieldingApply(), "YieldingApply.apply must be a plain function: it waits for nothing"),
        (TypesThatNobodyKnows(), "name 'Nowhere' is not defined.*top of a module"),
        (TypesThatCannotBeTold(), "TypesThatCannotBeTold.apply.*tag"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_state_that_cannot_be_driven_says_what_it_lacks(state: Any, lacks: str) -> None:
    with pytest.raises(InvalidState, match=lacks):
        Machine(state)


def test_what_apply_raised_is_the_outcome_in_its_words() -> None:
    with pytest.raises(CommandFailed, match=r"^ValueError: only upwards \\xff$"):
        Machine(Echo()).result(Outcome(FAILED, b"ValueError: only upwards \xff"))


def test_a_long_result_is_read_like_a_short_one() -> None:
    machine = Machine(Echo())
    for sequence, text in enumerate(("short", "long" * MAX_NESTING), 1):
        _, _, (outcome,) = machine.apply(entry_data(machine, text, sequence))
        assert machine.result(outcome) == text


def test_any_callable_with_the_annotations_will_do() -> None:
    @dataclass
    class Plain:
        seen: list[int]

        def apply(self, item: int, /) -> None:
            self.seen.append(item)

    plain = Plain([])
    driven: Machine[int, None] = Machine(plain)
    assert driven.apply(entry_data(driven, 3))[2] == [Outcome(APPLIED, b"\xc0")]
    assert plain.seen == [3]


# --- saved and restored -------------------------------------------------------------------------


def test_what_is_saved_is_the_state_and_the_sessions() -> None:
    before = machine()
    before.apply(entry_data(before, Add(3), sequence=7))
    after = machine()
    after.restore(before.snapshot())
    assert after.state == Counter(3)
    assert after.earlier(entry_data(after, Add(3), sequence=7)) == [Outcome(APPLIED, b"\x03")]
    assert after.apply(entry_data(after, Add(4), sequence=8))[2] == [Outcome(APPLIED, b"\x07")]


def test_equal_histories_are_saved_as_equal_bytes() -> None:
    one, other = machine(), machine()
    for each in (one, other):
        for sequence in range(5):
            each.apply(entry_data(each, Add(1), sequence=sequence, client=f"c{sequence}"))
    assert one.snapshot() == other.snapshot()
    restored = machine()
    restored.restore(one.snapshot())
    assert restored.snapshot() == one.snapshot()


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x92\x91\x80\xc4\x01\xff"])
def test_a_snapshot_that_this_version_cannot_read_is_never_passed_over(data: bytes) -> None:
    state = machine()
    with pytest.raises(UnsupportedVersion, match="a snapshot cannot be read by this version"):
        state.restore(data)
    assert state.state == Counter(0)


def test_a_state_that_cannot_be_saved_is_refused_at_once() -> None:
    class Bare:
        def apply(self, command: int) -> int:
            return command

    with pytest.raises(InvalidState, match="Bare cannot be saved"):
        Machine(Bare())


# --- what was applied before --------------------------------------------------------------------


def test_what_came_of_a_command_is_known_once_it_is_applied() -> None:
    counter = machine()
    data = entry_data(counter, Add(5))
    assert counter.earlier(data) is None
    _, _, outcomes = counter.apply(data)
    assert counter.earlier(data) == outcomes
    assert counter.state.total == 5  # type: ignore[attr-defined]


def test_what_apply_could_not_read_is_told_before_it_is_in_the_log() -> None:
    data = encode_session_commands(SessionCommands("c", 1, 1, (b"\xc1",)))
    with pytest.raises(UnsupportedVersion, match="cannot be read by this version of the state"):
        machine().earlier(data)


class Wordy(Struct):
    """Gives text where bytes are due."""

    def apply(self, command: int) -> int:
        return command

    def snapshot(self) -> str:
        return "all of it"

    def restore(self, data: bytes) -> None:
        """Nothing to do."""


def test_a_snapshot_that_could_not_be_restored_takes_no_logs_place() -> None:
    wordy: Machine[int, int] = Machine(Wordy())
    with pytest.raises(TypeError, match=r"Wordy\.snapshot must give bytes, not str"):
        wordy.snapshot()
