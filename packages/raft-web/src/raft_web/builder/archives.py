"""All wheels of a site in two archives, instead of a download and an installation for each.

What consists of modules alone is imported from a zip as it is, like the standard library. What also
has files, such as extension modules, has to lie in a folder.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from raft_web.builder.bytecode import compiled_wheels
from raft_web.builder.node import Runtime

MODULES_PLACE: Final = "/lib/site-modules.zip"
"""Where the page has the archive of modules; `static/python.mjs` puts it there."""

_HOST_ONLY: Final = ("raft_web/builder/", "raft_web/static/")
"""What of ours no page can use."""

_MODULE: Final = (".py", ".pyc", ".pyi", "/py.typed")


class Archives(NamedTuple):
    """Two zips: one to import from, one to unpack."""

    modules: bytes
    files: bytes


def pack(runtime: Runtime, wheels: Sequence[Path]) -> Archives:
    """Compile wheels and put them together.

    :raises BuildError: they cannot be compiled
    """
    plain = [wheel for wheel in wheels if _is_plain(wheel)]
    others = [wheel for wheel in wheels if wheel not in plain]
    major, minor = runtime.target.python.split(".")[:2]
    folder = f"/lib/python{major}.{minor}/site-packages"
    return Archives(
        _merge(compiled_wheels(runtime, plain, MODULES_PLACE, "beside")),
        _merge(compiled_wheels(runtime, others, folder, "pycache")),
    )


def _is_plain(wheel: Path) -> bool:
    with zipfile.ZipFile(wheel) as archive:
        return all(
            name.endswith(_MODULE) or ".dist-info/" in name or name.startswith(_HOST_ONLY)
            for name in archive.namelist()
        )


def _merge(archives: Sequence[Path]) -> bytes:
    """One zip of several; the same bytes for the same input."""
    merged = io.BytesIO()
    with zipfile.ZipFile(merged, "w") as target:
        for path in archives:
            with zipfile.ZipFile(path) as source:
                for name in source.namelist():
                    if not name.startswith(_HOST_ONLY):
                        data = source.read(name)
                        target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return merged.getvalue()
