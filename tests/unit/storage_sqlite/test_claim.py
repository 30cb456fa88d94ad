import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage_sqlite.claim import Claim
from storage_sqlite.errors import StorageInUse


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a file"
    path.write_bytes(b"something")
    return path


def test_a_file_is_claimed_once_until_it_is_released(path: Path) -> None:
    claim = Claim(path)
    with pytest.raises(StorageInUse, match="a file is open already"):
        Claim(path)
    claim.release()
    Claim(path).release()


def test_another_process_is_kept_out(path: Path) -> None:
    attempt = (
        "import pathlib, sys, storage_sqlite.claim as claim; claim.Claim(pathlib.Path(sys.argv[1]))"
    )
    claim = Claim(path)
    kept_out = subprocess.run(
        [sys.executable, "-c", attempt, path], check=False, capture_output=True, text=True
    )
    claim.release()
    assert "StorageInUse" in kept_out.stderr
    subprocess.run([sys.executable, "-c", attempt, path], check=True)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_links_are_claimed_with_their_file(path: Path, link: object) -> None:
    other = path.with_name("other")
    assert callable(link)
    link(path, other)
    claim = Claim(path)
    with pytest.raises(StorageInUse):
        Claim(other)
    claim.release()


def test_a_claim_is_valid_while_its_name_leads_to_its_file(path: Path) -> None:
    claim = Claim(path)
    assert claim.is_valid()
    content = path.read_bytes()
    path.rename(path.with_name("elsewhere"))
    assert not claim.is_valid()
    path.write_bytes(content)
    assert not claim.is_valid()
    path.with_name("elsewhere").replace(path)
    assert claim.is_valid()
    claim.release()


def test_a_file_that_cannot_be_opened_is_not_claimed(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Claim(path.with_name("missing"))
    folder = path.with_name("folder")
    folder.mkdir()
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            Claim(folder)
