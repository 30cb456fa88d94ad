"""What happens to a member, in its log: events as sentences, with their fields beside them."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec

from raft_core import NodeId, events
from transport_webrtc import events as links

_log = logging.getLogger("raft_node")

_LEVELS: Final[dict[type, int]] = {
    events.Halted: logging.ERROR,
    events.MessagesDropped: logging.WARNING,
    events.PeerIncompatible: logging.WARNING,
    events.StorageSlow: logging.WARNING,
    events.MemberSuspect: logging.WARNING,
    events.ConnectionsChanged: logging.DEBUG,  # the transport says it with its reason
    links.Refused: logging.WARNING,
    links.AttemptFailed: logging.WARNING,
    links.NotAuthenticated: logging.WARNING,
    links.RanElsewhere: logging.WARNING,
    links.SupersededBy: logging.ERROR,
    links.SignalIgnored: logging.DEBUG,
    links.PeerArrived: logging.DEBUG,
    links.PeerDeparted: logging.DEBUG,
}
"""Those that are not of level INFO."""


def log_event(event: events.Event | links.TransportEvent) -> None:
    """Write a line; an observer of a node, and of a transport."""
    level = _LEVELS.get(type(event), logging.INFO)
    if isinstance(event, links.IntroducerChanged) and event.problem is not None:
        level = logging.WARNING
    if _log.isEnabledFor(level):
        fields = {"event": type(event).__name__, **_fields(event)}
        _log.log(level, "%s", sentence(event), extra={"fields": fields})


def sentence(event: events.Event | links.TransportEvent) -> str:  # noqa: C901, PLR0911, PLR0912
    """What happened, for people: a line for each kind, and mypy sees to it that none is missing."""
    match event:
        case events.RoleChanged(role, term):
            return f"{str(role).replace('_', '-')} in term {term}"
        case events.LeaderChanged(None, term):
            return f"no leader in term {term}"
        case events.LeaderChanged(leader, term):
            return f"{leader} leads in term {term}"
        case events.MembersChanged(voters, learners, outgoing):
            return f"members: {_members(voters, learners, outgoing)}"
        case events.ConnectionsChanged(peers):
            return f"in reach: {', '.join(peers) or 'nobody'}"
        case events.SnapshotStored(index):
            return f"a snapshot of all up to entry {index} is stored"
        case events.MessagesDropped(count):
            return f"{count} messages were dropped"
        case events.PeerIncompatible(peer, problem):
            return f"{peer} cannot be understood: {problem}"
        case events.StorageSlow(seconds):
            return f"the storage has not taken a record for {seconds:g} s"
        case events.MemberSuspect(member):
            return f"{member} may have forgotten what it wrote last"
        case events.MemberFreed(member):
            return f"{member} votes again, with all that is committed"
        case events.Halted(problem):
            return f"this member takes part no more: {problem}"
        case _:
            return _of_links(event)


def _of_links(event: links.TransportEvent) -> str:  # noqa: C901, PLR0911
    match event:
        case links.IntroducerChanged(state, problem):
            return f"introducer: {state}" + (f": {problem}" if problem else "")
        case links.Refused(code, message, _):
            return f"the introducer refuses ({code}): {message}"
        case links.PeerArrived(peer):
            return f"{peer} is in the room"
        case links.PeerDeparted(peer, reason):
            return f"{peer} left the room: {reason}"
        case links.PeerConnected(peer):
            return f"connected to {peer}"
        case links.PeerLost(peer, reason, detail):
            return f"lost {peer}: {reason}{_more(detail)}"
        case links.AttemptFailed(peer, reason, detail, hint):
            tried = f"no connection to {peer} came about: {reason}{_more(detail)}"
            return f"{tried}. {hint}" if hint else tried
        case links.SignalIgnored(sender, why):
            return f"ignored a signal of {sender}: {why}"
        case links.NotAuthenticated(sender):
            return (
                f"what came in the name of {sender} bears no proof of the session's key and was "
                "not believed: it runs another version, or the introducer lies"
            )
        case links.SupersededBy(number):
            return (
                f"this member runs elsewhere, from a copy that was started later (start {number})"
            )
        case links.RanElsewhere(number, answered):
            if answered:
                return (
                    "this member was running elsewhere, from a copy of its data, which has ended "
                    f"(start {number})"
                )
            return (
                "the introducer has seen this member twice: if a copy of its data runs elsewhere, "
                f"that one ends (start {number})"
            )


def _fields(event: Any) -> dict[str, Any]:
    found = msgspec.to_builtins(event)
    return {name: value for name, value in found.items() if name != "type"}


def _members(
    voters: tuple[NodeId, ...], learners: tuple[NodeId, ...], outgoing: tuple[NodeId, ...]
) -> str:
    parts = [f"voters {', '.join(voters) or 'none'}"]
    if outgoing:
        parts.append(f"in place of {', '.join(outgoing)}")
    if learners:
        parts.append(f"learners {', '.join(learners)}")
    return "; ".join(parts)


def _more(detail: str) -> str:
    return f" ({detail})" if detail else ""
