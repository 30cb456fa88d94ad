"""The tests of the core hold under Pyodide in Node.js too: another Python, 32 bits, WebAssembly.

Those of the testing kit are among them, and fifty seeds of the simulation. So do those of
authentication, which counts on a library that may be built without OpenSSL there.
"""

import re
import subprocess

import pytest

from tests.pyodide.inside import ARGUMENTS, AUTHENTICATION, PACKAGES, SCENARIOS, SEEDS, UNITS
from tools.in_pyodide import command


@pytest.mark.parametrize(
    "paths,at_least",
    [
        ([UNITS], 1000),
        ([SCENARIOS, SEEDS, AUTHENTICATION], 250),  # one run: half of a short one is its start
    ],
    ids=["units", "others"],
)
@pytest.mark.early
def test_it_holds_under_pyodide(paths: list[str], at_least: int) -> None:
    line = command("tests.pyodide.inside", [*ARGUMENTS, *paths], packages=PACKAGES)
    run = subprocess.run(line, capture_output=True, text=True, check=False, timeout=600)
    print(run.stdout, run.stderr)
    passed = re.search(r"^(\d+) passed", run.stdout, re.MULTILINE)
    assert run.returncode == 0
    assert passed is not None
    assert int(passed[1]) >= at_least
