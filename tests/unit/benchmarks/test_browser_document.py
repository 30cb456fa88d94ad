"""The figures in docs/performance.md, and the picture beside it."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from benchmarks.browser.__main__ import DOCUMENT
from benchmarks.browser.document import BEGIN, END, NoMarks, between_marks, write
from benchmarks.browser.plot import svg
from tests.unit.benchmarks.reports import report, results

SVG = "{http://www.w3.org/2000/svg}"


def test_only_what_is_between_the_marks_is_replaced() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = between_marks(text, "new\n")
    assert once == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert between_marks(once, "new\n") == once


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}\n{BEGIN}"])
def test_a_document_without_marks_is_left_alone(tmp_path: Path, text: str) -> None:
    document = tmp_path / "performance.md"
    document.write_text(text)
    with pytest.raises(NoMarks):
        write(results(), document)
    assert document.read_text() == text
    assert list(tmp_path.iterdir()) == [document]


def test_the_document_in_the_repository_takes_figures(tmp_path: Path) -> None:
    document = tmp_path / DOCUMENT.name
    document.write_text(DOCUMENT.read_text())
    write(results(), document)
    assert "| one, leader | ours | 800 |" in document.read_text()
    assert (tmp_path / "performance.svg").exists()


def test_the_picture_has_a_bar_a_figure_as_high_as_its_rate() -> None:
    whole = report()
    picture = ET.fromstring(svg(whole))
    colours = {"#b8bec8": "limit", "#dde1e8": "limit, thrifty", "#2f6fd0": "ours"}
    bars = [
        (colours[each.attrib["fill"]], float(each.attrib["height"]))
        for each in picture.iter(f"{SVG}rect")
        if each.attrib["fill"] in colours and each.attrib["height"] != "12"
    ]
    assert [system for system, _ in bars] == [each.system for each in whole.figures]
    limit, ours, *_ = [height for _, height in bars]
    assert ours / limit == pytest.approx(800 / 1000, abs=0.01)


def test_the_picture_of_a_run_over_minutes_has_its_curve() -> None:
    without = replace(report(), sustained=None)
    assert list(ET.fromstring(svg(without)).iter(f"{SVG}polyline")) == []
    (curve,) = ET.fromstring(svg(report())).iter(f"{SVG}polyline")
    assert len(curve.attrib["points"].split()) == 3
