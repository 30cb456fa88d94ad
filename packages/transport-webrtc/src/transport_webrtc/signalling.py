"""The client of the introducer: joins the room, carries signals, comes back when cut off.

No I/O: a backend opens the WebSocket and reports what happens to it; every method returns what is
to be done and what there is to know. The protocol is the introducer's (docs/introducer.md): one
JSON object a frame.
"""

import enum
import hashlib
from collections.abc import Sequence
from random import Random
from typing import Annotated, Any

import msgspec

from transport_webrtc.authentication import session_secret
from transport_webrtc.events import IntroducerState
from transport_webrtc.starts import Start

PROTOCOL = 1
MemberId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]

_NEVER_AGAIN = frozenset(
    {"bad_frame", "bad_protocol", "bad_room", "bad_member", "replaced", "superseded"}
)
"""Trying again cannot help; for `replaced` it would push out the newer page, which would come back,
and so on."""
_COME_BACK_SOON = frozenset(
    {"already_joined", "not_joined", "slow_reader", "too_fast", "too_large"}
)
"""These say something about one connection. The next one begins with a clean sheet."""


def room_of(session_key: str) -> str:
    """The room's id at the introducer: a hash, so that it never learns the session's key.

    :raises ValueError: if the key is not 32 lower-case hexadecimal characters.
    """
    return hashlib.sha256(b"raft room " + session_secret(session_key)).hexdigest()


class SignallingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    first_delay: float = 0.5
    max_delay: float = 5.0
    """As long it takes at most until we notice that the introducer is back."""
    slow_delay: float = 60.0
    """Before asking again where we were refused for what may change, as a full room."""
    join_timeout: float = 10.0
    """From opening the socket to the welcome."""
    steady_after: float = 10.0
    """Having been in the room so long, the next delay is short again."""


