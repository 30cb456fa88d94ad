"""The frames of protocol version 1, strictly decoded and encoded.

Whether a frame may come now, and from whom, is the business of `protocol.py`.
"""

import re
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from introducer.refusals import Code, RefusalError
from introducer.relays import IceServer
from introducer.starts import Start

PROTOCOL = 1
MAX_BODY_DEPTH = 16
"""Objects and arrays within each other in a signal's body. Offers need one; a receiver's JSON
parser must not meet its recursion limit because of what another member sent."""

ROOM_PATTERN = re.compile(r"[0-9a-f]{64}")
MEMBER_PATTERN = re.compile(r"[0-9a-f]{16}")


class Join(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="join"):
    """The first frame of a client."""

    protocol: int
    room: str
    member: str
    start: Start | None = None


class Signal(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="signal"):
    """For another member of the same room. The body is relayed byte for byte."""

    to: str
    body: Raw


class Leave(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="leave"):
    """The last frame of a client that goes on purpose."""


ClientFrame = Join | Signal | Leave


class WelcomeLimits(Struct, frozen=True):
    """What a client needs to know to stay within the limits; see `Limits`."""

    message_bytes: int
    room_members: int
    rate: float
    burst: int


class Welcome(Struct, frozen=True, tag_field="type", tag="welcome", omit_defaults=True):
    """The answer to `join`."""

    protocol: int
    member: str
    members: tuple[str, ...]
    limits: WelcomeLimits
    ice_servers: tuple[IceServer, ...]
    replaced: Start | None = None


class IceServers(Struct, frozen=True, tag_field="type", tag="ice_servers"):
    """Servers to use from now on: the credentials of the welcome expire."""

    ice_servers: tuple[IceServer, ...]


class Joined(Struct, frozen=True, tag_field="type", tag="joined"):
    """Someone came."""

    member: str


Reason = Literal["left", "lost", "replaced"]


class Left(Struct, frozen=True, tag_field="type", tag="left"):
    """Someone went: it said so, its connection ended, or a newer one of the same member came."""

    member: str
    reason: Reason


class Relayed(Struct, frozen=True, tag_field="type", tag="signal"):
    """A signal as its receiver gets it. The sender is the member that the connection joined as."""

    sender: str
    body: Raw


class Elsewhere(Struct, frozen=True, tag_field="type", tag="elsewhere"):
    """An older start of the receiver's member came, and was refused."""

    start: Start


class Refused(Struct, frozen=True, tag_field="type", tag="refused", omit_defaults=True):
    """Something was refused; a fatal one is the last frame before the close."""

    code: Code
    message: str
    fatal: bool
    by: Start | None = None


ServerFrame = Welcome | IceServers | Joined | Left | Relayed | Elsewhere | Refused


class _Version(Struct, tag_field="type", tag="join"):
    """As much of a join as every version of the protocol has."""

    protocol: int


_client_decoder = msgspec.json.Decoder(ClientFrame)
_body_decoder = msgspec.json.Decoder(dict[str, Any])
_version_decoder = msgspec.json.Decoder(_Version)
_encoder = msgspec.json.Encoder()

_NOT_JSON = (msgspec.DecodeError, UnicodeError, RecursionError)


def encode(frame: ServerFrame) -> bytes:
    """The UTF-8 bytes of a text frame."""
    return _encoder.encode(frame)


def decode(data: bytes) -> ClientFrame:
    """Decode a client's text frame and check all that can be checked without its room.

    A `Signal` returned holds JSON that any parser takes: its body was decoded in full.

    :raises RefusalError: `bad_frame`, `bad_protocol`, `bad_room` or `bad_member`.
    """
    try:
        frame: ClientFrame = _client_decoder.decode(data)
        if isinstance(frame, Signal):
            _check_depth(_body_decoder.decode(frame.body))
    except _NOT_JSON as error:
        _refuse_other_version(data)
        raise _bad_frame(str(error)) from None
    if isinstance(frame, Join):
        _check_join(frame)
    elif isinstance(frame, Signal):
        _check_member(frame.to)
    return frame


def _check_join(frame: Join) -> None:
    if frame.protocol != PROTOCOL:
        raise _bad_protocol()
    if ROOM_PATTERN.fullmatch(frame.room) is None:
        raise RefusalError(
            Code.BAD_ROOM,
            "A room is 64 lower-case hex characters: make it from the session key, and join again.",
        )
    _check_member(frame.member)


def _check_member(member: str) -> None:
    if MEMBER_PATTERN.fullmatch(member) is None:
        raise RefusalError(
            Code.BAD_MEMBER,
            "A member is 16 lower-case hex characters: send the id made at its first start.",
        )


def _check_depth(body: dict[str, Any]) -> None:
    level: list[Any] = [body]
    for _ in range(MAX_BODY_DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _bad_frame(f"the body nests more than {MAX_BODY_DEPTH} deep")


def _refuse_other_version(data: bytes) -> None:
    """Tell a client of another version so, although its join has fields that this one lacks."""
    try:
        version = _version_decoder.decode(data)
    except _NOT_JSON:
        return
    if version.protocol != PROTOCOL:
        raise _bad_protocol()


def _bad_protocol() -> RefusalError:
    return RefusalError(
        Code.BAD_PROTOCOL,
        f"This introducer speaks version {PROTOCOL}: reload the page, or ask for an introducer that"
        " matches it.",
    )


def _bad_frame(problem: str) -> RefusalError:
    # What msgspec says can quote a name from the frame, and that can be long.
    return RefusalError(
        Code.BAD_FRAME,
        "Send one JSON object in each text frame, with the fields the protocol names, and connect"
        f" again: {problem[:120]}.",
    )
