"""The wheelhouse: what it builds, keeps, and says when it cannot."""

import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from raft_web.builder.errors import BuildError
from raft_web.builder.project import find_pyodide
from raft_web.builder.wheels import Target, Wheelhouse, alone, read_target
from tests.unit.raft_web.builder.conftest import PYPROJECT, REPOSITORY, MakeApp

TARGET = Target("314.0.7", "3.14.2", "2026_0", "wasm32")
ALONE = PYPROJECT.replace('dependencies = ["raft-web"]\n', "")


def make_wheel(folder: Path, name: str, *requires: str) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        lines = [f"Name: {name}", "Version: 1.0", "Metadata-Version: 2.1"]
        lines += [f"Requires-Dist: {one}" for one in requires]
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "\n".join(lines))
    return path


@pytest.fixture
def said() -> list[str]:
    return []


def house(cache: Path, said: list[str], **options: object) -> Wheelhouse:
    defaults: dict[str, object] = {"sources": {}, "given": []}
    return Wheelhouse(TARGET, cache, say=said.append, **{**defaults, **options})  # type: ignore[arg-type]


def test_the_target_is_what_npms_pyodide_says() -> None:
    target = read_target(find_pyodide(REPOSITORY))
    assert target == TARGET
    assert (target.platform, target.short) == ("pyemscripten_2026_0", "314")


def test_a_folder_that_is_no_pyodide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="npm ci"):
        read_target(tmp_path)


@pytest.mark.parametrize(
    "marker, needed",
    [
        ('python_version >= "3.14"', True),
        ('python_version < "3.13"', False),
        ('sys_platform == "emscripten"', True),
        ('sys_platform == "win32"', False),
        ('extra == "test"', False),
    ],
)
def test_markers_are_judged_for_the_page(marker: str, needed: bool) -> None:
    requirement = Requirement(f"thing; {marker}")
    assert requirement.marker is not None
    assert requirement.marker.evaluate(TARGET.markers()) is needed


def test_what_wheels_need_is_collected_too_by_name(tmp_path: Path, said: list[str]) -> None:
    given = [
        make_wheel(tmp_path, "app", "lib[fast]>=0.5", 'never; sys_platform == "win32"'),
        make_wheel(tmp_path, "lib", 'quick; extra == "fast"', 'slow; extra == "slow"', "app"),
        make_wheel(tmp_path, "quick"),
        make_wheel(tmp_path, "unused"),
    ]
    wheels = house(tmp_path / "cache", said, given=given).collect(["app"])
    assert [wheel.name.partition("-")[0] for wheel in wheels] == ["app", "lib", "quick"]
    assert said == []


def test_what_two_wheels_want_of_a_third_is_put_together(tmp_path: Path, said: list[str]) -> None:
    given = [
        make_wheel(tmp_path, "app", "lib", "other"),
        make_wheel(tmp_path, "tool", "lib[fast]"),
        make_wheel(tmp_path, "lib", 'quick; extra == "fast"'),
        make_wheel(tmp_path, "other"),
        make_wheel(tmp_path, "quick"),
    ]
    wheels = house(tmp_path / "cache", said, given=given).collect(["app", "tool"])
    names = [wheel.name.partition("-")[0] for wheel in wheels]
    assert names == ["app", "lib", "other", "quick", "tool"]


def test_a_wheel_is_built_from_source_and_kept_until_the_source_changes(
    tmp_path: Path, make_app: MakeApp, said: list[str]
) -> None:
    folder = make_app(pyproject=ALONE)
    cache = tmp_path / "cache"

    def collect() -> Path:
        (wheel,) = house(cache, said, sources={"tiny": folder}).collect(["tiny"])
        return wheel

    first = collect()
    assert first.name == "tiny-0.1.0-py3-none-any.whl"
    assert collect() == first
    assert said == ["building the wheel of tiny"]

    (folder / "src/tiny/page.py").write_text("class TinyPage:\n    name = 'changed'\n")
    second = collect()
    assert second != first
    assert not first.exists(), "an old wheel of the same project is not kept"
    with zipfile.ZipFile(second) as archive:
        assert b"changed" in archive.read("tiny/page.py")
    assert len(said) == 2


def test_a_wheel_that_cannot_be_built_says_why_and_leaves_nothing(
    tmp_path: Path, make_app: MakeApp, said: list[str]
) -> None:
    folder = make_app(pyproject=ALONE.replace('version = "0.1.0"', 'version = "none"'))
    wheelhouse = house(tmp_path / "cache", said, sources={"tiny": folder})
    with pytest.raises(
        BuildError, match=r"(?s)wheel of tiny .* cannot be built with hatchling.build:.*none"
    ):
        wheelhouse.collect(["tiny"])
    assert list((tmp_path / "cache").rglob("*.whl")) == []


def test_builds_on_one_cache_wait_for_each_other(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="there are no such locks on this system")
    with alone(tmp_path), (tmp_path / "lock").open("w") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
