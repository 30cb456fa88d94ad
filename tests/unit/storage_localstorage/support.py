"""What several of these tests need."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from storage_localstorage import Journal, LocalStorage, journal_prefix
from storage_localstorage.fake import FakeArea, FakeJsError

T = TypeVar("T")

APP = "todo"
SESSION = "0123456789abcdef"
OTHER_SESSION = "fedcba9876543210"
MEMBER = "00000000000000aa"
OTHER_MEMBER = "00000000000000bb"
PREFIX = journal_prefix(APP, SESSION, MEMBER)


class Answers(list[Exception | None]):
    """A `done` that remembers."""

    __call__ = list.append


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, which these must not."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise AssertionError("it waited for something")


def opened(area: FakeArea, prefix: str = PREFIX) -> LocalStorage:
    storage = LocalStorage(area, prefix)
    run(storage.load())
    return storage


def loaded(area: FakeArea, prefix: str = PREFIX) -> Journal:
    return run(LocalStorage(area, prefix).load())


def append(storage: LocalStorage, record: bytes) -> Exception | None:
    answers = Answers()
    storage.append(record, answers)
    (answer,) = answers
    return answer


def checkpoint(storage: LocalStorage, record: bytes) -> Exception | None:
    answers = Answers()
    storage.checkpoint(record, answers)
    (answer,) = answers
    return answer


def without_owner(area: FakeArea) -> dict[str, str]:
    return {key: value for key, value in area.items.items() if not key.endswith("/owner")}


def fails(area: FakeArea, operation: str, part: str, name: str = "SecurityError") -> None:
    """From now on `operation` raises for keys that contain `part`."""

    def fail(doing: str, key: str) -> None:
        if doing == operation and part in key:
            raise FakeJsError(name, "because")

    area.before_change = fail
