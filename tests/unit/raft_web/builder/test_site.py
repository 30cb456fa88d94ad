"""A site of a tiny app, built for real: all of Python, the pages."""

import fcntl
import gzip
import hashlib
import io
import json
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from raft_web.builder.errors import BuildError
from raft_web.builder.pages import front_page
from raft_web.builder.site import MANIFEST, Options, _Output, build
from tests.unit.raft_web.builder.conftest import REPOSITORY, TABLE, MakeApp
from tests.unit.raft_web.builder.test_pages import Reader


def options(app: Path, out: Path, **changes: object) -> Options:
    # The repository's own cache: what is in there was built from the same sources.
    fields: dict[str, object] = {"apps": (str(app),), "out": out, "root": REPOSITORY}
    return Options(**{**fields, **changes})  # type: ignore[arg-type]


def files(site: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.early
def test_a_site_is_whole_and_building_it_again_changes_nothing(
    tmp_path: Path, make_app: MakeApp, said: list[str]
) -> None:
    app, out = make_app(TABLE + 'scripts = ["src/tiny/tiny.js"]\n'), tmp_path / "site"
    (app / "src/tiny/tiny.js").write_text("var tiny = 1\n")
    what = options(app, out, introducer="ws://{hostname}:1/v1", hosts=("a.localhost:2",))
    build(what, said.append)
    site = files(out)
    check_packages(site)
    check_compressed(site)
    check_pages(site, out)
    assert json.loads(site["site.json"]) == {
        "introducer": "ws://{hostname}:1/v1",
        "hosts": ["a.localhost:2"],
        "target_size": 3,
    }
    licences = site["licences.txt"].decode()
    for part in ("pyodide 314.0.7: MPL-2.0", "msgspec", "anyio", "raft-core 0.1.0: Apache-2.0"):
        assert part in licences

    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != MANIFEST}
    build(what, said.append)
    assert "nothing changed" in said[-1]
    assert times == {
        path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != MANIFEST
    }

    (app / "src/tiny/tiny.css").write_text("body { color: navy }\n")
    build(what, said.append)
    after = files(out)
    assert site.keys() - after.keys() == {
        name
        for name in site
        if name.endswith(("tiny-tiny.css", "tiny-tiny.css.gz", "/packages.bin"))
    }, "what is no longer used is gone, and what changed has another path"


def check_packages(site: dict[str, bytes]) -> None:
    """Every package that is needed is in an archive, with its metadata, and nothing else is."""
    (modules,) = (name for name in site if name.endswith("/modules.zip"))
    (rest,) = (name for name in site if name.endswith("/packages.bin"))
    (library,) = (name for name in site if name.endswith("/python_stdlib.zip"))
    for archive in (modules, rest, library):
        assert hashlib.sha256(site[archive]).hexdigest().startswith(archive.split("/")[1])
    with zipfile.ZipFile(io.BytesIO(site[modules])) as opened:
        files = opened.namelist()
    files += json.loads(zlib.decompress(site[rest]).partition(b"\n")[0])["sizes"]
    names = {name.partition("/")[0] for name in files}
    distributions = {name.partition("-")[0] for name in names if name.endswith(".dist-info")}
    ours = {"tiny", "raft_web", "raft_core", "transport_webrtc"}
    ours |= {"storage_localstorage", "storage_indexeddb"}
    assert distributions == {*ours, "msgspec", "anyio", "idna", "typing_extensions"}
    assert distributions - {"typing_extensions"} <= names


def check_compressed(site: dict[str, bytes]) -> None:
    """What a server may send in place of a file is that file; what a person may edit has none."""
    compressed = {name.removesuffix(".gz") for name in site if name.endswith(".gz")}
    assert {name.rpartition(".")[2] for name in compressed} == {
        *("css", "html", "js", "mjs", "svg", "txt", "wasm")
    }
    assert "site.json" in site.keys() - compressed
    for name in compressed:
        assert gzip.decompress(site[f"{name}.gz"]) == site[name]


