"""What ``interfaces.State`` promises, as one test each."""

from collections.abc import Sequence
from typing import Any, TypeAlias, get_type_hints

import msgspec

from raft_core.errors import InvalidState
from raft_core.interfaces import State
from raft_core.machine import Machine

Applied: TypeAlias = tuple[str, Any]
"""How ``apply`` ended, and with what."""


class StateConformance:
    """Inherit in a test file, and give a state and commands for it.

    For example::

        class TestCounter(StateConformance):
            def make(self) -> Counter:
                return Counter()

            def commands(self) -> Sequence[Increment]:
                return [Increment(1), Increment(-5), Increment(2**40)]

    Give every kind of command, also some that cannot be done, and long enough a list that they meet
    what earlier ones have left. What these tests cannot see is a difference between processes or
    versions: do not let results depend on the order of a set, nor on ``hash`` or ``id``.
    """

    def make(self) -> State[Any, Any]:
        """A new state, as a member has it before the first command."""
        raise NotImplementedError("say how to make your state: def make(self) -> State")

    def commands(self) -> Sequence[Any]:
        """Commands in the order of a log; the same ones at every call."""
        raise NotImplementedError("give some commands: def commands(self) -> Sequence[Command]")

    def encode(self, state: State[Any, Any]) -> bytes:
        """What ``state`` holds, as bytes. Override it for a state that is no msgspec type."""
        try:
            return msgspec.msgpack.encode(state)
        except TypeError as error:
            raise AssertionError(
                f"what a {type(state).__name__} holds cannot be told by its fields ({error}): say"
                " how, by def encode(self, state) -> bytes"
            ) from error

    def _given(self) -> Sequence[Any]:
        commands = self.commands()
        assert commands, "commands() gave none"
        return commands

    def _types(self) -> tuple[Any, Any]:
        """The types of commands and results, from the annotations of ``apply``."""
        state = self.make()
        try:
            Machine(state)
        except InvalidState as error:
            raise AssertionError(str(error)) from error
        hints = get_type_hints(state.apply)
        result = hints.pop("return")
        return next(iter(hints.values())), result

    def _log(self) -> list[bytes]:
        """The commands as they lie in a log."""
        machine = Machine(self.make())
        try:
            return [machine.encode_command(command) for command in self._given()]
        except TypeError as error:
            raise AssertionError(str(error)) from error

    def _replayed(self, log: Sequence[bytes]) -> tuple[list[Applied], bytes]:
        """What every command gave, and what the state held at the end, on one new member."""
        command_type, _ = self._types()
        state = self.make()
        applied = []
        for data in log:
            command = msgspec.msgpack.decode(data, type=command_type)
            applied.append(self._apply(state, command))
        return applied, self.encode(state)

    def _apply(self, state: State[Any, Any], command: Any) -> Applied:
        """An exception is an outcome like any other, and must be the same everywhere too."""
        try:
            return "returned", state.apply(command)
        except Exception as error:  # noqa: BLE001 - whatever the author's code raises
            return "raised", f"{type(error).__name__}: {error}"

    def test_apply_says_its_types(self) -> None:
        self._types()

    def test_two_new_states_are_equal(self) -> None:
        assert self.encode(self.make()) == self.encode(self.make()), "make() gives different states"

    def test_commands_come_back_from_the_log_equal(self) -> None:
        command_type, _ = self._types()
        for command, data in zip(self._given(), self._log(), strict=True):
            decoded = msgspec.msgpack.decode(data, type=command_type)
            assert type(decoded) is type(command), f"{command!r} came back as {decoded!r}"
            assert decoded == command, f"{command!r} came back as {decoded!r}"

    def test_results_come_back_equal(self) -> None:
        command_type, result_type = self._types()
        state = self.make()
        for item in self._log():
            command = msgspec.msgpack.decode(item, type=command_type)
            how, result = self._apply(state, command)
            if how == "raised":
                continue
            try:
                data = msgspec.msgpack.encode(result)
                decoded = msgspec.msgpack.decode(data, type=result_type)
            except (TypeError, ValueError, OverflowError) as error:
                raise AssertionError(
                    f"the result of {command!r} is not what apply announces: {error}"
                ) from error
            assert decoded == result, f"{result!r} came back as {decoded!r}"
            assert type(decoded) is type(result), f"{result!r} came back as {decoded!r}"

    def test_equal_logs_give_equal_results(self) -> None:
        log = self._log()
        first, _ = self._replayed(log)
        second, _ = self._replayed(log)
        for command, one, other in zip(self._given(), first, second, strict=True):
            assert one == other, f"{command!r} gave {one!r}, and {other!r} on another member"

    def test_equal_logs_give_equal_states(self) -> None:
        log = self._log()
        _, first = self._replayed(log)
        _, second = self._replayed(log)
        assert first == second, "two members hold different states after the same log"

    def test_states_have_nothing_in_common(self) -> None:
        """Members of one process, and a replay beside the old state, must not meet."""
        untouched = self.make()
        before = self.encode(untouched)
        self._replayed(self._log())
        assert self.encode(untouched) == before, "commands applied to one state changed another"
        assert self.encode(self.make()) == before, "a new state holds what was applied to another"

    def test_apply_leaves_its_command_as_it_was(self) -> None:
        """The log keeps it, and observers are given it."""
        command_type, _ = self._types()
        state = self.make()
        log = self._log()
        commands = [msgspec.msgpack.decode(data, type=command_type) for data in log]
        for command in commands:
            self._apply(state, command)
        for command, data in zip(commands, log, strict=True):
            assert msgspec.msgpack.encode(command) == data, f"apply has changed {command!r}"

    def test_a_snapshot_restores_what_the_state_holds(self) -> None:
        """Before, amid and after all commands, into a state that held something else."""
        log = self._log()
        command_type, _ = self._types()
        for count in range(len(log) + 1):
            saved, other = self.make(), self.make()
            for state, data in ((saved, log[:count]), (other, log)):
                for item in data:
                    self._apply(state, msgspec.msgpack.decode(item, type=command_type))
            Machine(other).restore(Machine(saved).snapshot())
            assert self.encode(other) == self.encode(saved), (
                f"after {count} commands the restored state differs from the one that was saved"
            )

    def test_a_restored_state_goes_on_like_the_one_that_was_saved(self) -> None:
        log = self._log()
        command_type, _ = self._types()
        for count in range(len(log)):
            saved, restored = self.make(), self.make()
            for item in log[:count]:
                self._apply(saved, msgspec.msgpack.decode(item, type=command_type))
            Machine(restored).restore(Machine(saved).snapshot())
            for item in log[count:]:
                one, other = (
                    self._apply(state, msgspec.msgpack.decode(item, type=command_type))
                    for state in (saved, restored)
                )
                assert one == other, f"{one!r} of the saved state, {other!r} of the restored"

    def test_saving_changes_nothing(self) -> None:
        state = self.make()
        command_type, _ = self._types()
        for item in self._log():
            self._apply(state, msgspec.msgpack.decode(item, type=command_type))
        before = self.encode(state)
        first = Machine(state).snapshot()
        assert self.encode(state) == before, "to be saved changed the state"
        assert Machine(state).snapshot() == first, "the same state was saved as other bytes"

    def test_the_commands_have_an_effect(self) -> None:
        """Otherwise these tests would have shown nothing."""
        _, held = self._replayed(self._log())
        assert held != self.encode(self.make()), "after all commands the state is as at first"
