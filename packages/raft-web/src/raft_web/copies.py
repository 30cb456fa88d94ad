"""What a person is told whose browser profile was copied: one member, running twice."""

from __future__ import annotations

from transport_webrtc.events import RanElsewhere, SupersededBy, TransportEvent


def copy_note(event: TransportEvent) -> str:
    """What to say of a copy of this member that runs, or ran; nothing of all other events."""
    if isinstance(event, SupersededBy):
        return (
            "This member runs in another place, where it was started later: perhaps a copy of this "
            "browser's profile, or of this machine. That one goes on, and this window has stopped. "
            "To take part from here as well, clear what is stored here, on the start page, and "
            "join again as a new member."
        )
    if isinstance(event, RanElsewhere) and event.answered:
        return (
            "This member was running elsewhere: perhaps in a copy of this browser's profile, or of "
            "this machine. That one has stopped for good, and this window goes on. What it alone "
            "knew is lost to this one, so use one copy only."
        )
    if isinstance(event, RanElsewhere):
        return (
            "The introducer has seen this member twice. If a copy of this browser's profile, or of "
            "this machine, runs elsewhere, that one stops for good, and this window goes on: use "
            "one copy only."
        )
    return ""
