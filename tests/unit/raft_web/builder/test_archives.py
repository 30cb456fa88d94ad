"""What of the wheels is imported from a zip, what lies in site-packages, and what no page gets."""

import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from raft_web.builder.archives import pack
from raft_web.builder.node import Runtime

BUILDER = "raft_web/builder/site.py"


def make_wheel(folder: Path, name: str, *files: str) -> Path:
    path = folder / f"{name}-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (*files, f"{name}-0.1.0.dist-info/METADATA"):
            archive.writestr(file, "")
    return path


def test_modules_alone_are_zipped_and_the_rest_lies_in_site_packages(
    runtime: Runtime, tmp_path: Path
) -> None:
    shell = [
        make_wheel(tmp_path, "plain", "plain/__init__.py", "plain/py.typed"),
        make_wheel(tmp_path, "native", "native/__init__.py", "native/_core.so"),
        make_wheel(tmp_path, "raft_web", "raft_web/app.py", "raft_web/static/boot.mjs", BUILDER),
    ]
    apps = [make_wheel(tmp_path, "drawn", "drawn/__init__.py", "drawn/picture.svg")]
    runtime = runtime._replace(cache=tmp_path / "cache")
    packed = pack(runtime, shell, apps)
    modules = {"plain/__init__.py", "plain/py.typed", "raft_web/app.py", "raft_web/app.pyc"}
    assert zipped(packed.modules) == modules
    assert zipped(packed.ahead) == modules | {"plain/__init__.pyc"}
    shared = {"native/__init__.py", "native/_core.so"}
    compiled = {"native/__pycache__/__init__.cpython-314.pyc"}
    assert concatenated(packed.shared) == (shared | compiled, ["native/_core.so"])
    drawn = {"drawn/__init__.py", "drawn/__pycache__/__init__.cpython-314.pyc"}
    drawn |= {"drawn/picture.svg"}
    assert concatenated(packed.files) == (shared | drawn, ["native/_core.so"])
    assert pack(runtime, shell, apps) == packed, "the same wheels make the same bytes"


def zipped(archive: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return packages(opened.namelist())


def concatenated(files: bytes) -> tuple[set[str], list[str]]:
    head, _, contents = zlib.decompress(files).partition(b"\n")
    described = json.loads(head)
    assert sum(described["sizes"].values()) == len(contents)
    return packages(described["sizes"]), described["linked"]


def packages(names: Iterable[str]) -> set[str]:
    return {name for name in names if ".dist-info/" not in name}
