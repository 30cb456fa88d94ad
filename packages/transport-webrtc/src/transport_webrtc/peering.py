"""What stands between the mesh and a platform.

A `Backend` makes connections, and a `Peering` takes what happens to one of them.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from transport_webrtc.bodies import Candidate
from transport_webrtc.events import LossReason
from transport_webrtc.link import Channel, Link
from transport_webrtc.signalling import IceServer

if TYPE_CHECKING:
    from transport_webrtc.mesh import Mesh


class Connection(Channel, Protocol):
    """One WebRTC connection with one channel, made by a backend.

    What is asked of it is done in the order it was asked, after the call has returned; failures are
    reported by `Peering.ended`. Nothing raises.
    """

    def make_offer(self) -> None:
        """Report an offer by `Peering.described`."""

    def make_answer(self, sdp: str) -> None:
        """Take the offer and report an answer by `Peering.described`."""

    def take_answer(self, sdp: str) -> None:
        """Take the answer to our offer."""

    def take_candidate(self, candidate: Candidate) -> None:
        """Take an address of the peer. One that cannot be used is no failure."""

    def close(self) -> None:
        """Close everything and report nothing any more. Idempotent."""


class Backend(Protocol):
    """What a platform has to provide. Nothing raises, but for `connect`."""

    def open_socket(self) -> None:
        """Open a WebSocket to the introducer, in place of any older one, and report to the mesh."""

    def send_text(self, text: str) -> None:
        """Send a frame on the socket, if it is open."""

    def close_socket(self) -> None:
        """Close the socket, after what was sent, and report nothing any more."""

    def connect(self, peering: "Peering", ice_servers: Sequence[IceServer]) -> Connection:
        """Make a connection that reports to `peering`, but not before this has returned.

        :raises OSError: with a sentence, if none can be made.
        """

    def wake_at(self, when: float) -> None:
        """Call `Mesh.tick` at this time of the clock or soon after; once too early does no harm."""


class Peering:
    """One attempt to connect, and the link that comes of it. Its connection reports here."""

    __slots__ = ("_mesh", "connection", "hint", "link", "offer", "peer", "receive")

    receive: Callable[[bytes], None]
    """Takes each frame."""

    def __init__(self, mesh: "Mesh", peer: str, offer: str) -> None:
        self._mesh = mesh
        self.peer = peer
        self.offer = offer
        self.hint: str | None = None

    def attach(self, connection: Connection, link: Link) -> None:
        """Completes it. Frames go straight into the link: the hot path."""
        self.connection = connection
        self.link = link
        self.receive = link.receive

    def described(self, sdp: str) -> None:
        """The offer or answer that was asked for is ready."""
        self._mesh.described(self, sdp)

    def candidate_found(self, candidate: str, mid: str | None, index: int | None) -> None:
        """The connection found an address of ours."""
        self._mesh.candidate_found(self, Candidate(self.offer, candidate, mid, index))

    def hindered(self, sentence: str) -> None:
        """Something does not work that others may make up for. Said if the attempt fails."""
        self.hint = sentence

    def opened(self) -> None:
        """The channel is open."""
        self.link.opened()

    def drained(self) -> None:
        """The channel has little left to send: less than `LinkSettings.pace_limit`."""
        self.link.drained()

    def ended(self, detail: str) -> None:
        """The channel or the connection is over, or could not be made."""
        self.link.end(LossReason.CLOSED, detail)
