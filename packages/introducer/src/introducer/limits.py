"""What one introducer allows, and the token bucket that measures how fast a client talks."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]

BYTES_PER_TOKEN = 1024


class Limits(Struct, frozen=True, kw_only=True):
    """The limits of one introducer; the defaults suit a public one on a small machine.

    :raises ValueError: if a value is out of range or two of them contradict each other. The
        sentence names the field.
    """

    message_bytes: Annotated[int, Meta(ge=1024, le=1 << 20)] = 65_536
    room_members: Annotated[int, Meta(ge=2, le=1000)] = 16
    rooms: Count = 1000
    connections: Count = 4000
    rate: Annotated[float, Meta(gt=0, le=1_000_000)] = 50.0
    burst: Count = 400
    queue_frames: Annotated[int, Meta(ge=16)] = 256
    queue_bytes: Annotated[int, Meta(ge=32_768)] = 1 << 20
    join_seconds: Seconds = 10.0
    ping_seconds: Seconds = 10.0
    pong_seconds: Seconds = 10.0
    close_seconds: Seconds = 5.0

    def __post_init__(self) -> None:
        # msgspec checks the ranges of a Struct's fields when it decodes, not when it is called.
        for field in msgspec.structs.fields(self):
            try:
                msgspec.convert(getattr(self, field.name), field.type)
            except msgspec.ValidationError as error:
                raise ValueError(f"{field.name}: {error}") from None
        if self.burst < token_cost(self.message_bytes):
            raise ValueError(
                f"burst: must be at least {token_cost(self.message_bytes)}, or a frame of"
                f" {self.message_bytes} bytes could never be sent"
            )
        if self.queue_bytes < 2 * self.message_bytes:
            raise ValueError("queue_bytes: must be at least twice message_bytes")


def token_cost(size: int) -> int:
    """What a frame of `size` bytes costs: one token for each KiB begun, and at least one."""
    return max(1, -(-size // BYTES_PER_TOKEN))


class TokenBucket:
    """Fills at `rate` tokens a second up to `burst`, and starts full."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._filled_at = now

    def take(self, cost: int, now: float) -> bool:
        """Take `cost` tokens and return True; if there are too few take none and return False.

        `now` is in seconds of any clock. One that stands still or goes back fills nothing.
        """
        elapsed = max(0.0, now - self._filled_at)
        self._filled_at = max(now, self._filled_at)
        self._tokens = min(self._burst, self._tokens + elapsed * self._rate)
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True
