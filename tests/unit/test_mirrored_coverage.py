"""Which tests count for which module; what they cover is measured by `make coverage`."""

from pathlib import Path

import pytest

from tools.mirrored_coverage import MODULES, TESTS, gaps_of, mirrors_of, name_of

each_module = pytest.mark.parametrize(
    "module",
    [path for path in sorted(MODULES.glob("*.py")) if path.name != "__init__.py"],
    ids=lambda path: path.stem,
)


@each_module
def test_each_module_has_mirrors_of_its_own(module: Path) -> None:
    assert TESTS / f"test_{name_of(module)}.py" in mirrors_of(module)


def test_each_test_belongs_to_a_module() -> None:
    owned = {test for module in MODULES.glob("*.py") for test in mirrors_of(module)}
    assert owned == {*TESTS.glob("test_*.py")}


def test_a_test_belongs_to_the_module_with_the_longest_name_that_fits() -> None:
    assert TESTS / "test_raft_terms.py" in mirrors_of(MODULES / "raft.py")
    assert TESTS / "test_snapshots.py" not in mirrors_of(MODULES / "snapshot.py")
    assert TESTS / "test_node_life.py" in mirrors_of(MODULES / "node.py")


def test_a_module_without_tests_is_a_gap() -> None:
    assert (
        gaps_of(MODULES / "_nothing.py")
        == "_nothing.py has no tests: make raft_core/test_nothing.py"
    )
