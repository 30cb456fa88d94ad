"""What of the wheels is imported from a zip, what is unpacked, and what no page gets."""

import io
import zipfile
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


def test_modules_alone_stay_zipped_and_what_has_files_is_unpacked(
    runtime: Runtime, tmp_path: Path
) -> None:
    wheels = [
        make_wheel(tmp_path, "plain", "plain/__init__.py", "plain/py.typed"),
        make_wheel(tmp_path, "drawn", "drawn/__init__.py", "drawn/picture.svg"),
        make_wheel(tmp_path, "native", "native/__init__.py", "native/_core.so"),
        make_wheel(tmp_path, "raft_web", "raft_web/app.py", "raft_web/static/boot.mjs", BUILDER),
    ]
    runtime = runtime._replace(cache=tmp_path / "cache")
    packed = pack(runtime, wheels)
    assert modules(packed.modules) == {
        "plain/__init__.py",
        "plain/__init__.pyc",
        "plain/py.typed",
        "raft_web/app.py",
        "raft_web/app.pyc",
    }
    assert modules(packed.files) == {
        "drawn/__init__.py",
        "drawn/__pycache__/__init__.cpython-314.pyc",
        "drawn/picture.svg",
        "native/__init__.py",
        "native/__pycache__/__init__.cpython-314.pyc",
        "native/_core.so",
    }
    assert pack(runtime, wheels) == packed, "the same wheels make the same bytes"


def modules(archive: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = set(opened.namelist())
    return {name for name in names if ".dist-info/" not in name}
