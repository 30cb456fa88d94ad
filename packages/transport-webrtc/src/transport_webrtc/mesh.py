"""A member's place in the mesh: the introducer's client, negotiations and links together.

No I/O and no JavaScript. What differs between a browser and a native process is a `Backend`: it
opens the WebSocket, makes connections and wakes us, and everything that happens to those is
reported here.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random

import msgspec

from transport_webrtc import negotiation, signalling
from transport_webrtc.authentication import Authenticator, Distrust
from transport_webrtc.bodies import Candidate, Superseded, Wanted, read_body, write_body
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
    RanElsewhere,
    Refused,
    SignalIgnored,
    SupersededBy,
    TransportEvent,
)
from transport_webrtc.fencing import Fence
from transport_webrtc.framing import Yielded
from transport_webrtc.link import Link, LinkSettings
from transport_webrtc.negotiation import NegotiationSettings, Negotiator
from transport_webrtc.peering import Backend, Connection, Peering
from transport_webrtc.signalling import IceServer, IntroducerClient, SignallingSettings, room_of
from transport_webrtc.starts import Line, Start

_NETWORK = frozenset({LossReason.TIMEOUT, LossReason.CLOSED})
"""How an attempt ends that nothing gets through for."""

_SLEPT = 20.0
"""A tick that comes so many seconds late says that we were asleep. The introducer may have closed
our socket meanwhile without our hearing of it: it does when a ping is not answered."""

_NO_RELAY = (
    "No TURN server is known that could relay between members who cannot reach each other: the "
    "introducer can name one."
)


class MeshSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All limits and times in one place."""

    link: LinkSettings = LinkSettings()
    negotiation: NegotiationSettings = NegotiationSettings()
    signalling: SignallingSettings = SignallingSettings()


