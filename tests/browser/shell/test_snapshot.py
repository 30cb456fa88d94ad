"""Every visit starts from a snapshot of Python's memory, and loses nothing by that."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route

from tests.browser.shell.conftest import Open, wait_for
from tests.browser.site import Site

LIBRARY = "**/python_stdlib.zip"
PAGE = """<!doctype html><title>python</title><script type="module">
import { startPython } from "/python.mjs";
window.python = await startPython("/nothing.py");
</script>"""
DRAWN = """
import json, os, random, secrets, uuid
from transport_webrtc.session import Durability, new_key, new_member_id

json.dumps([
    random.random(), random.getrandbits(64), random.Random().random(), os.urandom(8).hex(),
    secrets.token_hex(8), str(uuid.uuid4()), new_key(Durability.DISK), new_member_id(),
])
"""
LATE = r"""
import json, re, sys
ahead = set(sys.modules)
import raft_web.shell

ours = ("raft_", "transport_", "storage_")
sources = {
    name: sys.modules[name].__loader__.get_source(name)
    for name in sys.modules if name.startswith(ours) and name not in ahead
}
found = {"js", "pyodide"}
while found:  # those that import it, and those that import these
    need = re.compile(rf"^(from|import) ({'|'.join(map(re.escape, found))})\b", re.MULTILINE)
    found = {name for name in sources if need.search(sources[name])}
    sources = {name: sources[name] for name in sources if name not in found}
json.dumps(sorted(sources))
"""


@pytest.fixture
def python_page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """A page with Python, and nothing of the shell."""
    site.add("/python.html", PAGE)
    site.add("/nothing.py", "")
    page = context.new_page()
    page.goto(f"{site.origins[0]}/python.html")
    page.wait_for_function("window.python")
    yield page
    page.close()


def run(page: Page, code: str) -> str:
    return str(page.evaluate("code => python.runPython(code)", code))


def from_snapshot(page: Page) -> bool:
    return bool(page.evaluate("performance.getEntriesByName('raft-snapshot').length"))


@pytest.mark.both
def test_the_first_visit_starts_from_it_and_so_does_the_next(open_page: Open, site: Site) -> None:
    site.settings(target_size=1)
    page = open_page()
    wait_for(page, "home")
    assert from_snapshot(page)
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    page.reload()
    wait_for(page, "running")
    assert from_snapshot(page)


def test_no_two_windows_draw_the_same_numbers(python_page: Page) -> None:
    first = json.loads(run(python_page, DRAWN))
    python_page.reload()
    python_page.wait_for_function("window.python")
    second = json.loads(run(python_page, DRAWN))
    assert from_snapshot(python_page)
    assert len(first) == len(second)
    assert [one for one, other in zip(first, second, strict=True) if one == other] == []


def test_a_page_imports_only_what_needs_javascript(python_page: Page) -> None:
    assert json.loads(run(python_page, LATE)) == [], "raft_web.ahead should import these"


def test_a_member_runs_without_the_rest_of_the_standard_library(
    context: BrowserContext, open_page: Open, site: Site
) -> None:
    site.settings(target_size=1)
    context.route(LIBRARY, lambda route: route.abort())
    page = open_page(complains=True)
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    context.unroute(LIBRARY)


def test_an_import_that_needs_the_rest_before_it_is_there_waits_for_it(python_page: Page) -> None:
    assert run(python_page, "import csv; csv.__name__") == "csv"
    assert run(python_page, "import tomllib; tomllib.loads('a = 1')['a']") == "1"


def test_an_import_while_the_rest_is_on_its_way_gives_that_up_and_fetches_it_anew(
    context: BrowserContext, browser_name: str, site: Site
) -> None:
    """A browser may answer the second request for a file only when the first is done with."""
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    def is_library(request: Request) -> bool:
        return request.url.endswith(LIBRARY.removeprefix("**"))

    site.add("/python.html", PAGE)
    site.add("/nothing.py", "")
    context.route(LIBRARY, hold_the_first)
    page = context.new_page()
    with page.expect_event("request", is_library):
        page.goto(f"{site.origins[0]}/python.html")
    page.wait_for_function("window.python")
    # Of a request that is held and given up a stock Firefox does not tell its driver.
    in_firefox = browser_name == "firefox"
    with nullcontext() if in_firefox else page.expect_event("requestfailed", is_library):
        assert run(page, "import csv; csv.__name__") == "csv"
    page.close()
    context.unroute(LIBRARY)


@pytest.mark.parametrize("rubbish", [b"rubbish", zlib.compress(b"rubbish " * 100)])
def test_python_starts_without_a_snapshot_that_cannot_be_used(
    context: BrowserContext, open_page: Open, site: Site, rubbish: bytes
) -> None:
    def replace(route: Route) -> None:
        route.fulfill(body=rubbish)

    warnings: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "warning":
            warnings.append(message.text)

    site.settings(target_size=1)
    context.route("**/python.snapshot", replace)
    page = open_page(complains=True)  # Firefox reports what it cannot unpack
    page.on("console", heard)
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    assert not from_snapshot(page)
    assert [text for text in warnings if "starts without its snapshot" in text]
    context.unroute("**/python.snapshot")
