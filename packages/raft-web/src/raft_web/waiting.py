"""The waiting room's words: how far the cluster is, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from transport_webrtc.session import Durability

if TYPE_CHECKING:
    from raft_core import Status


KEPT: Final = {
    Durability.DISK: (
        "This cluster is kept on the disk: what is written counts once it is on the disks of most "
        "members, and a browser that is killed forgets nothing."
    ),
    Durability.BROWSER: (
        "This cluster is kept in the browser: that is quick, and a browser that is killed forgets "
        "its last seconds, until the other members have told it again."
    ),
}
"""What the mode of a cluster means. It was chosen when the cluster was started, and stays."""


class Waiting(NamedTuple):
    """What the waiting room says."""

    here: int  # members that are here, this one among them
    wanted: int
    advice: str

    @property
    def progress(self) -> str:
        """How far the cluster is: "1 of 3"."""
        return f"{min(self.here, self.wanted)} of {self.wanted}"


def is_over(status: Status) -> bool:
    """The cluster has its size, as far as this member's configuration says; it never shrinks below.

    A learner of such a cluster need not wait either, nor a member of one that was recovered from a
    survivor: what that has is to be seen.
    """
    grown: bool = len(status.voters) >= status.target_size or status.generation > 0
    return grown


def waiting(status: Status, *, founder: bool, more_hosts: bool) -> Waiting:
    """How far it is. `founder`: this window started the cluster; `more_hosts`: links are shown."""
    here = {status.node_id, *status.connected}
    wanted = status.target_size
    if len(here) >= wanted:
        advice = "All are here. The cluster forms by itself; this takes a moment."
    elif len(here) == 1 and not founder and not status.voters:
        advice = (
            "Nobody else is here. Is the window still open that the link came from? "
            "A cluster begins in the window where it was started."
        )
    elif more_hosts:
        advice = (
            "Open each of the links below in a window of its own, and leave all of them open. "
            "Each is a member with a storage of its own."
        )
    else:
        advice = (
            "Open the link below in another browser or on another machine, "
            "and leave this window open."
        )
    return Waiting(len(here), wanted, advice)


def people(status: Status) -> list[str]:
    """Who is here, a line each."""
    others = sorted(set(status.connected))
    return [
        f"{status.node_id} (this window{_note(status, status.node_id)})",
        *(f"{peer}{_bracketed(_note(status, peer))}" for peer in others),
    ]


def _note(status: Status, node_id: str) -> str:
    if node_id == status.leader:
        return ", leader"
    if node_id in status.learners:
        return ", catching up"
    return ""


def _bracketed(note: str) -> str:
    return f" ({note.removeprefix(', ')})" if note else ""
