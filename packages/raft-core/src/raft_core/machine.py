"""A user's State as the driver sees it: bytes in and out, and sessions around ``apply``."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, Generic, TypeVar, get_type_hints

import msgspec

from raft_core.codec import UNREADABLE
from raft_core.errors import CommandFailed, InvalidState, StateFailed, UnsupportedVersion
from raft_core.interfaces import State
from raft_core.keeping import keeper_of
from raft_core.messages import APPLIED, EXPIRED, FAILED
from raft_core.nesting import MAX_NESTING, require_shallow
from raft_core.sessions import (
    MAX_CLIENTS,
    MAX_RESULT_BYTES,
    Outcome,
    Sessions,
    decode_session_commands,
)

Command = TypeVar("Command")
Result = TypeVar("Result")

MAX_FAILURE_CHARACTERS: Final = 1000
"""Of the sentence of an exception: it may quote a whole command, and must fit into a message."""


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    sessions: Sessions
    state: bytes


_decode_saved = msgspec.msgpack.Decoder(_Saved).decode


class Machine(Generic[Command, Result]):
    """Applies the log's commands to a State, each once.

    :param max_clients: sessions kept: the same on all members, for ever; tests pass a small one
    :raises InvalidState: when the types of commands and results cannot be told from ``apply``, or
        the state cannot be saved
    """

    def __init__(self, state: State[Command, Result], *, max_clients: int = MAX_CLIENTS) -> None:
        command_type, result_type = types_of(state)
        self.state = state
        self.sessions = Sessions(max_clients=max_clients)
        self.on_applied: Callable[[Command, Result], None] | None = None
        """Called after each command that was applied (not for repeated or failed ones); None while
        nobody looks."""
        self._encode = msgspec.msgpack.Encoder().encode
        try:
            self._decode_command = msgspec.msgpack.Decoder(command_type).decode
            self._decode_result = msgspec.msgpack.Decoder(result_type).decode
        except TypeError as error:
            raise InvalidState(
                f"the types of {type(state).__name__}.apply cannot be told from bytes: {error}"
            ) from error
        self._keeper = keeper_of(state)

    def encode_command(self, command: Command) -> bytes:
        """The wire form of a command, checked to be one that every member can read.

        :raises TypeError: it cannot be encoded, or not be read back as the type ``apply`` takes
        """
        try:
            data = self._encode(command)
            if len(data) > MAX_NESTING:
                require_shallow(data)
            self._decode_command(data)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            name = type(command).__name__
            raise TypeError(f"this {name} is no command of this state: {error}") from error
        return data

    def result(self, outcome: Outcome) -> Result:
        """What ``apply`` returned, by an outcome that may be a peer's, and so anything.

        :raises CommandFailed: ``apply`` raised, or this is not of the type that it says
        """
        data = outcome.data
        if outcome.status == FAILED:
            raise CommandFailed(data.decode(errors="backslashreplace"))
        try:
            if len(data) > MAX_NESTING:
                require_shallow(data)
            result: Result = self._decode_result(data)
        except UNREADABLE as error:
            raise CommandFailed(
                f"applied, but its result is not what apply says it returns: {error}"
            ) from error
        return result

    def earlier(self, data: bytes) -> list[Outcome] | None:
        """What came of a COMMAND entry's commands when they were applied here, each of them.

        None if one of them was not. Also None for one that is EXPIRED: its proposer must see that
        in its log, in order.

        :raises UnsupportedVersion: ``apply`` could not read one. What a peer proposes may be
            anything, and in the log it would stop every member, now and at each later start
        """
        batch = decode_session_commands(data)
        known = self.sessions.earlier(batch)
        outcomes = [outcome for outcome in known.values() if outcome.status != EXPIRED]
        if len(outcomes) == len(batch.commands):
            return outcomes
        self._read(batch.commands)
        return None

    def apply(self, data: bytes) -> tuple[str, int, list[Outcome]]:
        """Apply the data of a COMMAND entry: its client, its first sequence, and what came of each.

        An exception from ``State.apply`` is an outcome like any other, since it happens on every
        member alike: an entry that raises must not stop the cluster, now and at each replay.

        :raises UnsupportedVersion: this version cannot read a command, and must not skip it
        :raises StateFailed: memory or stack ran out, which need not happen on every member
        """
        batch = decode_session_commands(data)
        known = self.sessions.earlier(batch)
        if not known and batch.commands:  # as nearly always
            every = self._apply(self._read(batch.commands))
            self.sessions.record(batch, enumerate(every, batch.first))
            return batch.client, batch.first, every
        waiting = dict(zip(batch.sequences, batch.commands, strict=True))
        for sequence in known:
            del waiting[sequence]
        fresh = dict(zip(waiting, self._apply(self._read(waiting.values())), strict=True))
        if fresh:
            self.sessions.record(batch, fresh.items())
        outcomes = {**known, **fresh}
        return batch.client, batch.first, [outcomes[sequence] for sequence in batch.sequences]

    def snapshot(self) -> bytes:
        """The state and the sessions, as bytes.

        What ``State.snapshot`` raises goes on to the caller.

        :raises TypeError, ValueError: what the state gives could not be restored. It must not take
            the place of a log, or every member would lose all at its next start
        """
        state: object = self._keeper.save()
        if not isinstance(state, bytes):
            kind = type(state).__name__
            raise TypeError(f"{type(self.state).__name__}.snapshot must give bytes, not {kind}")
        return self._encode(_Saved(self.sessions, state))

    def restore(self, data: bytes) -> None:
        """Become what ``snapshot`` gave, perhaps on another member.

        :raises UnsupportedVersion: this version cannot read it
        """
        try:
            require_shallow(data)
            saved = _decode_saved(data)
            self._keeper.load(saved.state)
        except Exception as error:
            # Of the user's code too: a member that has half of a state must not go on.
            raise UnsupportedVersion(
                f"a snapshot cannot be read by this version of the state: {error}"
            ) from error
        self.sessions = saved.sessions

    def _read(self, encoded: Iterable[bytes]) -> list[Command]:
        """All of them, in one call: a call for each costs as much as to decode it."""
        decode = self._decode_command
        commands = []
        try:
            for data in encoded:
                if len(data) > MAX_NESTING:
                    require_shallow(data)
                commands.append(decode(data))
        except UNREADABLE as error:
            raise UnsupportedVersion(
                f"a command in the log cannot be read by this version of the state: {error}"
            ) from error
        return commands

    def _apply(self, commands: Iterable[Command]) -> list[Outcome]:
        apply, encode, told = self.state.apply, self._encode, self.on_applied
        outcomes = []
        for command in commands:
            try:
                result = apply(command)
                data = encode(result)
            except (MemoryError, RecursionError) as error:
                raise StateFailed(
                    f"a command could not be applied here: {type(error).__name__}: {error}"
                ) from error
            except Exception as error:  # noqa: BLE001 - the user's code; see apply()
                sentence = f"{type(error).__name__}: {error}"[:MAX_FAILURE_CHARACTERS]
                outcomes.append(Outcome(FAILED, sentence.encode(errors="backslashreplace")))
                continue
            if told is not None:
                told(command, result)
            if len(data) > MAX_RESULT_BYTES:
                sentence = f"applied, but its result has {len(data)} bytes, over {MAX_RESULT_BYTES}"
                outcomes.append(Outcome(FAILED, sentence.encode()))
            else:
                outcomes.append(Outcome(APPLIED, data))
        return outcomes


def types_of(state: State[Any, Any]) -> tuple[Any, Any]:
    """The types of commands and of results, as `apply` says them.

    :raises InvalidState: it does not
    """
    name = type(state).__name__
    if isinstance(state, type):
        raise InvalidState(f"{state.__name__} is a class: give an object of it")
    apply = getattr(state, "apply", None)
    if not callable(apply):
        raise InvalidState(f"{name} has no method apply(self, command)")
    if inspect.iscoroutinefunction(apply) or inspect.isgeneratorfunction(apply):
        raise InvalidState(f"{name}.apply must be a plain function: it waits for nothing")
    try:
        hints = get_type_hints(apply)
    except NameError as error:
        raise InvalidState(
            f"the annotations of {name}.apply cannot be resolved ({error}): "
            "define its types at the top of a module"
        ) from error
    parameters = list(inspect.signature(apply).parameters)
    if len(parameters) != 1 or parameters[0] not in hints or "return" not in hints:
        raise InvalidState(
            f"{name}.apply must take one command and annotate it and the result: "
            "def apply(self, command: MyCommand) -> MyResult"
        )
    return hints[parameters[0]], hints["return"]
