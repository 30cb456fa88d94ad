"""Builds the site: which files there are, from where, and which of them changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from raft_web.builder.archives import pack
from raft_web.builder.bytecode import compiled_stdlib
from raft_web.builder.errors import BuildError
from raft_web.builder.licences import licences_text, npm_package_of, npm_part, wheel_part
from raft_web.builder.node import Runtime
from raft_web.builder.pages import PARTS, app_page, front_page, static_part
from raft_web.builder.project import App, find_app, find_pyodide, find_root, read_app, sources
from raft_web.builder.snapshot import make_snapshot
from raft_web.builder.wheels import Wheelhouse, alone, read_target
from raft_web.settings import site_json

MANIFEST: Final = ".raft-web.json"
"""Lists what the builder made, so that it removes nothing else."""

_PYODIDE_FILES: Final = ("pyodide.asm.wasm", "pyodide.mjs", "pyodide.asm.mjs")
# Not `site.json`, which a person may edit.
_TEXT: Final = (".css", ".html", ".js", ".mjs", ".svg", ".txt")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to build. `introducer` and `hosts` end up in `site.json`, see `links`."""

    apps: tuple[str, ...]
    out: Path
    root: Path | None = None
    cache: Path | None = None
    wheels: tuple[Path, ...] = ()
    introducer: str = "/v1"
    hosts: tuple[str, ...] = ()
    target_size: int = 3


