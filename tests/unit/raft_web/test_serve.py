"""The server gives files the types and the cache headers that a page needs."""

import gzip
import http.client
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from raft_web.serve import IMMUTABLE, REVALIDATE, SiteServer

FILES = (
    "index.html",
    "todo/index.html",
    "pyodide/314.0.7/pyodide.mjs",
    "pyodide/314.0.7/pyodide.asm.wasm",
    "packages/0123456789ab/modules.zip",
    "packages/0123456789ab/python.snapshot",
    "static/0123456789ab/shell.css",
    "static/0123456789ab/ticker.js",
    "static/0123456789ab/icon.svg",
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"this is {name}")
    return tmp_path


@pytest.fixture
def server(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site, "127.0.0.1", 0, extra={"/site.json": b"{}"}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: SiteServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers={"Host": "wraft0.localhost", **headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


@pytest.mark.parametrize(
    "path, kind, cache",
    [
        ("/", "text/html", REVALIDATE),
        ("/todo/", "text/html", REVALIDATE),
        ("/site.json", "application/json", REVALIDATE),
        ("/pyodide/314.0.7/pyodide.mjs", "text/javascript", IMMUTABLE),
        ("/pyodide/314.0.7/pyodide.asm.wasm", "application/wasm", IMMUTABLE),
        ("/packages/0123456789ab/modules.zip", "application/zip", IMMUTABLE),
        ("/packages/0123456789ab/python.snapshot", "application/octet-stream", IMMUTABLE),
        ("/static/0123456789ab/shell.css", "text/css", IMMUTABLE),
        ("/static/0123456789ab/ticker.js?x", "text/javascript", IMMUTABLE),
        ("/static/0123456789ab/icon.svg", "image/svg+xml", IMMUTABLE),
    ],
)
def test_types_and_cache(server: SiteServer, path: str, kind: str, cache: str) -> None:
    response, _ = ask(server, path)
    assert response.status == 200
    assert response.headers.get_content_type() == kind
    assert response.headers["Cache-Control"] == cache
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_in_memory_is_served_without_a_file(server: SiteServer) -> None:
    response, body = ask(server, "/site.json")
    assert body == b"{}"
    response, body = ask(server, "/site.json", "HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, "2", b"")


def test_what_is_put_into_memory_later_is_served(site: Path) -> None:
    extra: dict[str, bytes] = {}
    with SiteServer(site, "127.0.0.1", 0, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            assert ask(server, "/site.json")[0].status == 404
            extra["/site.json"] = b"[]"
            assert ask(server, "/site.json")[1] == b"[]"
        finally:
            server.shutdown()
            thread.join()


def test_a_file_that_did_not_change_is_not_sent_again(server: SiteServer) -> None:
    response, _ = ask(server, "/todo/")
    since = response.headers["Last-Modified"]
    response, body = ask(server, "/todo/", **{"If-Modified-Since": since})
    assert (response.status, body) == (304, b"")


def compress(site: Path, name: str) -> bytes:
    data = gzip.compress((site / name).read_bytes())
    (site / f"{name}.gz").write_bytes(data)
    return data


@pytest.mark.parametrize(
    "path, kind",
    [("/pyodide/314.0.7/pyodide.asm.wasm", "application/wasm"), ("/todo/", "text/html")],
)
def test_what_is_compressed_is_sent_so_to_browsers_that_take_it(
    server: SiteServer, site: Path, path: str, kind: str
) -> None:
    compressed = compress(site, f"{path[1:]}index.html" if path.endswith("/") else path[1:])
    plain, whole = ask(server, path)
    assert plain.headers["Content-Encoding"] is None
    response, body = ask(server, path, **{"Accept-Encoding": "br, gzip"})
    assert (response.status, body) == (200, compressed)
    assert gzip.decompress(body) == whole
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers.get_content_type() == kind
    assert response.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert response.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "br, gzip; q=0.0"])
def test_a_browser_that_does_not_take_it_gets_the_file(
    server: SiteServer, site: Path, accepted: str
) -> None:
    compress(site, "todo/index.html")
    response, body = ask(server, "/todo/", **{"Accept-Encoding": accepted})
    assert response.headers["Content-Encoding"] is None
    assert body == b"this is todo/index.html"


def test_what_was_compressed_before_somebody_edited_the_file_is_not_sent(
    server: SiteServer, site: Path
) -> None:
    compress(site, "todo/index.html")
    page = site / "todo/index.html"
    page.write_text("edited")
    os.utime(page, (page.stat().st_atime, page.stat().st_mtime + 10))
    assert ask(server, "/todo/", **{"Accept-Encoding": "gzip"})[1] == b"edited"


def test_one_connection_gets_both(server: SiteServer, site: Path) -> None:
    compress(site, "todo/index.html")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    encodings = []
    for path in ("/todo/", "/index.html", "/todo/"):
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        response = connection.getresponse()
        response.read()
        encodings.append(response.headers["Content-Encoding"])
    connection.close()
    assert encodings == ["gzip", None, "gzip"]


def test_an_apps_path_without_its_slash_leads_there(server: SiteServer) -> None:
    response, _ = ask(server, "/todo")
    assert response.status == 301
    assert response.headers["Location"].endswith("/todo/")


@pytest.mark.parametrize("path", ["/missing", "/static/", "/../etc/passwd", "/%2e%2e/x"])
def test_there_is_nothing_else(server: SiteServer, path: str) -> None:
    response, _ = ask(server, path)
    assert response.status == 404


def test_a_folder_that_is_no_site_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="raft-web build APP --out"):
        SiteServer(tmp_path, "127.0.0.1", 0)


def test_a_port_that_is_taken_is_an_error(server: SiteServer, site: Path) -> None:
    with pytest.raises(OSError, match="in use"):
        SiteServer(site, "127.0.0.1", server.port)
