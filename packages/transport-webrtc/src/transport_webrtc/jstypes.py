"""The JavaScript objects that the browser backend uses, for the type checker.

Nothing here runs. A handler attribute takes a proxy of a Python function, or None to have none.
"""

from collections.abc import Awaitable
from typing import Any, Literal, Protocol


class Proxy(Protocol):
    """A Python function that JavaScript can keep, until it is destroyed."""

    def destroy(self) -> None: ...


class JsBytes(Protocol):
    """An ArrayBuffer or a Uint8Array."""

    def to_bytes(self) -> bytes: ...


class DataChannel(Protocol):
    """RTCDataChannel."""

    binaryType: str  # noqa: N815
    bufferedAmount: int  # noqa: N815
    bufferedAmountLowThreshold: int  # noqa: N815
    onopen: Proxy | None
    onmessage: Proxy | None
    onclose: Proxy | None
    onbufferedamountlow: Proxy | None

    def send(self, data: object) -> None: ...


class IceCandidate(Protocol):
    """RTCIceCandidate. What is null in JavaScript is neither a string nor a number here."""

    candidate: str
    sdpMid: object  # noqa: N815
    sdpMLineIndex: object  # noqa: N815


class NoCandidate(Protocol):
    """JavaScript's null, at the end of gathering."""

    def __bool__(self) -> Literal[False]: ...


class IceEvent(Protocol):
    """What `onicecandidate` gets."""

    candidate: IceCandidate | NoCandidate


class IceErrorEvent(Protocol):
    """What `onicecandidateerror` gets. Not every browser says which server it was."""

    url: object
    errorCode: int  # noqa: N815
    errorText: str  # noqa: N815


class SessionDescription(Protocol):
    """RTCSessionDescription."""

    sdp: str


class PeerConnection(Protocol):
    """RTCPeerConnection."""

    connectionState: str  # noqa: N815
    localDescription: SessionDescription  # noqa: N815
    onicecandidate: Proxy | None
    onicecandidateerror: Proxy | None
    onconnectionstatechange: Proxy | None

    def createDataChannel(self, label: str, options: object) -> DataChannel: ...  # noqa: N802
    def setLocalDescription(self) -> Awaitable[None]: ...  # noqa: N802
    def setRemoteDescription(self, description: object) -> Awaitable[None]: ...  # noqa: N802
    def addIceCandidate(self, candidate: object) -> Awaitable[None]: ...  # noqa: N802
    def getStats(self) -> Awaitable[object]: ...  # noqa: N802
    def close(self) -> None: ...


class PeerConnectionClass(Protocol):
    """The constructor of RTCPeerConnection."""

    def new(self, configuration: object) -> PeerConnection: ...


class WebSocket(Protocol):
    """WebSocket."""

    onopen: Proxy | None
    onmessage: Proxy | None
    onclose: Proxy | None

    def send(self, data: str) -> None: ...
    def close(self) -> None: ...


class WebSocketClass(Protocol):
    """The constructor of WebSocket."""

    def new(self, url: str) -> WebSocket: ...


class ObjectClass(Protocol):
    """`Object`."""

    fromEntries: Any  # noqa: N815


class JsonObject(Protocol):
    """`JSON`."""

    def stringify(self, value: object) -> str: ...


class Window(Protocol):
    """The module `js`: the page's globals."""

    JSON: JsonObject
    Object: ObjectClass
    RTCPeerConnection: PeerConnectionClass
    WebSocket: WebSocketClass
