"""What the coordinator and its members say to each other: a line of JSON each."""

import sys
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct


class Setup(Struct, frozen=True):
    """The first argument of a member: who it is, and of what kind. Addresses are its system's."""

    kind: str
    position: int
    addresses: tuple[str, ...]
    session: str = ""
    data: str = ""


class AskStatus(Struct, frozen=True, tag=True):
    """Answered by ``Status``."""


class Load(Struct, frozen=True, tag=True):
    """Keep so many writes outstanding for so long; answered by ``Loaded``."""

    outstanding: int
    seconds: float


class Signal(Struct, frozen=True, tag=True):
    """What a member of a bare data channel tells the other, passed on by the coordinator."""

    text: str


class End(Struct, frozen=True, tag=True):
    """Stop and go; no answer."""


class Status(Struct, frozen=True, tag=True):
    """Whether the cluster is whole, by this member's word; seconds of the processor it has used."""

    whole: bool
    leads: bool
    processor: float


class Loaded(Struct, frozen=True, tag=True):
    """What a load came to. Seconds; ``p50`` and ``p99`` are of single writes.

    ``unanswered`` writes were begun and are none of ``writes``: the system has forgotten them.
    """

    writes: int
    wall: float
    p50: float
    p99: float
    unanswered: int = 0


class Failed(Struct, frozen=True, tag=True):
    """It did not work, and why."""

    why: str


Request: TypeAlias = AskStatus | Load | Signal | End
Reply: TypeAlias = Status | Loaded | Signal | Failed

encode: Final = msgspec.json.Encoder().encode
_requests: Final[msgspec.json.Decoder[Request]] = msgspec.json.Decoder(Request)
_replies: Final[msgspec.json.Decoder[Reply]] = msgspec.json.Decoder(Reply)


def setup() -> Setup:
    """What this process was started with."""
    return msgspec.json.decode(sys.argv[1], type=Setup)


def next_request() -> Request:
    """Wait for it. When the coordinator is gone, it is to end."""
    line = sys.stdin.buffer.readline()
    return _requests.decode(line) if line else End()


def read_reply(line: bytes) -> Reply:
    """What a member has answered."""
    return _replies.decode(line)


def reply(answer: Reply) -> None:
    """Answer the coordinator."""
    sys.stdout.buffer.write(encode(answer) + b"\n")
    sys.stdout.buffer.flush()
