"""The pages' HTML: what is filled in, and that nothing breaks out of its place."""

import html.parser
import json
import re
from pathlib import Path
from typing import Any

import pytest

from raft_web.builder.pages import PARTS, app_page, front_page, static_part
from raft_web.builder.project import App

APP = App(Path("/apps/x"), "x", "x", "x:X", "A <b> & c", 'Says "hello"', ())

EARLY = ["../static/aa/python.mjs", "../packages/aa/modules.zip"]


class Reader(html.parser.HTMLParser):
    """Collects the elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> list[str]:
        return [str(found[attribute]) for _, found in self.elements if attribute in found]


def page(**config: Any) -> str:
    styles, scripts = ["../static/bb/x.css"], ["../static/cc/x.js"]
    return app_page(APP, "../static/aa/", config, styles=styles, scripts=scripts, preloads=EARLY)


def test_nothing_is_left_to_fill_in() -> None:
    assert "{{" not in page()
    assert "{{" not in front_page([APP], "static/aa/")


def test_the_apps_words_are_text_and_never_markup() -> None:
    read = Reader(page())
    assert "A <b> & c" in read.text
    assert "b" not in [tag for tag, _ in read.elements]
    front = Reader(front_page([APP], "static/aa/"))
    assert "A <b> & c" in front.text
    assert 'Says "hello"' in front.text


def test_the_configuration_cannot_end_its_script_element() -> None:
    made = page(title="</script><script>alert(1)</script>")
    read = Reader(made)
    assert [found.get("id") for tag, found in read.elements if tag == "script"] == [
        "raft-config",
        None,
        None,
    ]
    text = made.partition('id="raft-config">')[2].partition("</script>")[0]
    assert json.loads(text) == {"title": "</script><script>alert(1)</script>"}


def test_what_the_page_will_want_is_asked_for_at_once() -> None:
    links = [found for tag, found in Reader(page()).elements if tag == "link"]
    early = [link for link in links if str(link["rel"]).endswith("preload")]
    assert early == [
        {"rel": "modulepreload", "href": EARLY[0]},
        # As Pyodide and we fetch it: with another mode the browser would fetch it twice.
        {"rel": "preload", "href": EARLY[1], "as": "fetch", "crossorigin": None},
    ]


def test_the_apps_styles_wait_until_the_app_is_shown() -> None:
    (style,) = [found for _, found in Reader(page()).elements if "data-app-style" in found]
    assert (style["href"], style["media"]) == ("../static/bb/x.css", "not all")


def test_the_apps_scripts_keep_nobody_waiting() -> None:
    (script,) = [found for _, found in Reader(page()).elements if "async" in found]
    assert script["src"] == "../static/cc/x.js"


def test_ids_are_unique_and_labels_point_at_something() -> None:
    read = Reader(page())
    ids = read.all("id")
    assert len(ids) == len(set(ids))
    for attribute in ("aria-labelledby", "aria-controls", "for"):
        assert set(read.all(attribute)) <= set(ids)


@pytest.mark.parametrize("attribute", ["data-testid", "data-part", "data-field", "data-screen"])
def test_names_of_elements_are_unique(attribute: str) -> None:
    names = Reader(page()).all(attribute)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*PARTS, "page.html", "front.html"])
def test_no_part_names_another_host(name: str) -> None:
    text = static_part(name).decode().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"//\w.*", text) == []


def test_the_front_page_links_to_every_app() -> None:
    other = App(Path("/apps/y"), "y", "y", "y:Y", "Y", "", ())
    read = Reader(front_page([APP, other], "static/aa/"))
    links = [found["href"] for tag, found in read.elements if tag == "a"]
    assert links == ["x/", "y/", "licences.txt"]
