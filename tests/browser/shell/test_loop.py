"""The replaced event loop where it runs: in pages, and under Node.js."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import PATIENCE
from tests.browser.site import Site, python_config

HERE = Path(__file__).parent
CHECKS = HERE / "loop_checks.py"
NAMES = [
    node.name
    for node in ast.parse(CHECKS.read_text(encoding="utf-8")).body
    if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("check_")
]
NOT_IN_NODE = {"check_fetch"}  # it needs a server that the page came from

PAGE = """<!doctype html><title>loop</title><script type="module">
import { startPython } from "/python.mjs";
window.python = await startPython("/loop_checks.py");
await python.runPythonAsync("from raft_web.loop import install; install()");
document.title = "ready";
</script>"""


@pytest.fixture(scope="module")
def python_page(profile: BrowserContext, served: Site) -> Iterator[Page]:
    """A page with Python and our loop, and nothing else."""
    served.add("/loop.html", PAGE)
    served.add("/loop_checks.py", CHECKS.read_text(encoding="utf-8"))
    page = profile.new_page()
    page.goto(f"{served.origins[0]}/loop.html")
    page.wait_for_function("document.title === 'ready'")
    yield page
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_in_a_page(site: Site, python_page: Page, name: str) -> None:
    python_page.evaluate("name => python.runPythonAsync(`await ${name}()`)", name)


def test_under_node(site: Site) -> None:
    node = shutil.which("node")
    assert node is not None, "npm brings Node.js, and without npm there is no site"
    names = [name for name in NAMES if name not in NOT_IN_NODE]
    (script,) = site.folder.glob("static/*/python.mjs")
    app = site.folder / "counter"
    given = python_config(site.folder)
    config = {name: given[name] if name == "abi" else f"{app}/{given[name]}" for name in given}
    command = [node, HERE / "loop_checks.mjs", script, json.dumps(config), CHECKS, *names]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=PATIENCE / 100
    )
    results = [line for line in done.stdout.splitlines() if line.startswith(("passed", "failed"))]
    assert results == [f"passed {name}" for name in names], (done.stdout + done.stderr)[-2000:]
