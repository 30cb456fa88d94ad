"""The picture is one file that says all: read here with the standard library's parser."""

import re
from html.parser import HTMLParser

import pytest

from raft_core.testing.linearizability import KeyValueModel, check, picture_of
from tests.unit.raft_core.testing.linearizability.written import history

STALE = """
alice |put <1>| |put 2 = <1>|        |get = <1>| |put 4 = 2|
bob        |put 3
carol                  |get = 2|
"""


class Reader(HTMLParser):
    """Collects every text by the class of what it is in, and whatever points elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, list[str]] = {}
        self.bars: list[str] = []
        self.links: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._inside = f"{tag} {attributes.get('class', '')}".strip()
        if tag == "g":
            self.bars.append(attributes["class"] or "")
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.setdefault(self._inside, []).append(data.strip())


def read(picture: str) -> Reader:
    reader = Reader()
    reader.feed(picture)
    return reader


def drawn(text: str = STALE, most: int = 60) -> Reader:
    return read(picture_of(check(KeyValueModel(), history(text)), most=most))


def test_a_row_for_each_client() -> None:
    assert drawn().words["text client"] == ["alice", "bob", "carol"]


def test_every_operation_that_plays_a_part_is_a_bar() -> None:
    assert sorted(drawn().bars) == ["placed", "placed", "placed", "stuck", "unplaced open"]


def test_the_one_without_a_place_is_red_and_named() -> None:
    reader = drawn()
    assert reader.words["text stuck"] == ["Get → '<1>'"]
    assert "has a place for Get → '<1>' of alice" in " ".join(reader.words["p"])


def test_the_longest_order_is_numbered_and_goes_to_the_right() -> None:
    picture = picture_of(check(KeyValueModel(), history(STALE)))
    assert read(picture).words["text number"] == ["1", "2", "3"]
    places = [float(x) for x in re.findall(r'<circle class="dot" cx="([\d.]+)"', picture)]
    assert places == sorted(set(places))


def test_a_dot_lies_on_its_bar() -> None:
    overlapping = (
        "a |-----put 1-----|\nb |-------put 2 = 1----|\nc |--get--|               |get = 9|"
    )
    verdict = check(KeyValueModel(), history(overlapping))
    picture = picture_of(verdict)
    bars = re.findall(r'class="placed".*?<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"', picture)
    dots = re.findall(r'cx="([\d.]+)" cy="(\d+)"', picture)
    assert len(bars) == len(dots) == 3
    for x, y in dots:
        assert any(
            y == top and float(left) <= float(x) <= float(left) + float(width)
            for left, top, width in bars
        )


def test_it_needs_nothing_from_elsewhere_and_suits_a_dark_room() -> None:
    picture = picture_of(check(KeyValueModel(), history(STALE)))
    assert read(picture).links == ["#stuck"]
    assert "url(" not in picture
    assert "prefers-color-scheme: dark" in picture


def test_only_the_last_operations_are_drawn_and_the_rest_is_counted() -> None:
    long = "a " + " ".join(f"|put {n} = {n - 1}|" for n in range(20)).replace(" = -1", "")
    reader = drawn(long + " |get = 3|", most=5)
    assert len(reader.bars) == 5
    assert "16 earlier operations are not drawn" in " ".join(reader.words["p"])
    assert reader.words["text stuck"] == ["Get → '3'"]


def test_operations_of_one_client_that_overlap_do_not_hide_each_other() -> None:
    picture = picture_of(check(KeyValueModel(), history("a |put 1\na     |get = 2|")))
    heights = re.findall(r'<rect x="[\d.]+" y="(\d+)"', picture)
    assert len(set(heights)) == 2


def test_there_is_no_picture_of_a_history_that_holds() -> None:
    with pytest.raises(ValueError, match="no failure"):
        picture_of(check(KeyValueModel(), history("a |put 1|")))
