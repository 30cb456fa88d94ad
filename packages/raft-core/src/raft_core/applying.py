"""Commands that reach the state, and those that others want to: what is said of each to whom."""

from typing import Any

from raft_core.errors import UnsupportedVersion
from raft_core.io import Applied, Input, Output
from raft_core.machine import Machine
from raft_core.messages import COMMAND, EXPIRED, Answer, Forward
from raft_core.proposals import Proposals
from raft_core.types import NodeId


def apply(out: Output, machine: Machine[Any, Any], proposals: Proposals) -> list[Input]:
    """Apply what is committed, and answer those who proposed it at this member.

    Return what goes into the next step: answers for other members, whose proposals these were, and
    proposals of this member that have to be made again.
    """
    proposers = {item.index: item for item in out.resolved}
    remote: list[tuple[NodeId, Answer]] = []
    follows: list[Input] = []
    for entry in out.apply:
        if entry.kind != COMMAND:
            continue
        client, first, outcomes = machine.apply(entry.data)
        if client == proposals.client:
            again = proposals.applied(first, outcomes, machine.sessions.commands)
            if again is not None:
                follows.append(again)
        elif entry.index in proposers:
            item = proposers[entry.index]
            for request, outcome in enumerate(outcomes, item.request):
                if outcome.status != EXPIRED:
                    answer = Answer(request, outcome.status, outcome.data)
                    remote.append((item.origin, answer))
    if remote:
        follows.append(Applied(tuple(remote)))
    return follows


def sort(
    message: Forward, machine: Machine[Any, Any]
) -> tuple[Forward, list[Answer], list[UnsupportedVersion]]:
    """What of another member's proposals belongs into a log, and what comes of the rest.

    What was applied is answered again, and of what this member could not apply there is an error.
    """
    fresh = []
    answers = []
    errors = []
    for proposal in message.proposals:
        try:
            outcomes = machine.earlier(proposal.data)
        except UnsupportedVersion as error:
            errors.append(error)
            continue
        if outcomes is None:
            fresh.append(proposal)
            continue
        for request, outcome in enumerate(outcomes, proposal.request):
            answers.append(Answer(request, outcome.status, outcome.data))
    same = len(fresh) == len(message.proposals)
    return message if same else Forward(tuple(fresh)), answers, errors
