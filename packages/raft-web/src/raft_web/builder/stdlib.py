"""Python's standard library for the page, compiled: else each page would do that as it starts."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from raft_web.builder.errors import BuildError
from raft_web.builder.wheels import Say, Target

STDLIB: Final = "python_stdlib.zip"
_SCRIPT: Final = Path(__file__).with_name("compile_stdlib.mjs")


def compiled_stdlib(pyodide: Path, target: Target, cache: Path, say: Say) -> Path:
    """The standard library as bytecode, made once for each Pyodide. Call it alone in the cache.

    Only Pyodide's own Python can make it, so Node.js runs that.

    :raises BuildError: there is no Node.js, or Pyodide does not run in it
    """
    place = cache / f"stdlib-{target.pyodide}" / STDLIB
    if not place.is_file():
        node = shutil.which("node")
        if node is None:
            raise BuildError("Node.js was not found, which comes with npm: install it")
        say("compiling Python's standard library")
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            half = Path(scratch) / STDLIB
            done = subprocess.run(  # noqa: S603  (Node.js, with a script of ours)
                [node, str(_SCRIPT), str(pyodide.resolve()), str(half)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                lines = done.stderr.strip().splitlines()
                raise BuildError(
                    f"{pyodide} does not run in Node.js ({node}), which has to be 18 or newer:\n  "
                    + "\n  ".join(lines[-6:])
                )
            half.rename(place)
    return place
