"""Exactly once: what clients' proposals came to, as a part of the replicated state (thesis 6.3).

A proposer that hears nothing must ask again, and so may have its command in the log twice. Each
command therefore carries its client and a sequence number; the table here, the same on every
member, answers the second with the first one's result.

The table must not grow for ever: over ``MAX_CLIENTS`` the client that was heard of longest ago is
forgotten. What it has in the log then, or still under way, must never be applied as if it were new.
So each command says how old it is: ``born`` is the number of commands that its proposer had seen
applied when it was made, which is the same count on every member. A client that is forgotten moves
the ``horizon`` up to its last command. A command born before the horizon, of a client that is not
known, may be one that was applied and forgotten: it is EXPIRED, now and for ever, since the horizon
never goes back. Its proposer, which applies the log in its order too, sees whether that was the
first time it came up; then it was never applied, and may be made again, born anew (``proposals``).
Nobody has to register: the first command of a client that is not known begins its session.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from raft_core.codec import UNREADABLE
from raft_core.errors import UnsupportedVersion
from raft_core.messages import EXPIRED, FAILED, AnswerStatus
from raft_core.nesting import MAX_NESTING, require_shallow

MAX_RESULT_BYTES: Final = 256 * 1024
"""Results over this are an error for the proposer: the same on all members, so no setting."""

MAX_CLIENTS: Final = 256
"""Clients whose sessions are kept; every start of a member makes one. It is a part of what a log
means, so it can never change for a cluster that exists."""

MAX_KEPT_BYTES: Final = 256 * 1024
"""Results kept of all clients together, the newest whatever its size. A part of what a log means,
too: see ``MAX_CLIENTS``."""

SESSION_OVERHEAD: Final = 72
"""Bytes that a command takes beside its own, at most, with a client's id of up to 32 characters."""


COMMAND_OVERHEAD: Final = 5
"""Bytes that one of many commands in an entry takes beside its own, at most."""


class SessionCommands(Struct, frozen=True, array_like=True, gc=False):
    """The data of a COMMAND entry: commands of one client, with the sequences from ``first`` on.

    Commands that were proposed at the same time share an entry, since an entry costs more than a
    command; what becomes of them is one client's question for each. All the client's sequences
    below ``settled`` are answered. ``born``: how many commands their proposer had seen applied when
    they were first proposed. What may be in the log already keeps it when it is proposed again.
    """

    client: str
    first: int
    settled: int
    commands: tuple[bytes, ...]
    born: int = 0

    @property
    def sequences(self) -> range:
        """Of the commands, in their order."""
        return range(self.first, self.first + len(self.commands))


class Outcome(Struct, frozen=True, array_like=True, gc=False):
    """APPLIED with the encoded result, FAILED with a sentence in UTF-8, or EXPIRED."""

    status: AnswerStatus
    data: bytes


class ClientSession(Struct):
    """One client's outcomes that it may still ask for, by sequence.

    ``heard`` is the number of its last command among all clients'. ``since`` is the horizon when
    the session began: what was born before belongs to an earlier one, which is forgotten.
    """

    settled: int = 0
    outcomes: dict[int, Outcome] = {}
    heard: int = 0
    since: int = 0


_ALREADY_SETTLED: Final = Outcome(
    FAILED, b"a repeated command whose result its client had received already"
)

_NOT_KEPT: Final = Outcome(FAILED, b"")
"""In the table in place of an outcome whose result was dropped. No failure says nothing."""
_RESULT_DROPPED: Final = Outcome(
    FAILED, b"applied, but its result was too much to keep for so long"
)

_EXPIRED: Final = Outcome(EXPIRED, b"its client was forgotten, and with it what became of it")

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[SessionCommands] = msgspec.msgpack.Decoder(SessionCommands)


def encode_session_commands(commands: SessionCommands) -> bytes:
    """The data of a COMMAND entry."""
    return _encode(commands)


