"""A snapshot: the state in place of the log up to an index (paper, section 7), and its transfer.

What travels is an ``Image``, the encoded snapshot, in pieces. The digest names it: a transfer that
was cut off goes on where it was, also from another leader whose snapshot has the same bytes.
"""

from hashlib import sha256

import msgspec
from msgspec import Struct

from raft_core.codec import UNREADABLE
from raft_core.errors import UnsupportedVersion
from raft_core.membership import Configuration
from raft_core.messages import InstallSnapshot
from raft_core.nesting import require_shallow
from raft_core.types import Index, Term


class Snapshot(Struct, frozen=True, array_like=True):
    """Everything that the entries up to ``index`` came to; ``data`` is the state machine's."""

    index: Index
    term: Term
    configuration_index: Index
    configuration: Configuration
    data: bytes


class Image(Struct, frozen=True):
    """A snapshot as it travels."""

    index: Index
    term: Term
    payload: bytes
    digest: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """The bytes of a snapshot, as they travel and as they are stored."""
    return _encode(snapshot)


def decode_snapshot(payload: bytes) -> Snapshot | None:
    """The snapshot, or None: these bytes are no snapshot that this version knows."""
    try:
        require_shallow(payload)
        return _decode(payload)
    except UNREADABLE:
        return None


def image_of(snapshot: Snapshot) -> Image:
    """The bytes to send. Costs a copy and a digest: make it once."""
    payload = encode_snapshot(snapshot)
    return Image(snapshot.index, snapshot.term, payload, sha256(payload).digest())


class Assembly:
    """A snapshot that arrives in pieces, in order. A piece that leaves a gap is not taken."""

    __slots__ = ("_data", "digest", "index", "size", "term")

    def __init__(self, first: InstallSnapshot) -> None:
        self.index = first.last_index
        self.term = first.last_term
        self.size = first.size
        self.digest = first.digest
        self._data = bytearray()

    @property
    def offset(self) -> int:
        """Bytes that are here."""
        return len(self._data)

    def belongs(self, piece: InstallSnapshot) -> bool:
        """Whether the piece is of this snapshot."""
        return (piece.digest, piece.size, piece.last_index, piece.last_term) == (
            self.digest,
            self.size,
            self.index,
            self.term,
        )

    def add(self, piece: InstallSnapshot) -> None:
        """Take what of the piece is new."""
        known = len(self._data) - piece.offset
        if 0 <= known < len(piece.data):
            self._data += piece.data[known:]

    @property
    def is_complete(self) -> bool:
        return len(self._data) >= self.size

    def snapshot(self) -> Snapshot | None:
        """The snapshot; None when the bytes are not what the digest and the head promise.

        :raises UnsupportedVersion: they are, and only a later version can read them: no repetition
            helps
        """
        payload = bytes(self._data)
        if len(payload) != self.size or sha256(payload).digest() != self.digest:
            return None
        snapshot = decode_snapshot(payload)
        if snapshot is None:
            raise UnsupportedVersion(
                "a snapshot is of a form that this member does not know: update this member"
            )
        if (snapshot.index, snapshot.term) != (self.index, self.term):
            return None
        return snapshot if 0 <= snapshot.configuration_index <= snapshot.index else None


class Transfer:
    """An image on its way to one peer, in the eyes of the leader.

    ``sent`` runs ahead of ``acknowledged`` by a window. What is lost shows when a heartbeat's
    question was asked after the last piece left, and its answer names less: then it goes again. An
    answer to an earlier question shows nothing: pieces may still be on their way, on a far or a
    narrow link for many heartbeats, and to send them again would only fill it.
    """

    __slots__ = ("_questions", "_sent_after", "acknowledged", "asks", "image", "paused", "sent")

    def __init__(self, image: Image) -> None:
        self.image = image
        self.acknowledged = 0
        self.sent = 0
        self.paused = True
        """Nothing more before the peer has said how far it is."""
        self.asks = True
        """Ask at once, and not only with the next heartbeat."""
        self._questions = 0
        self._sent_after = 0
        """The last question before the last piece."""

    def ask(self) -> int:
        """The number of a question that leaves now, from 1 on."""
        self.asks = False
        self._questions += 1
        return self._questions

    def piece(self, size: int, window: int) -> tuple[int, bytes] | None:
        """The next piece to send now, with its offset; None when there is none."""
        start = self.sent
        payload = self.image.payload
        if self.paused or start >= len(payload) or start - self.acknowledged >= window:
            return None
        data = payload[start : start + size]
        self.sent = start + len(data)
        self._sent_after = self._questions
        return start, data

    def answered(self, offset: int, question: int) -> None:
        """The peer has so many bytes. Only an answer to a question can take anything back.

        The other answers may be of pieces that a question overtook, or come late.
        """
        offset = max(0, min(offset, len(self.image.payload)))
        if offset > self.acknowledged:
            self.acknowledged = offset
            self.sent = max(self.sent, offset)
            self.paused = False
        elif self._sent_after < question <= self._questions:
            self.acknowledged = self.sent = offset
            self.paused = False

    def reconnected(self) -> None:
        """What was under way on the old link may be lost."""
        self.paused = self.asks = True

    def lost(self, offset: int) -> None:
        """The transport did not take the piece there: wait for the next question's answer."""
        self.sent = max(min(self.sent, offset), self.acknowledged)
        self.paused = True
