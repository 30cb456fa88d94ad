"""What can go wrong so that a caller has to know.

Faults of peers and networks are events, never errors.

Exception
+-- TransportError
|   +-- WebRTCUnavailable     this browser cannot do it at all
+-- ValueError                the caller's fault: a malformed key or address, a payload too large
|   +-- framing.FrameError    the peer's fault; ends its link and never leaves link.py
+-- RuntimeError              the caller's fault: started twice
"""


class TransportError(Exception):
    """Something that a person has to be told; the message is a sentence for them."""


class WebRTCUnavailable(TransportError):
    """This browser has no WebRTC."""
