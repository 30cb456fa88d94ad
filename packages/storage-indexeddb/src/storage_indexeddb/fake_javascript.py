"""JavaScript's side of a fake browser: errors, proxies, arrays, promises and ranges of keys."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any


class FakeJsError(Exception):
    """Has the name of a JavaScript error, as Pyodide's `JsException`."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class FakeProxy:
    """A function that JavaScript may call until it is destroyed."""

    def __init__(self, function: Callable[..., Any], live: set["FakeProxy"]) -> None:
        self._function = function
        self._live = live
        live.add(self)

    def __call__(self, *arguments: Any) -> Any:
        if self not in self._live:
            raise AssertionError("a proxy was called after it was destroyed")
        return self._function(*arguments)

    def destroy(self) -> None:
        """Let it be called no more; once."""
        self._live.remove(self)


class FakeUint8Array:
    """Bytes on JavaScript's side."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)

    def __len__(self) -> int:
        return len(self._data)

    def to_bytes(self) -> bytes:
        """A copy on Python's side."""
        return self._data


class FakeArray(list[Any]):
    """A JavaScript array."""

    def to_py(self) -> list[Any]:
        """A copy on Python's side."""
        return list(self)


class FakePromise:
    """Settled from the beginning, as far as anybody can see."""

    def __init__(self, result: Any = None, error: Exception | None = None) -> None:
        self._result = result
        self._error = error

    def then(self, fulfilled: Callable[[Any], Any], rejected: Callable[[Any], Any]) -> None:
        """One of them is called in a later turn."""
        loop = asyncio.get_running_loop()
        if self._error is None:
            loop.call_soon(fulfilled, self._result)
        else:
            loop.call_soon(rejected, self._error)

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        if self._error is not None:
            raise self._error
        return self._result


class FakeKeyRange:
    """`IDBKeyRange`, for numbers."""

    def __init__(self, lower: float, upper: float, *, is_open: bool = False) -> None:
        self._lower, self._upper, self._open = lower, upper, is_open

    @staticmethod
    def lowerBound(lower: float, is_open: bool = False) -> "FakeKeyRange":  # noqa: N802, FBT001, FBT002
        """All from a key on, or behind it."""
        return FakeKeyRange(lower, float("inf"), is_open=is_open)

    @staticmethod
    def bound(lower: float, upper: float) -> "FakeKeyRange":
        """All from one key to another."""
        return FakeKeyRange(lower, upper)

    def __contains__(self, key: float) -> bool:
        return self._lower <= key <= self._upper and not (self._open and key == self._lower)
