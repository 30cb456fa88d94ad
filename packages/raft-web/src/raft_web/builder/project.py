"""Finding things: apps and what they say of themselves, our packages' folders, npm's parts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from packaging.utils import canonicalize_name

from raft_web.builder.errors import BuildError
from transport_webrtc.session import Durability

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_RESERVED: Final = frozenset({"packages", "pyodide", "static"})


class App(msgspec.Struct, frozen=True):
    """An app: its project's folder, and the table `[tool.raft-web]` of its `pyproject.toml`."""

    folder: Path
    distribution: str  # its normal form
    name: str
    entry: str
    title: str
    description: str
    styles: tuple[Path, ...]
    scripts: tuple[Path, ...] = ()
    durability: Durability = Durability.DISK


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    title: str
    name: str | None = None
    description: str | None = None
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    durability: str = str(Durability.DISK)


def read_app(folder: Path) -> App:
    """Read what the app in `folder` says of itself.

    :raises BuildError: there is no app, or what it says is wrong or points nowhere
    """
    pyproject = _read_pyproject(folder)
    tables = pyproject.get("tool", {})
    if "raft-web" not in tables:
        raise BuildError(
            f"{folder} is no app: its pyproject.toml has no table [tool.raft-web]. It needs one "
            'with entry = "module:Class" and title = "..."'
        )
    try:
        table = msgspec.convert(tables["raft-web"], _Table)
    except msgspec.ValidationError as error:
        raise BuildError(f"{folder}/pyproject.toml, table [tool.raft-web]: {error}") from None
    project = pyproject.get("project", {})
    distribution = project.get("name", folder.name)
    name = table.name or distribution
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise BuildError(
            f"An app cannot be named {name!r}: take 1 to 32 of a-z, 0-9, '-' and '_', beginning "
            f"with a letter or digit, and none of {', '.join(sorted(_RESERVED))}. Set `name` in "
            f"the table [tool.raft-web] of {folder}/pyproject.toml"
        )
    if not re.fullmatch(r"[\w.]+:\w+", table.entry):
        raise BuildError(
            f'{folder}/pyproject.toml: entry = "module:Class" is needed, not {table.entry!r}'
        )
    if table.durability not in set(Durability):
        raise BuildError(
            f'{folder}/pyproject.toml: durability = "disk" or "browser" is needed, '
            f"not {table.durability!r}"
        )
    return App(
        folder=folder,
        distribution=str(canonicalize_name(distribution)),
        name=name,
        entry=table.entry,
        title=table.title,
        description=table.description or project.get("description", ""),
        styles=tuple(_find_file(folder, "style", style) for style in table.styles),
        scripts=tuple(_find_file(folder, "script", script) for script in table.scripts),
        durability=Durability(table.durability),
    )


def find_app(given: str, root: Path) -> Path:
    """The folder of an app given as a path, or by the name of a folder under `root`/apps.

    :raises BuildError: there is none
    """
    for folder in (Path(given), root / "apps" / given):
        if (folder / "pyproject.toml").is_file():
            return folder.resolve()
    known = ", ".join(sorted(path.parent.name for path in root.glob("apps/*/pyproject.toml")))
    raise BuildError(
        f"There is no app {given!r}: give the path of a folder with a pyproject.toml"
        + (f", or one of these names: {known}" if known else "")
    )


def find_root(start: Path) -> Path:
    """The folder that npm's parts are installed for: the nearest upwards with a package.json."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "package.json").is_file():
            return folder
    return start.resolve()


def find_pyodide(root: Path) -> Path:
    """The folder of npm's `pyodide`.

    :raises BuildError: it is not installed
    """
    for folder in (root, *root.parents):
        found = folder / "node_modules" / "pyodide"
        if (found / "pyodide.mjs").is_file():
            return found
    if (root / "package.json").is_file():
        raise BuildError(f"npm's parts are not installed: run `npm ci` in {root}")
    raise BuildError(f"Pyodide is not installed: run `npm install pyodide` in {root}")


def sources(root: Path) -> dict[str, Path]:
    """The projects whose wheels are built from source: packages/* and apps/* under `root`."""
    found = {}
    for pattern in ("packages/*/pyproject.toml", "apps/*/pyproject.toml"):
        for path in sorted(root.glob(pattern)):
            name = _read_pyproject(path.parent).get("project", {}).get("name")
            if name is not None:
                found[str(canonicalize_name(name))] = path.parent
    return found


def files_of(folder: Path) -> Iterator[Path]:
    """The files that a project's wheel is made of, in one order on every machine."""
    yield folder / "pyproject.toml"
    for extra in ("README.md", "LICENSE"):
        if (folder / extra).is_file():
            yield folder / extra
    for path in sorted((folder / "src").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _read_pyproject(folder: Path) -> dict[str, Any]:
    path = folder / "pyproject.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BuildError(f"{folder} is no project: it has no pyproject.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise BuildError(f"{path} cannot be read: {error}") from None


def _find_file(folder: Path, kind: str, name: str) -> Path:
    """A style or script lies in the app's folder, or in the nearest `node_modules` upwards."""
    if not name.startswith("node_modules/"):
        if (folder / name).is_file():
            return folder / name
        raise BuildError(f"The app's {kind} {name} is not there: {folder / name}")
    for parent in (folder, *folder.parents):
        if (parent / name).is_file():
            return parent / name
    package = "/".join(name.split("/")[1 : 3 if name.split("/")[1].startswith("@") else 2])
    raise BuildError(
        f"The app's {kind} {name} is not there: run `npm ci` in {find_root(folder)}; if npm does "
        f"not know it yet, `npm install {package}`"
    )
