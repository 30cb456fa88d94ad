"""What the tests of a module share as long as each of them leaves it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Generic, TypeVar

import pytest

T = TypeVar("T")


class Lasting(Generic[T]):
    """Something that takes long to make: it is made when first used, and anew after a test failed.

    :param make: makes it; what it gives is left when it is made anew, and at the end
    """

    def __init__(self, make: Callable[[], AbstractContextManager[T]]) -> None:
        self._make = make
        self._made: tuple[T, ExitStack] | None = None

    @contextmanager
    def used_by(self, request: pytest.FixtureRequest) -> Iterator[T]:
        """For a fixture of one test: what the tests share, until that test is over."""
        if self._made is None:
            with ExitStack() as stack:
                thing = stack.enter_context(self._make())
                self._made = thing, stack.pop_all()
        failed = request.session.testsfailed
        try:
            yield self._made[0]
        except BaseException:
            self.end()
            raise
        if request.session.testsfailed > failed:
            self.end()

    def end(self) -> None:
        """Leave it, if it was made."""
        made, self._made = self._made, None
        if made is not None:
            made[1].close()
