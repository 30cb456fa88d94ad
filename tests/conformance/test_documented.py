"""The suites run as docs/testing.md says."""

import re
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/testing.md"


def test_the_example_runs(tmp_path: Path) -> None:
    code = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "test_mine.py").write_text(code)
    (tmp_path / "pytest.ini").write_text("[pytest]\nanyio_mode = auto\nfilterwarnings = error\n")
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"^\d\d passed in", result.stdout, re.MULTILINE), result.stdout


def test_every_hook_is_in_the_table() -> None:
    from raft_core.testing import conformance

    hooks = {
        name
        for suite in map(vars(conformance).get, conformance.__all__)
        for name in vars(suite)
        if not name.startswith(("_", "test_"))
    }
    suites, _, _ = DOCUMENT.read_text().partition("# Is a history")
    rows = re.findall(r"^\| (`.*?) \|", suites, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == hooks
