"""What can be asked of `make bench` without a browser."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.browser import __main__ as command
from tests.unit.benchmarks.reports import report, results


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """An earlier run's results."""
    file = tmp_path / "earlier.json"
    file.write_bytes(msgspec.json.encode(results()))
    return file


def test_an_earlier_run_is_shown_again(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--read", str(kept)]) == 0
    assert "chromium 156.0, three windows" in capsys.readouterr().out


def test_two_earlier_runs_are_compared(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--read", str(kept), "--compare", str(kept)]) == 0
    assert "0.80 before, 1.00 of it" in capsys.readouterr().out


def test_figures_go_into_the_document(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = tmp_path / "performance.md"
    document.write_text(command.DOCUMENT.read_text())
    monkeypatch.setattr(command, "DOCUMENT", document)
    assert command.main(["--read", str(kept), "--write-docs"]) == 0
    assert "| one, leader | ours | 800 |" in document.read_text()


@pytest.mark.parametrize("option", ["--read", "--compare"])
@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_what_holds_no_results_is_refused_before_anything_is_measured(
    option: str, content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "other.json"
    if content is not None:
        file.write_text(content)
    assert command.main([option, str(file)]) == 1
    assert f"bench: {file} holds no results of this command" in capsys.readouterr().err


def test_no_rounds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.parse(["--rounds", "0"])
    assert "at least 1 round" in capsys.readouterr().err


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    command.keep(results(), tmp_path / "out")
    again = command.read(tmp_path / "out" / "results.json")
    assert again.reports == [report()]
