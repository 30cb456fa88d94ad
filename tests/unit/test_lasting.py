"""What tests share is made once, and anew only when it may be broken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.browser.lasting import Lasting


class Things:
    """Makes numbers, and notes which of them were left."""

    def __init__(self) -> None:
        self.made = 0
        self.left: list[int] = []

    @contextmanager
    def make(self) -> Iterator[int]:
        self.made += 1
        mine = self.made
        yield mine
        self.left.append(mine)


def request_of(failed: int) -> Any:
    """A test's request, in a run in which so many have failed."""
    return SimpleNamespace(session=SimpleNamespace(testsfailed=failed))


def test_tests_that_pass_share_it_and_it_is_left_at_the_end() -> None:
    things = Things()
    lasting = Lasting(things.make)
    for _ in range(3):
        with lasting.used_by(request_of(0)) as thing:
            assert thing == 1
    assert things.left == []
    lasting.end()
    lasting.end()
    assert things.left == [1]


def test_after_a_test_that_failed_it_is_made_anew() -> None:
    things = Things()
    lasting = Lasting(things.make)
    request = request_of(5)
    with lasting.used_by(request):
        request.session.testsfailed += 1
    assert things.left == [1]
    with lasting.used_by(request) as thing:
        assert thing == 2
    assert things.left == [1]


def test_what_cannot_be_made_ready_for_a_test_is_made_anew_for_the_next() -> None:
    things = Things()
    lasting = Lasting(things.make)
    with pytest.raises(ValueError, match="not empty"), lasting.used_by(request_of(0)):
        raise ValueError("not empty")
    assert things.left == [1]
    with lasting.used_by(request_of(0)) as thing:
        assert thing == 2


def test_what_nobody_uses_is_not_made() -> None:
    things = Things()
    Lasting(things.make).end()
    assert things.made == 0
