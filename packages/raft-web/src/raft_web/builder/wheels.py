"""The wheels of the page: ours built from source, the others downloaded for Pyodide, all cached."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from raft_web.builder.errors import BuildError
from raft_web.builder.project import files_of

try:
    import fcntl
except ImportError:  # Windows: two builds at once may disturb each other there
    fcntl = None  # type: ignore[assignment]

Say = Callable[[str], None]


class Target(NamedTuple):
    """The Python that runs in the page."""

    pyodide: str  # "314.0.7"
    python: str  # "3.14.2"
    abi: str  # "2026_0"
    arch: Literal["wasm32"]

    @property
    def platform(self) -> str:
        """The platform's name in the tags of wheels, without the architecture."""
        return f"pyemscripten_{self.abi}"

    @property
    def short(self) -> str:
        """Major and minor version in one: "314"."""
        return "".join(self.python.split(".")[:2])

    def markers(self) -> dict[str, str]:
        """What environment markers of requirements are judged by."""
        return {
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "os_name": "posix",
            "platform_machine": self.arch,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Emscripten",
            "platform_version": "",
            "python_full_version": self.python,
            "python_version": ".".join(self.python.split(".")[:2]),
            "sys_platform": "emscripten",
            "extra": "",
        }


def read_target(pyodide: Path) -> Target:
    """What npm's pyodide package says of itself."""
    try:
        info = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
        version = json.loads((pyodide / "package.json").read_text(encoding="utf-8"))["version"]
        return Target(version, info["python"], info["abi_version"], info["arch"])
    except (OSError, ValueError, KeyError) as error:
        raise BuildError(
            f"{pyodide} does not look like npm's package pyodide ({error!r}): run `npm ci` again"
        ) from None


