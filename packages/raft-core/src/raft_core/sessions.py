"""Exactly once: what clients' proposals came to, as a part of the replicated state (thesis 6.3).

A proposer that hears nothing must ask again, and so may have its command in the log twice. Each
command therefore carries its client and a sequence number; the table here, the same on every
member, answers the second with the first one's result.
"""

from typing import Final

import msgspec
from msgspec import Struct

from raft_core.codec import UNREADABLE
from raft_core.errors import UnsupportedVersion
from raft_core.messages import FAILED, AnswerStatus

MAX_RESULT_BYTES: Final = 256 * 1024
"""Results over this are an error for the proposer: the same on all members, so no setting."""

SESSION_OVERHEAD: Final = 64
"""Bytes that a command takes beside its own, at most, with a client's id of up to 32 characters."""


class SessionCommand(Struct, frozen=True, array_like=True, gc=False):
    """The data of a COMMAND entry. All the client's sequences below ``settled`` are answered."""

    client: str
    sequence: int
    settled: int
    command: bytes


class Outcome(Struct, frozen=True, array_like=True, gc=False):
    """APPLIED with the encoded result, or FAILED with a sentence in UTF-8."""

    status: AnswerStatus
    data: bytes


class ClientSession(Struct):
    """One client's outcomes that it may still ask for, by sequence."""

    settled: int = 0
    outcomes: dict[int, Outcome] = {}


_ALREADY_SETTLED: Final = Outcome(
    FAILED, b"a repeated command whose result its client had received already"
)

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[SessionCommand] = msgspec.msgpack.Decoder(SessionCommand)


def encode_session_command(command: SessionCommand) -> bytes:
    """The data of a COMMAND entry."""
    return _encode(command)


def decode_session_command(data: bytes) -> SessionCommand:
    """Read what a member proposed.

    :raises UnsupportedVersion: it is in a form this member does not know; to skip it would make
        this member's state differ from the others'
    """
    try:
        return _decoder.decode(data)
    except UNREADABLE as error:
        raise UnsupportedVersion(f"a log entry cannot be read by this version: {error}") from error


class Sessions(Struct):
    """The table. Deterministic: it changes only by entries applied, in their order."""

    clients: dict[str, ClientSession] = {}

    def earlier(self, command: SessionCommand) -> Outcome | None:
        """The outcome of this command if it was applied before, else None: then apply it now."""
        session = self.clients.get(command.client)
        if session is None:
            return None
        if command.sequence < session.settled:
            return _ALREADY_SETTLED
        return session.outcomes.get(command.sequence)

    def record(self, command: SessionCommand, outcome: Outcome) -> None:
        """Remember an outcome, and forget those that the client says it has received."""
        session = self.clients.get(command.client)
        if session is None:
            session = self.clients[command.client] = ClientSession()
        if command.settled > session.settled:
            # They settle in order and came nearly in order; one that did not goes with the next.
            outcomes = session.outcomes
            while outcomes and (oldest := next(iter(outcomes))) < command.settled:
                del outcomes[oldest]
            session.settled = command.settled
        session.outcomes[command.sequence] = outcome
