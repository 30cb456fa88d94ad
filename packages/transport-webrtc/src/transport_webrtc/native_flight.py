"""How many bytes are on their way: sent, and not yet acknowledged by the peer."""

from collections import deque


class Flight:
    """Counts whole messages, in the order they were sent; all of them go through one association.

    :param fragment: bytes of a message that travel, and are acknowledged, in one piece.
    """

    __slots__ = ("_acknowledged", "_fragment", "_messages", "bytes")

    def __init__(self, fragment: int) -> None:
        self.bytes = 0
        """Of the messages that the peer does not have as a whole yet."""
        self._fragment = fragment
        self._messages: deque[tuple[int, int]] = deque()
        self._acknowledged = 0

    def sent(self, size: int) -> None:
        """A message of `size` bytes, at least one, was handed on."""
        self.bytes += size
        self._messages.append((size, -(-size // self._fragment)))

    def acknowledged(self, fragments: int) -> None:
        """The peer has so many more pieces, without a gap."""
        self._acknowledged += fragments
        messages = self._messages
        while messages and messages[0][1] <= self._acknowledged:
            size, pieces = messages.popleft()
            self.bytes -= size
            self._acknowledged -= pieces
        if not messages:
            self._acknowledged = 0  # whatever a peer claims to have, it is no credit for later
