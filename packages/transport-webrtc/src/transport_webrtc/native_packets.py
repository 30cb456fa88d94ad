"""The chunks that come and go all the time, without aiortc's tasks, queues and objects for each.

Those are data in order, and acknowledgements of what was sent in order. What is sent in one turn of
the loop behind a first frame, or while a packet is taken, leaves in as few packets as hold it; an
acknowledgement rides with data of ours, if there is any soon (RFC 9260, sections 6.2 and 6.10). All
else (the handshake, losses, repetitions, the end) is aiortc's business. Both work on its
association, so that either may take over at any chunk. Written for aiortc 1.16.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Callable, Coroutine
from math import inf
from struct import Struct
from typing import TYPE_CHECKING, Any

from aiortc import RTCDataChannel
from aiortc.rtcsctptransport import (
    CHUNK_TYPES,
    SCTP_COMMON_HEADER_LENGTH,
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    SCTP_DATA_UNORDERED,
    SCTP_MAX_PACKET_LENGTH,
    SCTP_PACKET_MINIMUM_LENGTH,
    SCTP_TSN_MODULO,
    USERDATA_MAX_LENGTH,
    WEBRTC_BINARY,
    Chunk,
    DataChunk,
    RTCSctpTransport,
    SackChunk,
    crc32c,
)

if TYPE_CHECKING:
    from transport_webrtc.native_sctp import Association

BURST = 16 * USERDATA_MAX_LENGTH
"""Bytes that leave at once on top of what is under way. The RFC advises four packets, for the sake
of routers; a batch of commands is more, and would go in pieces of a round trip each."""

SACK_DELAY = 0.02
"""Seconds that the acknowledgement of a single packet waits for data to ride with. The RFC allows
0.2, which is what our peer may count as a loss."""

_ESTABLISHED = RTCSctpTransport.State.ESTABLISHED
_WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG
_DATA, _SACK = DataChunk.type, SackChunk.type
_DATA_HEADER = _SACK_LENGTH = 16
_ROOM = SCTP_MAX_PACKET_LENGTH - SCTP_COMMON_HEADER_LENGTH
_PADDING = b"\0\0\0"

_header = Struct("!HHL")
_checksum = Struct("<L")
_chunk_header = Struct("!BBH")
_data_header = Struct("!BBHLHHL")
_data_fields = Struct("!LHHL")
_sack = Struct("!BBHLLHH")
_tsn_field = Struct("!L")


class _Piece(DataChunk):
    """A chunk of ours as aiortc makes them, quicker: what is seldom another is set here, once."""

    protocol = WEBRTC_BINARY
    _abandoned = _acked = _in_flight = _retransmit = False
    _expiry = _max_retransmits = _sent_time = None
    _misses = _sent_count = 0

    def __init__(self, flags: int, tsn: int, stream_id: int, sequence: int, data: bytes) -> None:
        self.flags = flags
        self.tsn = tsn
        self.stream_id = stream_id
        self.stream_seq = sequence
        self.user_data = data
        self._book_size = len(data)


class Packets:
    """The short way for one association, on the stream of its one channel."""

    put: Callable[[bytes], None]
    """Sends a packet; set by whoever knows how."""

    def __init__(self, sctp: Association, channel: RTCDataChannel) -> None:
        self.lossy = False
        """Something is to be sent again, so that aiortc sends. The association says when."""
        self.unacknowledged = 0
        """Packets that the peer does not know to have arrived."""
        self._sctp = sctp
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._taking = False
        self._flush_soon: asyncio.Handle | None = None
        self._sack_soon: asyncio.Handle | None = None
        self._sack_later: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """What waits leaves, and no timer is left."""
        if self._waiting:
            self._flush()
        for handle in (self._flush_soon, self._sack_soon, self._sack_later):
            if handle is not None:
                handle.cancel()

    # ------------------------------------------------------------------------------------- arriving

    def take(self, packet: bytes) -> bool:
        """Take a packet; False if it is aiortc's as a whole."""
        sctp = self._sctp
        if (
            sctp._association_state is not _ESTABLISHED
            or len(packet) < SCTP_PACKET_MINIMUM_LENGTH
            or _header.unpack_from(packet)[2] != sctp._local_verification_tag
        ):
            return False
        self._taking = True
        try:
            if _checksum.unpack_from(packet, 8)[0] == _crc(packet[:8], packet[12:]):
                self._take_chunks(packet)
        finally:
            self._taking = False
        if self._waiting:
            self._flush()
        if self.unacknowledged > 1:
            if self._sack_soon is None:  # one for all that this turn of the loop brings
                self._sack_soon = self._loop.call_soon(self._send_sack_now)
        elif self.unacknowledged and self._sack_later is None:
            self._sack_later = self._loop.call_later(SACK_DELAY, self._send_sack_late)
        return True

    def _take_chunks(self, packet: bytes) -> None:
        length = len(packet)
        start = SCTP_COMMON_HEADER_LENGTH
        while start <= length - 4:
            kind, flags, size = _chunk_header.unpack_from(packet, start)
            end = start + size
            if size < 4 or end > length:
                return  # no well-formed chunk, so that nothing behind it can be found
            if not (
                (kind == _DATA and self._take_data(flags, packet, start, end))
                or (kind == _SACK and self._take_sack(packet, start, end))
            ):
                chunk = _read_chunk(kind, flags, packet[start + 4 : end])
                if chunk is not None:
                    self.start(self._give_away(chunk))
            start = end + (-size & 3)

    def _take_data(self, flags: int, packet: bytes, start: int, end: int) -> bool:
        """Take the chunk, if it is the next one, and on our stream."""
        if end - start <= _DATA_HEADER:
            return False
        sctp = self._sctp
        tsn, stream_id, sequence, protocol = _data_fields.unpack_from(packet, start + 4)
        if (
            sctp._last_received_tsn is None
            or tsn != (sctp._last_received_tsn + 1) % SCTP_TSN_MODULO
            or stream_id != self._channel.id
            or protocol != WEBRTC_BINARY
            or flags & SCTP_DATA_UNORDERED
            or sctp._sack_misordered
            or sctp._reconfig_deferred is not None
        ):
            return False
        sctp._last_received_tsn = tsn
        self.unacknowledged += 1
        stream = sctp._get_inbound_stream(stream_id)
        if (
            flags & _WHOLE == _WHOLE
            and sequence == stream.sequence_number
            and not stream.reassembly
        ):
            stream.sequence_number = (sequence + 1) & 0xFFFF
            sctp.received(packet[start + _DATA_HEADER : end])
            return True
        stream.add_chunk(DataChunk(flags, packet[start + 4 : end]))
        sctp._advertised_rwnd -= end - start - _DATA_HEADER
        if flags & SCTP_DATA_LAST_FRAG:  # else no message can be complete now
            for _, _, message in stream.pop_messages():
                sctp._advertised_rwnd += len(message)
                sctp.received(message)
        return True

    def _take_sack(self, packet: bytes, start: int, end: int) -> bool:
        """Take the chunk, if all that it says is that the peer has so much, without a gap."""
        if end - start != _SACK_LENGTH or self.lossy:
            return False
        sctp = self._sctp
        (tsn,) = _tsn_field.unpack_from(packet, start + 4)
        count = (tsn - sctp._last_sacked_tsn) % SCTP_TSN_MODULO
        sent = sctp._sent_queue
        if not count:
            return True  # no news
        if count > len(sent) or sent[count - 1].tsn != tsn:
            return False
        first = sent[0]
        was_full = sctp._flight_size >= sctp._cwnd
        size = 0
        for _ in range(count):
            chunk = sent.popleft()
            chunk._in_flight = False
            size += chunk._book_size
        sctp._flight_size -= size
        sctp._last_sacked_tsn = sctp._advanced_peer_ack_tsn = tsn
        if first._sent_count == 1 and first._sent_time is not None:
            sctp._update_rto(time.time() - first._sent_time)
        if was_full:
            self._widen(size)
        if sent:
            sctp._t3_restart()
        else:
            sctp._t3_cancel()
        sctp.on_acknowledged()
        if sctp._outbound_queue or sctp._data_channel_queue:
            self._flush()
        return True

    def _widen(self, size: int) -> None:
        """Slow start, and congestion avoidance (RFC 9260, section 7.2)."""
        sctp = self._sctp
        if sctp._cwnd <= sctp._ssthresh:
            sctp._cwnd += min(size, USERDATA_MAX_LENGTH)
        else:
            sctp._partial_bytes_acked += size
            if sctp._partial_bytes_acked >= sctp._cwnd:
                sctp._partial_bytes_acked -= sctp._cwnd
                sctp._cwnd += USERDATA_MAX_LENGTH

    async def _give_away(self, chunk: Chunk) -> None:
        """Let aiortc take a chunk, as it does in `_handle_data`."""
        sctp = self._sctp
        await sctp._receive_chunk(chunk)
        if sctp._sack_needed:
            await sctp._send_sack()

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Runs something of aiortc's, in a task that is kept until it ends."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -------------------------------------------------------------------------------------- leaving

    def send(self, frame: bytes) -> None:
        """Sends a frame on the channel: at once, but what follows in this turn leaves together.

        While a packet is taken, all does.
        """
        self._waiting.append(frame)
        if not self._taking and self._flush_soon is None:
            self._flush()
            self._flush_soon = self._loop.call_soon(self._flush_rest)

    def _flush_rest(self) -> None:
        self._flush_soon = None
        if self._waiting:
            self._flush()

    def _flush(self) -> None:
        """Send what waits, as much as may be under way, in as few packets as hold it."""
        sctp = self._sctp
        if self.lossy or sctp._association_state is not _ESTABLISHED:
            self._flush_slowly()
            return
        if sctp._data_channel_queue:
            self._take_back()
        outbound = sctp._outbound_queue
        limit = min(sctp._cwnd, sctp._flight_size + BURST)
        chunks: list[bytes] = []
        room = _ROOM - _SACK_LENGTH if self.unacknowledged else _ROOM
        while True:
            while outbound and sctp._flight_size < limit:
                data = self._take_off(outbound.popleft())
                if len(data) > room:
                    if chunks:
                        self._send_packet(b"".join(chunks))
                    chunks, room = [], _ROOM
                chunks.append(data)
                room -= len(data)
            if outbound or not self._waiting:
                break
            self._cut(self._waiting.popleft())
        if chunks:
            self._send_packet(b"".join(chunks))

    def _take_back(self) -> None:
        """What aiortc was given while packets were lost goes before what came since."""
        queue = self._sctp._data_channel_queue
        while queue:
            _, _, frame = queue.pop()
            self._channel._addBufferedAmount(-len(frame))
            self._waiting.appendleft(frame)

    def _flush_slowly(self) -> None:
        """Let aiortc send, as soon as it can."""
        sctp = self._sctp
        for frame in self._waiting:
            self._channel._addBufferedAmount(len(frame))
            sctp._data_channel_queue.append((self._channel, WEBRTC_BINARY, frame))
        self._waiting.clear()
        self.start(sctp._data_channel_flush())

    def _cut(self, frame: bytes) -> None:
        """Queue a frame, in pieces of the size of a packet."""
        sctp = self._sctp
        stream_id = self._channel.id
        assert stream_id is not None, "it was agreed upon"
        sequence = sctp._outbound_stream_seq.get(stream_id, 0)
        sctp._outbound_stream_seq[stream_id] = (sequence + 1) & 0xFFFF
        if len(frame) <= USERDATA_MAX_LENGTH:
            tsn = sctp._local_tsn
            sctp._outbound_queue.append(_Piece(_WHOLE, tsn, stream_id, sequence, frame))
            sctp._local_tsn = (tsn + 1) % SCTP_TSN_MODULO
            return
        flags = SCTP_DATA_FIRST_FRAG
        last = (len(frame) - 1) // USERDATA_MAX_LENGTH * USERDATA_MAX_LENGTH
        for start in range(0, len(frame), USERDATA_MAX_LENGTH):
            if start == last:
                flags = SCTP_DATA_LAST_FRAG
            data = frame[start : start + USERDATA_MAX_LENGTH]
            tsn = sctp._local_tsn
            sctp._outbound_queue.append(_Piece(flags, tsn, stream_id, sequence, data))
            sctp._local_tsn = (tsn + 1) % SCTP_TSN_MODULO
            flags = 0

    def _take_off(self, chunk: DataChunk) -> bytes:
        """It is on its way from now on."""
        sctp = self._sctp
        sctp._sent_queue.append(chunk)
        chunk._in_flight = True
        chunk._sent_count = 1
        chunk._sent_time = time.time()
        sctp._flight_size += chunk._book_size
        if sctp.expires == inf:
            sctp._t3_start()
        size = chunk._book_size + _DATA_HEADER
        head = _data_header.pack(
            _DATA, chunk.flags, size, chunk.tsn, chunk.stream_id, chunk.stream_seq, chunk.protocol
        )
        return head + chunk.user_data + _PADDING[: -size & 3]

    def _send_packet(self, chunks: bytes) -> None:
        """Send these, behind the acknowledgement that is due, if there is room for it."""
        sctp = self._sctp
        if self.unacknowledged and len(chunks) + _SACK_LENGTH <= _ROOM:
            self.unacknowledged = 0
            window = max(0, sctp._advertised_rwnd)
            sack = _sack.pack(_SACK, 0, _SACK_LENGTH, sctp._last_received_tsn, window, 0, 0)
            chunks = sack + chunks
        header = _header.pack(sctp._local_port, sctp._remote_port, sctp._remote_verification_tag)
        self.put(header + _checksum.pack(_crc(header, chunks)) + chunks)

    def _send_sack_now(self) -> None:
        self._sack_soon = None
        if self.unacknowledged:
            self._send_packet(b"")

    def _send_sack_late(self) -> None:
        self._sack_later = None
        if self.unacknowledged:
            self._send_packet(b"")


def _read_chunk(kind: int, flags: int, body: bytes) -> Chunk | None:
    """As aiortc wants it; None if it knows no such kind, or cannot read it."""
    chunk_class = CHUNK_TYPES.get(kind)
    try:
        return None if chunk_class is None else chunk_class(flags=flags, body=body)
    except (struct.error, ValueError):
        return None


def _crc(header: bytes, chunks: bytes) -> int:
    """The checksum of a packet, whose own place in it counts as zeros."""
    checksum: int = crc32c(header + b"\0\0\0\0" + chunks)
    return checksum