class _Output:
    """The folder of the site. Writes what differs; in the end removes what is no longer made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: set[str] = set()
        self.changed = 0
        try:
            self._before = set(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            self._before = set()
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise BuildError(
                    f"{folder} is there and was not made by raft-web: give another folder "
                    "with --out, or remove it"
                ) from None

    def write(self, name: str, content: bytes | str) -> None:
        """Make a file of the site, and what a server may send in its place, if that is less."""
        data = content.encode() if isinstance(content, str) else content
        self._write(name, data)
        if name.endswith(_TEXT):
            self._write(f"{name}.gz", _gzip(data))

    def copy(self, name: str, source: Path, compressed: Path | None = None) -> int:
        """The same from another file, which is unchanged if size and time are; return its size.

        `compressed` is a place for its compressed form, which takes long to make.
        """
        if compressed is not None:
            if not compressed.is_file():
                compressed.parent.mkdir(parents=True, exist_ok=True)
                half = compressed.with_suffix(".half")
                half.write_bytes(_gzip(source.read_bytes()))
                half.rename(compressed)
            # Installed anew the source is younger, and servers take what is older for out of date.
            shutil.copystat(source, compressed)
            self.copy(f"{name}.gz", compressed)
        path = self._path(name)
        new, old = source.stat(), path.stat() if path.is_file() else None
        if old is None or (old.st_size, old.st_mtime_ns) != (new.st_size, new.st_mtime_ns):
            shutil.copy2(source, path)
            self.changed += 1
        return new.st_size

    def finish(self) -> None:
        """Remove what an earlier build made and this one did not."""
        for name in self._before - self._made:
            (self.folder / name).unlink(missing_ok=True)
            self.changed += 1
        for folder in sorted(self.folder.rglob("*"), reverse=True):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        self._list(self._made)

    def _write(self, name: str, data: bytes) -> None:
        path = self._path(name)
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
            self.changed += 1

    def _path(self, name: str) -> Path:
        self._made.add(name)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name not in self._before:
            # Before the file itself: a build that breaks off leaves nothing that is not listed.
            self._before.add(name)
            self._list(self._before)
        return path

    def _list(self, names: set[str]) -> None:
        (self.folder / MANIFEST).write_text(json.dumps(sorted(names)), encoding="utf-8")


def _site_json(options: Options) -> str:
    try:
        return site_json(options.introducer, options.hosts, options.target_size)
    except ValueError as error:
        raise BuildError(f"--{str(error).replace('target_size', 'target-size', 1)}") from None


def build(options: Options, say: Callable[[str], None]) -> None:
    """Build the site; `say` gets a line for each thing that takes time.

    :raises BuildError: it cannot be built; the sentence says what to do
    """
    began = time.monotonic()
    if not options.apps:
        raise BuildError("No app was given: raft-web build APP --out DIR")
    site = _site_json(options)
    folders = [find_app(app, options.root or find_root(Path.cwd())) for app in options.apps]
    root = options.root or find_root(folders[0])
    apps = [read_app(folder) for folder in folders]
    names = [app.name for app in apps]
    if len(set(names)) != len(names):
        raise BuildError(f"Two apps have one name: {', '.join(sorted(names))}")
    pyodide = find_pyodide(root)
    target = read_target(pyodide)
    cache = (options.cache or root / "build" / "raft-web").resolve()
    runtime = Runtime(pyodide, target, cache, say)
    with alone(cache):
        out = _Output(options.out.resolve())
        house = Wheelhouse(
            target,
            cache,
            sources={**sources(root), **{app.distribution: app.folder for app in apps}},
            given=_given_wheels(options.wheels),
            say=say,
        )
        shell = house.collect(["raft-web"])
        wheels = house.collect(["raft-web", *(app.distribution for app in apps)])
        say(f"Pyodide {target.pyodide} (Python {target.python}), {len(wheels)} wheels")
        sizes, places = _write_python(out, runtime, shell, wheels)
        static = _write_static(out)
        # In the order in which it takes long to do something with it.
        early = [f"../{static}python.mjs", *(f"../{name}" for name in sizes)]
        for app in apps:
            styles = [f"../{_write_file(out, app, style)}" for style in app.styles]
            scripts = [f"../{_write_file(out, app, script)}" for script in app.scripts]
            config = {
                "name": app.name,
                "entry": app.entry,
                "title": app.title,
                "durability": app.durability,
                "abi": target.abi,
                **{name: f"../{place}" for name, place in places.items()},
                "sizes": [[f"../{name}", size] for name, size in sizes.items()],
            }
            page = app_page(
                app, f"../{static}", config, styles=styles, scripts=scripts, preloads=early
            )
            out.write(f"{app.name}/index.html", page)
        out.write("index.html", front_page(apps, static))
        out.write("licences.txt", _licences(pyodide, wheels, apps))
        out.write("site.json", site)
        out.finish()
    seconds = time.monotonic() - began
    changed = f"{out.changed} files changed" if out.changed else "nothing changed"
    say(f"the site is in {options.out}: {', '.join(names)} ({changed}, {seconds:.1f} s)")


def _write_python(
    out: _Output, runtime: Runtime, shell: Sequence[Path], wheels: Sequence[Path]
) -> tuple[dict[str, int], dict[str, str]]:
    """Write all that Python needs; return what each page fetches, with sizes, and the places."""
    version = runtime.target.pyodide
    places = {"pyodide": f"pyodide/{version}/"}
    sizes: dict[str, int] = {}
    for file in _PYODIDE_FILES:
        name = places["pyodide"] + file
        compressed = runtime.cache / f"compressed-{version}" / f"{file}.gz"
        sizes[name] = out.copy(name, runtime.pyodide / file, compressed)
    stdlib = compiled_stdlib(runtime)
    # Not beside Pyodide's own files, which its version names: this one is of our making, and the
    # snapshot fits no other. Pages fetch it later.
    places["library"] = f"packages/{_digest(stdlib.read_bytes())}/{stdlib.name}"
    out.copy(places["library"], stdlib)
    packed = pack(runtime, shell, [wheel for wheel in wheels if wheel not in shell])
    snapshot = make_snapshot(runtime, stdlib, packed)
    places["snapshot"] = f"packages/{_digest(snapshot.read_bytes())}/{snapshot.name}"
    sizes[places["snapshot"]] = out.copy(places["snapshot"], snapshot)
    for kind, file, content in (
        ("modules", "modules.zip", packed.modules),
        ("files", "packages.bin", packed.files),
    ):
        places[kind] = f"packages/{_digest(content)}/{file}"
        out.write(places[kind], content)
        sizes[places[kind]] = len(content)
    return sizes, places


def _write_static(out: _Output) -> str:
    """Write what all pages share; return its folder."""
    parts = {name: static_part(name) for name in PARTS}
    folder = f"static/{_digest(*parts.values())}/"
    for name, content in parts.items():
        out.write(folder + name, content)
    return folder


def _write_file(out: _Output, app: App, file: Path) -> str:
    """Write a style or script of an app; return its name."""
    content = file.read_bytes()
    name = f"static/{_digest(content)}/{app.name}-{file.name}"
    out.write(name, content)
    return name


def _licences(pyodide: Path, wheels: Sequence[Path], apps: Sequence[App]) -> str:
    files = [npm_package_of(file) for app in apps for file in (*app.styles, *app.scripts)]
    npm = [npm_part(one) for one in dict.fromkeys([pyodide, *files]) if one is not None]
    return licences_text([*npm, *(wheel_part(wheel) for wheel in wheels)])


def _given_wheels(given: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            found += sorted(path.glob("*.whl"))
        elif path.suffix == ".whl" and path.is_file():
            found.append(path)
        else:
            raise BuildError(f"--wheels {path}: neither a wheel nor a folder of wheels")
    return found


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _digest(*contents: bytes) -> str:
    digest = hashlib.sha256()
    for content in contents:
        digest.update(content)
    return digest.hexdigest()[:12]
