"""A short run of `make chaos`, with faults that are the same each time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.site import ROOT, Site

STEPS = 7
DRAWN = {"chromium": ("cch", 10163), "firefox": ("ffh", 10343)}
"""Who takes part, and the seed: in each case a partition, all three killed at once, a tab crash,
one member killed, the introducer killed, a one-way delay; and a Chromium's window hidden, or a
Firefox frozen."""


@pytest.mark.early
def test_nothing_is_lost_and_all_come_back(served: Site, tmp_path: Path, browser_name: str) -> None:
    browsers, seed = DRAWN[browser_name]
    options = {
        "--seed": seed,
        "--steps": STEPS,
        "--browsers": browsers,
        "--durability": "disk",
        "--site": served.folder,
        "--out": tmp_path,
    }
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-m", "tests.chaos", *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        try:
            said, _ = run.communicate()
        except BaseException:
            run.terminate()  # so that it ends what it has started
            raise
    assert run.returncode == 0, said
    occurred = json.loads((tmp_path / "run.json").read_text())["occurrences"]
    faults = {one["part"]["fault"] for one in occurred}
    assert faults >= {"SIGKILL", "tab crash", "one-way delay", "partition", "introducer killed"}
    assert [one["note"] for one in occurred if one["note"]] == []
    assert "All was kept" in (tmp_path / "report.html").read_text()
