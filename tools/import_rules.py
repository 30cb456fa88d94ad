"""Who may import whom: the arrows of the architecture, checked in the sources.

`python tools/import_rules.py` prints each import that breaks a rule and fails if there is one. It
reads the syntax tree and runs nothing, so that an import inside a function counts as well. The
rules:

- Our packages import each other along `ARROWS` only, and declare no other dependency among them.
- A package imports nothing foreign but what its pyproject declares and, where it runs in a page,
  what Pyodide brings along.
- raft_core's own modules are pure: the part of the standard library in `PURE`, and msgspec. A
  clock, a random number of one's own, a file, a socket or an `await` would make its runs
  unrepeatable.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ARROWS: dict[str, frozenset[str]] = {
    "raft_core": frozenset(),
    "transport_webrtc": frozenset(),
    "storage_localstorage": frozenset(),
    "storage_indexeddb": frozenset(),
    "storage_sqlite": frozenset(),
    "introducer": frozenset(),
    "raft_web": frozenset(
        {"raft_core", "transport_webrtc", "storage_localstorage", "storage_indexeddb"}
    ),
    "raft_node": frozenset({"raft_core", "transport_webrtc", "storage_sqlite", "introducer"}),
}
"""Import name of each of our packages, and which of ours it may import."""

APP_ARROWS = frozenset({"raft_web", "raft_core"})
"""What every app may import of ours."""

IN_A_PAGE = frozenset({"transport_webrtc", "storage_localstorage", "storage_indexeddb", "raft_web"})
"""Packages that run in a page, as every app does."""

PYODIDE = frozenset({"js", "pyodide", "pyodide_js", "_pyodide"})

PURE = frozenset(
    {"__future__", "abc", "array", "base64", "binascii", "bisect", "collections", "copy"}
    | {"dataclasses", "enum", "functools", "hashlib", "heapq", "inspect", "itertools", "math"}
    | {"operator", "random", "re", "string", "struct", "types", "typing", "weakref", "zlib"}
)
"""What a pure module may import of the standard library; of `random` only the type `Random`."""

WITH_LOGGING = ("driver.py", "observers.py")
"""Pure modules of raft_core that may log: they call the user's code, and report how it fails."""

IMPURE = (
    "beginning.py",
    "node.py",
    "node_members.py",
    "recovery.py",
    "memory.py",
    "testing/",
)
"""Modules of raft_core that may do more: the event loop's, the adapters in memory and the testing
kit. A pure module must not import them; the package's face, `__init__.py`, may."""

WITH_ANYIO = ("node.py", "testing/")
"""Modules of raft_core that may import anyio."""

WITH_AWAIT = ("interfaces.py",)
"""Pure modules of raft_core that may name coroutines: a Protocol declares them and runs none."""

IMPURE_BUILTINS = frozenset({"open", "print", "input", "breakpoint", "__import__", "exec", "eval"})


@dataclass(frozen=True)
class Project:
    """One of our packages: its import name, and what its pyproject says it depends on."""

    name: str
    is_app: bool
    declared: frozenset[str]

    @property
    def may_import(self) -> frozenset[str]:
        """Which of ours it may import; a package without a rule has no arrows yet."""
        return APP_ARROWS if self.is_app else ARROWS.get(self.name, frozenset())

    @property
    def runs_in_a_page(self) -> bool:
        return self.is_app or self.name in IN_A_PAGE


@dataclass(frozen=True)
class Import:
    """One imported name, absolute: `from a.b import c` is module `a.b` and name `c`."""

    line: int
    module: str
    name: str | None

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def read_project(folder: Path) -> Project:
    """Read the pyproject of the package in `folder`."""
    with (folder / "pyproject.toml").open("rb") as file:
        table = tomllib.load(file)["project"]
    requirements = [*table.get("dependencies", ())]
    for extra in table.get("optional-dependencies", {}).values():
        requirements += extra
    return Project(
        name=import_name(table["name"]),
        is_app=folder.parent.name == "apps",
        declared=frozenset(map(import_name, requirements)),
    )


