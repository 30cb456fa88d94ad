"""The memory of a Python that has started, and has imported what a page needs of it.

A page that has it need not start Python itself; `static/python.mjs` says how it is used. Pyodide's
options for it are private ones. Nothing of an app is in it, so it changes with the shell alone.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Final

from raft_web.builder.archives import Archives
from raft_web.builder.node import Runtime
from raft_web.builder.pages import static_part

_SCRIPT: Final = "snapshot.mjs"


def make_snapshot(runtime: Runtime, stdlib: Path, packed: Archives) -> Path:
    """The snapshot, made once for each standard library and shell: it knows places in their zips.

    :raises BuildError: there is no Node.js, or Pyodide does not run in it
    """
    script = Path(__file__).with_name(_SCRIPT).read_bytes() + static_part("python.mjs")
    made_of = script + stdlib.read_bytes() + b"".join((packed.modules, packed.ahead, packed.shared))
    digest = hashlib.sha256(made_of).hexdigest()[:16]
    place = runtime.cache / f"snapshot-{runtime.target.pyodide}-{digest}" / "python.snapshot"
    if not place.is_file():
        runtime.say("making a snapshot of Python's memory")
        for earlier in runtime.cache.glob(f"snapshot-{runtime.target.pyodide}-{'?' * 16}"):
            shutil.rmtree(earlier)
        place.parent.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=runtime.cache) as scratch:
            folder = Path(scratch)
            (folder / "modules").write_bytes(packed.modules)
            (folder / "ahead").write_bytes(packed.ahead)
            (folder / "shared").write_bytes(packed.shared)
            given = {"abi": runtime.target.abi, "stdlib": str(stdlib.resolve()), "folder": scratch}
            runtime.run(_SCRIPT, given)
            (folder / "snapshot").rename(place)
    return place
