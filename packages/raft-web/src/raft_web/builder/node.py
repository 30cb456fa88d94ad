"""Runs scripts of ours under the page's Pyodide in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from raft_web.builder.errors import BuildError
from raft_web.builder.wheels import Say, Target


class Runtime(NamedTuple):
    """Pyodide as npm brings it, and a place for what we make with it. Use it alone in the cache."""

    pyodide: Path
    target: Target
    cache: Path
    say: Say

    def run(self, name: str, given: Any) -> None:
        """Run a script that lies beside this module; it reads `given` as JSON.

        :raises BuildError: there is no Node.js, or Pyodide does not run in it
        """
        node = shutil.which("node")
        if node is None:
            raise BuildError("Node.js was not found, which comes with npm: install it")
        script = Path(__file__).with_name(name)
        done = subprocess.run(  # noqa: S603  (Node.js, with a script of ours)
            [node, str(script), str(self.pyodide.resolve())],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            # Pyodide's code is in long lines, and Node.js shows the one that failed.
            lines = [line[:200] for line in done.stderr.strip().splitlines()]
            raise BuildError(
                f"{self.pyodide} does not run in Node.js ({node}), which has to be 18 or newer:"
                "\n  " + "\n  ".join(lines[-6:])
            )
