"""A tiny app in a folder of its own, outside of the repository."""

from collections.abc import Callable
from pathlib import Path

import pytest

from raft_web.builder.node import Runtime
from raft_web.builder.project import find_pyodide
from raft_web.builder.wheels import read_target

REPOSITORY = Path(__file__).parents[4]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "tiny"
version = "0.1.0"
requires-python = ">=3.11"
description = "A <tiny> app"
dependencies = ["raft-web"]

[tool.hatch.build.targets.wheel]
packages = ["src/tiny"]
"""

TABLE = """
[tool.raft-web]
entry = "tiny.page:TinyPage"
title = "Tiny & small"
styles = ["src/tiny/tiny.css"]
"""

MakeApp = Callable[..., Path]


@pytest.fixture
def make_app(tmp_path: Path) -> MakeApp:
    def make(table: str = TABLE, pyproject: str = PYPROJECT, folder: str = "apps/tiny") -> Path:
        app = tmp_path / folder
        source = app / "src" / "tiny"
        source.mkdir(parents=True)
        (app / "pyproject.toml").write_text(pyproject + table)
        (source / "__init__.py").write_text('"""Tiny."""\n')
        (source / "page.py").write_text("class TinyPage:\n    name = 'tiny'\n")
        (source / "tiny.css").write_text("body { color: teal }\n")
        return app

    return make


@pytest.fixture(scope="session")
def runtime() -> Runtime:
    """The repository's own, cache and all: what is in there takes seconds to make."""
    pyodide = find_pyodide(REPOSITORY)
    return Runtime(pyodide, read_target(pyodide), REPOSITORY / "build/raft-web", print)
