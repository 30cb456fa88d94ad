"""Sites for the browser tests, served as a user serves them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from raft_web.serve import SiteServer

ROOT = Path(__file__).resolve().parents[2]

START_PYTHON = """// Starts the site's Python in a page without the shell, and runs a file in it.
import { loadPyodide } from "/pyodide/VERSION/pyodide.mjs";

export async function startPython(packages, file) {
  const lockFileURL = location.origin + "/wheels/pyodide-lock.json";
  const python = await loadPyodide({ lockFileURL, packages });
  const response = await fetch(file);
  await python.runPythonAsync(await response.text(), { filename: file });
  return python;
}
"""


class Site:
    """A served site. A test may change its `site.json` before it opens a page."""

    def __init__(self, folder: Path, port: int, extra: dict[str, bytes]) -> None:
        self.folder = folder
        self.hosts = [f"wraft{number}.localhost:{port}" for number in range(3)]
        self.origins = [f"http://wraft{number}.localhost:{port}" for number in range(4)]
        """Where its pages are; the last one's host is none that the site knows of."""
        self._extra = extra
        (self.pyodide,) = (folder / "pyodide").iterdir()
        self.add("/python.mjs", START_PYTHON.replace("VERSION", self.pyodide.name))
        self.settings()

    def settings(self, **changes: Any) -> None:
        """Set `site.json`. Without an introducer given nobody listens at its address."""
        site = {"introducer": "/v1", "hosts": self.hosts, "target_size": 3}
        self.add("/site.json", json.dumps({**site, **changes}))

    def add(self, path: str, text: str) -> None:
        """Serve a file that the builder did not make."""
        self._extra[path] = text.encode()

    def url(self, fragment: str = "", number: int = 0, *, app: str = "counter") -> str:
        return f"{self.origins[number]}/{app}/{fragment}"


def build(out: Path, *apps: str) -> Path:
    """Build a site as a user does."""
    program = str(Path(sys.executable).with_name("raft-web"))
    command = [program, "build", *apps, "--out", str(out), "--root", str(ROOT)]
    subprocess.run(command, cwd=ROOT, check=True)
    return out


@contextmanager
def serve(folder: Path) -> Iterator[Site]:
    """Serve a built site while the block runs."""
    extra: dict[str, bytes] = {}
    with SiteServer(folder, "127.0.0.1", 0, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Site(folder, server.port, extra)
        finally:
            server.shutdown()
            thread.join()
