"""A data directory belongs to one member, one session and one process at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from raft_node.errors import FolderInUse, FolderRefused
from raft_node.folder import Folder, Identity

ANNA = Identity(node_id="a" * 16, session="1" * 16, state="m:S", found=True)


def test_who_moves_in_first_lives_there_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "new" / "member"
    folder = Folder.hold(path, create=True)
    assert folder.identity is None
    assert folder.tenant(ANNA) == ANNA
    folder.begin(ANNA)
    folder.release()
    folder.release()

    folder = Folder.hold(path, create=False)
    folder.journal.touch()
    other = msgspec.structs.replace(ANNA, node_id="b" * 16, found=False)
    assert folder.tenant(other) == ANNA
    folder.release()
    assert Folder.hold(path, create=False).identity == ANNA


def test_who_has_no_journal_yet_may_still_be_told_to_found(tmp_path: Path) -> None:
    folder = Folder.hold(tmp_path, create=True)
    joining = msgspec.structs.replace(ANNA, found=False)
    folder.begin(joining)
    assert folder.tenant(ANNA) == ANNA
    folder.begin(ANNA)
    assert folder.tenant(joining) == ANNA

    folder.begin(joining)
    folder.journal.touch()
    assert folder.tenant(ANNA) == joining


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Folder.hold(tmp_path / "member", create=True)
    assert stat.S_IMODE((tmp_path / "member").stat().st_mode) == 0o700


def test_a_second_holder_is_refused_until_the_first_has_let_go(tmp_path: Path) -> None:
    first = Folder.hold(tmp_path, create=True)
    with pytest.raises(FolderInUse, match=f"process {os.getpid()} runs the member in"):
        Folder.hold(tmp_path, create=True)
    first.release()
    Folder.hold(tmp_path, create=True)


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from raft_node.folder import Folder\n"
        "held = Folder.hold(pathlib.Path(sys.argv[1]), create=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -9
    Folder.hold(tmp_path, create=False).release()


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"session": "2" * 16}, "another session: give that session's key"),
        ({"state": "m:Other"}, "with the state m:S, not m:Other"),
    ],
)
def test_another_session_or_state_is_refused(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    folder = Folder.hold(tmp_path, create=True)
    folder.begin(ANNA)
    with pytest.raises(FolderRefused, match=sentence):
        folder.tenant(msgspec.structs.replace(ANNA, **changes))


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match="No such file"):
        Folder.hold(tmp_path / "nowhere", create=False)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderRefused, match="cannot be used: "):
        Folder.hold(tmp_path / "file", create=True)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "is damaged"),
        ('{"format": 1}', "is damaged"),
        (
            msgspec.json.encode(msgspec.structs.replace(ANNA, format=2)).decode(),
            "is of format 2, this program knows 1: update it",
        ),
    ],
)
def test_what_says_not_whose_it_is_is_refused_and_left_alone(
    tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "member.json").write_text(text)
    with pytest.raises(FolderRefused, match=sentence):
        Folder.hold(tmp_path, create=True)
    assert (tmp_path / "member.json").read_text() == text
    (tmp_path / "member.json").unlink()
    Folder.hold(tmp_path, create=True)  # the refused one let go


def test_a_journal_of_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").write_bytes(b"")
    with pytest.raises(FolderRefused, match=r"no member\.json that says whose it is"):
        Folder.hold(tmp_path, create=True)


def test_an_identity_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    folder = Folder.hold(tmp_path, create=True)
    (tmp_path / "member.new").mkdir()
    with pytest.raises(FolderRefused, match="cannot be written: Is a directory"):
        folder.begin(ANNA)
