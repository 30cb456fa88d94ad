"""The scripts beside this file, played: `pytest tests/scenarios/test_scripts.py --rewrite` accepts
what happens now as what is expected. Read the difference before you commit it."""

from pathlib import Path

import pytest

from raft_core.testing.scripts import check

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_goes_as_it_says(script: Path, request: pytest.FixtureRequest) -> None:
    check(script, rewrite=request.config.getoption("--rewrite"))


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) > 15
