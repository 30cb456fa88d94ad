"""An introducer that lies: it stands before a real one and meddles with what members say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import ServerConnection, serve

Body = dict[str, Any]
Lie = Callable[[str, str, Body], Body]
"""From sender, receiver and body: the body that is relayed in its place."""


def unsigned(_sender: str, _to: str, body: Body) -> Body:
    """Leaves out the proof of who said it."""
    return {name: value for name, value in body.items() if name != "mac"}


def truth(_sender: str, _to: str, body: Body) -> Body:
    """Relays what was said."""
    return body


class Liar:
    """Listens on a port of its own, with a connection to the real introducer for each member."""

    def __init__(self, url: str) -> None:
        self.lie: Lie = truth
        self.heard: list[tuple[str, str, Body]] = []
        """Sender, receiver and body of all that members said."""
        self._real = url
        self._members: dict[str, ClientConnection] = {}
        self._server = serve(self._serve, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        """What members take for the introducer's address."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/v1"

    def say(self, sender: str, to: str, body: Body) -> None:
        """Says this in the name of a member."""
        self._members[sender].send(json.dumps({"type": "signal", "to": to, "body": body}))

    def close(self) -> None:
        """Ends all connections, and waits for it."""
        self._server.shutdown()
        self._thread.join()

    def _serve(self, member: ServerConnection) -> None:
        with connect(self._real) as real, suppress(ConnectionClosed):
            down = threading.Thread(target=self._relay_down, args=(real, member))
            down.start()
            try:
                for text in member:
                    assert isinstance(text, str)
                    self._relay_up(real, json.loads(text))
            finally:
                real.close()
                down.join()

    def _relay_up(self, real: ClientConnection, frame: Body) -> None:
        if frame["type"] == "join":
            self._members[frame["member"]] = real
        elif frame["type"] == "signal":
            (sender,) = (name for name, its in self._members.items() if its is real)
            self.heard.append((sender, frame["to"], frame["body"]))
            frame["body"] = self.lie(sender, frame["to"], frame["body"])
        real.send(json.dumps(frame))

    def _relay_down(self, real: ClientConnection, member: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            for text in real:
                member.send(text)
        member.close()