# ---------------------------------------------------------------------------------- server's frames


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A STUN or TURN server, as RTCPeerConnection takes it."""

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None

    def relays(self) -> bool:
        """Whether it is a TURN server."""
        urls = [self.urls] if isinstance(self.urls, str) else self.urls
        return any(url.startswith("turn") for url in urls)


class Welcome(msgspec.Struct, frozen=True, tag_field="type", tag="welcome"):
    """We are in; these others are there already."""

    members: Annotated[list[MemberId], msgspec.Meta(max_length=1024)]
    ice_servers: list[IceServer] = []
    replaced: Start | None = None
    """An older start of ours whose connection was open until now."""


class IceServers(msgspec.Struct, frozen=True, tag_field="type", tag="ice_servers"):
    """The servers for connections made from now on: what the welcome said expires."""

    ice_servers: list[IceServer]


class Joined(msgspec.Struct, frozen=True, tag_field="type", tag="joined"):
    """Someone came."""

    member: MemberId


class Left(msgspec.Struct, frozen=True, tag_field="type", tag="left"):
    """Someone went: "left", "lost" or "replaced"."""

    member: MemberId
    reason: str


class Signal(msgspec.Struct, frozen=True, tag_field="type", tag="signal"):
    """A body from a member of the room."""

    sender: MemberId
    body: Any


class Elsewhere(msgspec.Struct, frozen=True, tag_field="type", tag="elsewhere"):
    """An older start of our member came to the introducer, and was refused."""

    start: Start


class Refusal(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """The introducer refuses something; fatal: and closes."""

    code: Annotated[str, msgspec.Meta(max_length=64)]
    message: Annotated[str, msgspec.Meta(max_length=1000)]
    fatal: bool
    by: Start | None = None
    """The newer start of ours because of which we are refused."""


ServerFrame = Welcome | IceServers | Joined | Left | Signal | Elsewhere | Refusal
_read_frame = msgspec.json.Decoder(ServerFrame).decode
_write_json = msgspec.json.Encoder().encode

# ----------------------------------------------------------------------------------- what we return


class OpenSocket(msgspec.Struct, frozen=True):
    """Open a WebSocket. If there is an old one, forget it: nothing it reports is wanted."""


class SendText(msgspec.Struct, frozen=True):
    """Send this text frame."""

    text: str


class CloseSocket(msgspec.Struct, frozen=True):
    """Close the WebSocket; do not report that it closed."""


class StateChanged(msgspec.Struct, frozen=True):
    """`state` or `problem` changed."""

    state: IntroducerState
    problem: str | None


class Unreadable(msgspec.Struct, frozen=True):
    """A frame of the introducer was ignored, for this reason."""

    why: str


Action = (
    OpenSocket
    | SendText
    | CloseSocket
    | StateChanged
    | Unreadable
    | Welcome
    | IceServers
    | Joined
    | Left
    | Signal
    | Elsewhere
    | Refusal
)


class _Phase(enum.Enum):
    RESTING = enum.auto()
    """No socket; the next attempt is due at a time, or never."""
    OPENING = enum.auto()
    JOINING = enum.auto()
    JOINED = enum.auto()


class IntroducerClient:
    """One member's membership of one room.

    `start` says which start of the member this is. The owner carries the returned actions out in
    their order and calls `tick` no later than `deadline`. `opened`, `received` and `closed` report
    on the newest socket only.
    """

    def __init__(
        self,
        member: str,
        room: str,
        *,
        rng: Random,
        start: Start | None = None,
        settings: SignallingSettings | None = None,
    ) -> None:
        self.state = IntroducerState.CONNECTING
        self.problem: str | None = None
        self.deadline: float | None = None
        self._member = member
        self._room = room
        self._start = start
        self._rng = rng
        self._settings = settings or SignallingSettings()
        self._phase = _Phase.RESTING
        self._failures = 0
        self._joined_at = 0.0

    def start(self, now: float) -> list[Action]:
        """Begins. To be called once."""
        return self._open(now)

    def opened(self) -> list[Action]:
        """The socket is open."""
        if self._phase is not _Phase.OPENING:
            return []
        self._phase = _Phase.JOINING
        join = {"type": "join", "protocol": PROTOCOL, "room": self._room, "member": self._member}
        if self._start is not None:
            join["start"] = msgspec.to_builtins(self._start)
        return [_send(join)]

    def received(self, now: float, text: str) -> Sequence[Action]:
        """A text frame came. One that cannot be read is ignored: newer introducers may say more."""
        try:
            frame = _read_frame(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            return [Unreadable(str(error))]
        if isinstance(frame, Refusal):
            return self._refused(now, frame)
        if isinstance(frame, Welcome):
            if self._phase is not _Phase.JOINING:
                return [Unreadable("a welcome out of turn")]
            self._phase = _Phase.JOINED
            self._joined_at = now
            self.deadline = None
            return [*self._say(IntroducerState.JOINED, None), frame]
        if self._phase is not _Phase.JOINED:
            return [Unreadable("a frame before the welcome")]
        return [frame]

    def closed(self, now: float) -> list[Action]:
        """The socket closed, or could not be opened."""
        if self._phase is _Phase.RESTING:
            return []
        return self._rest(now)

    def renew(self, now: float) -> list[Action]:
        """The network is another one, or was away: what there was of a socket may be dead.

        Nobody would say so for minutes: nothing is sent on it while members have their links.
        """
        resting = self._phase is _Phase.RESTING
        if resting and (self.deadline is None or self.state is IntroducerState.REFUSED):
            return []  # not begun, over, or told to stay away for a while
        self._failures = 0
        return [*([] if resting else [CloseSocket()]), *self._open(now)]

    def signal(self, to: str, body: dict[str, Any]) -> list[Action]:
        """Sends a body to a member; nothing, if we are not in the room now."""
        if self._phase is not _Phase.JOINED:
            return []
        return [_send({"type": "signal", "to": to, "body": body})]

    def leave(self) -> list[Action]:
        """Says goodbye and stops for good."""
        phase = self._phase
        self._phase = _Phase.RESTING
        self.deadline = None
        if phase is _Phase.RESTING:
            return []
        goodbye = [_send({"type": "leave"})] if phase is _Phase.JOINED else []
        return [*goodbye, CloseSocket()]

    def tick(self, now: float) -> list[Action]:
        """Does what is due."""
        if self.deadline is None or now < self.deadline:
            return []
        if self._phase is _Phase.RESTING:
            return self._open(now)
        return [CloseSocket(), *self._rest(now)]

    def _open(self, now: float) -> list[Action]:
        self._phase = _Phase.OPENING
        self.deadline = now + self._settings.join_timeout
        return [OpenSocket()]

    def _rest(self, now: float) -> list[Action]:
        """Waits for the next attempt."""
        settings = self._settings
        if self._phase is _Phase.JOINED and now - self._joined_at >= settings.steady_after:
            self._failures = 0
        self._phase = _Phase.RESTING
        refused = self.state is IntroducerState.REFUSED
        longest = settings.slow_delay if refused else settings.max_delay
        delay = longest if refused else settings.first_delay * 2.0 ** min(self._failures, 16)
        self._failures += 1
        self.deadline = now + min(longest, delay) * self._rng.uniform(0.5, 1.0)
        if refused:  # what it said last is still the best explanation
            return []
        unreachable = (
            "The introducer cannot be reached; trying again. Existing links are not affected."
        )
        return self._say(IntroducerState.LOST, unreachable)

    def _refused(self, now: float, refusal: Refusal) -> list[Action]:
        if not refusal.fatal or self._phase is _Phase.RESTING:
            return [refusal]
        if refusal.code in _COME_BACK_SOON:
            return [refusal, CloseSocket(), *self._rest(now)]
        changed = self._say(IntroducerState.REFUSED, refusal.message)
        self._rest(now)
        if refusal.code in _NEVER_AGAIN:
            self.deadline = None
        return [refusal, CloseSocket(), *changed]

    def _say(self, state: IntroducerState, problem: str | None) -> list[Action]:
        if (state, problem) == (self.state, self.problem):
            return []
        self.state = state
        self.problem = problem
        return [StateChanged(state, problem)]


def _send(frame: dict[str, Any]) -> SendText:
    return SendText(_write_json(frame).decode())
