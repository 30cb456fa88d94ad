"""A member's place in the mesh: the introducer's client, negotiations and links together.

No I/O and no JavaScript. What differs between a browser and a native process is a `Backend`: it
opens the WebSocket, makes connections and wakes us, and everything that happens to those is
reported here.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Protocol

import msgspec

from transport_webrtc import negotiation, signalling
from transport_webrtc.authentication import Authenticator, Distrust
from transport_webrtc.bodies import Candidate, read_body, write_body
from transport_webrtc.events import (
    AttemptFailed,
    IntroducerChanged,
    IntroducerState,
    LossReason,
    NotAuthenticated,
    PeerArrived,
    PeerConnected,
    PeerDeparted,
    PeerLost,
    PeerState,
    PeerStats,
    Refused,
    SignalIgnored,
    TransportEvent,
)
from transport_webrtc.link import Channel, Link, LinkSettings
from transport_webrtc.negotiation import NegotiationSettings, Negotiator
from transport_webrtc.signalling import IceServer, IntroducerClient, SignallingSettings, room_of

_NETWORK = frozenset({LossReason.TIMEOUT, LossReason.CLOSED})
"""How an attempt ends that nothing gets through for."""

_NO_RELAY = (
    "No TURN server is known that could relay between members who cannot reach each other: the "
    "introducer can name one."
)


class MeshSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All limits and times in one place."""

    link: LinkSettings = LinkSettings()
    negotiation: NegotiationSettings = NegotiationSettings()
    signalling: SignallingSettings = SignallingSettings()


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

    def __init__(self, mesh: "Mesh", peer: str, offer: str) -> None:
        self._mesh = mesh
        self.peer = peer
        self.offer = offer
        self.hint: str | None = None

    def attach(self, connection: Connection, link: Link) -> None:
        """Completes it. `receive` takes each frame, straight into the link: the hot path."""
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