def decode_session_commands(data: bytes) -> SessionCommands:
    """Read what a member proposed.

    :raises UnsupportedVersion: it is in a form this member does not know; to skip it would make
        this member's state differ from the others'
    """
    try:
        if len(data) > MAX_NESTING:
            require_shallow(data)
        return _decoder.decode(data)
    except UNREADABLE as error:
        raise UnsupportedVersion(f"a log entry cannot be read by this version: {error}") from error


class Sessions(Struct):
    """The table. Deterministic: it changes only by entries applied, in their order."""

    clients: dict[str, ClientSession] = {}
    commands: int = 0
    """How many commands were applied."""
    horizon: int = 0
    """The number of the last command of any client that is forgotten."""
    max_clients: int = MAX_CLIENTS
    result_bytes: int = 0
    """Of all results that are kept."""

    def earlier(self, batch: SessionCommands) -> dict[int, Outcome]:
        """The outcomes of those of these commands that were applied before, by their sequences.

        The others are to be applied now, save those that are EXPIRED here: nobody knows any more
        whether they were.
        """
        session = self.clients.get(batch.client)
        if session is None:
            return dict.fromkeys(batch.sequences, _EXPIRED) if batch.born < self.horizon else {}
        outcomes = session.outcomes
        settled = session.settled
        expired = batch.born < session.since
        sequences = batch.sequences
        if batch.first >= settled and not expired and outcomes.keys().isdisjoint(sequences):
            return {}  # as nearly always
        found = {}
        for sequence in sequences:
            if sequence < settled:
                found[sequence] = _ALREADY_SETTLED
            elif (outcome := outcomes.get(sequence)) is not None:
                found[sequence] = _RESULT_DROPPED if outcome == _NOT_KEPT else outcome
            elif expired:
                found[sequence] = _EXPIRED
        return found

    def record(self, batch: SessionCommands, outcomes: Iterable[tuple[int, Outcome]]) -> None:
        """Remember outcomes, by sequence, and forget those that the client says it has received."""
        session = self.clients.get(batch.client)
        if session is None:
            session = ClientSession(since=self.horizon, heard=self.commands + 1)
            self.clients[batch.client] = session
            if len(self.clients) > self.max_clients:
                self._forget_one()
        if batch.settled > session.settled:
            self._settle(session, batch.settled)
        kept = session.outcomes
        count = size = 0
        for sequence, outcome in outcomes:
            kept[sequence] = outcome
            size += len(outcome.data)
            count += 1
        self.commands += count
        session.heard = self.commands
        self.result_bytes += size
        if self.result_bytes > MAX_KEPT_BYTES:
            self._drop_results(session)

    def _settle(self, session: ClientSession, settled: int) -> None:
        """They settle in order and came nearly in order; one that did not goes with the next."""
        session.settled = settled
        outcomes = session.outcomes
        size = 0
        for sequence in tuple(outcomes):
            if sequence >= settled:
                break
            size += len(outcomes.pop(sequence).data)
        self.result_bytes -= size

    def _drop_results(self, newest: ClientSession) -> None:
        """Results of those heard of longest ago go: that their commands were applied stays known.

        A client that is gone would otherwise leave its last result in every snapshot to come.
        """
        sessions = sorted(self.clients.values(), key=lambda session: session.heard)
        for session in sessions:  # pragma: no branch - it ends at the newest
            for sequence, outcome in session.outcomes.items():
                if self.result_bytes <= MAX_KEPT_BYTES or (
                    session is newest and sequence == next(reversed(session.outcomes))
                ):
                    return
                session.outcomes[sequence] = _NOT_KEPT
                self.result_bytes -= len(outcome.data)

    def _forget_one(self) -> None:
        """The one heard of longest ago: its last number is the smallest, and no two are alike."""
        name, session = min(self.clients.items(), key=lambda item: item[1].heard)
        del self.clients[name]
        self.result_bytes -= sum(len(outcome.data) for outcome in session.outcomes.values())
        self.horizon = max(self.horizon, session.heard)
