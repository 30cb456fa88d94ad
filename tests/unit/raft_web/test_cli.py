"""The command `raft-web`."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from raft_web.cli import main


def test_what_cannot_be_built_is_one_sentence_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "nothing", "--out", str(tmp_path / "site")]) == 1
    output = capsys.readouterr()
    assert output.err.startswith("raft-web: There is no app 'nothing': give the path")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    "option, value, sentence",
    [
        ("--introducer", "http://a.example.org", "--introducer: 'http://a.example.org' is neither"),
        ("--hosts", "https://a.example.org", "--hosts: 'https://a.example.org' is no host name"),
        ("--target-size", "2", "--target-size: 2 is no odd number"),
    ],
)
def test_a_site_that_could_not_work_is_refused_before_it_is_built(
    option: str, value: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "todo", "--out", str(tmp_path / "site"), option, value]) == 1
    assert capsys.readouterr().err.startswith(f"raft-web: {sentence}")
    assert not (tmp_path / "site").exists()


def test_the_builders_own_needs_are_named_when_they_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("raft_web.builder")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "packaging.utils", None)
    assert main(["build", "todo", "--out", str(tmp_path / "site")]) == 1
    assert "pip install hatchling packaging" in capsys.readouterr().err


def test_a_folder_without_a_site_is_not_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", str(tmp_path)]) == 1
    assert "holds no site" in capsys.readouterr().err


def test_serving_begins_with_a_line_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("hello")
    command = [sys.executable, "-m", "raft_web.cli", "serve", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            address = next(word for word in line.split() if word.startswith("http://localhost:"))
            url = address.rstrip(";").replace("localhost", "127.0.0.1")
            with urllib.request.urlopen(url, timeout=10) as response:
                assert response.read() == b"hello"
            os.kill(process.pid, signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, b"")
