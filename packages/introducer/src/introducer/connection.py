"""One client as the protocol sees it: where it is, how fast it talks, what waits for it."""

from collections import deque

from introducer.limits import Limits, TokenBucket
from introducer.refusals import Closing
from introducer.starts import Start


class Connection:
    """Made by `Introducer.on_opened`, for whoever does the I/O.

    Send what `take` gives, then look at `closing`. Set once, it says how to end the connection:
    nothing more comes into the queue. `room`, `member` and `start` are None before the connection
    joined and after it left its room; `start` also of a member that does not count its starts.

    :param number: higher than those of all connections that were opened before it
    """

    __slots__ = (
        "_limits",
        "_queue",
        "_queue_bytes",
        "bucket",
        "closing",
        "member",
        "number",
        "room",
        "start",
    )

    def __init__(self, limits: Limits, now: float, number: int = 0) -> None:
        self.number = number
        self.room: str | None = None
        self.member: str | None = None
        self.start: Start | None = None
        self.closing: Closing | None = None
        self.bucket = TokenBucket(limits.rate, limits.burst, now)
        self._limits = limits
        self._queue: deque[bytes] = deque()
        self._queue_bytes = 0

    @property
    def queued(self) -> tuple[int, int]:
        """How many frames wait, and how many bytes they have together."""
        return len(self._queue), self._queue_bytes

    def put(self, frame: bytes) -> bool:
        """Queue a frame; return False if it does not fit, and then the queue is as it was."""
        if (
            len(self._queue) >= self._limits.queue_frames
            or self._queue_bytes + len(frame) > self._limits.queue_bytes
        ):
            return False
        self._queue.append(frame)
        self._queue_bytes += len(frame)
        return True

    def take(self) -> bytes | None:
        """The next frame to send; None if there is none."""
        if not self._queue:
            return None
        frame = self._queue.popleft()
        self._queue_bytes -= len(frame)
        return frame

    def close(self, closing: Closing, last_frame: bytes | None = None) -> None:
        """Let the connection end with `closing`, after `last_frame`.

        What waits is dropped if the last frame does not fit otherwise: the reason of the end
        matters more than what came before it.
        """
        if last_frame is not None and not self.put(last_frame):
            self._queue.clear()
            self._queue_bytes = 0
            self.put(last_frame)
        self.closing = closing
