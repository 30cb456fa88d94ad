"""The benchmark of headless members runs, at a scale at which its figures mean nothing."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.headless.__main__ import LOADS, main
from benchmarks.headless.report import FLOORS, YARDSTICK, Report

SYSTEMS = {
    "sqlite": "ours, sqlite",
    "memory": "ours, memory",
    "their-journal": "PySyncObj, journal",
    "their-memory": "PySyncObj, memory",
}


@pytest.mark.early
async def test_it_measures_every_system_under_every_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    await main(["--rounds", "1", "--seconds", "0.05", "--data", str(tmp_path), "--json", str(file)])
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    measured = {(figure.load, figure.system) for figure in report.figures}
    expected = {(load, system) for load in LOADS for system in SYSTEMS.values()}
    assert expected <= measured
    assert {load for load, _ in measured - expected} == {FLOORS}
    for figure in report.figures:
        assert 0 < figure.lowest <= figure.a_second <= figure.highest
        assert 0 < figure.p50 <= figure.p99
        assert (figure.ratio is not None) == (figure.system in YARDSTICK)
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*LOADS, FLOORS, *SYSTEMS.values()))
    left = [path.name for path in tmp_path.iterdir()]  # noqa: ASYNC240 - nobody else waits
    assert left == [file.name], "nothing is left of the journals"
