"""The tests of the core hold under Pyodide in Node.js too: another Python, 32 bits, WebAssembly.

Those of the testing kit are among them, and fifty seeds of the simulation. So do those of
authentication, which counts on a library that may be built without OpenSSL there.
"""

import re
import subprocess

import pytest

from tools.in_pyodide import command

PYTEST = ["-q", "-p", "no:faulthandler", "-o", "cache_dir=build/pyodide-cache"]
LEFT_OUT = ["-k", "not bottomless and not for_ever and not test_fleet and not test_documented"]
"""To encode a value of a caller's own with thousands of levels overflows JavaScript's stack, which
ends Pyodide. What writes for ever takes long to no purpose. And the last two start processes, which
WebAssembly has not."""


SEEDS = "tests/simulation/test_seeds.py::test_no_history_breaks_a_property[0]"
"""One test of the forty, by its name: all would take minutes."""


@pytest.mark.parametrize(
    "paths,at_least",
    [
        (["tests/unit/raft_core"], 1000),
        (["tests/scenarios"], 100),
        ([SEEDS], 1),
        (["tests/unit/transport_webrtc/test_authentication.py"], 60),
    ],
    ids=["units", "scenarios", "seeds", "authentication"],
)
def test_it_holds_under_pyodide(paths: list[str], at_least: int) -> None:
    arguments = [*PYTEST, *LEFT_OUT, *paths]
    line = command("tests.pyodide.inside", arguments, packages=["pytest", "hypothesis"])
    run = subprocess.run(line, capture_output=True, text=True, check=False, timeout=600)
    print(run.stdout, run.stderr)
    passed = re.search(r"^(\d+) passed", run.stdout, re.MULTILINE)
    assert run.returncode == 0
    assert passed is not None
    assert int(passed[1]) >= at_least
