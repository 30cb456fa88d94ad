"""What a transport tells the page that uses it: events as they happen, and numbers on request.

Nothing here is needed to move messages. A page shows it to a person; a test waits for it.
"""

import enum

import msgspec


class IntroducerState(enum.StrEnum):
    """How we stand with the introducer. Links to peers do not depend on it."""

    CONNECTING = "connecting"
    JOINED = "joined"
    LOST = "lost"
    """No connection now; another attempt follows by itself."""
    REFUSED = "refused"
    """It does not want us; the sentence in `problem` says why and what to do."""


class LossReason(enum.StrEnum):
    """Why a link to a peer, or an attempt to make one, ended."""

    BYE = "bye"
    """The peer closed it and said so."""
    CLOSED = "closed"
    """The channel or the connection was closed or failed."""
    SILENT = "silent"
    """Nothing was heard for too long: the peer was killed, froze, or is cut off."""
    FAULT = "fault"
    """The peer broke the protocol."""
    INCOMPATIBLE = "incompatible"
    """The peer speaks another version of the protocol."""
    TIMEOUT = "timeout"
    """An attempt to connect led nowhere."""
    RESTARTED = "restarted"
    """The peer began anew (a reload), so that what was there is worth nothing."""
    LEFT = "left"
    """The peer left the room."""


class PeerState(enum.StrEnum):
    """How far we are with a peer."""

    WAITING = "waiting"
    """Nothing under way: it is the peer's turn, or a next attempt is not due yet."""
    CONNECTING = "connecting"
    CONNECTED = "connected"


class IntroducerChanged(msgspec.Struct, frozen=True, tag=True):
    """The state of the introducer changed, or what is to be said about it."""

    state: IntroducerState
    problem: str | None


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The introducer refused something; `message` is its sentence for a person."""

    code: str
    message: str
    fatal: bool


class PeerArrived(msgspec.Struct, frozen=True, tag=True):
    """A peer is in the room, by the introducer's word."""

    peer: str


class PeerDeparted(msgspec.Struct, frozen=True, tag=True):
    """A peer left the room, by the introducer's word: "left", "lost" or "replaced"."""

    peer: str
    reason: str


class PeerConnected(msgspec.Struct, frozen=True, tag=True):
    """Both sides are ready: messages flow."""

    peer: str


class PeerLost(msgspec.Struct, frozen=True, tag=True):
    """A connected peer counts as connected no more."""

    peer: str
    reason: LossReason
    detail: str


class AttemptFailed(msgspec.Struct, frozen=True, tag=True):
    """An attempt to connect ended before the peer counted as connected; another may follow."""

    peer: str
    reason: LossReason
    detail: str
    hint: str | None = None
    """A sentence about what may be to blame at our end, as a relay that refuses us."""


class SignalIgnored(msgspec.Struct, frozen=True, tag=True):
    """Something came through the introducer that makes no sense; nothing was done about it."""

    sender: str
    why: str


class NotAuthenticated(msgspec.Struct, frozen=True, tag=True):
    """What came in the name of a peer bears no proof that it knows the session key: not believed.

    Either the introducer changed or made up what members say to each other, or the peer runs
    another version of this program. Told once a minute for each peer, and of few peers.
    """

    sender: str


class SupersededBy(msgspec.Struct, frozen=True, tag=True):
    """A newer start of this member is proved to run: the transport has left, for good.

    So the member's storage was copied: a browser profile, a data directory, a whole machine.
    """

    number: int


class RanElsewhere(msgspec.Struct, frozen=True, tag=True):
    """An older start of this member was there beside this one."""

    number: int
    answered: bool
    """It ran until it heard of this one, and has ended. Else the introducer has seen it, and no
    more is known: it may be a connection that broke, and was not closed yet."""


TransportEvent = (
    IntroducerChanged
    | Refused
    | PeerArrived
    | PeerDeparted
    | PeerConnected
    | PeerLost
    | AttemptFailed
    | SignalIgnored
    | NotAuthenticated
    | SupersededBy
    | RanElsewhere
)


class PeerStats(msgspec.Struct, frozen=True):
    """Numbers about one peer."""

    state: PeerState
    buffered: int = 0
    """Bytes given to us and not yet handed to the network."""
    round_trip: float | None = None
    """Seconds between our latest ping and its pong; None before the first."""
