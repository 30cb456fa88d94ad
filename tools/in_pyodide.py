"""Run a module of this repository under Pyodide in Node.js.

`python tools/in_pyodide.py [--with DISTRIBUTION]... MODULE [ARGUMENT...]` awaits
`MODULE.main(arguments)` there, and exits with what it returns. The sources are those of this
working tree; the wheels of others, msgspec's and anyio's at least, are downloaded once and kept in
`build`. For a page, which sees no folder of this machine, `bundle` packs what is needed of both.
"""

import argparse
import hashlib
import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from raft_web.builder.errors import BuildError
from raft_web.builder.project import find_pyodide
from raft_web.builder.wheels import Wheelhouse, alone, read_target

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "raft-web"
NEEDED = ("msgspec", "anyio")
PACKED = ("packages/*/src", "tests", "tools", "pyproject.toml", "docs/*.md")
"""What of this repository a page gets: enough to run the tests of the core, some of which are about
documents."""


def site_of(names: Sequence[str]) -> Path:
    """A folder with the wheels of these distributions, and of what they need, unpacked.

    :raises BuildError: one cannot be had
    """
    with alone(CACHE):
        house = Wheelhouse(read_target(find_pyodide(ROOT)), CACHE, sources={}, say=print)
        wheels = house.collect(names)
        digest = hashlib.sha256("\n".join(wheel.name for wheel in wheels).encode())
        site = ROOT / "build" / "pyodide-sites" / digest.hexdigest()[:16]
        if not site.is_dir():
            half = site.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            for wheel in wheels:
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(half)
            half.rename(site)
    return site


def command(module: str, arguments: Sequence[str], *, packages: Sequence[str] = ()) -> list[str]:
    """The command line that runs ``module`` there.

    :raises BuildError: a wheel cannot be had, or npm's parts are not installed
    """
    script = Path(__file__).with_suffix(".mjs")
    site = site_of([*NEEDED, *packages])
    return ["node", str(script), str(ROOT), str(site), module, *arguments]


def bundle(packages: Sequence[str]) -> bytes:
    """A zip file of `repo`, the sources of this working tree, and of `site`, the wheels unpacked.

    :raises BuildError: a wheel cannot be had, or npm's parts are not installed
    """
    site = site_of([*NEEDED, *packages])
    files = {f"site/{file.relative_to(site)}": file for file in site.rglob("*")}
    for pattern in PACKED:
        for part in ROOT.glob(pattern):
            inside = [part, *part.rglob("*")]
            files |= {f"repo/{file.relative_to(ROOT)}": file for file in inside}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, file in files.items():
            if file.is_file():
                archive.write(file, name)
    return packed.getvalue()


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="packages", action="append", default=[], metavar="NAME")
    parser.add_argument("module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        line = command(options.module, options.arguments, packages=options.packages)
    except BuildError as error:
        print(f"!! {error}", file=sys.stderr)
        return 1
    return subprocess.run(line, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
