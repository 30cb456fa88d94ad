"""Check that every branch of each module of raft_core is covered by the module's own tests.

`python tools/mirrored_coverage.py [MODULE]...` runs `tests/unit/raft_core/test_log.py`, and each
`test_log_*.py`, for `log.py` in a process of its own that measures nothing else, and so on. What
tests of other modules reach does not count: they do not look at it.
"""

import io
import multiprocessing
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

# Imported once for all processes, but nothing of ours: that is measured.
import anyio  # noqa: F401
import coverage
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "packages/raft-core/src/raft_core"
TESTS = ROOT / "tests/unit/raft_core"


class Repeatable:
    """Plugin of pytest: hypothesis draws the same in each run, or a gap would come and go."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        """After the conftest has chosen its profile."""
        settings.register_profile("repeatable", derandomize=True)
        settings.load_profile("repeatable")


def name_of(module: Path) -> str:
    """What its tests are called after."""
    return module.stem.removeprefix("_")


def mirrors_of(module: Path) -> list[Path]:
    """The tests that mirror it; a test belongs to the module with the longest name that fits."""
    names = sorted((name_of(other) for other in MODULES.glob("*.py")), key=len, reverse=True)

    def owner(test: Path) -> str | None:
        stem = test.stem.removeprefix("test_")
        return next((name for name in names if f"{stem}_".startswith(f"{name}_")), None)

    return [test for test in sorted(TESTS.glob("test_*.py")) if owner(test) == name_of(module)]


def gaps_of(module: Path) -> str:
    """What its own tests leave out, or why that cannot be said; "" if there is nothing."""
    tests = mirrors_of(module)
    if not tests:
        return f"{module.name} has no tests: make {TESTS.name}/test_{name_of(module)}.py"
    said = io.StringIO()
    measured = coverage.Coverage(data_file=None, include=[str(module)])
    with redirect_stdout(said), redirect_stderr(said):
        measured.start()
        arguments = ["-q", "-p", "anyio.pytest_plugin", *map(str, tests)]
        code = pytest.main(arguments, plugins=[Repeatable()])
        measured.stop()
    if code != pytest.ExitCode.OK:
        return f"{module.name}: its tests fail\n{said.getvalue()}"
    report = io.StringIO()
    if measured.report(file=report) == 100:
        return ""
    return next(line for line in report.getvalue().splitlines() if module.name in line)


def main(names: Sequence[str]) -> int:
    """Print the gaps; fail if there is one."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # most plugins are for browsers, and slow
    os.chdir(ROOT)
    modules = [path for path in sorted(MODULES.glob("*.py")) if path.name != "__init__.py"]
    if unknown := {*names}.difference(path.stem for path in modules):
        print(f"no module of raft_core: {', '.join(sorted(unknown))}")
        return 2
    if names:
        modules = [path for path in modules if path.stem in names]
    with multiprocessing.get_context("fork").Pool(maxtasksperchild=1) as pool:
        gaps = [gap for gap in pool.map(gaps_of, modules, chunksize=1) if gap]
    print(*gaps or [f"every branch of {len(modules)} modules is covered"], sep="\n")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
