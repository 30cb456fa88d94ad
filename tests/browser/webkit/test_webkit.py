"""WebKit: the page says what is missing, and the core's tests hold in JavaScriptCore too."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.site import Site, python_config
from tests.pyodide.inside import ARGUMENTS, AUTHENTICATION, PACKAGES, SCENARIOS, SEEDS, UNITS
from tools.in_pyodide import bundle

if TYPE_CHECKING:
    from selenium.webdriver import WebKitGTK

PATIENCE = 600
"""Seconds until the core's tests count as hanging."""

PAGE = """<!doctype html><title>tests</title><script>
window.said = [];
const worker = new Worker("/tests.mjs", { type: "module" });
worker.onmessage = ({ data }) => {
    if (typeof data === "string") said.push(data); else window.code = data;
};
worker.onerror = (error) => { said.push(error.message); window.code = -1; };
</script>"""

WORKER = """import { loadPyodide } from "PYODIDE";
const python = await loadPyodide({
    stdout: (line) => postMessage(line),
    stderr: (line) => postMessage(line),
    stdLibURL: "LIBRARY",
    lockFileContents: { info: { abi_version: "ABI" }, packages: {} },
});
python.unpackArchive(await (await fetch("/bundle.zip")).arrayBuffer(), "zip", { extractDir: "/" });
python.FS.chdir("/repo");
python.runPython(`
import glob, sys
sys.path[:0] = ["/repo", *glob.glob("/repo/packages/*/src"), "/site"]
`);
postMessage(python.pyimport("tests.pyodide.inside").main(python.toPy(ARGUMENTS)));
"""


def test_the_page_says_what_is_missing_and_why(webkit: WebKitGTK, site: Site) -> None:
    webkit.get(site.url())
    wait_for(webkit, "document.documentElement.dataset.raft === 'error'")
    said = webkit.execute_script("return document.body.innerText")
    assert "This browser has no WebRTC, so its windows cannot talk to each other." in said
    assert "Use a current Chromium, Chrome, Edge or Firefox." in said


@pytest.mark.parametrize(
    "paths,at_least",
    [
        pytest.param([f"{UNITS}/test_log.py", f"{UNITS}/test_raft.py", SEEDS], 30, id="some"),
        pytest.param([UNITS], 1000, id="units", marks=pytest.mark.long),
        pytest.param([SCENARIOS, AUTHENTICATION], 160, id="scenarios", marks=pytest.mark.long),
    ],
)
@pytest.mark.early
def test_the_core_holds(webkit: WebKitGTK, site: Site, paths: list[str], at_least: int) -> None:
    (pyodide,) = site.folder.glob("pyodide/*/pyodide.mjs")
    (library,) = site.folder.glob("packages/*/python_stdlib.zip")
    given = {
        "LIBRARY": f"/{library.relative_to(site.folder)}",
        "PYODIDE": f"/{pyodide.relative_to(site.folder)}",
        "ABI": python_config(site.folder)["abi"],
        "ARGUMENTS": json.dumps([*ARGUMENTS, *paths]),
    }
    site.add("/tests.html", PAGE)
    site.add("/tests.mjs", re.sub("|".join(given), lambda name: given[name[0]], WORKER))
    site.add_bytes("/bundle.zip", bundle(PACKAGES))
    webkit.get(f"{site.origins[0]}/tests.html")
    wait_for(webkit, "'code' in window")
    said = "\n".join(webkit.execute_script("return said"))
    print(said)
    assert webkit.execute_script("return code") == 0
    passed = re.search(r"^(\d+) passed", said, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) >= at_least


def wait_for(webkit: WebKitGTK, condition: str) -> None:
    """Wait until JavaScript finds that it is so."""
    end = time.monotonic() + PATIENCE
    while not webkit.execute_script(f"return {condition}"):
        assert time.monotonic() < end, webkit.execute_script("return document.body.innerText")
        time.sleep(0.1)
