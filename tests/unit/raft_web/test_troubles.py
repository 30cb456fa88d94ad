"""What the error screen says: the error's own sentence, and what to do."""

import pytest

import storage_indexeddb as indexeddb
import storage_localstorage as storage
from raft_core import errors
from raft_web.storing import StorageMismatch
from raft_web.troubles import trouble


@pytest.mark.parametrize(
    "error, sentence, hint",
    [
        (storage.IdentityInUse("Another tab runs it."), "Another tab runs it.", "try again"),
        (storage.StorageDamaged("record 3 is missing"), "damaged: record 3 is missing.", "Nothing"),
        (errors.JournalDamaged("record 3: checksum"), "damaged: record 3: checksum.", "Nothing"),
        (errors.WrongJournal("of b"), "belongs to another member: of b.", "Nothing"),
        (errors.UnsupportedVersion("version 9"), "newer version", "Reload"),
        (errors.StorageFailed("the quota"), "store anything: the quota.", "make room"),
        (errors.InvalidConfig("odd number"), "settings do not fit: odd number.", "site.json"),
        (storage.StorageFull("It is full."), "It is full.", "mended"),
        (storage.SeveralMembers("Two members."), "Two members.", "start page"),
        (indexeddb.SeveralMembers("Two members."), "Two members.", "start page"),
        (indexeddb.StorageDamaged("A gap. Nothing lost."), "A gap. Nothing lost.", "start page"),
        (indexeddb.OtherMember("Of b."), "Of b.", "start page"),
        (indexeddb.UnknownFormat("Later."), "Later.", "start page"),
        (indexeddb.StorageUnavailable("No database."), "No database.", "Nothing"),
        (indexeddb.StorageRefused("It says no."), "It says no.", "mended"),
        (StorageMismatch("No votes."), "No votes.", "join again as a new member"),
        (RuntimeError("boom"), "unexpected way: boom.", "console"),
    ],
)
def test_what_is_said(error: Exception, sentence: str, hint: str) -> None:
    said = trouble(error)
    assert sentence in said.sentence
    assert hint in said.hint
    assert ".." not in said.sentence + said.hint


def test_an_error_in_a_group_of_one_is_what_happened() -> None:
    inner = ExceptionGroup("inner", [errors.JournalDamaged("record 3")])
    assert "record 3" in trouble(ExceptionGroup("outer", [inner])).sentence


def test_nothing_destroys_a_damaged_journal_by_itself() -> None:
    said = trouble(errors.JournalDamaged("record 3"))
    assert "Nothing of it was changed" in said.hint
    assert "start page" in said.hint
