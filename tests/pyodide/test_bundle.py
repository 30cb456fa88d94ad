"""What a page is given is enough for the tests of the core; but that is seen here, without one."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

from tests.pyodide.inside import ARGUMENTS, AUTHENTICATION, PACKAGES, SCENARIOS, UNITS
from tools.in_pyodide import bundle

ABOUT_DOCUMENTS = ("-k", "document and not test_documented")


def test_what_a_page_gets_has_all_that_the_tests_of_the_core_read(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(bundle(PACKAGES))).extractall(tmp_path)
    here = tmp_path / "repo"
    # All modules are imported, and the tests that read what is no module run.
    options = [*ARGUMENTS, *ABOUT_DOCUMENTS, UNITS, SCENARIOS, AUTHENTICATION]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=here,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, here.glob("packages/*/src")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
