import pytest

from storage_indexeddb.errors import InvalidName
from storage_indexeddb.names import JOURNAL, VITAL, check_name, journal_name, parse_name, vital_name
from tests.unit.storage_indexeddb.support import APP, MEMBER, NAME, SESSION, VITAL_NAME


def test_a_name_says_whose_and_what_for() -> None:
    assert f"raft/{APP}/{SESSION}/{MEMBER}/journal" == NAME
    assert parse_name(NAME) == (APP, SESSION, MEMBER, JOURNAL)
    assert parse_name(VITAL_NAME) == (APP, SESSION, MEMBER, VITAL)


@pytest.mark.parametrize(
    "app, session, member",
    [
        ("", SESSION, MEMBER),
        ("To do", SESSION, MEMBER),
        ("a/b", SESSION, MEMBER),
        (APP, SESSION.upper(), MEMBER),
        (APP, SESSION * 2, MEMBER),
        (APP, SESSION, "anna"),
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused(
    app: str, session: str, member: str
) -> None:
    for name in (journal_name, vital_name):
        with pytest.raises(InvalidName):
            name(app, session, member)


def test_a_secret_key_is_not_repeated() -> None:
    with pytest.raises(InvalidName) as caught:
        journal_name(APP, "0123456789abcdef0123456789abcdef", MEMBER)
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "filler", f"{NAME}/x", NAME.replace("raft", "taft")])
def test_other_names_are_none_of_ours(name: str) -> None:
    assert parse_name(name) is None
    with pytest.raises(InvalidName):
        check_name(name, JOURNAL)


def test_a_name_of_another_purpose_or_with_a_strange_part_is_refused() -> None:
    assert parse_name(NAME.replace(MEMBER, "anna")) is None
    with pytest.raises(InvalidName, match="vital_name"):
        check_name(NAME, VITAL)
