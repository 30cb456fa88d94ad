"""The command of `make bench` in real windows: what it says has the shape it should have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks.browser.figures import LIMIT, OURS, THRIFTY
from benchmarks.browser.loads import LOADS, MANY_WRITES, ONE
from benchmarks.browser.report import Report, Results
from benchmarks.browser.sustained import QUOTA
from tests.browser.site import ROOT, Site

BRIEF = [
    "--rounds",
    "1",
    "--seconds",
    "0.2",
    "--warm-up",
    "0.2",
    "--sustain",
    "0.01",
    "--no-hidden",
]


def measured(site: Site, out: Path, browser: str) -> Report:
    command = [sys.executable, "-m", "benchmarks.browser", "--browser", browser, *BRIEF]
    command += ["--site", str(site.folder), "--out", str(out)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    results = msgspec.json.decode((out / "results.json").read_bytes(), type=Results)
    (report,) = results.reports
    return report


@pytest.mark.early
def test_ours_and_the_limit_are_measured_in_one_run(
    site: Site, tmp_path: Path, browser_name: str
) -> None:
    report = measured(site, tmp_path, browser_name)
    figures = {(figure.load, figure.system): figure for figure in report.figures}
    assert {key for key in figures if key[1] == OURS} == {(load.name, OURS) for load in LOADS}
    assert {key for key in figures if key[1] == LIMIT} == {
        (load.name, LIMIT) for load in LOADS if not load.reads
    }
    assert (ONE.name, THRIFTY) in figures
    for figure in figures.values():
        assert figure.failed == 0
        assert 0 < figure.lowest <= figure.rate <= figure.highest
        assert 0 < figure.p50 <= figure.p99 <= figure.longest
        assert bool(figure.cost) == (browser_name == "chromium")  # the other does not tell
        assert (figure.ratio is None) == (figure.system == LIMIT)

    # What the limit sends is what was seen of ours: a command of 60 bytes and what surrounds it.
    assert 80 < report.sizes[ONE.name].message < 300
    assert 60 < report.sizes[MANY_WRITES.name].message < 200
    assert 5 < report.sizes[ONE.name].answer < 100

    assert report.sustained is not None
    assert report.sustained.failed == 0
    assert 0 < report.sustained.stored < QUOTA
    assert all(stretch.rate > 0 for stretch in report.sustained.stretches)

    assert report.machine.browser.startswith(f"{browser_name} ")
    assert report.hidden == "nobody asked for it"
    assert (tmp_path / "results.svg").read_text().startswith("<svg ")
    assert "| one, leader | ours | " in (tmp_path / "results.md").read_text()
