"""What a person is told about the introducer: much while members must still meet, little later."""

from __future__ import annotations

from transport_webrtc.events import AttemptFailed, LossReason, NotAuthenticated, TransportEvent


def introducer_note(state: str) -> str:
    """A few words for the status line; nothing while all is well."""
    return {"lost": "introducer away", "refused": "introducer refuses"}.get(state, "")


def introducer_trouble(state: str, problem: str | None) -> str:
    """A sentence for the waiting room, where nobody can be met without the introducer."""
    if state == "refused":
        reason = _sentence(problem, "it gives no reason")
        return f"The introducer does not let this member in: {reason}"
    if state == "lost":
        reason = _sentence(problem, "it does not answer")
        return f"Members cannot find each other now: {reason} It is tried again by itself."
    return ""


def connection_note(event: TransportEvent) -> str:
    """What to say of an attempt to connect that led nowhere; nothing of all other events."""
    if isinstance(event, AttemptFailed) and event.reason is LossReason.TIMEOUT:
        hint = f" {event.hint}" if event.hint else ""
        return (
            f"Member {event.peer} is there, but no connection to it comes about. It is tried "
            f"again by itself; a firewall or a VPN may be in the way.{hint}"
        )
    return ""


def distrust_note(event: TransportEvent) -> str:
    """What to say of signals that were not believed, at any time; nothing of all other events."""
    if isinstance(event, NotAuthenticated):
        return (
            f"Something came in the name of member {event.sender} without proof that it knows this "
            "session's key, so it was not believed. Either that window runs another version of "
            "this page, and reloading both helps, or the introducer changes what members say to "
            "each other: then use another one."
        )
    return ""


def _sentence(problem: str | None, otherwise: str) -> str:
    return f"{(problem or otherwise).rstrip('.')}."
