#!/usr/bin/env python3
"""One app in three browser windows on this machine: serves the site and an introducer.

Everything runs in this one process, so that nothing is left behind when it ends.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import introducer
from raft_web.serve import SiteServer
from raft_web.settings import site_json

HOST = "127.0.0.1"
NAMES = ("wraft0.localhost", "wraft1.localhost", "wraft2.localhost")
DEFAULT_PORT = 8000
PORTS_TO_TRY = 20


def main() -> int:
    """Serve until Ctrl-C; return the exit status."""
    options = _parser().parse_args()
    try:
        return asyncio.run(_demo(options.site, options.port))
    except FileNotFoundError as error:
        print(f"demo: {error}", file=sys.stderr)
    except OSError as error:
        print(f"demo: cannot listen: {error.strerror or error}. Try PORT=...", file=sys.stderr)
    return 1


async def _demo(site: Path, wanted: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        extra: dict[str, bytes] = {}
        server = _listen(site, wanted, extra)
        stack.callback(server.server_close)
        introduction = await _introduce(stack, server.port + 1)
        url = f"ws://{{hostname}}:{introduction}/v1"
        hosts = [f"{name}:{server.port}" for name in NAMES]
        extra["/site.json"] = site_json(url, hosts, len(NAMES)).encode()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        if server.port != wanted:
            print(
                f"\nPort {wanted} is taken, so this is port {server.port}. Browsers keep what an "
                f"earlier demo stored under its own port; PORT=... picks one."
            )
        _explain(_apps(site), hosts)
        await stop.wait()
        print("\nStopping.", flush=True)
    print("The demo has ended. What the windows stored is still in the browser.", flush=True)
    return 0


def _listen(site: Path, wanted: int, extra: dict[str, bytes]) -> SiteServer:
    """A server on the wanted port, or on the next that is free."""
    for port in range(wanted, wanted + PORTS_TO_TRY):
        try:
            return SiteServer(site, HOST, port, extra=extra)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
    return SiteServer(site, HOST, 0, extra=extra)


async def _introduce(stack: AsyncExitStack, wanted: int) -> int:
    """An introducer next to the site, where windows of a restarted demo find it again, if free."""
    try:
        server = await stack.enter_async_context(introducer.serve(HOST, wanted))
    except OSError:
        server = await stack.enter_async_context(introducer.serve(HOST, 0))
    return server.port


def _apps(site: Path) -> list[str]:
    """The apps of the site; the list comes first, which takes less to understand."""
    found = (path.parent.name for path in site.glob("*/index.html"))
    return sorted(found, key=lambda app: (app != "todo", app))


def _explain(apps: list[str], hosts: list[str]) -> None:
    first, *others = apps
    print(f"\nThree windows, one {first}:\n")
    for host in hosts:
        print(f"    http://{host}/{first}/")
    print(
        "\n 1. Open the first link and press Start. It shows the links of the other two members,"
        "\n    which carry the cluster's key."
        "\n 2. Open those two, each in a window of its own, and keep all three side by side."
        "\n 3. Write in any of them. Close one, reload one, close all and open them again.",
    )
    for app in others:
        print(f"\nThe same with the {app} begins at http://{hosts[0]}/{app}/")
    print(
        "\nThe names end in .localhost, so they mean this machine and nobody else can see them."
        "\nCtrl-C ends the demo.",
        flush=True,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("build/site"),
        help="a site made by `raft-web build` (default: %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT") or str(DEFAULT_PORT),
        help="port of the site; the environment's PORT says it too (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
