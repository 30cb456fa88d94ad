"""Every error of the package, by whose fault it is.

RaftError
|-- CallerError            yours: the call was wrong or cannot be served
|   |-- InvalidConfig      a setting out of its bounds
|   |-- ProposalTooLarge   the encoded command is over the limit: nothing was sent
|   |-- Overloaded         a bounded queue is full: nothing was appended, try again later
|   |-- ConfigurationRefused   the change of members is not allowed, or not now
|   |-- TransferRefused    leadership did not go to another member
|   |-- RecoveryRefused    nothing to recover, or it was not said what may be lost
|   |-- CommandFailed      State.apply raised for this command, on every member alike
|   |-- InvalidState       the State cannot be driven: its apply does not say its types
|   |-- NoLeader           none was found in time: the command is not applied, nothing is read
|   |-- OutcomeUnknown     no answer in time: it may be applied or not; retrying may apply twice
|   |   `-- SessionExpired its session was forgotten before its answer came
|   `-- Stopped            the node is not running
|       |-- Removed        it never will: it is no member of the cluster any more
|       `-- Superseded     it never will: a copy of its journal was started later, and goes on
|-- PeerError              a peer's: its message is dropped, nothing of ours changes
|   |-- MalformedMessage
|   `-- UnsupportedVersion it speaks a version this member does not know
|-- StorageError           the storage's: the member stops, what was stored stays
|   |-- JournalDamaged     a record that was complete no longer is, or one is missing
|   |-- WrongJournal       the journal belongs to another member
|   `-- StorageFailed      a write was refused (quota, disk)
|-- StateFailed            the State's: apply ran out of memory or stack here; the member stops
`-- InvariantBroken        a bug of ours: the member stops at once rather than harm the others
"""


class RaftError(Exception):
    """Base of all errors of raft-core."""


class CallerError(RaftError):
    """The call was wrong, or cannot be served now."""


class InvalidConfig(CallerError, ValueError):
    """A setting is out of its bounds; the sentence names it and the bounds."""


class ProposalTooLarge(CallerError, ValueError):
    """The encoded command has more bytes than ``Config.max_proposal_bytes``; nothing was sent."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"the command has {size} bytes encoded, the limit is {limit}: make it smaller"
        )
        self.size = size
        self.limit = limit


class Overloaded(CallerError):
    """Too much is under way; nothing was appended. Try again after earlier answers."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"too many {what} are under way, the limit is {limit}: try again later")
        self.what = what
        self.limit = limit


class ConfigurationRefused(CallerError):
    """The members were not changed; the sentence says why.

    New learners may be there, if their catching up is what failed: they count in no majority.
    """


class TransferRefused(CallerError):
    """Leadership did not go to another member, or not to the one asked for; the sentence says why.

    Nothing is lost by it, and it may be asked for again.
    """


class RecoveryRefused(CallerError):
    """A cluster was not recovered from one survivor; the sentence says why. Nothing is changed."""


class CommandFailed(CallerError):
    """``State.apply`` raised for this command. It did so on every member, which all go on."""


class InvalidState(CallerError, TypeError):
    """The State cannot be driven; the sentence says what its ``apply`` lacks."""


class NoLeader(CallerError):
    """No leader was found in time: the command is not applied, or nothing was read.

    :param leader: who was last known to lead, if anyone was: the member to look at, or to ask
    """

    def __init__(self, sentence: str, leader: str | None = None) -> None:
        hint = f"; the last one known to lead is {leader}" if leader is not None else ""
        super().__init__(sentence + hint)
        self.leader = leader


class OutcomeUnknown(CallerError):
    """No answer within the time: the command may be applied already, later, or never."""


class SessionExpired(OutcomeUnknown):
    """Its session is forgotten, so nobody knows whether it was applied. It will not be any more."""


class Stopped(CallerError):
    """The node is not running: not yet entered, left, or halted by an error of its storage."""


class Removed(Stopped):
    """This member was removed from the cluster. It takes part no more, and stays readable.

    Its id never comes back: whoever wants it in again starts it anew, with an empty storage.
    """


_SUPERSEDED = (
    "a copy of this member was started later, elsewhere, and goes on in its place; so this one "
    "has ended for good. Go on there. To take part from here as well, begin here with an empty "
    "storage, as a new member"
)


class Superseded(Stopped):
    """A copy of this member's journal was started later, and speaks for the member now.

    This copy takes part no more, and stays readable. It cannot be started again; whoever wants it
    in starts it with an empty storage, under a new id.
    """

    def __init__(self, sentence: str = _SUPERSEDED) -> None:
        super().__init__(sentence)


class PeerError(RaftError):
    """A peer sent what it must not; it is dropped and counted."""


class MalformedMessage(PeerError):
    """Bytes that are no message."""


class UnsupportedVersion(PeerError):
    """A message or record of a version this member does not know: update this member."""


class StorageError(RaftError):
    """The storage refused or lost something. The member stops and stays readable."""


class JournalDamaged(StorageError):
    """A complete record was altered, or is missing. Reading it has changed nothing."""


class WrongJournal(StorageError):
    """The journal was written by another member than the one that is to use it."""


class StorageFailed(StorageError):
    """The storage refused a write; what was stored before is intact."""


class StateFailed(RaftError):
    """``State.apply`` failed for want of memory or stack, which may be so on this member alone.

    So it is no result: the others may have got another. The member stops, and applies again when it
    is started again.
    """


class InvariantBroken(RaftError):
    """The algorithm met a state that it proves impossible: a bug here, or damaged data."""
