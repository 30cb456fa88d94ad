"""Serves a built site, for trying out and for tests. Any web server can do the same.

What its server must do: give `.mjs` as text/javascript and `.wasm` as application/wasm, and let
browsers keep what lies in a folder named by a version or a hash. What lies compressed beside a file
it may send in its place.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

_VERSIONED: Final = re.compile(r"/(?:pyodide|packages|static)/[0-9a-f.]+/[^/]+$")
IMMUTABLE: Final = "public, max-age=31536000, immutable"
REVALIDATE: Final = "no-cache"


class SiteHandler(SimpleHTTPRequestHandler):
    """Files of the site, and `extra` ones from memory by their path; no listings of folders."""

    protocol_version = "HTTP/1.1"  # connections stay open: a page takes some twenty files
    server_version = "raft-web"
    sys_version = ""
    extensions_map = {  # noqa: RUF012  (not the machine's own table, which may lack some)
        "": "application/octet-stream",
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".mjs": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".wasm": "application/wasm",
        ".zip": "application/zip",
    }

    def __init__(self, *arguments: Any, extra: Mapping[str, bytes], **named: Any) -> None:
        self._extra = extra
        self._compressed = False
        super().__init__(*arguments, **named)

    def send_head(self) -> Any:
        """Answer with a file of the site, or from memory."""
        path = self.path.partition("?")[0]
        content = self._extra.get(path)
        if content is None:
            self._prefer_compressed(path)
            return super().send_head()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(self.path))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if self.command == "GET" else b"")
        return None

    def _prefer_compressed(self, path: str) -> None:
        """Send what the builder compressed, to a browser that takes it."""
        accepted = self.headers.get("Accept-Encoding", "")
        if not re.search(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", accepted):
            return
        name = f"{path}index.html" if path.endswith("/") else path
        file, compressed = (Path(self.translate_path(one)) for one in (name, f"{name}.gz"))
        if not (file.is_file() and compressed.is_file()):
            return
        if compressed.stat().st_mtime >= file.stat().st_mtime:  # else somebody edited the file
            self.path = f"{name}.gz"
            self._compressed = True

    def guess_type(self, path: Any) -> str:
        """The type of what is sent, which may be compressed."""
        return super().guess_type(str(path).removesuffix(".gz") if self._compressed else path)

    def end_headers(self) -> None:
        """Say how long a browser may keep it."""
        versioned = _VERSIONED.search(self.path.partition("?")[0])
        self.send_header("Cache-Control", IMMUTABLE if versioned else REVALIDATE)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Vary", "Accept-Encoding")
        if self._compressed:
            self.send_header("Content-Encoding", "gzip")
            self._compressed = False  # the connection stays open, and this object with it
        super().end_headers()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002  (the base class's signature)
        """A folder without an index is nobody's business."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        """Say nothing: a page asks for some twenty files."""


class SiteServer(ThreadingHTTPServer):
    """A server of one site. Its threads never keep the program alive."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, folder: Path, host: str, port: int, *, extra: Mapping[str, bytes] | None = None
    ) -> None:
        if not (folder / "index.html").is_file():
            raise FileNotFoundError(
                f"{folder} holds no site: make one with `raft-web build APP --out {folder}`"
            )
        # The caller's own mapping, also while it is empty: what is put into it later is served.
        served = {} if extra is None else extra
        handler = partial(SiteHandler, directory=str(folder), extra=served)
        super().__init__((host, port), handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what failed; a browser that breaks off a download is no failure."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
