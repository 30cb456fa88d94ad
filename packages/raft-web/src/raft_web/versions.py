"""What a person is told when windows run versions of the page that do not understand each other.

Windows of different builds go on together as long as they speak the same versions of the
protocols, which is almost always.
"""

from __future__ import annotations

from collections.abc import Mapping

from transport_webrtc.events import AttemptFailed, LossReason, TransportEvent


def link_note(event: TransportEvent) -> str:
    """What to say of a link that another version of the protocol keeps from coming about."""
    if isinstance(event, AttemptFailed) and event.reason is LossReason.INCOMPATIBLE:
        return _note(event.peer, event.detail)
    return ""


class Versions:
    """Says once what a peer says that this version does not know, as long as it is so."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def news(self, incompatible: Mapping[str, str]) -> list[str]:
        """The sentences that are new in `Status.incompatible`."""
        before, self._told = self._told, dict(incompatible)
        return [
            _note(peer, sentence)
            for peer, sentence in incompatible.items()
            if before.get(peer) != sentence
        ]


def _note(peer: str, why: str) -> str:
    return (
        f"The window of member {peer} runs another version of this page, and this one cannot "
        f"understand it: {why}. Reload the older of the two. Nothing is lost meanwhile."
    )
