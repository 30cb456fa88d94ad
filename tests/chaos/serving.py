"""The site of the app: built, and served on a name for each window."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from raft_web.serve import SiteServer
from raft_web.settings import site_json

ROOT = Path(__file__).resolve().parents[2]
APP = "tests/chaos/app"
HOST = "127.0.0.1"


async def build(out: Path) -> Path:
    """Build the site of the app alone.

    :raises subprocess.CalledProcessError: it cannot be built; the builder has said why
    """
    program = str(Path(sys.executable).with_name("raft-web"))
    command = [program, "build", APP, "--out", str(out), "--root", str(ROOT)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    if status := await process.wait():
        raise subprocess.CalledProcessError(status, command)
    return out


def revision() -> str:
    """What is run, as git describes it."""
    command = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.check_output(command, cwd=ROOT, text=True).strip()
    except (OSError, subprocess.CalledProcessError):
        return "no known revision"


@contextmanager
def serve(site: Path, introducer: int, windows: int, voters: int) -> Iterator[list[str]]:
    """Serve a built site while the block runs; the origins, one for each window."""
    extra: dict[str, bytes] = {}
    with SiteServer(site, HOST, 0, extra=extra) as server:
        hosts = [f"wraft{number}.localhost:{server.port}" for number in range(windows)]
        url = f"ws://{{hostname}}:{introducer}/v1"
        extra["/site.json"] = site_json(url, hosts, voters).encode()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield [f"http://{host}" for host in hosts]
        finally:
            server.shutdown()
            thread.join()
