"""What the transport's browser tests need beside a browser: a site, and an introducer to kill."""

import contextlib
import importlib
import inspect
import io
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).resolve().parents[3]
PYODIDE = ROOT / "node_modules/pyodide"
WHEELS = ROOT / "build/harness-wheels"
SOURCES = [
    ROOT / "packages/transport-webrtc/src/transport_webrtc",
    ROOT / "packages/raft-core/src/raft_core",
    ROOT / "packages/raft-web/src/raft_web",
    Path(__file__).parent / "member_page.py",
]
PURE_MODULES = ["anyio", "idna", "typing_extensions"]
"""What raft_core's conformance suite needs; the host's own copies run in the page as well."""
TYPES = {".html": "text/html", ".mjs": "text/javascript", ".wasm": "application/wasm"}


def msgspec_wheel() -> Path:
    """The wheel of msgspec for Pyodide, fetched at the first need."""
    pattern = f"msgspec-{version('msgspec')}-*wasm32.whl"
    if not list(WHEELS.glob(pattern)):
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary=:all:", "--platform", "pyemscripten_2026_0_wasm32"),
                *("--python-version", "314", "--implementation", "cp", "--abi", "cp314"),
                *("--dest", str(WHEELS), f"msgspec=={version('msgspec')}"),
            ],
            check=True,
        )
    return next(WHEELS.glob(pattern))


def sources_archive() -> bytes:
    """Python's sources as a tar, to be unpacked where the page's Python looks for modules."""
    installed = [inspect.getfile(importlib.import_module(name)) for name in PURE_MODULES]
    paths = [Path(file) for file in installed]
    packages = [path.parent if path.name == "__init__.py" else path for path in paths]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in [*SOURCES, *packages]:
            archive.add(path, path.name, filter=_without_caches)
    return buffer.getvalue()


def _without_caches(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name else entry


class _Handler(BaseHTTPRequestHandler):
    """Serves Pyodide from npm's package, and a few files from memory."""

    files: ClassVar[dict[str, bytes]]

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        if body is None and self.path.startswith("/pyodide/"):
            path = (PYODIDE / self.path.removeprefix("/pyodide/")).resolve()
            if path.is_relative_to(PYODIDE) and path.is_file():
                body = path.read_bytes()
        if body is None:
            self.send_error(404)
            return
        suffix = Path(self.path).suffix or ".html"
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Tests are quiet."""


@contextlib.contextmanager
def serve_site() -> Iterator[int]:
    """Serves the page on 127.0.0.1; gives the port."""
    wheel = msgspec_wheel()
    page = (Path(__file__).parent / "page.html").read_text().replace("MSGSPEC", wheel.name)
    files = {
        "/": page.encode(),
        "/favicon.ico": b"",
        f"/wheels/{wheel.name}": wheel.read_bytes(),
        "/sources.tar": sources_archive(),
    }
    handler = type("Handler", (_Handler,), {"files": files})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class IntroducerProcess:
    """An introducer in a process of its own, that can be killed and started again on its port."""

    def __init__(self) -> None:
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/v1"

    def start(self, *options: str) -> None:
        """Starts it and waits until it listens."""
        assert self._process is None
        command = [sys.executable, "-m", "introducer", "--port", str(self._port), *options]
        self._process = subprocess.Popen(
            [*command, "--log-level", "error"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._port = int(line.partition("/v1")[0].rpartition(":")[2])

    def kill(self) -> None:
        """Kills it, without a word to anyone."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
