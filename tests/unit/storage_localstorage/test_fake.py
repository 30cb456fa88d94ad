import pytest

from storage_localstorage.fake import FakeArea, FakeJsError


def test_it_stores() -> None:
    area = FakeArea()
    area.setItem("k", "v")
    area.setItem("k", "w")
    assert (area.length, area.key(0), area.getItem("k")) == (1, "k", "w")
    area.removeItem("k")
    area.removeItem("k")
    assert area.length == 0


def test_what_is_missing_is_falsy_and_not_none() -> None:
    area = FakeArea()
    for missing in (area.getItem("k"), area.key(0), area.key(-1)):
        assert not missing
        assert missing is not None
        assert not isinstance(missing, str)


def test_the_quota_counts_keys_and_values_in_code_units() -> None:
    area = FakeArea(quota=10)
    area.setItem("key", "\U0001f600" * 3)
    assert area.used == 9
    area.setItem("k", "")
    with pytest.raises(FakeJsError) as raised:
        area.setItem("l", "")
    assert raised.value.name == "QuotaExceededError"
    assert area.items == {"key": "\U0001f600" * 3, "k": ""}


def test_a_value_may_shrink_in_a_storage_that_is_over_its_quota() -> None:
    area = FakeArea()
    area.setItem("k", "abc")
    area.quota = 0
    area.setItem("k", "xyz")
    area.setItem("k", "z")
    with pytest.raises(FakeJsError):
        area.setItem("k", "zz")
    assert area.items == {"k": "z"}


def test_halves_of_a_character_come_back_joined() -> None:
    area = FakeArea()
    area.setItem("k", "\ud83d\ude00")
    assert area.getItem("k") == "\U0001f600"


def test_a_failure_changes_nothing() -> None:
    seen: list[tuple[str, str]] = []

    def fail(operation: str, key: str) -> None:
        seen.append((operation, key))
        raise FakeJsError("SecurityError")

    area = FakeArea()
    area.setItem("k", "v")
    area.before_change = fail
    with pytest.raises(FakeJsError):
        area.setItem("k", "w")
    with pytest.raises(FakeJsError):
        area.removeItem("k")
    assert seen == [("set", "k"), ("remove", "k")]
    assert area.items == {"k": "v"}
    area.clear()
    assert area.items == {}
