"""Helps the introducer's tests: shapes of frames, and a protocol whose clients one can talk as."""

import json
from collections.abc import Callable
from typing import Any

from introducer.connection import Connection
from introducer.limits import Limits
from introducer.protocol import Introducer
from introducer.refusals import CLOSE_CODES, Closing, Code
from introducer.relays import IceServer

ROOM = "a" * 64
OTHER_ROOM = "b" * 64
ANN, BOB, CLEO = "a" * 16, "b" * 16, "c" * 16


def join(
    member: str, room: str = ROOM, protocol: object = 1, start: object = None
) -> dict[str, Any]:
    frame = {"type": "join", "protocol": protocol, "room": room, "member": member}
    return frame if start is None else frame | {"start": start}


def start(number: int, nonce: str = "a") -> dict[str, object]:
    return {"number": number, "nonce": nonce * 16, "proof": "d" * 64}


def signal(to: str, body: object) -> dict[str, Any]:
    return {"type": "signal", "to": to, "body": body}


LEAVE = {"type": "leave"}


def left(member: str, reason: str) -> dict[str, str]:
    return {"type": "left", "member": member, "reason": reason}


def closing(code: Code) -> Closing:
    return Closing(CLOSE_CODES[code], code.value)


SMALL = Limits(
    message_bytes=1024,
    room_members=2,
    rooms=2,
    connections=5,
    rate=2.0,
    burst=8,
    queue_frames=16,
    queue_bytes=32_768,
)


class Rooms:
    """An `Introducer`, a clock that the test moves, and no sockets."""

    def __init__(
        self,
        limits: Limits | None = None,
        ice_servers: Callable[[str], tuple[IceServer, ...]] = lambda _: (),
    ) -> None:
        self.now = 1000.0
        self.protocol = Introducer(limits or Limits(), ice_servers)
        self.ready: tuple[Connection, ...] = ()

    def connect(self) -> Connection:
        connection, self.ready = self.protocol.on_opened(self.now)
        return connection

    def say(self, connection: Connection, frame: dict[str, Any] | str | bytes) -> None:
        data = json.dumps(frame) if isinstance(frame, dict) else frame
        self.ready = self.protocol.on_frame(connection, data, self.now)

    def member(self, name: str, room: str = ROOM) -> Connection:
        """A connection that has joined and read its welcome."""
        connection = self.connect()
        self.say(connection, join(name, room))
        assert hear(connection)[0]["type"] == "welcome"
        return connection


def hear(connection: Connection) -> list[dict[str, Any]]:
    """Take all that waits for a connection."""
    frames = []
    while (frame := connection.take()) is not None:
        frames.append(json.loads(frame))
    return frames


def refusal(connection: Connection) -> tuple[str, bool]:
    """The code of the last frame, which has to be a refusal, and whether it is fatal."""
    last = hear(connection)[-1]
    assert last["type"] == "refused"
    assert len(last["message"]) > 20
    return last["code"], last["fatal"]


def is_open(connection: Connection) -> bool:
    return connection.closing is None
