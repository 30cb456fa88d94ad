"""The import rules hold, and the check would notice if they did not."""

from pathlib import Path

import pytest

from tools.import_rules import Project, check_module, check_project, check_repository, import_name

CORE = Project("raft_core", is_app=False, declared=frozenset({"anyio", "msgspec"}))
ADAPTER = Project("transport_webrtc", is_app=False, declared=frozenset({"msgspec"}))
SERVER = Project("introducer", is_app=False, declared=frozenset({"websockets"}))
APP = Project("todo", is_app=True, declared=frozenset({"msgspec", "raft_core", "raft_web"}))


def test_the_repository_keeps_the_rules() -> None:
    assert check_repository() == []


def test_a_breach_in_a_package_is_found(tmp_path: Path) -> None:
    package = tmp_path / "packages/raft-core"
    (package / "src/raft_core").mkdir(parents=True)
    (package / "pyproject.toml").write_text('[project]\nname = "raft-core"\n')
    (package / "src/raft_core/raft.py").write_text("import time\n")
    assert check_repository(tmp_path) == [
        "packages/raft-core/src/raft_core/raft.py: line 1: a pure module must not import time"
    ]


@pytest.mark.parametrize(
    "project,module,source",
    [
        (CORE, "raft.py", "import msgspec\nfrom raft_core.log import Log\nfrom . import log"),
        (CORE, "raft.py", "from random import Random\nimport random\nrng: random.Random"),
        (CORE, "node.py", "import time\nimport anyio\nasync def run(): await anyio.sleep(1)"),
        (CORE, "memory.py", "import asyncio"),
        (CORE, "testing/world.py", "import random\nimport anyio\nrandom.random()"),
        (CORE, "interfaces.py", "class Storage:\n    async def load(self): ..."),
        (CORE, "driver.py", "import logging"),
        (CORE, "__init__.py", "from raft_core.node import Node"),
        (CORE, "raft.py", "log.open()\ndef open_log(): ..."),
        (
            ADAPTER,
            "browser.py",
            "import js\nfrom pyodide.ffi import to_js\nimport transport_webrtc.link",
        ),
        (SERVER, "server.py", "import asyncio\nfrom websockets.asyncio.server import serve"),
        (APP, "page.py", "import js\nimport raft_web.app\nfrom raft_core import Node"),
    ],
)
def test_what_is_allowed(project: Project, module: str, source: str) -> None:
    assert list(check_module(project, module, source)) == []


@pytest.mark.parametrize(
    "project,module,source,problem",
    [
        (CORE, "raft.py", "import time", "must not import time"),
        (
            CORE,
            "raft.py",
            "def f():\n    import asyncio",
            "line 2: a pure module must not import asyncio",
        ),
        (CORE, "raft.py", "import logging", "must not import logging"),
        (CORE, "raft.py", "import os.path", "must not import os.path"),
        (CORE, "raft.py", "from random import choice", "no random.choice"),
        (CORE, "raft.py", "import random\nrandom.random()", "must not use random.random"),
        (CORE, "raft.py", "open('x')", "must not call open()"),
        (CORE, "raft.py", "async def f(): ...", "awaits nothing"),
        (CORE, "raft.py", "from raft_core.node import Node", "must not import raft_core.node"),
        (CORE, "raft.py", "from raft_core import memory", "must not import raft_core.memory"),
        (CORE, "raft.py", "import raft_core.testing.world", "must not import raft_core.testing"),
        (CORE, "testing.py", "import time", "must not import time"),
        (CORE, "raft.py", "import anyio", "anyio in node.py and testing/ only"),
        (CORE, "memory.py", "import anyio", "anyio in node.py and testing/ only"),
        (CORE, "node.py", "import websockets", "does not declare"),
        (CORE, "node.py", "import js", "does not declare"),
        (CORE, "node.py", "import raft_web", "raft_core must not import raft_web"),
        (ADAPTER, "browser.py", "from raft_core import Node", "must not import raft_core"),
        (ADAPTER, "browser.py", "import anyio", "does not declare"),
        (SERVER, "protocol.py", "import transport_webrtc", "must not import transport_webrtc"),
        (SERVER, "server.py", "import js", "does not declare"),
        (APP, "page.py", "import transport_webrtc.link", "must not import transport_webrtc"),
    ],
)
def test_what_is_noticed(project: Project, module: str, source: str, problem: str) -> None:
    (found,) = check_module(project, module, source)
    assert problem in found


def test_a_declared_dependency_needs_an_arrow_too() -> None:
    project = Project("introducer", is_app=False, declared=frozenset({"raft_core", "websockets"}))
    assert list(check_project(project)) == ["must not depend on raft_core"]


def test_a_package_without_a_rule_is_noticed() -> None:
    project = Project("raft_quantum", is_app=False, declared=frozenset())
    assert "has no rule yet" in next(check_project(project))


@pytest.mark.parametrize(
    "requirement,name",
    [("raft-core", "raft_core"), ("anyio>=4.4", "anyio"), ("x.y[z]==1; os_name=='nt'", "x_y")],
)
def test_import_name(requirement: str, name: str) -> None:
    assert import_name(requirement) == name


def test_what_is_no_requirement() -> None:
    with pytest.raises(ValueError, match="not a requirement"):
        import_name("???")