def import_name(requirement: str) -> str:
    """Give the import name for a requirement such as `raft-core>=0.1`."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    if match is None:
        raise ValueError(f"not a requirement: {requirement!r}")
    return re.sub(r"[-.]+", "_", match[0]).lower()


def imports(tree: ast.AST) -> Iterator[Import]:
    """Find the absolute imports in `tree`, nested ones too; relative ones stay inside a package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, None)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield Import(node.lineno, node.module or "", alias.name)


def check_project(project: Project) -> Iterator[str]:
    """Check what a pyproject declares."""
    if not project.is_app and project.name not in ARROWS:
        yield "has no rule yet: add it to ARROWS in tools/import_rules.py"
    for name in sorted(project.declared & ARROWS.keys() - project.may_import):
        yield f"must not depend on {name}"


def check_module(project: Project, module: str, source: str) -> Iterator[str]:
    """Check one module; `module` is its path inside the package, such as `testing/world.py`."""
    tree = ast.parse(source)
    pure = project.name == "raft_core" and not module.startswith(IMPURE)
    for found in imports(tree):
        problem = _check_import(project, module, found)
        if pure and not problem:
            problem = _check_pure_import(module, found)
        if problem:
            yield f"line {found.line}: {problem}"
    if pure:
        yield from _check_pure_code(module, tree)


def _check_import(project: Project, module: str, found: Import) -> str | None:
    top = found.top
    if top == project.name:
        return None
    if top in ARROWS:
        if top not in project.may_import:
            return f"{project.name} must not import {top}"
    elif top == "anyio" and project.name == "raft_core" and not module.startswith(WITH_ANYIO):
        return "raft_core imports anyio in node.py and testing/ only"
    elif top in sys.stdlib_module_names or (top in PYODIDE and project.runs_in_a_page):
        return None
    if top not in project.declared:
        return f"{project.name} imports {top}, which its pyproject does not declare"
    return None


def _check_pure_import(module: str, found: Import) -> str | None:
    if found.top == "msgspec":
        return None
    if found.top == "raft_core":
        inner = f"{found.module}.{found.name}".split(".")[1]
        if module != "__init__.py" and {f"{inner}.py", f"{inner}/"} & {*IMPURE}:
            return f"a pure module must not import raft_core.{inner}"
        return None
    if found.top == "logging" and module.startswith(WITH_LOGGING):
        return None
    if found.top not in PURE:
        return f"a pure module must not import {found.module}"
    if found.top == "random" and found.name not in {None, "Random"}:
        return f"a pure module takes its Random from the caller: no random.{found.name}"
    return None


def _check_pure_code(module: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="random"), attr=name) if name != "Random":
                yield f"line {node.lineno}: a pure module must not use random.{name}"
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                yield f"line {node.lineno}: a pure module must not call {name}()"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                if not module.startswith(WITH_AWAIT):
                    yield f"line {node.lineno}: a pure module awaits nothing"


def check_repository(root: Path = ROOT) -> list[str]:
    """Check every package below `root`; return a sentence for each breach."""
    problems = []
    for pyproject in sorted(
        [*root.glob("packages/*/pyproject.toml"), *root.glob("apps/*/pyproject.toml")]
    ):
        project = read_project(pyproject.parent)
        problems += [f"{pyproject.relative_to(root)}: {line}" for line in check_project(project)]
        package = pyproject.parent / "src" / project.name
        for path in sorted(package.rglob("*.py")):
            found = check_module(project, path.relative_to(package).as_posix(), path.read_text())
            problems += [f"{path.relative_to(root)}: {line}" for line in found]
    return problems


def main() -> int:
    """Print the breaches; fail if there is one."""
    problems = check_repository()
    for line in problems:
        print(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
