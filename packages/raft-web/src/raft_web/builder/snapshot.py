"""The memory of a Python that has just started: a page that has it need not start Python itself.

It holds no package and nothing of an app, so one serves for as long as Pyodide stays the same.
`static/python.mjs` says when pages use it. Pyodide's options for it are private ones.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Final

from raft_web.builder.node import Runtime

_SCRIPT: Final = "snapshot.mjs"


def make_snapshot(runtime: Runtime, stdlib: Path) -> Path:
    """The snapshot, made once for each standard library, whose places in its zip it remembers.

    :raises BuildError: there is no Node.js, or Pyodide does not run in it
    """
    made_of = Path(__file__).with_name(_SCRIPT).read_bytes() + stdlib.read_bytes()
    digest = hashlib.sha256(made_of).hexdigest()[:16]
    place = runtime.cache / f"snapshot-{runtime.target.pyodide}-{digest}" / "python.snapshot"
    if not place.is_file():
        runtime.say("making a snapshot of Python's memory")
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=runtime.cache) as scratch:
            half = Path(scratch) / place.name
            abi = runtime.target.abi
            given = {"stdlib": str(stdlib.resolve()), "abi": abi, "target": str(half)}
            runtime.run(_SCRIPT, given)
            half.rename(place)
    return place
