"""All wheels of a site in two archives, instead of a download and an installation for each.

What of the shell's own wheels consists of modules alone is imported from a zip as it is, like the
standard library. All else lies in site-packages, where the page puts it before Python starts.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from raft_web.builder.bytecode import compiled_wheels
from raft_web.builder.node import Runtime

MODULES_PLACE: Final = "/lib/site-modules.zip"
"""Where the page has the archive of modules; `static/python.mjs` puts it there."""

_HOST_ONLY: Final = ("raft_web/builder/", "raft_web/static/")
"""What of ours no page can use."""

_LATE: Final = ("raft_web/", "transport_webrtc/")
"""Packages of which pages import modules: those that need JavaScript. Of the others a page has what
it needs in the snapshot (`raft_web.ahead`); for what it hardly ever imports it gets no bytecode."""

_MODULE: Final = (".py", ".pyc", ".pyi", "/py.typed")


class Archives(NamedTuple):
    """What pages fetch: a zip to import from, and the files of site-packages, deflated.

    For the snapshot alone: `ahead` is that zip with all its bytecode, and `shared` those of the
    files that all sites have, also with bytecode.
    """

    modules: bytes
    files: bytes
    ahead: bytes
    shared: bytes


def pack(runtime: Runtime, shell: Sequence[Path], apps: Sequence[Path]) -> Archives:
    """Compile wheels and put them together: those that the shell needs, and the rest.

    :raises BuildError: they cannot be compiled
    """
    plain = [wheel for wheel in shell if _is_plain(wheel)]
    major, minor = runtime.target.python.split(".")[:2]
    folder = f"/lib/python{major}.{minor}/site-packages"
    ahead = _contents(compiled_wheels(runtime, plain, MODULES_PLACE, "beside"))
    modules = {
        name: content
        for name, content in ahead.items()
        if name.startswith(_LATE) or not name.endswith(".pyc")
    }
    others = [wheel for wheel in shell if wheel not in plain]
    shared = _contents(compiled_wheels(runtime, others, folder, "pycache"))
    own = _contents(compiled_wheels(runtime, apps, folder, "pycache"))
    linked = [name for name in shared if name.endswith(".so")]
    files = {name: shared[name] for name in shared if not name.endswith(".pyc")} | own
    return Archives(
        modules=_zip(modules),
        files=_concatenate(files, linked),
        ahead=_zip(ahead),
        shared=_concatenate(shared, linked),
    )


def _is_plain(wheel: Path) -> bool:
    with zipfile.ZipFile(wheel) as archive:
        return all(
            name.endswith(_MODULE) or ".dist-info/" in name or name.startswith(_HOST_ONLY)
            for name in archive.namelist()
        )


def _contents(archives: Sequence[Path]) -> dict[str, bytes]:
    """All files of several zips that a page can use."""
    contents = {}
    for path in archives:
        with zipfile.ZipFile(path) as source:
            for name in source.namelist():
                if not name.startswith(_HOST_ONLY) and not name.endswith("/"):
                    contents[name] = source.read(name)
    return contents


def _zip(contents: dict[str, bytes]) -> bytes:
    """The same bytes for the same contents."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as target:
        for name, content in contents.items():
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
    return zipped.getvalue()


def _concatenate(contents: dict[str, bytes], linked: Sequence[str]) -> bytes:
    """A line of JSON, then all contents: what `static/python.mjs` reads. Compressed."""
    head = {"sizes": {name: len(content) for name, content in contents.items()}, "linked": linked}
    parts = [json.dumps(head).encode(), b"\n", *contents.values()]
    return zlib.compress(b"".join(parts), 9)
