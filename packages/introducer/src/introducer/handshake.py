"""What is answered before a WebSocket exists: health, wrong paths, wrong origins."""

import http
import re
from collections.abc import Callable
from typing import Final

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from introducer.protocol import Counts

WEBSOCKET_PATH = "/v1"
HEALTH_PATH = "/healthz"


_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._~-]+|\[[0-9a-f:.]+\])(:[0-9]+)?")


def origin_of(text: str) -> str:
    """An origin as browsers send it: small letters, no path, and no port that goes without saying.

    Another spelling would let no page in, and nobody would know why.

    :raises ValueError: it is none; the sentence says what one looks like
    """
    origin = text.strip().lower().removesuffix("/")
    if origin != "null" and _ORIGIN.fullmatch(origin) is None:
        raise ValueError(
            f"{text!r} is no origin: write how the page's address begins, without a path, like"
            " https://example.org"
        )
    for usual in (("https", ":443"), ("http", ":80")):
        if origin.startswith(f"{usual[0]}://"):
            origin = origin.removesuffix(usual[1])
    return origin


class Health(msgspec.Struct, frozen=True):
    """The body of `/healthz`."""

    status: str
    rooms: int
    members: int
    connections: int


class Handshake:
    """Decides over each HTTP request; an instance is a `process_request` of `websockets`.

    :param origins: pages of these origins may connect; None lets all of them. Who sends no Origin
        is no page and may always: the header protects a browser's user, others can write it.
    :param count: gives the numbers for `/healthz`.
    """

    def __init__(self, origins: frozenset[str] | None, count: Callable[[], Counts]) -> None:
        self._origins = origins
        self._count = count

    def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == HEALTH_PATH:
            return self._health(connection)
        if path != WEBSOCKET_PATH:
            return connection.respond(
                http.HTTPStatus.NOT_FOUND,
                f"Nothing is here: open a WebSocket at {WEBSOCKET_PATH}, or see {HEALTH_PATH}.\n",
            )
        if not self._may_connect(request.headers.get_all("Origin")):
            return connection.respond(
                http.HTTPStatus.FORBIDDEN,
                "This introducer does not serve pages of your origin: ask its operator to allow it"
                " with --origin.\n",
            )
        return None

    def _may_connect(self, sent: list[str]) -> bool:
        return self._origins is None or self._origins.issuperset(sent)

    def _health(self, connection: ServerConnection) -> Response:
        counts = self._count()
        health = Health("ok", counts.rooms, counts.members, counts.connections)
        response = connection.respond(http.HTTPStatus.OK, msgspec.json.encode(health).decode())
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Cache-Control"] = "no-store"
        # Counts are no secret, and a page of another origin may want to say whether this is up.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response
