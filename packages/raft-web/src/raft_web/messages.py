"""What went wrong, in sentences for the person before the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from raft_core import errors

if TYPE_CHECKING:
    from raft_core import Status

Kind = Literal["error", "note"]

SHOWN: Final = 3
"""Messages on the screen at once; the oldest gives way."""

_SENTENCES: Final[tuple[tuple[type[errors.RaftError], str], ...]] = (
    (
        errors.Overloaded,
        "Too much is under way at once. This change was not written: try again in a moment.",
    ),
    (
        errors.OutcomeUnknown,
        (
            "No answer came in time, so nobody knows whether this change was written. "
            "Look at it once the members are connected, before you make it again."
        ),
    ),
    (
        errors.NoLeader,
        (
            "This change was not written: no leader was found in time. "
            "Try again when enough members are connected."
        ),
    ),
    (errors.ProposalTooLarge, "This change was not written: {error}."),
    (errors.CommandFailed, "This change failed on all members alike: {error}."),
    (
        errors.StorageFailed,
        (
            "This browser refused to store the change: {error}. "
            "What was stored before is intact, and the other members go on."
        ),
    ),
    (
        errors.Stopped,
        "This change was not written: this member is not running. Reload the page to start it.",
    ),
)


def sentence(error: BaseException) -> str:
    """What a failed proposal means to a person."""
    for kind, text in _SENTENCES:
        if isinstance(error, kind):
            return text.format(error=str(error).rstrip("."))
    return f"This change failed in an unexpected way: {describe(error)}."


def waits(status: Status) -> str:
    """What to say while there is no leader, above the sentence that says why."""
    if status.removed:
        return ""
    lost = "" if status.suspects else "Nothing is lost, and you can read. "
    return (lost or "You can read. ") + "What you write waits until there is a leader."


def describe(error: BaseException) -> str:
    """An exception in one line, without a full stop at the end."""
    text = str(error).strip().rstrip(".")
    return text or type(error).__name__


class Message(NamedTuple):
    """One line of the message bar."""

    text: str
    kind: Kind
    times: int = 1

    @property
    def line(self) -> str:
        """The text, with how often it came when that was more than once."""
        return self.text if self.times == 1 else f"{self.text} ({self.times} times)"


class MessageBar:
    """The messages on the screen, oldest first. The same text twice is one message, counted."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.messages: list[Message] = []

    def show(self, text: str, kind: Kind = "error") -> None:
        """Add a message, or count one that is there."""
        for place, message in enumerate(self.messages):
            if message.text == text:
                self.messages[place] = message._replace(times=message.times + 1)
                break
        else:
            self.messages = [*self.messages, Message(text, kind)][-SHOWN:]
        self._changed()

    def clear(self) -> None:
        """Remove all messages: the person goes on to something else."""
        self.messages = []
        self._changed()

    def dismiss(self, text: str) -> None:
        """Remove a message; one that is gone already is no error."""
        kept = [message for message in self.messages if message.text != text]
        if len(kept) != len(self.messages):
            self.messages = kept
            self._changed()