class Mesh:
    """The links of `member` with everybody else who holds the session key.

    `deliver` gets the messages of connected peers only; `peers_changed` is called after each change
    of who is connected. They and `on_event` must not raise.

    :param line: this start of the member and those before, as its storage knows them; None: it does
        not, and the member is not told from a copy of it
    :param superseded: called when a newer start of the member is proved; the mesh is stopped then
    :param copied: called when an older one is proved that is none of those, or that still ran
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
        line: Line | None = None,
        superseded: Callable[[], None] | None = None,
        copied: Callable[[], None] | None = None,
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
        if line is not None:
            self._authenticator.begin(line.number, line.nonces[-1])
        self._distrust = Distrust()
        self._superseded = superseded
        self._copied = copied
        self._fence = Fence(
            member,
            self._authenticator,
            ends=self._end_start,
            ran_elsewhere=self._ran_elsewhere,
            line=line,
            copied=self._is_copied,
        )
        self._client = IntroducerClient(
            member,
            room_of(session_key),
            start=self._authenticator.start,
            rng=rng,
            settings=self._settings.signalling,
        )
        self._negotiator = Negotiator(
            member, rng=rng, settings=self._settings.negotiation, starts=self._fence.seen
        )
        self._peerings: dict[str, Peering] = {}
        self._connected: dict[str, Link] = {}
        self._next_round: float | None = None
        self._due: float | None = None
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
        self._fence.stop()

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

    def network_changed(self) -> None:
        """The network is another one, or is back: tries anew at once. Links find out themselves."""
        if self._stopped:
            return
        now = self._clock()
        self._carry_out_signalling(self._client.renew(now))
        self._carry_out(self._negotiator.renew(now))
        self._arm()

    def tick(self) -> None:
        """Does what is due; too early does no harm."""
        if self._stopped:
            return
        now = self._clock()
        if self._due is not None and now - self._due > _SLEPT:
            self._carry_out_signalling(self._client.renew(now))
        self._carry_out_signalling(self._client.tick(now))
        self._carry_out(self._negotiator.tick(now))
        self._fence.tick(now)
        if self._next_round is not None and self._next_round <= now:
            self._next_round = now + self._settings.link.ping_interval
            for peering in list(self._peerings.values()):
                peering.link.tick(now)
            if not self._peerings:
                self._next_round = None
        self._arm()

    def _arm(self) -> None:
        times = (
            self._client.deadline,
            self._negotiator.deadline,
            self._fence.deadline,
            self._next_round,
        )
        self._due = min((time for time in times if time is not None), default=None)
        if self._due is not None and not self._stopped:
            self._backend.wake_at(self._due)

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
        self._fence.hand_on(link)
        self._tell(PeerConnected(peer))
        self._tell_peers()

    def _on_ended(self, link: Link, reason: LossReason, detail: str) -> None:
        peering = self._peerings[link.peer]
        self._negotiator.lost(self._clock(), peering.peer, peering.offer)
        self._discard(peering, reason, detail)
        self._arm()

    def _discard(
        self, peering: Peering, reason: LossReason, detail: str, *, older: bool = False
    ) -> None:
        """Forgets a peering that is over and tells of it; `older`: it is to an older start."""
        peer = peering.peer
        del self._peerings[peer]
        was_connected = self._connected.pop(peer, None) is not None
        newest = self._fence.seen.newest(peer)
        if older and was_connected and newest is not None:
            self._fence.part(self._clock(), peering, newest, lambda: self._hand_on(peer))
        else:
            peering.link.close(f"{reason}: {detail}")
            peering.connection.close()
        if was_connected:
            self._tell(PeerLost(peer, reason, detail))
            self._tell_peers()
        else:
            hint = peering.hint if reason in _NETWORK else None
            self._tell(AttemptFailed(peer, reason, detail, hint))

    # ---------------------------------------------------------------------------- a member twice

    def _hand_on(self, peer: str) -> None:
        if (link := self._connected.get(peer)) is not None:
            self._fence.hand_on(link)

    def _end_start(self, by: Start) -> None:
        """A newer start of this member is proved: this one is over."""
        own = self._authenticator.start
        if own is None or self._stopped:
            return
        for link in self._connected.values():
            link.tell(Yielded(own))
        self._tell(SupersededBy(by.number))
        self.stop()
        if self._superseded is not None:
            self._superseded()

    def _ran_elsewhere(self, older: Start) -> None:
        self._tell(RanElsewhere(older.number, answered=True))

    def _is_copied(self) -> None:
        if self._copied is not None and not self._stopped:
            self._copied()

    def _was_seen(self, older: Start) -> None:
        """The introducer has seen another start of ours beside this one, or says so."""
        if self._fence.is_older_of_ours(older):
            self._tell(RanElsewhere(older.number, answered=False))
            self._fence.was_there(older)

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
                case signalling.Refusal(code, message, fatal, by):
                    self._tell(Refused(code, message, fatal))
                    if by is not None:
                        self._fence.superseded_by(by)
                case signalling.Unreadable(why):
                    self._tell(SignalIgnored("introducer", why))
                case signalling.Elsewhere(start):
                    self._was_seen(start)
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
            case signalling.Welcome(members, ice_servers, replaced):
                self._ice_servers = (*self._own_ice_servers, *ice_servers)
                if replaced is not None:
                    self._was_seen(replaced)
                for member in members:
                    self._tell(PeerArrived(member))
                self._carry_out(self._negotiator.welcomed(now, members))
                self._carry_out(self._announcements(members))
            case signalling.Joined(member):
                self._tell(PeerArrived(member))
                self._carry_out(self._negotiator.joined(now, member))
            case signalling.Left(member, reason):
                self._tell(PeerDeparted(member, reason))
                self._carry_out(self._negotiator.left(member, reason))
            case signalling.Signal(sender, body):
                self._hear_body(now, sender, body)

    def _announcements(self, members: Iterable[str]) -> list[negotiation.Action]:
        """To those who are to make us an offer: they may still have a link to an older start.

        Who gets an offer of ours hears of our start by that.
        """
        if self._authenticator.start is None:
            return []
        smaller = [peer for peer in members if peer < self._member]
        return [
            negotiation.SendBody(peer, Wanted())
            for peer in smaller
            if self._negotiator.stage(peer) is negotiation.Stage.IDLE
        ]

    def _hear_body(self, now: float, sender: str, body: object) -> None:
        """What the introducer says that a peer said: believed only if the peer signed it."""
        try:
            read = read_body(body)
        except ValueError as error:
            self._tell(SignalIgnored(sender, f"no signal that we know: {error}"))
            return
        if self._authenticator.is_genuine(sender, read):
            if isinstance(read, Superseded):
                self._fence.superseded_by(read.by)
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
        self,
        action: negotiation.TakeAnswer
        | negotiation.TakeCandidate
        | negotiation.Drop
        | negotiation.Part,
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
            case negotiation.Part():
                self._discard(peering, LossReason.RESTARTED, "it was started anew", older=True)

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
            on_word=self._fence.heard,
        )
        peering.attach(connection, link)
        self._peerings[peer] = peering
        if self._next_round is None:
            self._next_round = self._clock() + self._settings.link.ping_interval
        return peering
