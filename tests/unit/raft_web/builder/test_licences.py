"""Everything that is served is named, with its licence and the licence's text."""

import json
import zipfile
from pathlib import Path

from raft_web.builder.licences import Part, licences_text, npm_package_of, npm_part, wheel_part
from tests.unit.raft_web.builder.conftest import REPOSITORY


def test_a_package_of_npm() -> None:
    folder = REPOSITORY / "node_modules" / "todomvc-app-css"
    part = npm_part(folder)
    version = json.loads((folder / "package.json").read_text())["version"]
    assert (part.name, part.version, part.licence) == ("todomvc-app-css", version, "CC-BY-4.0")
    assert any("Sindre Sorhus" in text for text in part.texts)


def test_a_file_of_npm_belongs_to_its_package(tmp_path: Path) -> None:
    folder = REPOSITORY / "node_modules" / "todomvc-app-css"
    assert npm_package_of(folder / "index.css") == folder
    (tmp_path / "package.json").touch()
    assert npm_package_of(tmp_path / "own.css") is None


def test_a_wheel_brings_its_licence(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "thing-1.0.dist-info/METADATA",
            "Name: thing\nVersion: 1.0\nLicense-Expression: MIT\n"
            "Project-URL: Home, https://example.org/thing\n",
        )
        archive.writestr("thing-1.0.dist-info/licenses/LICENSE.txt", "Take it.")
        archive.writestr("thing/license.py", "no licence text")
    assert wheel_part(wheel) == Part(
        "thing", "1.0", "MIT", "https://example.org/thing", ("Take it.",)
    )


def test_a_wheel_that_says_little(tmp_path: Path) -> None:
    wheel = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("thing-1.0.dist-info/METADATA", "Name: thing\nVersion: 1.0\n")
    assert wheel_part(wheel) == Part("thing", "1.0", "see its text", "", ())


def test_the_text_has_a_section_for_each() -> None:
    text = licences_text(
        [
            Part("a", "1", "MIT", "https://example.org/a", ("Text of a.",)),
            Part("b", "2", "X", "", ()),
        ]
    )
    assert "a 1: MIT\n========\nhttps://example.org/a\n\nText of a." in text
    assert "b 2: X" in text
