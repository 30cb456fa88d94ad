"""Serves the todo page on a local member, and opens one window of it for all tests."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext

from raft_web.builder.wheels import Wheelhouse, read_target
from tests.browser.todo.window import TodoWindow

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
WHEELS = ROOT / "build/raft-web"
SOURCES = {
    "todo": ROOT / "apps/todo/src/todo",
    "raft_core": ROOT / "packages/raft-core/src/raft_core",
    "raft_web": ROOT / "packages/raft-web/src/raft_web",
}


def wheels_archive() -> bytes:
    """What others have made, unpacked into one archive, from where the site's builder keeps it."""
    target = read_target(ROOT / "node_modules/pyodide")
    wheels = Wheelhouse(target, WHEELS, sources={}, say=print).collect(["anyio", "msgspec"])
    with zip_archive() as (buffer, archive):
        for wheel in map(zipfile.ZipFile, wheels):
            with wheel:
                for name in wheel.namelist():
                    archive.writestr(name, wheel.read(name))
    return buffer.getvalue()


def source_archive() -> bytes:
    """The harness, the app and what it imports of ours."""
    with zip_archive() as (buffer, archive):
        for name, folder in SOURCES.items():
            for path in folder.rglob("*.py"):
                archive.write(path, name / path.relative_to(folder))
        archive.write(HERE / "harness.py", "harness.py")
    return buffer.getvalue()


@contextmanager
def zip_archive() -> Iterator[tuple[io.BytesIO, zipfile.ZipFile]]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        yield buffer, archive


class Handler(SimpleHTTPRequestHandler):
    """Files of the harness, and `node_modules` as it is."""

    made: dict[str, tuple[str, bytes]]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path not in self.made:
            super().do_GET()
            return
        kind, body = self.made[path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: a failing test shows what the page said."""


@pytest.fixture(scope="session")
def todo_url() -> Iterator[str]:
    """Address of the todo page on a local member."""
    made = {
        "/": ("text/html", (HERE / "harness.html").read_bytes()),
        "/todo.css": ("text/css", (SOURCES["todo"] / "static/todo.css").read_bytes()),
        "/wheels.zip": ("application/zip", wheels_archive()),
        "/source.zip": ("application/zip", source_archive()),
    }
    handler = type("BoundHandler", (Handler,), {"made": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def todo_context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def open_window(todo_context: BrowserContext, todo_url: str) -> TodoWindow:
    """One window for all tests: starting Python takes seconds, a new list in it none."""
    window = TodoWindow(todo_context.new_page())
    window.open(todo_url)
    return window


@pytest.fixture
def window(open_window: TodoWindow) -> Iterator[TodoWindow]:
    """The todo page, empty, with all shown, as right after its start."""
    open_window.reset()
    yield open_window
    assert open_window.errors == []
