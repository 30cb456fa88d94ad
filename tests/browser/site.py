"""Sites for the browser tests, served as a user serves them."""

from __future__ import annotations

import fcntl
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

APPS = ("apps/todo", "apps/bench", "tests/browser/shell/counter", "tests/chaos/app")

START_PYTHON = """// Starts the site's Python in a page without the shell, and runs a file in it.
import { startPython as start } from "SCRIPT";

const { abi, ...paths } = CONFIG;
for (const name in paths) paths[name] = new URL(paths[name], location.origin + "/app/").href;

export async function startPython(file) {
  const python = await start({ abi, ...paths });
  const response = await fetch(file);
  await python.runPythonAsync(await response.text(), { filename: file });
  return python;
}
"""


def python_config(folder: Path) -> dict[str, str]:
    """What the pages of a built site give to `startPython` in its `python.mjs`."""
    page = next(folder.glob("*/index.html")).read_text(encoding="utf-8")
    config = json.loads(page.partition('id="raft-config">')[2].partition("</script>")[0])
    names = ("abi", "pyodide", "snapshot", "library", "modules", "files")
    return {name: config[name] for name in names}


def start_python(folder: Path) -> str:
    """The script `/python.mjs` for the pages of tests, on a built site."""
    script = next(folder.glob("static/*/python.mjs")).relative_to(folder)
    config = json.dumps(python_config(folder))
    return START_PYTHON.replace("SCRIPT", f"/{script}").replace("CONFIG", config)


class Site:
    """A served site. A test may change its `site.json` before it opens a page."""

    def __init__(self, folder: Path, port: int, extra: dict[str, bytes]) -> None:
        self.folder = folder
        self.hosts = [f"wraft{number}.localhost:{port}" for number in range(3)]
        self.origins = [f"http://wraft{number}.localhost:{port}" for number in range(4)]
        """Where its pages are; the last one's host is none that the site knows of."""
        self._extra = extra
        self.add("/python.mjs", start_python(folder))
        self.add("/favicon.ico", "")  # browsers ask for it where a page names none
        self.settings()

    def settings(self, **changes: Any) -> None:
        """Set `site.json`. Without an introducer given nobody listens at its address."""
        site = {"introducer": "/v1", "hosts": self.hosts, "target_size": 3}
        self.add("/site.json", json.dumps({**site, **changes}))

    def add(self, path: str, text: str) -> None:
        """Serve a file that the builder did not make."""
        self.add_bytes(path, text.encode())

    def add_bytes(self, path: str, content: bytes) -> None:
        """The same with a file that is no text."""
        self._extra[path] = content

    def url(self, fragment: str = "", number: int = 0, *, app: str = "counter") -> str:
        return f"{self.origins[number]}/{app}/{fragment}"


def build_all() -> Path:
    """Build the site that all browser tests share."""
    return build(ROOT / "build/test-site", *APPS)


def build(out: Path, *apps: str) -> Path:
    """Build a site as a user does.

    One process after the other: two that begin with nothing make two snapshots, and the files of
    the one that is ready first would be gone when it serves them.
    """
    program = str(Path(sys.executable).with_name("raft-web"))
    command = [program, "build", *apps, "--out", str(out), "--root", str(ROOT)]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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
