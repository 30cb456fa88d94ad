"""What a lying introducer would do: be the peer itself, with a certificate of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from transport_webrtc.framing import PROTOCOL, Hello, Ready, decode, encode

NO_ANSWER = "v=0"
"""An answer that connects nobody."""


class Impostor:
    """Answers offers in the name of a member, in a thread of its own."""

    def __init__(self, name: str) -> None:
        self.heard: queue.Queue[bytes] = queue.Queue()
        """The frames that came over a connection it has deceived somebody into."""
        self._name = name
        self._connections: list[RTCPeerConnection] = []
        # Offers come in threads of their own, and still come while a test ends.
        self._answering = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def answer(self, offer: str) -> str:
        """The answer to an offer meant for the member; once closed, one of no use to anybody."""
        with self._answering:
            if self._loop.is_closed():
                return NO_ANSWER
            return asyncio.run_coroutine_threadsafe(self._answer(offer), self._loop).result()

    def wait_for(self, frame: bytes) -> None:
        """Waits until this frame came."""
        while self.heard.get(timeout=90) != frame:
            pass

    def close(self) -> None:
        """Ends its connections."""
        with self._answering:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _answer(self, offer: str) -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)
        channel = connection.createDataChannel("raft", negotiated=True, id=0)

        @channel.on("open")
        def greet() -> None:
            channel.send(encode(Hello(PROTOCOL, self._name, 1_000_000)))

        @channel.on("message")
        def hear(frame: Any) -> None:
            self.heard.put(frame)
            if isinstance(decode(frame), Hello):
                channel.send(encode(Ready()))

        # Names that only browsers can look up are left out; the browser finds us all the same.
        lines = [line for line in offer.splitlines() if ".local " not in line]
        await connection.setRemoteDescription(
            RTCSessionDescription("\r\n".join([*lines, ""]), "offer")
        )
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    async def _close(self) -> None:
        for connection in self._connections:
            await connection.close()
        # One that never came about still tries.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
