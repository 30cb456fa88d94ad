"""What the windows are given: the site of the bench app with an introducer, and the limit's page.

The two are different origins of the same three hosts, so that neither sees the other's storage.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import introducer
from raft_web.serve import SiteServer
from raft_web.settings import site_json

ROOT = Path(__file__).resolve().parents[2]
PAGES = Path(__file__).parent / "pages"
HOST = "127.0.0.1"
NAMES = ("wraft0.localhost", "wraft1.localhost", "wraft2.localhost")


class Served(NamedTuple):
    """Where the pages are: one address a window."""

    ours: tuple[str, ...]
    limit: tuple[str, ...]


async def build(out: Path) -> Path:
    """Build the site of the bench app alone.

    :raises subprocess.CalledProcessError: it cannot be built; the builder has said why
    """
    program = str(Path(sys.executable).with_name("raft-web"))
    command = [program, "build", "apps/bench", "--out", str(out), "--root", str(ROOT)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    if status := await process.wait():
        raise subprocess.CalledProcessError(status, command)
    return out


@asynccontextmanager
async def serve(site: Path) -> AsyncIterator[Served]:
    """Serve a site that holds the bench app, and the limit's page, while the block runs."""
    extra: dict[str, bytes] = {}
    async with introducer.serve(HOST, 0) as signalling:
        with _served(site, extra) as ours, _served(PAGES, {}) as limit:
            hosts = [f"{name}:{ours}" for name in NAMES]
            url = f"ws://{{hostname}}:{signalling.port}/v1"
            extra["/site.json"] = site_json(url, hosts, len(NAMES)).encode()
            yield Served(
                tuple(f"http://{host}/bench/" for host in hosts),
                tuple(f"http://{name}:{limit}/" for name in NAMES),
            )


@contextmanager
def _served(folder: Path, extra: dict[str, bytes]) -> Iterator[int]:
    with SiteServer(folder, HOST, 0, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.port
        finally:
            server.shutdown()
            thread.join()
