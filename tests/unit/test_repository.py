"""What holds for the repository as a whole: sizes, locks, and what every package must bring."""

import ast
import json
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = sorted(
    path.parent for glob in ("packages", "apps") for path in ROOT.glob(f"{glob}/*/pyproject.toml")
)
LOCKS = [ROOT / "requirements/dev.txt", ROOT / "package-lock.json"]
LONGEST_FILE = 500
LONGEST_FUNCTION = 60

each_project = pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)


def read_toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def sources() -> list[Path]:
    """Every file that is or would be committed, but what tools write."""
    listed = subprocess.run(
        # whoever owns the folder: only names are asked for
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path not in LOCKS]


@cache
def locked() -> dict[str, str]:
    """Versions in the lock of the Python packages, by name."""
    lines = LOCKS[0].read_text().splitlines()
    pins = [
        line.split(";")[0].strip(" \\") for line in lines if "==" in line and line[0] not in "# "
    ]
    return {canonicalize_name(name): version for name, version in (pin.split("==") for pin in pins)}


def test_no_source_is_too_long() -> None:
    texts = {".py", ".md", ".toml", ".js", ".mjs", ".css", ".html", ".sh", ""}
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if path.suffix in texts and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources()
        if path.suffix == ".py" and "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_host(lock: Path) -> None:
    """Everyone installs from the registry they are set up for."""
    text = lock.read_text()
    assert "://" not in text
    assert '"resolved"' not in text
    assert "index-url" not in text


def test_every_locked_python_package_has_a_hash() -> None:
    text = LOCKS[0].read_text()
    assert len(locked()) > 20
    assert text.count(" \\\n    --hash=sha256:") >= len(locked())


@each_project
def test_the_lock_has_what_a_package_declares(project: Path) -> None:
    ours = {path.name for path in PROJECTS}
    table = read_toml(project / "pyproject.toml")["project"]
    requirements = [*table.get("dependencies", [])]
    for extra in table.get("optional-dependencies", {}).values():
        requirements += extra
    for requirement in map(Requirement, requirements):
        name = canonicalize_name(requirement.name)
        # pip comes with every virtual environment
        if name not in ours | {"pip"}:
            assert name in locked(), f"add {name} to requirements/dev.in and run `make lock`"
            assert locked()[name] in requirement.specifier


def test_npm_packages_are_pinned() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    installed = json.loads(LOCKS[1].read_text())["packages"]
    assert package["private"] is True
    for kind in ("dependencies", "devDependencies"):
        for name, version in package[kind].items():
            assert installed[f"node_modules/{name}"]["version"] == version


@each_project
def test_a_package_is_complete(project: Path) -> None:
    pyproject = read_toml(project / "pyproject.toml")
    table = pyproject["project"]
    assert table["name"] == project.name
    assert table["version"] == "0.1.0"
    assert table["license"] == "Apache-2.0"
    assert table["readme"] == "README.md"
    assert table["requires-python"] == ">=3.11"
    assert table["description"]
    assert pyproject["build-system"]["build-backend"] == "hatchling.build"
    assert "ruff" not in pyproject.get("tool", {}), "the root's settings hold for all"
    assert len((project / "README.md").read_text().splitlines()) >= 3
    package = project / "src" / project.name.replace("-", "_")
    assert (package / "__init__.py").is_file()
    assert (package / "py.typed").is_file()


def test_the_workspace_knows_every_package() -> None:
    tool = read_toml(ROOT / "pyproject.toml")["tool"]
    packages = {path.name for path in PROJECTS if path.parent.name == "packages"}
    assert packages == set(tool["uv"]["sources"])
    paths = {f"$MYPY_CONFIG_FILE_DIR/{(path / 'src').relative_to(ROOT)}" for path in PROJECTS}
    assert paths == set(tool["mypy"]["mypy_path"]) - {"$MYPY_CONFIG_FILE_DIR"}


def test_the_check_is_what_make_test_is() -> None:
    script = (ROOT / ".ci/run").read_text().splitlines()
    assert script[:2] == ["#!/usr/bin/env bash", "set -euo pipefail"]
    assert script[-1] == "make test"


def test_make_looks_for_tests_in_browsers_where_they_are() -> None:
    makefile = (ROOT / "Makefile").read_text()
    folders = makefile.partition("\nIN_BROWSERS := ")[2].partition("\n")[0].split()
    assert "tests/browser" in folders  # where nothing needs the mark
    mark = "pytest.mark" + ".browser"
    tests = (ROOT / "tests").rglob("test_*.py")
    marked = [path for path in tests if mark in path.read_text(encoding="utf-8")]
    assert marked
    for path in marked:
        assert any(ROOT / folder in path.parents for folder in folders), path
