"""The command `introducer`."""

import argparse
import asyncio
import contextlib
import errno
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from introducer.files import allow_files
from introducer.handshake import HEALTH_PATH, origin_of
from introducer.limits import Limits
from introducer.relays import Relays
from introducer.server import serve

DEFAULT_PORT = 8765

_OTHER_FILES = 64
"""Open files besides those of the connections that count."""

_HELP = {
    "message_bytes": "largest frame a client may send",
    "room_members": "most members in one room",
    "rooms": "most rooms at a time",
    "connections": "most connections at a time, members or not",
    "rate": "frames a client may send each second; each KiB of a larger frame counts as one",
    "burst": "how many it may save up and send at once",
    "queue_frames": "most frames that wait for one slow client",
    "queue_bytes": "most bytes that wait for one slow client",
    "join_seconds": "time for a client's first frame",
    "ping_seconds": "time between pings",
    "pong_seconds": "time for the answer to a ping",
    "close_seconds": "time a client has to take its last frames and close",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an introducer until SIGINT or SIGTERM; return 0, or 1 if it cannot listen."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        limits = Limits(**{name: getattr(options, name) for name in _HELP})
    except ValueError as error:
        parser.error(f"--{str(error).replace('_', '-')}")
    relays = _relays(parser, options)
    logging.basicConfig(
        level=options.log_level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    _see_to_files(limits.connections)
    try:
        asyncio.run(_run(options.host, options.port, limits, options.origin, relays))
    except OSError as error:
        print(f"introducer: {_explain(error, options.host, options.port)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # only where the loop cannot handle signals: Windows
        return 0
    return 0


async def _run(
    host: str, port: int, limits: Limits, origins: Sequence[str] | None, relays: Relays
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with serve(host, port, limits=limits, origins=origins, relays=relays) as server:
        health = server.url.replace("ws:", "http:").rpartition("/")[0] + HEALTH_PATH
        print(f"The introducer listens at {server.url} (health: {health}); Ctrl-C ends it.")
        sys.stdout.flush()
        await stop.wait()
    print("The introducer has stopped.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="introducer",
        description="Introduces browser windows to each other, so that WebRTC can connect them.",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on, %(default)s if not given; 0.0.0.0 for all IPv4 ones",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port to listen on, %(default)s if not given; 0 takes a free one",
    )
    parser.add_argument(
        "--origin",
        action="append",
        type=_origin,
        help="serve only pages of this origin, like https://example.org; may come several times;"
        " without it pages of all origins are served",
    )
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="what goes to stderr, %(default)s if not given",
    )
    _add_relays(parser.add_argument_group("servers that members are told of"))
    group = parser.add_argument_group("limits")
    for field in msgspec.structs.fields(Limits):
        group.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=field.default,
            metavar="N",
            help=f"{_HELP[field.name]} (%(default)s)",
        )
    return parser


def _add_relays(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--turn-url",
        action="append",
        default=[],
        metavar="URL",
        help="a TURN server, like turn:turn.example.org:3478; may come several times",
    )
    secret = group.add_mutually_exclusive_group()
    secret.add_argument(
        "--turn-secret",
        default="",
        metavar="SECRET",
        help="the TURN server's static-auth-secret, of which short-lived passwords are made; other"
        " users of this machine can see it here",
    )
    secret.add_argument(
        "--turn-secret-file",
        metavar="FILE",
        help="where the secret is, on one line; or set INTRODUCER_TURN_SECRET",
    )
    group.add_argument(
        "--turn-seconds",
        type=float,
        default=Relays().turn_seconds,
        metavar="N",
        help="how long a password holds (%(default)s)",
    )
    group.add_argument(
        "--stun-url",
        action="append",
        default=[],
        metavar="URL",
        help="a STUN server, like stun:stun.example.org:3478; may come several times",
    )


def _relays(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Relays:
    try:
        return Relays(
            turn_urls=tuple(options.turn_url),
            turn_secret=_turn_secret(options),
            turn_seconds=options.turn_seconds,
            stun_urls=tuple(options.stun_url),
        )
    except ValueError as error:
        field, _, problem = str(error).partition(":")
        option = field.removesuffix("s") if field.endswith("urls") else field
        parser.error(f"--{option.replace('_', '-')}:{problem}")
    except OSError as error:
        parser.error(f"--turn-secret-file: {options.turn_secret_file}: {error.strerror}")


def _turn_secret(options: argparse.Namespace) -> str:
    if options.turn_secret_file is not None:
        return Path(options.turn_secret_file).read_text(encoding="utf-8").strip()
    secret: str = options.turn_secret
    # Set for good in a service's environment, it means nothing where no TURN server is named.
    return secret or (os.environ.get("INTRODUCER_TURN_SECRET", "") if options.turn_url else "")


def _see_to_files(connections: int) -> None:
    """Have a file for each connection, or say that there are too few."""
    # Twice: those that come over the limit, or have not asked for anything yet, have one, too.
    allowed = allow_files(2 * connections + _OTHER_FILES)
    if allowed is not None and allowed < connections + _OTHER_FILES:
        print(
            f"introducer: this process may have {allowed} files open, too few for {connections}"
            f" connections: allow it more (ulimit -n), or give at most"
            f" --connections {max(1, allowed - _OTHER_FILES)}",
            file=sys.stderr,
        )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: take one from 0 to 65535")
    return int(text)


def _origin(text: str) -> str:
    try:
        return origin_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _explain(error: OSError, host: str, port: int) -> str:
    """Say what to do about a failure to listen."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken by another program: stop that one, or choose another"
            " with --port"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights: choose one from 1024 on with --port"
    return f"cannot listen on {host} port {port}: {error.strerror or error}; see --host and --port"
