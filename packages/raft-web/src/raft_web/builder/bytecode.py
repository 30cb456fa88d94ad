"""Python compiled for the page: else each page would do that as it starts.

Only Pyodide's own Python can make bytecode for itself, so Node.js runs that.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from raft_web.builder.node import Runtime

STDLIB: Final = "python_stdlib.zip"
_SCRIPT: Final = "compile.mjs"

Layout = Literal["beside", "pycache"]
"""Bytecode lies where an import from a zip looks first, or where one from a folder does."""


class Job(msgspec.Struct, frozen=True):
    """A zip to compile into another. `base` is where it will be in the page."""

    source: Path
    target: Path
    base: str
    layout: Layout
    keep: bool  # the sources too


def compiled_stdlib(runtime: Runtime) -> Path:
    """The standard library as bytecode alone, made once for each Pyodide.

    :raises BuildError: there is no Node.js, or Pyodide does not run in it
    """
    place = _cache(runtime) / STDLIB
    base = f"/lib/python{runtime.target.short}.zip"
    _make(runtime, [Job(runtime.pyodide / STDLIB, place, base, "beside", keep=False)])
    return place


def compiled_wheels(
    runtime: Runtime, wheels: Sequence[Path], base: str, layout: Layout
) -> list[Path]:
    """Wheels with bytecode added, for this place in the page; made once for each wheel.

    The sources stay, for tracebacks and for packages that read themselves, as anyio does.

    :raises BuildError: as above
    """
    jobs = []
    for wheel in wheels:
        digest = hashlib.sha256(f"{base}\0".encode() + wheel.read_bytes()).hexdigest()[:16]
        place = _cache(runtime) / f"{wheel.stem}-{digest}.zip"
        jobs.append(Job(wheel, place, base, layout, keep=True))
    _make(runtime, jobs)
    return [job.target for job in jobs]


def _cache(runtime: Runtime) -> Path:
    by = hashlib.sha256(Path(__file__).with_name(_SCRIPT).read_bytes()).hexdigest()[:8]
    return runtime.cache / f"compiled-{runtime.target.pyodide}-{by}"


def _make(runtime: Runtime, jobs: Sequence[Job]) -> None:
    """Do what the cache does not have, in one Node.js."""
    missing = [job for job in jobs if not job.target.is_file()]
    if not missing:
        return
    runtime.say("compiling " + ", ".join(job.source.name.partition("-")[0] for job in missing))
    cache = _cache(runtime)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        halves = [
            msgspec.structs.replace(
                job, source=job.source.resolve(), target=Path(scratch) / job.target.name
            )
            for job in missing
        ]
        runtime.run(_SCRIPT, msgspec.to_builtins(halves, enc_hook=str))
        for job, half in zip(missing, halves, strict=True):
            for earlier in cache.glob(f"{job.source.stem}-{'?' * 16}.zip"):
                earlier.unlink()
            half.target.rename(job.target)