class Wheelhouse:
    """Gets wheels. `given` are ready ones, `sources` project folders, both by normalised name."""

    def __init__(
        self,
        target: Target,
        cache: Path,
        *,
        sources: Mapping[str, Path],
        given: Sequence[Path] = (),
        say: Say,
    ) -> None:
        self._target = target
        self._ours = cache / "wheels"
        self._theirs = cache / f"downloads-{target.platform}-{target.short}"
        self._sources = sources
        self._given = {str(parse_wheel_filename(path.name)[0]): path for path in given}
        self._say = say

    def collect(self, names: Iterable[str]) -> list[Path]:
        """The wheels of these distributions and of all they need in the page, ordered by name.

        :raises BuildError: one cannot be built or had
        """
        found: dict[str, Path] = {}
        wanted = [Requirement(name) for name in names]
        while wanted:
            new: dict[str, Requirement] = {}
            for one in wanted:
                name = str(canonicalize_name(one.name))
                if name not in found:
                    new.setdefault(name, one).extras |= one.extras
            fetched = self._get(new)
            found.update(fetched)
            wanted = [
                requirement
                for name, wheel in fetched.items()
                for requirement in self._requirements(wheel, new[name].extras)
            ]
        return [found[name] for name in sorted(found)]

    def _get(self, wanted: Mapping[str, Requirement]) -> dict[str, Path]:
        got = {name: self._given[name] for name in wanted if name in self._given}
        build = {name: self._sources[name] for name in wanted if name in self._sources.keys() - got}
        got.update(self._build(build))
        got.update(self._download([one for name, one in wanted.items() if name not in got]))
        return got

    def _requirements(self, wheel: Path, extras: set[str]) -> list[Requirement]:
        environments = [{**self._target.markers(), "extra": extra} for extra in ("", *extras)]
        return [
            one
            for one in _metadata(wheel).requires_dist or ()
            if one.marker is None or any(one.marker.evaluate(where) for where in environments)
        ]

    # ---------------------------------------------------------------------------------- from source

    def _build(self, folders: Mapping[str, Path]) -> dict[str, Path]:
        """Build those that are not in the cache as they are now."""
        places = {
            name: self._ours / f"{name}-{_fingerprint(folder)}" for name, folder in folders.items()
        }
        for name, folder in folders.items():
            if not places[name].is_dir():
                self._say(f"building the wheel of {name}")
                self._ours.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=self._ours) as scratch:
                    self._keep(_build_wheel(name, folder, Path(scratch)), places[name])
        return {name: next(place.glob("*.whl")) for name, place in places.items()}

    def _keep(self, wheel: Path, place: Path) -> None:
        """Put a wheel into the cache, whole or not at all, in place of earlier ones."""
        name = place.name.rpartition("-")[0]
        for old in self._ours.glob(f"{name}-{'?' * 16}"):
            shutil.rmtree(old)
        half = wheel.parent / place.name
        half.mkdir()
        wheel.rename(half / wheel.name)
        half.rename(place)

    # ---------------------------------------------------------------------------------- from others

    def _download(self, wanted: Sequence[Requirement]) -> dict[str, Path]:
        got: dict[str, Path] = {}
        missing: dict[str, str] = {}
        for requirement in wanted:
            name = str(canonicalize_name(requirement.name))
            pin = _pin(requirement)
            cached = self._cached(name, pin)
            if cached is not None:
                got[name] = cached
            else:
                missing[name] = pin
        if not missing:
            return got
        self._say(f"downloading {', '.join(sorted(missing.values()))}")
        self._theirs.mkdir(parents=True, exist_ok=True)
        command = ["download", "--no-deps", "--only-binary=:all:"]
        command += ["--platform", f"{self._target.platform}_{self._target.arch}"]
        command += ["--python-version", self._target.short, "--implementation", "cp"]
        command += ["--abi", f"cp{self._target.short}", "--dest", str(self._theirs)]
        _pip(
            [*command, *missing.values()],
            f"The download of {', '.join(missing.values())} for Python {self._target.python} in "
            "the browser",
            "Is there a network? What is in no index comes from --wheels, or from packages/ beside "
            "package.json (--root). A package that is not pure Python needs a wheel for "
            f"{self._target.platform}_{self._target.arch}.",
        )
        for name, pin in missing.items():
            wheel = self._cached(name, pin)
            if wheel is None:
                raise BuildError(f"pip downloaded {pin}, but no such wheel is in {self._theirs}")
            got[name] = wheel
        return got

    def _cached(self, name: str, pin: str) -> Path | None:
        specifier = Requirement(pin).specifier
        candidates = []
        for path in self._theirs.glob("*.whl"):
            wheel_name, version, *_ = parse_wheel_filename(path.name)
            if wheel_name == name and specifier.contains(version, prereleases=True):
                candidates.append((version, path))
        return max(candidates)[1] if candidates else None


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Let no other build that shares the cache work meanwhile: each removes what is out of date."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _metadata(wheel: Path) -> Metadata:
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return Metadata.from_email(archive.read(name), validate=False)


def _pin(requirement: Requirement) -> str:
    """The version that the host has, so that the page and the tests run the same."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        version = None
    if version is not None and requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name}=={version}"
    return f"{requirement.name}{requirement.specifier}"


def _fingerprint(folder: Path) -> str:
    """Changes when anything changes that the wheel is made of."""
    digest = hashlib.sha256()
    for path in files_of(folder):
        digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


_BUILD: Final = """
import functools, importlib, sys
module, _, path = sys.argv[1].partition(":")
names = path.split(".") if path else ()
backend = functools.reduce(getattr, names, importlib.import_module(module))
backend.build_wheel(sys.argv[2])
"""


def _build_wheel(name: str, folder: Path, into: Path) -> Path:
    """Call the project's own build backend (PEP 517) as it is installed here, without isolation."""
    pyproject = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    backend = pyproject.get("build-system", {}).get("build-backend", "setuptools.build_meta")
    done = subprocess.run(  # noqa: S603  (Python, with a script of ours)
        [sys.executable, "-c", _BUILD, backend, str(into)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise BuildError(
            f"The wheel of {name} ({folder}) cannot be built with {backend}:\n  "
            + "\n  ".join(lines[-3:])
        )
    return next(into.glob("*.whl"))


def _pip(arguments: Sequence[str], what: str, hint: str = "") -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"]
    done = subprocess.run(  # noqa: S603  (pip, with arguments of ours)
        [*command, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        lines = [line for line in said if re.search(r"ERROR:|\w(Error|Exception): ", line)] or said
        raise BuildError(f"{what} failed. {hint}\npip says:\n  " + "\n  ".join(lines[-6:]))
