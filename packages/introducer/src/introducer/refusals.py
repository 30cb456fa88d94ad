"""Why the introducer refuses something: one code each, and the close code that goes with it."""

from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType

from msgspec import Struct

from introducer.starts import Start


@unique
class Code(StrEnum):
    """What a `refused` frame says to a program."""

    BAD_FRAME = "bad_frame"
    BAD_PROTOCOL = "bad_protocol"
    BAD_ROOM = "bad_room"
    BAD_MEMBER = "bad_member"
    NOT_JOINED = "not_joined"
    ALREADY_JOINED = "already_joined"
    ROOM_FULL = "room_full"
    TOO_MANY_ROOMS = "too_many_rooms"
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    REPLACED = "replaced"
    SLOW_READER = "slow_reader"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    SUPERSEDED = "superseded"
    UNKNOWN_PEER = "unknown_peer"


# A code that is not here is not fatal: the connection stays open.
CLOSE_CODES: Mapping[Code, int] = MappingProxyType(
    {
        Code.BAD_FRAME: 4000,
        Code.BAD_PROTOCOL: 4001,
        Code.BAD_ROOM: 4002,
        Code.BAD_MEMBER: 4003,
        Code.NOT_JOINED: 4004,
        Code.ALREADY_JOINED: 4005,
        Code.ROOM_FULL: 4006,
        Code.TOO_MANY_ROOMS: 4007,
        Code.TOO_LARGE: 4008,
        Code.TOO_FAST: 4009,
        Code.REPLACED: 4010,
        Code.SLOW_READER: 4011,
        Code.TOO_MANY_CONNECTIONS: 4012,
        Code.SUPERSEDED: 4013,
    }
)


class Closing(Struct, frozen=True):
    """How the introducer closes a connection: a WebSocket close code and its reason."""

    code: int
    reason: str


# The closes that no refusal explains. Their numbers are WebSocket's own (RFC 6455, section 7.4.1).
LEFT = Closing(1000, "left")
GOING_AWAY = Closing(1001, "the introducer stops: connect again")
UNANSWERED = Closing(1011, "no answer to a ping: connect again")
INTERNAL_ERROR = Closing(1011, "internal error: connect again")


class RefusalError(Exception):
    """Something a client did or asked for is refused. It never leaves this package.

    :param message: a sentence that says what the client, or the person before it, should do.
    :param by: the start of its member that counts in its place.
    """

    def __init__(self, code: Code, message: str, by: Start | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.by = by

    @property
    def closing(self) -> Closing | None:
        """How the connection ends because of it; None if it does not."""
        close_code = CLOSE_CODES.get(self.code)
        return None if close_code is None else Closing(close_code, self.code.value)
