"""Every package can be built, installed without the rest of the repository, and imported.

The interpreter that imports it sees the standard library, the installed wheel and what its
pyproject declares, with what that declares in turn: nothing that merely happens to be here as well.
"""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.import_rules import PYODIDE, import_name

ROOT = Path(__file__).resolve().parents[2]
PROJECTS = {
    path.parent.name: path.parent
    for group in ("packages", "apps")
    for path in sorted(ROOT.glob(f"{group}/*/pyproject.toml"))
}

IMPORT_ALL = """
import importlib, pathlib, sys
name, *elsewhere = sys.argv[1:]
package = importlib.import_module(name)
root = pathlib.Path(package.__file__).parent
for path in sorted(root.rglob("*.py")):
    parts = path.relative_to(root).with_suffix("").parts
    if parts[-1] in ("__init__", "__main__"):
        parts = parts[:-1]
    try:
        importlib.import_module(".".join((name, *parts)))
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] not in elsewhere:
            raise
print(root)
"""


def run(*arguments: str | Path, cwd: Path, path: str = "") -> str:
    """Run Python with `path` as its PYTHONPATH; show what it said if it fails."""
    environment = {**os.environ, "PYTHONPATH": path}
    command = [sys.executable, *map(str, arguments)]
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=cwd, env=environment
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every package's wheel, built by the backend that its pyproject names."""
    folder = tmp_path_factory.mktemp("wheels")
    return {
        name: Path(next(WheelBuilder(str(project)).build(directory=str(folder / name))))
        for name, project in PROJECTS.items()
    }


def install(wheel: Path, target: Path) -> None:
    """Install `wheel`, and nothing of what it needs, into `target`."""
    pip = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-index")
    run(*pip, "--target", target, wheel, cwd=target.parent)


def declared(name: str, *, extras: bool = False) -> list[Requirement]:
    """What the distribution `name` needs to run here, or what only its extras need."""
    if name in PROJECTS:
        with (PROJECTS[name] / "pyproject.toml").open("rb") as file:
            table = tomllib.load(file)["project"]
        optional = [
            one for extra in table.get("optional-dependencies", {}).values() for one in extra
        ]
        return [Requirement(one) for one in (optional if extras else table.get("dependencies", ()))]
    requirements = map(Requirement, distribution(name).requires or ())
    return [one for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})]


def needed_by(name: str) -> set[str]:
    """Names of the distributions that `name` needs, directly and in turn."""
    found: set[str] = set()
    pending = [name]
    while pending:
        needed = {canonicalize_name(one.name) for one in declared(pending.pop())}
        pending += needed - found
        found |= needed
    return found


def lend(name: str, target: Path) -> None:
    """Put the installed distribution `name` into `target` by symbolic links."""
    installed = distribution(name)
    for top in {path.parts[0] for path in installed.files or ()} - {"..", "__pycache__"}:
        link = target / top
        if not link.exists():
            link.symlink_to(Path(str(installed.locate_file(top))))


@pytest.mark.parametrize("name", PROJECTS)
def test_a_package_installs_alone(name: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    target, borrowed = tmp_path / "target", tmp_path / "borrowed"
    borrowed.mkdir()
    install(wheels[name], target)
    package = target / import_name(name)
    assert (package / "py.typed").is_file()

    for needed in sorted(needed_by(name)):
        if needed in PROJECTS:
            ZipFile(wheels[needed]).extractall(borrowed)
        else:
            lend(needed, borrowed)
    elsewhere = PYODIDE | {import_name(one.name) for one in declared(name, extras=True)}
    printed = run(
        *("-S", "-W", "error", "-c", IMPORT_ALL, import_name(name), *sorted(elsewhere)),
        cwd=tmp_path,
        path=f"{target}{os.pathsep}{borrowed}",
    )
    assert printed.strip() == str(package)
