"""When a cluster has lost its majority: what is so, what each has, and what a person may choose.

Only the words and the rules are here; that it happens is `running`'s business. Nothing happens by
itself: what is offered is the lost-quorum operation of `raft_core.recovery`, to be used on the day
when the others do not come back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from raft_web.asking import Question
from raft_web.panel import term_text

if TYPE_CHECKING:
    from raft_core import Status

PATIENCE: Final = 5.0
"""Seconds without a majority after which a person is offered to choose: a reload takes less."""

ASK_EVERY: Final = 2.0
"""Seconds between two questions to the others for what they have."""


_CLEARED: Final = (
    " (A window whose storage was cleared comes back as a new member. It has nothing, and does not "
    "count.)"
)


class Holder(NamedTuple):
    """A member and what it has, as a line each."""

    node_id: str
    title: str  # "this window", or nothing
    facts: str
    best: bool  # it has most of all that are here


class Recovery(NamedTuple):
    """What is offered to a person."""

    why: str
    wait: str  # what else can be done, which loses nothing
    holders: tuple[Holder, ...]
    advice: str


class Lost:
    """Watches whether a majority is gone, and for how long.

    :param ask: asks the others what they have. Only so does it come out that all may have forgotten
        something: then nobody campaigns
    """

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._asked: float | None = None
        self._since: float | None = None

    def look(self, status: Status, now: float) -> bool:
        """Whether to offer that a person chooses; `now` in seconds, never going back.

        Call it a few times in every `ASK_EVERY`.
        """
        if not _waits(status):
            self._asked = None
        elif self._asked is None:
            self._asked = now  # an election that ends at once is worth no question
        elif now - self._asked >= ASK_EVERY:
            self._asked = now
            self._ask()
        if not is_lost(status):
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since is not None and now - self._since >= PATIENCE


def is_lost(status: Status) -> bool:
    """No leader, and too few voters in reach that surely have forgotten nothing.

    And this member could be the survivor: it belongs to the cluster, and runs.
    """
    if not _waits(status):
        return False
    halves = [half for half in (status.voters, status.outgoing) if half]
    return any(len(_able(status, half)) <= len(half) // 2 for half in halves)


def _waits(status: Status) -> bool:
    """This member runs, belongs to the cluster, and knows no leader."""
    runs = status.problem is None and not status.removed
    return runs and status.leader is None and _is_member(status, status.node_id)


def recovery(status: Status) -> Recovery:
    """What a person is told and offered while `is_lost`."""
    rows = holders(status)
    best = {row.node_id for row in rows if row.best}
    if status.node_id in best:
        advice = "No member that is here has more than this one."
    else:
        advice = f"Rather choose in the window of member {_list(best)}: it has more than this one."
    return Recovery(_why(status), _wait(status), tuple(rows), advice)


def holders(status: Status) -> list[Holder]:
    """Everyone who is here, and the members that are not, with what each has."""
    known = (*status.voters, *status.outgoing, *status.learners)
    everyone = dict.fromkeys((status.node_id, *status.connected, *known))
    most = max(_amount(status, node_id) for node_id in everyone)
    return [
        Holder(
            node_id,
            "this window" if node_id == status.node_id else "",
            _facts(status, node_id),
            _amount(status, node_id) == most,
        )
        for node_id in everyone
    ]


def question(status: Status) -> Question:
    """What the choice means, in numbers, before it is made."""
    known = {*status.voters, *status.outgoing, *status.learners} - {status.node_id}
    amount = _entries(status.last_log_index)
    lines = [
        f"{status.node_id} goes on as a cluster of one with its {amount}. Others can then join it."
    ]
    if known:
        lines.append(
            f"Excluded for ever: {_list(known)}. Their windows say so when they open again, keep "
            "what they have until somebody clears it, and can join as new members."
        )
    lines += _losses(status)
    lines.append(
        "Choose one member only, and only if the others do not come back: as soon as enough of "
        "them are here, all goes on by itself, and nothing is lost."
    )
    return Question(
        "Go on with what this member has?",
        tuple(lines),
        confirm="Go on with what this member has",
        cancel="Wait for the others",
    )


# --- the words ----------------------------------------------------------------------------------


def _why(status: Status) -> str:
    doubtful = sorted(set(status.voters) & set(status.suspects))
    if not doubtful:
        return (
            f"{_present(status)} of the {len(status.voters)} voters "
            f"{'is' if _present(status) == 1 else 'are'} here: no majority, so nobody can lead "
            "and nothing can be written."
        )
    return (
        f"{_list(doubtful)} may have forgotten what was written last: not stopped in order, or "
        "started from an older copy. The voters that are here and surely have forgotten nothing "
        "are no majority, so nobody can lead and nothing can be written."
    )


def _wait(status: Status) -> str:
    missing = sorted({*status.voters, *status.outgoing} - {status.node_id, *status.connected})
    if not missing:
        return "Nobody is missing, so nothing else can be done: a person must choose who goes on."
    return (
        f"Not here: {_list(missing)}. Open the windows again in which they ran, in the same "
        "browsers: with enough of them all goes on by itself, and nothing is lost."
        + (_CLEARED if any(not _is_member(status, peer) for peer in status.connected) else "")
        + " If they are gone for ever, a person must choose who goes on."
    )


def _losses(status: Status) -> list[str]:
    """What may be lost by it, and what may come to count that never did."""
    own = (status.last_log_term, status.last_log_index)
    lines = [
        f"Member {peer} has more: {_entries(has.last_log_index)}, the last of term "
        f"{term_text(has.last_log_term)}. What this one lacks of that is lost."
        for peer, has in sorted(status.holdings.items())
        if (has.last_log_term, has.last_log_index) > own and _is_member(status, peer)
    ]
    missing = {*status.voters, *status.outgoing} - {status.node_id, *status.connected}
    if missing:
        lines.append(
            f"Whatever {_list(missing)} had acknowledged and this one never got is lost. Nobody "
            "here can say how much that is."
        )
    if status.suspect:
        lines.append(
            "This member may itself have forgotten what it wrote last: "
            "what nobody else has got of that is lost."
        )
    doubtful = status.last_log_index - status.commit_index
    if doubtful > 0:
        lines.append(
            f"Of its {_entries(status.last_log_index)} {status.commit_index} are known to have "
            "been acknowledged. "
            + (
                "The last one may never have been, and counts from then on."
                if doubtful == 1
                else f"The last {doubtful} may never have been, and count from then on."
            )
        )
    return lines


def _facts(status: Status, node_id: str) -> str:
    here = node_id == status.node_id or node_id in status.connected
    if not here:
        return "not here"
    if node_id == status.node_id:
        last, term = status.last_log_index, status.last_log_term
        commit, suspect = status.commit_index, status.suspect
    elif (has := status.holdings.get(node_id)) is not None:
        last, term, commit = has.last_log_index, has.last_log_term, has.commit_index
        suspect = has.suspect
    else:
        return "has not said yet what it has"
    if not last:
        return "has nothing: a new member"
    doubt = "; may have forgotten more" if suspect else ""
    return (
        f"{_entries(last)}, the last of term {term_text(term)}; "
        f"{commit} known to be acknowledged{doubt}"
    )


def _amount(status: Status, node_id: str) -> tuple[int, int, bool]:
    """What to choose by: the log that is most up to date (paper, section 5.4.1), then no doubt.

    That a log may lack what it once had says nothing against what it still has.
    """
    if node_id == status.node_id:
        return status.last_log_term, status.last_log_index, not status.suspect
    has = status.holdings.get(node_id)
    if has is None or not _is_member(status, node_id):
        return 0, 0, False
    return has.last_log_term, has.last_log_index, not has.suspect


def _able(status: Status, half: Sequence[str]) -> set[str]:
    """Who of these is here and could be elected, or vote."""
    return set(half) & {status.node_id, *status.connected} - set(status.suspects)


def _present(status: Status) -> int:
    return len(set(status.voters) & {status.node_id, *status.connected})


def _is_member(status: Status, node_id: str) -> bool:
    return node_id in {*status.voters, *status.outgoing, *status.learners}


def _list(members: Sequence[str] | set[str]) -> str:
    return ", ".join(sorted(members))


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
