"""The suites run as docs/testing.md says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/testing.md"
README = ROOT / "packages/raft-core/README.md"

ADAPTERS = """
class TestFileStorage(StorageConformance):
    def setup_method(self):
        self.path = Path(tempfile.mkdtemp(dir=Path(__file__).parent), "journal")

    async def open(self):
        return FileStorage(self.path)

    async def tear(self):
        os.truncate(self.path, self.path.stat().st_size - 3)


class TestSocketTransport(TransportConformance):
    def setup_method(self):
        self.folder = tempfile.TemporaryDirectory()  # a short name: sockets have no others

    def teardown_method(self):
        self.folder.cleanup()

    async def open(self, count):
        return [SocketTransport(self.folder.name) for _ in range(count)]
"""


def programs(document: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)


def test_the_example_runs(tmp_path: Path) -> None:
    passed, skipped = run(programs(DOCUMENT)[0], tmp_path)
    assert passed > 9
    assert not skipped


def test_the_adapters_of_the_readme_keep_their_promises(tmp_path: Path) -> None:
    classes = [
        code.partition("async def main()")[0]
        for code in programs(README)
        if "class FileStorage" in code or "class SocketTransport" in code
    ]
    suites = "from raft_core.testing.conformance import StorageConformance, TransportConformance\n"
    passed, skipped = run("".join([*classes, suites, ADAPTERS]), tmp_path)
    assert passed > 30
    assert skipped == 4  # nobody fills a disk here


def run(code: str, tmp_path: Path) -> tuple[int, int]:
    """Run a test file as the document says: how many passed, and were skipped; all others fail."""
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
    found = re.search(r"^(\d+) passed(?:, (\d+) skipped)? in", result.stdout, re.MULTILINE)
    assert found is not None, result.stdout
    return int(found[1]), int(found[2] or 0)


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
