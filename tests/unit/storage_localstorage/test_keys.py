import re

import pytest

from storage_localstorage.errors import InvalidName
from storage_localstorage.keys import (
    app_prefix,
    check_journal_prefix,
    journal_prefix,
    record_name,
    sequence_of,
    session_prefix,
)
from tests.unit.storage_localstorage.support import APP, MEMBER, PREFIX, SESSION


def test_prefixes_lie_in_each_other() -> None:
    assert app_prefix("todo") == "raft/todo/"
    assert session_prefix("todo", SESSION) == f"raft/todo/{SESSION}/"
    assert journal_prefix("todo", SESSION, MEMBER) == f"raft/todo/{SESSION}/{MEMBER}/"


@pytest.mark.parametrize("app", ["a", "0", "my-app_2", "x" * 32])
def test_names_of_apps(app: str) -> None:
    assert app_prefix(app) == f"raft/{app}/"


@pytest.mark.parametrize(
    "app", ["", "a/b", "../x", "Todo", "-a", "a b", "a\n", "größe", "x" * 33, "٣"]
)
def test_what_cannot_name_an_app(app: str) -> None:
    with pytest.raises(InvalidName, match="cannot name an app"):
        app_prefix(app)


def test_a_session_is_no_key_and_the_key_is_not_repeated() -> None:
    key = "5ec2e7" * 5 + "00"
    with pytest.raises(InvalidName, match="never by its secret key") as raised:
        session_prefix(APP, key)
    assert "5ec2e7" not in str(raised.value)


@pytest.mark.parametrize("session", ["", SESSION.upper(), SESSION[:-1], f"{SESSION[:-1]}/"])
def test_what_cannot_name_a_session(session: str) -> None:
    with pytest.raises(InvalidName, match="room id"):
        session_prefix(APP, session)


@pytest.mark.parametrize("member", ["", "zz", MEMBER + "0"])
def test_what_cannot_name_a_member(member: str) -> None:
    with pytest.raises(InvalidName, match="no member's id"):
        journal_prefix(APP, SESSION, member)


def test_an_invalid_name_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="cannot name an app"):
        app_prefix("")


def test_a_journal_prefix_is_recognised() -> None:
    assert check_journal_prefix(PREFIX) == PREFIX


@pytest.mark.parametrize(
    "prefix", ["", PREFIX[:-1], PREFIX + "r", PREFIX + "/", PREFIX.replace("raft", "boat"), "raft/"]
)
def test_what_is_no_journal_prefix(prefix: str) -> None:
    with pytest.raises(InvalidName, match=re.escape("journal_prefix()")):
        check_journal_prefix(prefix)


def test_a_journal_prefix_of_invalid_names() -> None:
    with pytest.raises(InvalidName, match="cannot name an app"):
        check_journal_prefix(PREFIX.replace("todo", "TODO"))


@pytest.mark.parametrize("sequence", [1, 10, 999_999_999_999])
def test_a_record_name_says_its_number(sequence: int) -> None:
    assert len(record_name(sequence)) == 13
    assert sequence_of(record_name(sequence)) == sequence


def test_record_names_sort_as_their_numbers() -> None:
    assert record_name(9) < record_name(10) < record_name(100)


@pytest.mark.parametrize(
    "name",
    [
        "owner",
        "checkpoint",
        "",
        "r",
        "r1",
        "r000000000000",
        "c000000000001",
        "r00000000000a",
        "r+00000000001",
        "r0000000000001",
        "r00000000000٣",
        "r00000000000²",
    ],
)
def test_what_is_no_record(name: str) -> None:
    assert sequence_of(name) == 0
