"""A mesh of WebRTC data channels between the members of a room.

`transport_webrtc.browser` has the transport of a browser window; it is not imported here, because
it runs in Pyodide only.
"""

from transport_webrtc.errors import TransportError, WebRTCUnavailable
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
    Refused,
    SignalIgnored,
    TransportEvent,
)
from transport_webrtc.mesh import MeshSettings
from transport_webrtc.signalling import IceServer, room_of

__all__ = [
    "AttemptFailed",
    "IceServer",
    "IntroducerChanged",
    "IntroducerState",
    "LossReason",
    "MeshSettings",
    "NotAuthenticated",
    "PeerArrived",
    "PeerConnected",
    "PeerDeparted",
    "PeerLost",
    "PeerState",
    "PeerStats",
    "Refused",
    "SignalIgnored",
    "TransportError",
    "TransportEvent",
    "WebRTCUnavailable",
    "room_of",
]
