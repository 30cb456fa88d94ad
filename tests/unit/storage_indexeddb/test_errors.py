import pytest

from storage_indexeddb import errors
from storage_indexeddb.errors import (
    IndexedDbError,
    StorageAltered,
    StorageFull,
    StorageRefused,
    UnknownFormat,
    refusal,
)
from storage_indexeddb.fake_javascript import FakeJsError


@pytest.mark.parametrize(
    "name, kind",
    [
        ("QuotaExceededError", StorageFull),
        ("ConstraintError", StorageAltered),
        ("VersionError", UnknownFormat),
        ("AbortError", StorageRefused),
        ("UnknownError", StorageRefused),
    ],
)
def test_what_the_browser_says_becomes_an_error_of_ours(
    name: str, kind: type[IndexedDbError]
) -> None:
    said = FakeJsError(name, "its words")
    refused = refusal(said)
    assert type(refused) is kind
    assert refused.__cause__ is said
    assert "reload" in str(refused)


def test_an_abort_without_a_reason_is_a_refusal() -> None:
    assert "no reason" in str(refusal(None))
    assert refusal(None).__cause__ is None


def test_an_error_of_ours_stays_as_it_is() -> None:
    error = errors.closed()
    assert refusal(error) is error


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn = errors.__doc__ or ""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, IndexedDbError):
            assert kind.__name__ in drawn
