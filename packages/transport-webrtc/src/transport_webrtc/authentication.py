"""Proves that a signal comes from someone who knows the session key, and arrives as it was sent.

The introducer relays signals and could change them: above all the fingerprint in an offer, which is
all that ties a connection to its peer. So every body carries a MAC over all of it, and over who
says it to whom. The MAC's key comes from the session key, of which the introducer knows only
another hash. docs/link.md has the same for other programs, with an example.

What this cannot do: tell one holder of the session key from another, or an old body from a new one.
`negotiation.py` sees to it that old ones end no link.
"""

import hmac
import re

import msgspec

from transport_webrtc.bodies import Body
from transport_webrtc.starts import Start

_LABEL = b"raft signals 2"
_START = "start"
"""In place of a body's kind, in the proof of a start."""
_ABSENT = b"\xff\xff\xff\xff"
_QUIET = 60.0
_MAX_DISTRUSTED = 16


def session_secret(session_key: str) -> bytes:
    """The 16 bytes of a session key.

    :raises ValueError: if the key is not 32 lower-case hexadecimal characters.
    """
    if re.fullmatch("[0-9a-f]{32}", session_key) is None:
        raise ValueError("A session key has 32 lower-case hexadecimal characters.")
    return bytes.fromhex(session_key)


class Authenticator:
    """Signs what `member` says, and checks what is said to it.

    `start` goes with all that it says; None: this member's starts are not counted.

    :raises ValueError: if the session key is malformed.
    """

    def __init__(self, member: str, session_key: str) -> None:
        self._member = member
        # A key of its own for this one purpose: nothing made with it tells of any other.
        self._key = hmac.digest(session_secret(session_key), _LABEL, "sha256")
        self.start: Start | None = None

    def begin(self, number: int, nonce: str) -> None:
        """This is the member's start of that number; `nonce`: 16 random hexadecimal digits."""
        self.start = Start(number, nonce, self._proof(self._member, number, nonce))

    def is_start_of(self, member: str, start: Start) -> bool:
        """Whether someone with the session key began this start of `member`."""
        expected = self._proof(member, start.number, start.nonce)
        return hmac.compare_digest(start.proof.encode(), expected.encode())

    def sign(self, receiver: str, body: Body) -> Body:
        """The body with our start, and the MAC that makes `receiver` believe it."""
        ours = msgspec.structs.replace(body, start=self.start)
        return msgspec.structs.replace(ours, mac=self._mac(self._member, receiver, ours))

    def is_genuine(self, sender: str, body: Body) -> bool:
        """Whether someone with the session key said this, as `sender`, to us."""
        if body.mac is None:
            return False
        expected = self._mac(sender, self._member, body)
        genuine = hmac.compare_digest(_utf8(body.mac), _utf8(expected))
        return genuine and (body.start is None or self.is_start_of(sender, body.start))

    def _mac(self, sender: str, receiver: str, body: Body) -> str:
        fields = msgspec.structs.asdict(body)
        del fields["mac"]
        kind = str(body.__struct_config__.tag)
        return self._digest([sender, receiver, kind, *fields.values()])

    def _proof(self, member: str, number: int, nonce: str) -> str:
        return self._digest([member, "", _START, number, nonce])

    def _digest(self, fields: list[str | int | Start | None]) -> str:
        message = b"".join([_field(field) for field in fields])
        return hmac.digest(self._key, message, "sha256").hex()


class Distrust:
    """Decides who is worth a word when nothing can be believed: nobody shall be flooded.

    A peer once in `_QUIET` seconds, and of all names that an introducer can make up only a few.
    """

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def is_news(self, now: float, sender: str) -> bool:
        """Whether to tell now of a body of this sender that is not genuine."""
        self._told = {peer: when for peer, when in self._told.items() if now - when < _QUIET}
        if sender in self._told or len(self._told) >= _MAX_DISTRUSTED:
            return False
        self._told[sender] = now
        return True


def _field(value: str | int | Start | None) -> bytes:
    """With its length ahead, so that no two lists of fields look the same."""
    if value is None:
        return _ABSENT
    if isinstance(value, Start):
        return b"".join([_field(part) for part in (value.number, value.nonce, value.proof)])
    data = _utf8(str(value))
    return len(data).to_bytes(4, "big") + data


def _utf8(text: str) -> bytes:
    # JSON can hold halves of characters, which are no UTF-8; they shall do no harm.
    return text.encode("utf-8", "surrogatepass")
