"""What the documents tell a reader to do can be done."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools.import_rules import IN_A_PAGE, import_name, imports

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("*.md", "docs/**/*.md", "packages/*/*.md", "apps/*/*.md")
DOCUMENTS = sorted(path for place in PLACES for path in ROOT.glob(place))
PROJECTS = {path.parent.name: path.parent for path in ROOT.glob("*/*/pyproject.toml")}
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def blocks(document: Path, *languages: str) -> list[str]:
    """The fenced code blocks of `document` in one of `languages`."""
    found = re.findall(
        r"^```(\w*)[^\n]*\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL
    )
    return [code for language, code in found if language in languages]


def commands(document: Path) -> list[str]:
    """The command lines in the shell blocks and code spans of `document`."""
    lines = [
        line
        for code in blocks(document, "", "sh", "bash", "shell", "console")
        for line in code.splitlines()
    ]
    spans = re.findall(r"`([^`\n]+)`", document.read_text())
    return [line.partition(" #")[0].strip().removeprefix("$ ") for line in lines] + spans


def test_the_readme_gives_the_two_commands() -> None:
    assert {"make demo", "make test"} <= set(commands(ROOT / "README.md"))


@each_document
def test_every_target_of_make_exists(document: Path) -> None:
    named = {
        target for line in commands(document) for target in re.findall(r"\bmake ([a-z-]+)\b", line)
    }
    assert named <= TARGETS


@each_document
def test_every_path_given_to_pip_exists(document: Path) -> None:
    for line in commands(document):
        if re.search(r"\bpip install\b", line):
            for path in re.findall(r"(\./[^\s\[\"']+)", line):
                assert (ROOT / path / "pyproject.toml").is_file(), line


def installed(line: str) -> dict[str, set[str]]:
    """Our packages that a command of pip installs, and with which extras."""
    found: dict[str, set[str]] = {}
    for word in shlex.split(line.partition("pip install")[2]):
        name, _, extras = word.rstrip("]").partition("[")
        if Path(name).name in PROJECTS:
            assert name.startswith("./"), f"{name} is in no package index: {line}"
            found[Path(name).name] = {extra for extra in extras.split(",") if extra}
    return found


@each_document
def test_what_pip_installs_of_ours_is_all_here(document: Path) -> None:
    """In no index is anything of ours: not a package, and not one that such a package needs."""
    for line in commands(document):
        if not re.search(r"\bpip install\b", line):
            continue
        given = installed(line)
        for name, extras in given.items():
            project = tomllib.loads((PROJECTS[name] / "pyproject.toml").read_text())["project"]
            needed = [*project.get("dependencies", ())]
            for extra in extras:
                needed += project["optional-dependencies"][extra]
            for need in map(Requirement, needed):
                if need.name in PROJECTS:
                    there = need.name in given and need.extras <= given[need.name]
                    assert there, f"{need} is missing: {line}"


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in link and not link.startswith(("#", "mailto:")):
            assert (document.parent / link.partition("#")[0]).exists(), link


def snippets(*, in_a_page: bool) -> list[object]:
    """The Python in READMEs: what runs here, or what needs a page around it."""
    return [
        pytest.param(code, id=f"{path.parent.name if path.parent != ROOT else 'root'}-{number}")
        for path in DOCUMENTS
        if path.name == "README.md" and (import_name(path.parent.name) in IN_A_PAGE) == in_a_page
        for number, code in enumerate(blocks(path, "python", "py"))
    ]


@pytest.mark.parametrize("code", snippets(in_a_page=False))
def test_every_snippet_of_a_readme_runs(code: str, tmp_path: Path) -> None:
    script = tmp_path / "snippet.py"
    script.write_text(code)
    result = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert result.returncode == 0, f"{code}\n{result.stderr}"


@pytest.mark.parametrize("code", snippets(in_a_page=True))
def test_every_snippet_for_a_page_imports_what_exists(code: str) -> None:
    """Such a module imports `js`, so the sources of ours that it names are read instead."""
    for found in imports(ast.parse(code)):
        if found.module.partition(".")[0] not in OURS:
            continue
        (source,) = sources(found.module)
        assert found.name is None or found.name in names(ast.parse(source.read_text())), found


OURS = {path.parent.name for path in ROOT.glob("*/*/src/*/py.typed")}


def sources(module: str) -> list[Path]:
    """The file of one of our modules."""
    path = module.replace(".", "/")
    return [
        file
        for folder in ("packages", "apps")
        for ending in (f"{path}.py", f"{path}/__init__.py")
        for file in ROOT.glob(f"{folder}/*/src/{ending}")
    ]


def names(tree: ast.Module) -> set[str]:
    """What a module defines or imports."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_the_root_readme_shows_a_snippet() -> None:
    assert blocks(ROOT / "README.md", "python", "py")
