import pytest

from storage_localstorage import errors
from storage_localstorage.errors import (
    LocalStorageError,
    StorageDamaged,
    StorageFull,
    StorageRefused,
    is_full,
    refusal,
)
from storage_localstorage.fake import FakeJsError


def test_every_error_is_drawn_in_the_tree() -> None:
    defined = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, LocalStorageError)
    }
    drawn = errors.__doc__ or ""
    assert {name for name in defined if name in drawn} == defined
    assert len(defined) > 10


def test_a_full_storage_is_known_by_the_name_of_its_error() -> None:
    full = FakeJsError("QuotaExceededError", "too much")
    assert is_full(full)
    refused = refusal(full)
    assert isinstance(refused, StorageFull)
    assert "full" in str(refused)
    assert "intact" in str(refused)
    assert refused.__cause__ is full


@pytest.mark.parametrize("error", [FakeJsError("SecurityError", "not here"), OSError("not here")])
def test_any_other_refusal_says_what_the_browser_said(error: Exception) -> None:
    refused = refusal(error)
    assert not is_full(error)
    assert isinstance(refused, StorageRefused)
    assert "not here" in str(refused)
    assert refused.__cause__ is error


def test_our_own_errors_stay_as_they_are() -> None:
    damaged = StorageDamaged("at x")
    assert refusal(damaged) is damaged
