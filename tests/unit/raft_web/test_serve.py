"""The server gives files the types and the cache headers that a page needs."""

import http.client
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
    "wheels/pyodide-lock.json",
    "wheels/0123456789ab/todo-0.1.0-py3-none-any.whl",
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
        ("/wheels/pyodide-lock.json", "application/json", REVALIDATE),
        ("/pyodide/314.0.7/pyodide.mjs", "text/javascript", IMMUTABLE),
        ("/pyodide/314.0.7/pyodide.asm.wasm", "application/wasm", IMMUTABLE),
        ("/wheels/0123456789ab/todo-0.1.0-py3-none-any.whl", "application/zip", IMMUTABLE),
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