def test_a_file_that_was_installed_anew_does_not_make_its_compressed_form_out_of_date(
    tmp_path: Path,
) -> None:
    source, kept = tmp_path / "python.wasm", tmp_path / "kept" / "python.wasm.gz"
    source.write_bytes(b"wasm" * 100)
    for second in (1_000_000_000, 2_000_000_000):
        os.utime(source, (second, second))
        out = _Output(tmp_path / "site")
        out.copy("python.wasm", source, kept)
        out.finish()
        served = tmp_path / "site" / "python.wasm"
        assert served.stat().st_mtime == second
        assert (tmp_path / "site" / "python.wasm.gz").stat().st_mtime >= second


def check_pages(site: dict[str, bytes], out: Path) -> None:
    """All they refer to is there, and nothing of ours names another host."""
    for name in ("index.html", "tiny/index.html"):
        read = Reader(site[name].decode())
        for reference in (*read.all("src"), *read.all("href")):
            target = ((out / name).parent / reference).resolve()
            assert (target / "index.html" if target.is_dir() else target).is_file()
    tiny = Reader(site["tiny/index.html"].decode())
    assert any(source.endswith("/tiny-tiny.js") for source in tiny.all("src"))
    config = json.loads(
        site["tiny/index.html"].decode().partition('id="raft-config">')[2].partition("<")[0]
    )
    assert config["entry"] == "tiny.page:TinyPage"
    for name, size in config["sizes"]:
        assert (out / "tiny" / name).resolve().stat().st_size == size
    for name in ("pyodide", "snapshot", "library", "modules", "files"):
        assert (out / "tiny" / config[name]).resolve().exists()
    ours = [name for name in site if name.startswith(("static/", "tiny/")) or "/" not in name]
    for name in ours:
        if name.endswith((".html", ".mjs", ".js", ".css")):
            assert re.findall(rb"//\w.*", site[name]) == []


@pytest.mark.parametrize("content", ["notes.txt", "index.html"])
def test_a_folder_of_somebody_else_is_left_alone(
    tmp_path: Path, make_app: MakeApp, content: str
) -> None:
    out = tmp_path / "site"
    out.mkdir()
    (out / content).write_text("mine")
    with pytest.raises(BuildError, match="was not made by raft-web"):
        build(options(make_app(), out), print)
    assert files(out) == {content: b"mine"}


def test_a_build_that_broke_off_can_be_done_again(
    tmp_path: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = options(make_app(), tmp_path / "site")

    def broken(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("raft_web.builder.site.front_page", broken)
        with pytest.raises(KeyboardInterrupt):
            build(what, print)
    assert (tmp_path / "site" / "tiny" / "index.html").is_file()
    build(what, print)
    assert (tmp_path / "site" / "index.html").is_file()


def test_another_build_begins_when_the_site_is_whole(
    tmp_path: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = options(make_app(), tmp_path / "site")
    refused = []

    def front_page_while_another_asks(*arguments: Any) -> str:
        with (REPOSITORY / "build/raft-web/lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                refused.append(error)
        return front_page(*arguments)

    monkeypatch.setattr("raft_web.builder.site.front_page", front_page_while_another_asks)
    build(what, print)
    assert len(refused) == 1


def test_two_apps_of_one_name_are_refused(tmp_path: Path, make_app: MakeApp) -> None:
    one, two = make_app(), make_app(folder="other/tiny")
    with pytest.raises(BuildError, match="Two apps have one name: tiny, tiny"):
        build(options(one, tmp_path / "site", apps=(str(one), str(two))), print)


def test_without_an_app_there_is_nothing_to_build(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="No app was given"):
        build(Options(apps=(), out=tmp_path / "site"), print)


def test_wheels_that_are_not_there_are_named(tmp_path: Path, make_app: MakeApp) -> None:
    missing = tmp_path / "missing.whl"
    with pytest.raises(BuildError, match=r"missing\.whl: neither a wheel nor a folder"):
        build(options(make_app(), tmp_path / "site", wheels=(missing,)), print)
