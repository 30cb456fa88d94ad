"""One link to a peer over a channel: greeting, messages, backpressure, liveness, goodbye.

No I/O and no JavaScript: a channel is anything that takes frames and tells how much it still holds,
and the clock is an argument. Every backend uses this. How a channel comes to be is
`negotiation.py`'s business.

    new --opened()--> greeting --hello and ready from the peer--> connected --end()--> ended

A peer's fault ends the link and never raises.
"""

import enum
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from transport_webrtc.events import LossReason
from transport_webrtc.framing import (
    CHUNK_BYTE,
    CHUNK_OVERHEAD,
    MAX_WHOLE,
    WHOLE_BYTE,
    Assembler,
    Bye,
    Chunk,
    Earlier,
    FrameError,
    Hello,
    Ping,
    Pong,
    Ready,
    Superseded,
    Word,
    Yielded,
    decode,
    encode,
    split,
)
from transport_webrtc.greeting import Greeting, Incompatible
from transport_webrtc.liveness import Liveness, Verdict

_ROUNDS_BETWEEN_PINGS = 5
"""A link that is never quiet is pinged all the same now and then: for the round trip."""


class Channel(Protocol):
    """An ordered, reliable channel of whole binary messages."""

    def transmit(self, frame: bytes) -> bool:
        """Sends a frame. Never raises; False: it cannot, and will soon report its end."""

    def buffered(self) -> int:
        """Bytes taken by `transmit` and not yet handed to the network."""


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a link. Bytes and seconds."""

    max_payload: int = 4 * 2**20
    send_limit: int = 2**20
    """With more than this waiting, `send` says no."""
    pace_limit: int = 256 * 2**10
    """How much of large messages is handed to the channel before it has sent what it holds."""
    patience: float = 0.2
    """How long a small message waits for large ones ahead of it before it overtakes them."""
    ping_interval: float = 1.0
    dead_after: float = 6.0


class _State(enum.Enum):
    NEW = enum.auto()
    GREETING = enum.auto()
    CONNECTED = enum.auto()
    ENDED = enum.auto()


class Link:
    """A link between `member` (us) and `peer`.

    The owner calls `opened` when the channel is open, `receive` for each frame, `drained` when the
    channel has little left to send, `tick` every `ping_interval` seconds, and `close` when it wants
    the link no more. The link calls `on_connected` once, `deliver` for each message while
    connected, `on_word` for what the peer says of starts (`fencing.py`), and `on_ended` once when
    it ends by itself; nothing after that.

    Messages arrive in the order they were sent, except that one of at most 65,535 bytes that has
    waited `patience` for larger ones goes ahead of them.
    """

    def __init__(
        self,
        member: str,
        peer: str,
        channel: Channel,
        *,
        settings: LinkSettings,
        clock: Callable[[], float],
        deliver: Callable[[str, bytes], None],
        on_connected: Callable[["Link"], None],
        on_ended: Callable[["Link", LossReason, str], None],
        on_word: Callable[["Link", Word], None],
    ) -> None:
        self.peer = peer
        self.round_trip: float | None = None
        self._channel = channel
        self._transmit = channel.transmit
        self._settings = settings
        self._clock = clock
        self._deliver = deliver
        self._on_connected = on_connected
        self._on_ended = on_ended
        self._on_word = on_word
        self._state = _State.NEW
        self._greeting = Greeting(member, peer, settings.max_payload)
        self._connected = False
        self._liveness = Liveness(
            clock(), interval=settings.ping_interval, dead_after=settings.dead_after
        )
        self._assembler = Assembler(settings.max_payload)
        # What may be sent before the channel's buffer has to be looked at again; below 0: look now.
        self._credit = -1
        self._waiting: deque[bytes] = deque()
        self._express: deque[bytes] = deque()
        self._chunks: Iterator[bytes] | None = None
        self._queued = 0
        self._small_since: deque[float] = deque()
        self._message_number = 0
        self._nonce = 0
        self._pinged_at: float | None = None
        self._rounds = 0

    @property
    def connected(self) -> bool:
        """Both sides have said hello and ready, and the link has not ended."""
        return self._connected

    @property
    def buffered(self) -> int:
        """Bytes that wait here or in the channel."""
        return self._queued + self._channel.buffered()

    # ------------------------------------------------------------------------------------- messages

    def send(self, payload: bytes) -> bool:
        """Sends or queues. False: not connected, too much waits, or too large for the peer."""
        size = len(payload)
        credit = self._credit - size
        if credit < 0 or size > MAX_WHOLE:
            return self._send_with_care(payload)
        self._credit = credit
        return self._transmit(WHOLE_BYTE + payload)

    def receive(self, frame: bytes) -> None:
        """Takes a frame from the channel. A message in it is delivered before this returns."""
        self._liveness.heard = True
        if self._connected and frame[:1] == WHOLE_BYTE:
            self._deliver(self.peer, frame[1:])
        else:
            self._receive_other(frame)

    def drained(self) -> None:
        """The channel has little left to send."""
        # It empties only while the peer acknowledges. On a slow link that is how we hear of a peer
        # whose pong waits until our ping has passed everything ahead of it.
        self._liveness.heard = True
        self._pump()

    def _send_with_care(self, payload: bytes) -> bool:
        size = len(payload)
        if not self._connected or size > self._greeting.peer_takes:
            return False
        room = self._settings.send_limit - self.buffered
        if room < 0:
            return False
        # What waits may have no bytes.
        if size <= MAX_WHOLE and not (self._queued or self._waiting or self._express):
            self._credit = room - size
            return self._transmit(WHOLE_BYTE + payload)
        self._credit = -1
        self._waiting.append(payload)
        self._queued += size
        if size <= MAX_WHOLE:
            self._small_since.append(self._clock())
        self._pump()
        return True

    def _pump(self) -> None:
        """Hands queued frames to the channel, as many as the pace allows."""
        if not self._connected:
            return
        room = self._settings.pace_limit - self._channel.buffered()
        while room > 0:
            frame = self._next_frame()
            if frame is None or not self._transmit(frame):
                return
            room -= len(frame)

    def _next_frame(self) -> bytes | None:
        since = self._small_since
        if since and self._clock() - since[0] >= self._settings.patience:
            self._let_small_ones_pass()
        if self._express:
            return self._whole(self._express.popleft())
        while True:
            if self._chunks is not None:
                frame = next(self._chunks, None)
                if frame is not None:
                    self._queued -= len(frame) - CHUNK_OVERHEAD
                    return frame
                self._chunks = None
            if not self._waiting:
                return None
            payload = self._waiting.popleft()
            if len(payload) <= MAX_WHOLE:
                self._small_since.popleft()
                return self._whole(payload)
            self._message_number = (self._message_number + 1) % 2**32
            self._chunks = split(self._message_number, payload)

    def _let_small_ones_pass(self) -> None:
        self._small_since.clear()
        self._express.extend(payload for payload in self._waiting if len(payload) <= MAX_WHOLE)
        self._waiting = deque(payload for payload in self._waiting if len(payload) > MAX_WHOLE)

    def _whole(self, payload: bytes) -> bytes:
        self._queued -= len(payload)
        return WHOLE_BYTE + payload

    # --------------------------------------------------------------------------- greeting and pings

    def opened(self) -> None:
        """The channel is open: says hello."""
        if self._state is _State.NEW:
            self._state = _State.GREETING
            self._liveness.heard = True
            self._transmit(encode(self._greeting.hello))

    def tick(self, now: float) -> None:
        """Ends a round: greets again or pings a quiet peer, gives up on a dead one."""
        if self._state not in {_State.GREETING, _State.CONNECTED}:
            return
        self._pump()
        verdict = self._liveness.round(now)
        self._rounds += 1
        if verdict is Verdict.DEAD:
            silence = f"nothing heard for {self._settings.dead_after:g} seconds and more"
            self.end(LossReason.SILENT, silence)
        elif not self._connected:
            self._transmit(encode(self._greeting.hello))
        elif verdict is Verdict.ASK or self._rounds % _ROUNDS_BETWEEN_PINGS == 1:
            self._nonce = (self._nonce + 1) % 2**32
            self._pinged_at = now
            self._transmit(encode(Ping(self._nonce)))

    def _receive_other(self, frame: bytes) -> None:
        """Everything but a whole message on a connected link."""
        if self._state is _State.ENDED:
            return
        if self._state is _State.NEW:
            self.opened()  # a first frame can overtake the news that the channel is open
        try:
            payload = self._handle(frame)
        except FrameError as error:
            self.end(LossReason.FAULT, str(error))
            return
        except Incompatible as difference:
            self.end(LossReason.INCOMPATIBLE, str(difference))
            return
        if payload is not None and self._connected:
            self._deliver(self.peer, payload)

    def _handle(self, frame: bytes) -> bytes | None:
        """Returns the message that this frame completes, if it does."""
        if not self._connected and frame[:1] in {WHOLE_BYTE, CHUNK_BYTE}:
            self._greeting.take_message()
            self._connect_if_greeted()
            if frame[:1] == WHOLE_BYTE:
                return frame[1:]
        match decode(frame):
            case Chunk() as chunk:
                return self._assembler.add(chunk)
            case Ping(nonce):
                self._answer(Pong(nonce))
            case Pong(nonce):
                self._measure(nonce)
            case Hello() as hello:
                self._greeting.take_hello(hello)
                self._answer(Ready())
                self._connect_if_greeted()
            case Ready():
                self._greeting.take_ready()
                self._connect_if_greeted()
            case Bye(reason):
                self.end(LossReason.BYE, reason)
            case Superseded() | Yielded() | Earlier() as word:
                self._on_word(self, word)
        return None

    def _connect_if_greeted(self) -> None:
        if self._greeting.over and not self._connected:
            self._state = _State.CONNECTED
            self._connected = True
            self._on_connected(self)

    def _answer(self, answer: Pong | Ready) -> None:
        # A peer that only asks and never reads must not fill our memory with answers.
        if self._channel.buffered() <= self._settings.send_limit:
            self._transmit(encode(answer))

    def _measure(self, nonce: int) -> None:
        if nonce == self._nonce and self._pinged_at is not None:
            self.round_trip = self._clock() - self._pinged_at
            self._pinged_at = None

    # ------------------------------------------------------------------------------------------ end

    def end(self, reason: LossReason, detail: str) -> None:
        """The link is over, because of the peer or the channel; tells the owner."""
        if self._state is not _State.ENDED:
            self.close(f"{reason}: {detail}")
            self._on_ended(self, reason, detail)

    def close(self, why: str) -> None:
        """Ends the link without a word to the owner, but with a goodbye to the peer."""
        was = self._state
        self.part()
        if was in {_State.GREETING, _State.CONNECTED}:
            self._transmit(encode(Bye(why)))

    def tell(self, word: Yielded | Earlier) -> None:
        """Says it ahead of what waits."""
        if self._connected:
            self._transmit(encode(word))

    def part(self) -> None:
        """Ends the link without a word to anyone."""
        self._state = _State.ENDED
        self._connected = False
        self._credit = -1
        self._waiting.clear()
        self._express.clear()
        self._small_since.clear()
        self._chunks = None
        self._queued = 0
