"""`raft-node new` makes a session, and tells nobody but who asked."""

import json
import stat
from pathlib import Path

import pytest

from raft_node.cli import main
from raft_node.exits import Exit
from transport_webrtc.session import durability_of, is_key, parse_invitation


def test_it_prints_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new"]) == 0
    assert is_key(capsys.readouterr().out.strip())


def test_with_a_site_it_prints_the_link_of_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--site", "https://example.org/todo/"]) == 0
    link = capsys.readouterr().out.strip()
    assert link == f"https://example.org/todo/#{parse_invitation(link)}/"


def test_json_has_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert is_key(made["session"])
    assert made["link"] is None
    assert main(["new", "--json", "--site", "http://localhost:8000/todo/"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["link"] == f"http://localhost:8000/todo/#{made['session']}/"


@pytest.mark.parametrize(
    "options, durability",
    [([], "disk"), (["--durability", "disk"], "disk"), (["--durability", "browser"], "browser")],
)
def test_the_key_says_how_durable_windows_of_the_cluster_are(
    options: list[str], durability: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", *options]) == 0
    assert durability_of(capsys.readouterr().out.strip()) == durability
    assert main(["new", "--json", *options]) == 0
    made = json.loads(capsys.readouterr().out)
    assert durability_of(made["session"]) == made["durability"] == durability


def test_a_file_keeps_it_for_its_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "session"
    assert main(["new", "--out", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert is_key(file.read_text().strip())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    before = file.read_text()
    assert main(["new", "--out", str(file)]) == Exit.USAGE
    assert "File exists" in capsys.readouterr().err
    assert file.read_text() == before


@pytest.mark.parametrize("site", ["example.org/todo/", "https://example.org/#x"])
def test_what_is_no_page_is_refused(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--site", site]) == Exit.USAGE
    assert "is no address of a page" in capsys.readouterr().err
