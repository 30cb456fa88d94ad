"""Encrypted packets straight from a connection's socket to its association, and back.

aiortc puts each datagram into a queue that a task reads, after it has tried to read it as a message
of STUN, and looks each time whether OpenSSL has an answer ready. Here a record of application data,
which needs none of that, is decrypted in the call that brings it. All else goes aiortc's way, and
while something waits there, everything does. Written for aiortc 1.16.
"""

from typing import Any

from aiortc.rtcdtlstransport import SSL, State

from transport_webrtc.native_sctp import Association

_APPLICATION_DATA = b"\x17"
"""The first byte of such a record of DTLS 1.2, which is what aiortc speaks."""

_LARGEST = 1500
"""Bytes of a datagram, at most: aiortc's number."""


class Datagrams:
    """The short way between the sockets of a connection and its association."""

    def __init__(self, association: Association) -> None:
        self._take_packet = association.take
        self._dtls = association.transport
        self._ice = self._dtls.transport._connection
        self._closed = False
        association.packets.put = self.put

    def attach(self) -> None:
        """Takes what comes on the sockets from now on. To be called once they are there."""
        for protocol in self._ice._protocols:
            self._attach(protocol)

    def close(self) -> None:
        """Everything goes aiortc's way from now on."""
        self._closed = True

    def put(self, packet: bytes) -> None:
        """Sends a packet of SCTP. Where that is not possible, it is as if it were lost."""
        ssl = self._dtls._ssl
        pair = self._ice._nominated.get(1)
        if self._dtls._state is not State.CONNECTED or ssl is None or pair is None:
            return  # the end of the connection is reported elsewhere
        try:
            ssl.send(packet)
            pair.protocol.transport.sendto(ssl.bio_read(_LARGEST), pair.remote_addr)
        except (SSL.Error, OSError):
            return

    def _attach(self, protocol: Any) -> None:  # of aioice, which is aiortc's affair
        take = protocol.datagram_received

        def datagram_received(data: bytes | str, addr: tuple[Any, ...]) -> None:
            if (
                isinstance(data, str)  # aioice says that it can be
                or data[:1] != _APPLICATION_DATA
                or self._dtls._state is not State.CONNECTED
                or self._closed
                or not self._ice._queue.empty()
            ):
                take(data, addr)
            else:
                self._receive(data)

        # In place of the class's, for this socket alone.
        protocol.datagram_received = datagram_received

    def _receive(self, data: bytes) -> None:
        ssl = self._dtls._ssl
        assert ssl is not None, "it is connected"
        try:
            ssl.bio_write(data)
            packet = ssl.recv(_LARGEST)
        except SSL.Error:
            return  # not from our peer, or a repetition: DTLS drops such
        self._take_packet(packet)
