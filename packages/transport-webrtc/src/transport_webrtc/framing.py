"""The frames of a data channel: their bytes, and large messages in chunks.

A channel carries whole binary messages in order. Each of them is one frame: a byte that says its
kind, and a body (docs/link.md). Nothing here knows about time, links or who is allowed to send
what: `link.py` does.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Annotated

import msgspec

from transport_webrtc.starts import MAX_EARLIER, Start

PROTOCOL = 2
MAX_FRAME = 65_536
"""Bytes of the largest frame. Chromium takes 262,144, but a smaller one lets others in between
sooner."""
MAX_WHOLE = MAX_FRAME - 1
"""Bytes of the largest payload that travels in one frame."""

WHOLE, CHUNK, HELLO, READY, PING, PONG, BYE, SUPERSEDED, YIELDED, EARLIER = range(1, 11)
WHOLE_BYTE = bytes([WHOLE])
CHUNK_BYTE = bytes([CHUNK])

MAX_BYE = 300
_CHUNK_HEADER = struct.Struct(">BIII16s")
_NONCE = struct.Struct(">BI")
_DIGEST_SIZE = 16
CHUNK_OVERHEAD = _CHUNK_HEADER.size
MAX_CHUNK = MAX_FRAME - CHUNK_OVERHEAD
"""Bytes of a message in one chunk."""


class FrameError(ValueError):
    """A peer's frame breaks the protocol: the peer's fault, and the end of its link."""


class Hello(msgspec.Struct, frozen=True):
    """The first frame in each direction: who speaks, and the largest message it takes, in bytes.

    It is said again until the sender is greeted, too.
    """

    protocol: int
    member: str
    max_message: int


class Ready(msgspec.Struct, frozen=True):
    """Answers a hello: from here on messages may come."""


class Ping(msgspec.Struct, frozen=True):
    """Asks for a pong with the same nonce."""

    nonce: int


class Pong(msgspec.Struct, frozen=True):
    """Answers the ping with this nonce."""

    nonce: int


class Bye(msgspec.Struct, frozen=True):
    """The last frame: the sender closes the link, for this reason."""

    reason: str


class Superseded(msgspec.Struct, frozen=True):
    """Says that the receiver's member was started anew, and that the sender hears that start only.

    Nothing but `Yielded` is heard of the receiver afterwards.
    """

    by: Start


class Yielded(msgspec.Struct, frozen=True):
    """This start ended when it heard of a newer one: its member ran twice.

    The one that ends says it, and it is passed on to the newer one.
    """

    start: Start


class Earlier(msgspec.Struct, frozen=True):
    """To a newer start of a member: the older ones that the sender has heard, or heard of."""

    starts: Annotated[tuple[Start, ...], msgspec.Meta(max_length=MAX_EARLIER)]


class Chunk(msgspec.Struct, frozen=True):
    """A piece of a message of `length` bytes, from `offset` on; `digest` is the whole message's."""

    message: int
    offset: int
    length: int
    digest: bytes
    data: bytes


Word = Superseded | Yielded | Earlier
"""What peers say to each other of starts."""
Frame = Hello | Ready | Ping | Pong | Bye | Word | Chunk

_decode_hello = msgspec.json.Decoder(Hello).decode
_decode_superseded = msgspec.json.Decoder(Superseded).decode
_decode_yielded = msgspec.json.Decoder(Yielded).decode
_decode_earlier = msgspec.json.Decoder(Earlier).decode


def digest_of(payload: bytes) -> bytes:
    """The digest that the chunks of a message carry."""
    return hashlib.blake2b(payload, digest_size=_DIGEST_SIZE).digest()


def encode(frame: Hello | Ready | Ping | Pong | Bye | Word) -> bytes:
    """The bytes of a frame that carries no message of ours. A bye's reason is cut to what fits."""
    match frame:
        case Hello():
            return bytes([HELLO]) + msgspec.json.encode(frame)
        case Ready():
            return bytes([READY])
        case Ping(nonce):
            return _NONCE.pack(PING, nonce)
        case Pong(nonce):
            return _NONCE.pack(PONG, nonce)
        case Superseded():
            return bytes([SUPERSEDED]) + msgspec.json.encode(frame)
        case Yielded():
            return bytes([YIELDED]) + msgspec.json.encode(frame)
        case Earlier():
            return bytes([EARLIER]) + msgspec.json.encode(frame)
        case Bye(reason):
            return bytes([BYE]) + reason.encode()[:MAX_BYE]


def decode(frame: bytes) -> Frame:
    """Reads any frame but a whole message, which needs no decoding: it is `frame[1:]`.

    :raises FrameError: if it is none.
    """
    if not frame:
        raise FrameError("an empty frame")
    kind = frame[0]
    try:
        if kind in {PING, PONG}:
            nonce: int = _NONCE.unpack(frame)[1]
            return Ping(nonce) if kind == PING else Pong(nonce)
        if kind == CHUNK:
            _, message, offset, length, digest = _CHUNK_HEADER.unpack_from(frame)
            return Chunk(message, offset, length, digest, frame[_CHUNK_HEADER.size :])
        if kind == HELLO:
            return _decode_hello(frame[1:])
        if kind == SUPERSEDED:
            return _decode_superseded(frame[1:])
        if kind == YIELDED:
            return _decode_yielded(frame[1:])
        if kind == EARLIER:
            return _decode_earlier(frame[1:])
    except (struct.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FrameError(f"a frame of kind {kind} that cannot be read: {error}") from error
    if kind == READY and len(frame) == 1:
        return Ready()
    if kind == BYE and len(frame) <= MAX_BYE + 1:
        return Bye(frame[1:].decode(errors="replace"))
    raise FrameError(f"a frame of kind {kind} and {len(frame)} bytes, which nothing should send")


def split(message: int, payload: bytes, *, size: int = MAX_CHUNK) -> Iterator[bytes]:
    """Cuts a payload into frames with at most `size` bytes of it each, in order.

    :param message: a number that tells this message from the one before, below 2**32.
    """
    digest = digest_of(payload)
    for offset in range(0, len(payload), size):
        head = _CHUNK_HEADER.pack(CHUNK, message, offset, len(payload), digest)
        yield head + payload[offset : offset + size]


class Assembler:
    """Puts the chunks of one message at a time together, of at most `max_message` bytes.

    The channel is ordered and a sender finishes a message before it begins the next one, so
    anything that does not continue exactly where the last chunk ended is an error.
    """

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._first: Chunk | None = None
        # One growing array: a list of pieces would let tiny chunks cost many times their bytes.
        self._parts = bytearray()

    def add(self, chunk: Chunk) -> bytes | None:
        """Takes the next chunk; returns the message when it was the last one.

        :raises FrameError: if it does not fit to what came before, or the finished message to its
            digest.
        """
        first = self._first
        if first is None:
            if chunk.length > self._max_message:
                raise FrameError(
                    f"a message of {chunk.length} bytes; at most {self._max_message} are taken"
                )
            first = self._first = chunk
        elif (chunk.message, chunk.length, chunk.digest) != (
            first.message,
            first.length,
            first.digest,
        ):
            raise FrameError(f"message {chunk.message} begins inside message {first.message}")
        if chunk.offset != len(self._parts) or not chunk.data:
            raise FrameError(f"a chunk at {chunk.offset} where {len(self._parts)} continues")
        self._parts += chunk.data
        if len(self._parts) < first.length:
            return None
        payload = bytes(self._parts)
        self._first = None
        self._parts = bytearray()
        if len(payload) != first.length or digest_of(payload) != first.digest:
            raise FrameError(f"message {first.message} does not match its length or digest")
        return payload
