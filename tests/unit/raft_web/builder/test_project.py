"""Apps, npm's parts and our packages are found, or it is said what to do."""

from pathlib import Path

import pytest

from raft_web.builder.errors import BuildError
from raft_web.builder.project import (
    files_of,
    find_app,
    find_pyodide,
    find_root,
    read_app,
    sources,
)
from tests.unit.raft_web.builder.conftest import PYPROJECT, REPOSITORY, TABLE, MakeApp


def test_an_app_says_what_it_is(make_app: MakeApp) -> None:
    folder = make_app()
    app = read_app(folder)
    assert (app.name, app.distribution) == ("tiny", "tiny")
    assert app.entry == "tiny.page:TinyPage"
    assert (app.title, app.description) == ("Tiny & small", "A <tiny> app")
    assert app.styles == (folder / "src/tiny/tiny.css",)


def test_the_table_may_give_another_name_and_description(make_app: MakeApp) -> None:
    app = read_app(make_app(TABLE + 'name = "other"\ndescription = "Another"\n'))
    assert (app.name, app.distribution, app.description) == ("other", "tiny", "Another")
    large = make_app(TABLE + 'name = "x"\n', PYPROJECT.replace('"tiny"', '"Tiny_App"', 1), "large")
    assert read_app(large).distribution == "tiny-app"


@pytest.mark.parametrize(
    "line, durability",
    [("", "disk"), ('durability = "disk"\n', "disk"), ('durability = "browser"\n', "browser")],
)
def test_clusters_of_an_app_are_on_the_disk_unless_it_says_otherwise(
    make_app: MakeApp, line: str, durability: str
) -> None:
    assert read_app(make_app(TABLE + line)).durability == durability


@pytest.mark.parametrize(
    "table, sentence",
    [
        ("", "is no app: its pyproject.toml has no table"),
        ('[tool.raft-web]\ntitle = "x"\n', "missing required field `entry`"),
        (TABLE + 'style = "x"\n', "unknown field `style`"),
        (TABLE.replace("tiny.page:TinyPage", "tiny.page"), 'entry = "module:Class" is needed'),
        (TABLE + 'name = "Tiny"\n', "cannot be named 'Tiny'"),
        (TABLE + 'name = "packages"\n', "cannot be named 'packages'"),
        (TABLE.replace("tiny.css", "none.css"), "none.css is not there"),
        (TABLE.replace("src/tiny/tiny.css", "node_modules/@a/b/c.css"), "npm install @a/b"),
        (TABLE.replace("src/tiny/tiny.css", "node_modules/b/c.css"), "npm ci"),
        (TABLE + 'durability = "ram"\n', '"disk" or "browser" is needed, not \'ram\''),
        (TABLE + "durability = 1\n", "Expected `str`, got `int`"),
        (TABLE + 'scripts = ["src/none.js"]\n', "script src/none.js is not there"),
        ("[tool.raft-web", "cannot be read"),
    ],
)
def test_what_an_app_says_wrong_is_named(make_app: MakeApp, table: str, sentence: str) -> None:
    with pytest.raises(BuildError) as caught:
        read_app(make_app(table))
    assert sentence in str(caught.value)


def test_a_style_of_npm_is_looked_for_upwards(make_app: MakeApp, tmp_path: Path) -> None:
    style = tmp_path / "node_modules" / "look" / "index.css"
    style.parent.mkdir(parents=True)
    style.touch()
    folder = make_app(TABLE.replace("src/tiny/tiny.css", "node_modules/look/index.css"))
    assert read_app(folder).styles == (style,)
    scripts = 'scripts = ["node_modules/look/index.css"]\n'
    assert read_app(make_app(TABLE + scripts, folder="apps/other")).scripts == (style,)


def test_an_app_is_given_by_its_folder_or_its_name(make_app: MakeApp, tmp_path: Path) -> None:
    folder = make_app()
    assert find_app(str(folder), Path("/nowhere")) == folder
    assert find_app("tiny", tmp_path) == folder
    with pytest.raises(BuildError, match=r"no app 'large'.*one of these names: tiny"):
        find_app("large", tmp_path)


def test_the_root_is_the_nearest_folder_with_a_package_json(tmp_path: Path) -> None:
    (tmp_path / "package.json").touch()
    inner = tmp_path / "apps" / "tiny"
    inner.mkdir(parents=True)
    assert find_root(inner) == tmp_path
    assert find_root(REPOSITORY / "packages" / "raft-web") == REPOSITORY


def test_pyodide_is_in_the_repository() -> None:
    assert find_pyodide(REPOSITORY) == REPOSITORY / "node_modules" / "pyodide"


def test_without_pyodide_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=rf"`npm install pyodide` in {tmp_path}"):
        find_pyodide(tmp_path)
    (tmp_path / "package.json").touch()
    with pytest.raises(BuildError, match=rf"`npm ci` in {tmp_path}"):
        find_pyodide(tmp_path)


def test_our_projects_are_found_by_their_normal_names(tmp_path: Path) -> None:
    project = tmp_path / "packages" / "a"
    project.mkdir(parents=True)
    (project / "pyproject.toml").write_text('[project]\nname = "Some_Thing"\n')
    assert sources(tmp_path) == {"some-thing": project}
    assert {"raft-core", "raft-web", "todo"} <= sources(REPOSITORY).keys()


def test_a_wheels_files_are_those_that_it_is_made_of(make_app: MakeApp) -> None:
    folder = make_app()
    (folder / "README.md").touch()
    (folder / "notes.txt").touch()
    cache = folder / "src" / "tiny" / "__pycache__"
    cache.mkdir()
    (cache / "page.pyc").touch()
    assert [str(path.relative_to(folder)) for path in files_of(folder)] == [
        "pyproject.toml",
        "README.md",
        "src/tiny/__init__.py",
        "src/tiny/page.py",
        "src/tiny/tiny.css",
    ]


def test_a_project_without_a_pyproject_is_none(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no project"):
        read_app(tmp_path)


def test_the_description_may_be_missing(make_app: MakeApp) -> None:
    folder = make_app(pyproject=PYPROJECT.replace('description = "A <tiny> app"\n', ""))
    assert read_app(folder).description == ""
