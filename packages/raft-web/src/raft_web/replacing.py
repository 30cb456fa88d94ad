"""Who is in the cluster, as a person changes it: put a member in a lost one's place, or remove one.

The rules and the words, and the one change that is under way; `raft_core.Node.change_members` does
the work, and the leader decides.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import cycle
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from raft_core import errors
from raft_web.asking import Question
from raft_web.messages import describe

if TYPE_CHECKING:
    from raft_core import Status


class Action(NamedTuple):
    """What a person can do about a member that is not connected."""

    kind: Literal["replace", "remove"]
    member: str
    by: str = ""  # who takes its place

    @property
    def label(self) -> str:
        """What the button says."""
        return f"Put {self.by} in its place" if self.kind == "replace" else "Remove"

    @property
    def busy_label(self) -> str:
        """What it says while that is being done."""
        return f"Putting {self.by} in its place…" if self.kind == "replace" else "Removing…"

    @property
    def description(self) -> str:
        """What it does, for who cannot see in which row it is."""
        if self.kind == "replace":
            return f"Put {self.by} in the place of {self.member}"
        return f"Remove {self.member}"


class Members(Protocol):
    """The call of `raft_core.Node` that is used."""

    def change_members(
        self, *, remove: tuple[str, ...] = (), replace: dict[str, str] | None = None
    ) -> Awaitable[int]:
        """See `raft_core.Node`."""


def actions(status: Status) -> dict[str, tuple[Action, ...]]:
    """What can be done now, by the member that it is about.

    Nothing without a leader, who would have to do it, and nothing while the voters change.
    """
    if status.leader is None or status.problem is not None or status.outgoing:
        return {}
    found: dict[str, tuple[Action, ...]] = {}
    newcomers = _newcomers(status)
    turn = cycle(newcomers)
    for member in _lost(status, status.voters):
        remove = [Action("remove", member)] if len(status.voters) > 1 else []
        place = [Action("replace", member, next(turn))] if newcomers else []
        found[member] = (*place, *remove)
    for member in _lost(status, status.learners):
        found[member] = (Action("remove", member),)
    return found


def _lost(status: Status, members: tuple[str, ...]) -> list[str]:
    return [one for one in members if one not in {status.node_id, *status.connected}]


def _newcomers(status: Status) -> list[str]:
    """Who is here and has no vote: learners first, for they have the log already."""
    here = [*status.connected]
    if status.node_id in status.learners:
        here.insert(0, status.node_id)
    learners = [one for one in here if one in status.learners]
    barred = {*status.voters, *status.excluded, *learners}
    return [*learners, *(one for one in here if one not in barred)]


def question(action: Action, status: Status) -> Question:
    """What the action means, before it is done."""
    never = (
        f"{action.member} is out for ever: if its window opens again, it is told so, and what only "
        "it had stays there until somebody clears it. It can join again as a new member."
    )
    if action.kind == "replace":
        voters = len(status.voters)
        return Question(
            f"Put {action.by} in the place of {action.member}?",
            (
                f"{action.by} gets all that the cluster has, and votes then in its stead.",
                f"Nothing is lost by it, and there are still {voters} voters.",
                never,
                f"If {action.member} is only away for a while, this is not needed.",
            ),
            confirm=f"Put {action.by} in its place",
            cancel="Change nothing",
        )
    return Question(
        f"Remove {action.member}?", (*_meaning(action, status), never), "Remove", "Change nothing"
    )


def _meaning(action: Action, status: Status) -> tuple[str, ...]:
    left = len(status.voters) - 1
    if action.member not in status.voters:
        return (f"{action.member} has no vote. How many members may fail stays as it is.",)
    failing = (left - 1) // 2
    fails = "None of them may fail" if not failing else f"Any {failing} of them may fail"
    one = left == 1
    return (
        f"The cluster then has {left} voter{'' if one else 's'}. "
        + ("If it fails, writes stop." if one else f"{fails} without writes having to wait.")
        + " It does not grow again by itself.",
    )


class Replacing:
    """The change that is under way, if one is."""

    def __init__(
        self,
        members: Members,
        said: Callable[[str, bool], None],
        changed: Callable[[], None],
    ) -> None:
        """`said` gets the outcome as a sentence, and whether it went well."""
        self._members = members
        self._said = said
        self._changed = changed
        self.under_way: Action | None = None

    async def do(self, action: Action) -> None:
        """Do it, and say what came of it. One at a time; another one meanwhile does nothing."""
        if self.under_way is not None:
            return
        self.under_way = action
        self._changed()
        try:
            if action.kind == "replace":
                await self._members.change_members(replace={action.member: action.by})
            else:
                await self._members.change_members(remove=(action.member,))
        except errors.RaftError as error:
            self._said(refusal(error), False)
        else:
            self._said(success(action), True)
        finally:
            self.under_way = None
            self._changed()


def success(action: Action) -> str:
    """What is so now."""
    if action.kind == "replace":
        return f"{action.by} votes in the place of {action.member} now."
    return f"{action.member} is no member any more."


def refusal(error: errors.RaftError) -> str:
    """Why it was not done, for a person."""
    text = describe(error)
    if isinstance(error, errors.OutcomeUnknown):
        return (
            "No answer came in time, so nobody knows whether the members were changed: look at the "
            "list before you try again."
        )
    if isinstance(error, errors.NoLeader):
        return "The members were not changed: no leader was found in time. Try again in a moment."
    return f"The members were not changed: {text}."