class Mesh:
    """The links of `member` with everybody else who holds the session key.

    `deliver` gets the messages of connected peers only; `peers_changed` is called after each change
    of who is connected. They and `on_event` must not raise.

    :raises ValueError: if the session key is malformed.
    """

    def __init__(
        self,
        member: str,
        session_key: str,
        backend: Backend,
        *,
        clock: Callable[[], float],
        rng: Random,
        deliver: Callable[[str, bytes], None],
        peers_changed: Callable[[frozenset[str]], None],
        on_event: Callable[[TransportEvent], None],
        ice_servers: Sequence[IceServer] = (),
        settings: MeshSettings | None = None,
    ) -> None:
        self._member = member
        self._backend = backend
        self._clock = clock
        self._deliver = deliver
        self._peers_changed = peers_changed
        self._on_event = on_event
        self._settings = settings or MeshSettings()
        self._own_ice_servers = tuple(ice_servers)
        self._ice_servers = self._own_ice_servers
        self._authenticator = Authenticator(member, session_key)
        self._distrust = Distrust()
        self._client = IntroducerClient(
            member, room_of(session_key), rng=rng, settings=self._settings.signalling
        )
        self._negotiator = Negotiator(member, rng=rng, settings=self._settings.negotiation)
        self._peerings: dict[str, Peering] = {}
        self._connected: dict[str, Link] = {}
        self._next_round: float | None = None
        self._stopped = False

    @property
    def client(self) -> IntroducerClient:
        """How we stand with the introducer."""
        return self._client

    def start(self) -> None:
        """Goes to the introducer. To be called once."""
        self._carry_out_signalling(self._client.start(self._clock()))
        self._arm()

    def send(self, peer: str, payload: bytes) -> bool:
        """Sends to a connected peer. False: not connected, or too much waits already."""
        link = self._connected.get(peer)
        return link is not None and link.send(payload)

    def drop(self, peer: str) -> bool:
        """Ends the link to a peer as if it had failed; it comes back by itself. False: no link."""
        link = self._connected.get(peer)
        if link is not None:
            link.end(LossReason.CLOSED, "dropped on request")
        return link is not None

    def connections(self) -> dict[str, Connection]:
        """The connections to connected peers."""
        return {peer: self._peerings[peer].connection for peer in self._connected}

    def stop(self) -> None:
        """Leaves the room and closes everything at once. Nothing is called back afterwards."""
        if self._stopped:
            return
        self._carry_out_signalling(self._client.leave())
        self._stopped = True
        self._connected.clear()
        for peering in self._peerings.values():
            peering.link.close("it left")
            peering.connection.close()
        self._peerings.clear()

    def stats(self) -> dict[str, PeerStats]:
        """Numbers about everyone in the room and everyone connected."""
        return {
            peer: self._stats_of(peer)
            for peer in sorted(self._negotiator.present | self._peerings.keys())
        }

    def _stats_of(self, peer: str) -> PeerStats:
        peering = self._peerings.get(peer)
        if peering is None:
            return PeerStats(PeerState.WAITING)
        link = peering.link
        state = PeerState.CONNECTED if link.connected else PeerState.CONNECTING
        return PeerStats(state, link.buffered, link.round_trip)

    # -------------------------------------------------------------- reports of the socket and timer

    def socket_opened(self) -> None:
        """The socket is open."""
        self._carry_out_signalling(self._client.opened())
        self._arm()

    def socket_received(self, text: str) -> None:
        """A text frame came on the socket."""
        self._carry_out_signalling(self._client.received(self._clock(), text))
        self._arm()

    def socket_closed(self) -> None:
        """The socket closed, or could not be opened."""
        self._carry_out_signalling(self._client.closed(self._clock()))
        self._arm()

    def tick(self) -> None:
        """Does what is due; too early does no harm."""
        if self._stopped:
            return
        now = self._clock()
        self._carry_out_signalling(self._client.tick(now))
        self._carry_out(self._negotiator.tick(now))
        if self._next_round is not None and self._next_round <= now:
            self._next_round = now + self._settings.link.ping_interval
            for peering in list(self._peerings.values()):
                peering.link.tick(now)
            if not self._peerings:
                self._next_round = None
        self._arm()

    def _arm(self) -> None:
        times = (self._client.deadline, self._negotiator.deadline, self._next_round)
        due = [time for time in times if time is not None]
        if due and not self._stopped:
            self._backend.wake_at(min(due))

    # ---------------------------------------------------------------------- reports of the peerings

    def described(self, peering: Peering, sdp: str) -> None:
        """A connection has its description."""
        self._carry_out(self._negotiator.described(peering.peer, peering.offer, sdp))

    def candidate_found(self, peering: Peering, candidate: Candidate) -> None:
        """A connection found an address."""
        self._carry_out(self._negotiator.candidate_found(peering.peer, candidate))

    def _on_connected(self, link: Link) -> None:
        peer = link.peer
        self._negotiator.connected(self._clock(), peer, self._peerings[peer].offer)
        self._connected[peer] = link
        self._tell(PeerConnected(peer))
        self._tell_peers()

    def _on_ended(self, link: Link, reason: LossReason, detail: str) -> None:
        peering = self._peerings[link.peer]
        self._negotiator.lost(self._clock(), peering.peer, peering.offer)
        self._discard(peering, reason, detail)
        self._arm()

    def _discard(self, peering: Peering, reason: LossReason, detail: str) -> None:
        """Forgets a peering that is over and tells of it."""
        peer = peering.peer
        del self._peerings[peer]
        was_connected = self._connected.pop(peer, None) is not None
        peering.link.close(f"{reason}: {detail}")
        peering.connection.close()
        if was_connected:
            self._tell(PeerLost(peer, reason, detail))
            self._tell_peers()
        else:
            hint = peering.hint if reason in _NETWORK else None
            self._tell(AttemptFailed(peer, reason, detail, hint))

    # Any callback may stop us. Then nothing further may be called, whatever we were doing.

    def _tell(self, event: TransportEvent) -> None:
        if not self._stopped:
            self._on_event(event)

    def _tell_peers(self) -> None:
        if not self._stopped:
            self._peers_changed(frozenset(self._connected))

    # -------------------------------------------------------------------------- carrying things out

    def _carry_out_signalling(self, actions: Iterable[signalling.Action]) -> None:
        for action in actions:
            if self._stopped:
                return
            match action:
                case signalling.OpenSocket():
                    self._backend.open_socket()
                case signalling.SendText(text):
                    self._backend.send_text(text)
                case signalling.CloseSocket():
                    self._backend.close_socket()
                case signalling.StateChanged(state, problem):
                    self._introducer_changed(IntroducerChanged(state, problem))
                case signalling.Refusal(code, message, fatal):
                    self._tell(Refused(code, message, fatal))
                case signalling.Unreadable(why):
                    self._tell(SignalIgnored("introducer", why))
                case signalling.IceServers(ice_servers):
                    self._ice_servers = (*self._own_ice_servers, *ice_servers)
                case _:
                    self._hear(action)

    def _introducer_changed(self, change: IntroducerChanged) -> None:
        if change.state is not IntroducerState.JOINED:
            self._negotiator.introducer_lost()
        self._tell(change)

    def _hear(
        self,
        news: signalling.Welcome | signalling.Joined | signalling.Left | signalling.Signal,
    ) -> None:
        """The introducer's news of the room."""
        now = self._clock()
        match news:
            case signalling.Welcome(members, ice_servers):
                self._ice_servers = (*self._own_ice_servers, *ice_servers)
                for member in members:
                    self._tell(PeerArrived(member))
                self._carry_out(self._negotiator.welcomed(now, members))
            case signalling.Joined(member):
                self._tell(PeerArrived(member))
                self._carry_out(self._negotiator.joined(now, member))
            case signalling.Left(member, reason):
                self._tell(PeerDeparted(member, reason))
                self._carry_out(self._negotiator.left(member, reason))
            case signalling.Signal(sender, body):
                self._hear_body(now, sender, body)

    def _hear_body(self, now: float, sender: str, body: object) -> None:
        """What the introducer says that a peer said: believed only if the peer signed it."""
        try:
            read = read_body(body)
        except ValueError as error:
            self._tell(SignalIgnored(sender, f"no signal that we know: {error}"))
            return
        if self._authenticator.is_genuine(sender, read):
            self._carry_out(self._negotiator.signalled(now, sender, read))
        elif self._distrust.is_news(now, sender):
            self._tell(NotAuthenticated(sender))

    def _carry_out(self, actions: Iterable[negotiation.Action]) -> None:
        for action in actions:
            if self._stopped:
                return
            match action:
                case negotiation.MakeOffer(peer, offer):
                    if (peering := self._connect(peer, offer)) is not None:
                        peering.connection.make_offer()
                case negotiation.MakeAnswer(peer, offer, sdp):
                    if (peering := self._connect(peer, offer)) is not None:
                        peering.connection.make_answer(sdp)
                case negotiation.SendBody(peer, body):
                    signed = write_body(self._authenticator.sign(peer, body))
                    self._carry_out_signalling(self._client.signal(peer, signed))
                case negotiation.Ignored(sender, why):
                    self._tell(SignalIgnored(sender, why))
                case _:
                    self._carry_on(action)

    def _carry_on(
        self, action: negotiation.TakeAnswer | negotiation.TakeCandidate | negotiation.Drop
    ) -> None:
        """What concerns a connection at hand, if it has not failed since this was decided."""
        peering = self._peerings.get(action.peer)
        if peering is None or peering.offer != action.offer:
            return
        match action:
            case negotiation.TakeAnswer(_, _, sdp):
                peering.connection.take_answer(sdp)
            case negotiation.TakeCandidate(_, _, candidate):
                peering.connection.take_candidate(candidate)
            case negotiation.Drop(_, _, reason, detail):
                self._discard(peering, reason, detail)

    def _connect(self, peer: str, offer: str) -> Peering | None:
        """Makes a connection and its link."""
        peering = Peering(self, peer, offer)
        if not any(server.relays() for server in self._ice_servers):
            peering.hindered(_NO_RELAY)
        try:
            connection = self._backend.connect(peering, self._ice_servers)
        except OSError as error:
            self._negotiator.lost(self._clock(), peer, offer)
            self._tell(AttemptFailed(peer, LossReason.CLOSED, str(error)))
            return None
        link = Link(
            self._member,
            peer,
            connection,
            settings=self._settings.link,
            clock=self._clock,
            deliver=self._deliver,
            on_connected=self._on_connected,
            on_ended=self._on_ended,
        )
        peering.attach(connection, link)
        self._peerings[peer] = peering
        if self._next_round is None:
            self._next_round = self._clock() + self._settings.link.ping_interval
        return peering
