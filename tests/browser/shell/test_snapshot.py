"""The second visit starts from a snapshot of Python's memory, and loses nothing by that."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.browser.shell.conftest import Open, wait_for
from tests.browser.site import Site

DRAWN = """
import json, os, random, secrets, uuid
from transport_webrtc.session import Durability, new_key, new_member_id

drawn = json.dumps([
    random.random(), random.getrandbits(64), random.Random().random(), os.urandom(8).hex(),
    secrets.token_hex(8), str(uuid.uuid4()), new_key(Durability.DISK), new_member_id(),
])
"""
PAGE = """<!doctype html><title>draw</title><script type="module">
import { startPython } from "/python.mjs";
window.drawn = (await startPython("/drawn.py")).globals.get("drawn");
</script>"""
KEPT = """async () => {
  const store = await caches.open("raft-web /");
  while ((await store.keys()).length !== 1) await new Promise((done) => setTimeout(done, 50));
}"""
PUT = """async (deflated) => {
  const rubbish = new Response("rubbish ".repeat(100)).body;
  const body = deflated ? rubbish.pipeThrough(new CompressionStream("deflate")) : rubbish;
  const { snapshot } = JSON.parse(document.getElementById("raft-config").textContent);
  const store = await caches.open("raft-web /");
  await store.put(new URL(snapshot, location.href).href, new Response(body));
}"""


@pytest.fixture(autouse=True)
def _nothing_kept(context: BrowserContext, site: Site) -> Iterator[None]:
    empty(context.pages[0], site)
    yield
    empty(context.pages[0], site)


def empty(page: Page, site: Site) -> None:
    page.goto(f"{site.origins[0]}/licences.txt")
    page.evaluate("caches.keys().then(all => Promise.all(all.map(one => caches.delete(one))))")
    page.goto("about:blank")


def from_snapshot(page: Page) -> bool:
    return bool(page.evaluate("performance.getEntriesByName('raft-snapshot').length"))


def visit_until_kept(open_page: Open, *, complains: bool = False) -> Page:
    """The first visit, until the next one will be quicker."""
    page = open_page(complains=complains)
    wait_for(page, "home")
    assert not from_snapshot(page)
    page.evaluate(KEPT)
    return page


@pytest.mark.both
def test_the_second_visit_starts_from_what_the_first_one_kept(open_page: Open, site: Site) -> None:
    site.settings(target_size=1)
    page = visit_until_kept(open_page)
    page.reload()
    wait_for(page, "home")
    assert from_snapshot(page)
    page.get_by_test_id("start").click()
    wait_for(page, "running")
    page.reload()
    wait_for(page, "running")
    assert from_snapshot(page)


def test_no_two_windows_draw_the_same_numbers(
    context: BrowserContext, open_page: Open, site: Site
) -> None:
    site.add("/draw.html", PAGE)
    site.add("/drawn.py", DRAWN)
    visit_until_kept(open_page)
    drawn = []
    for _ in range(2):
        page = context.new_page()
        page.goto(f"{site.origins[0]}/draw.html")
        page.wait_for_function("window.drawn")
        assert from_snapshot(page)
        drawn.append(json.loads(page.evaluate("drawn")))
    assert len(drawn[0]) == len(drawn[1])
    assert [one for one, other in zip(*drawn, strict=True) if one == other] == []


@pytest.mark.parametrize("deflated", [False, True])
def test_a_snapshot_that_cannot_be_used_is_thrown_away_and_python_starts_without(
    open_page: Open, deflated: bool, browser_name: str
) -> None:
    # Firefox itself logs what is wrong with it.
    page = visit_until_kept(open_page, complains=browser_name == "firefox")
    page.evaluate(PUT, deflated)
    warnings: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "warning":
            warnings.append(message.text)

    page.on("console", heard)
    page.reload()
    wait_for(page, "home")
    assert not from_snapshot(page)
    assert [text for text in warnings if "starts without its snapshot" in text]
    page.evaluate(KEPT)
    page.reload()
    wait_for(page, "home")
    assert from_snapshot(page), "another one was kept in its place"
