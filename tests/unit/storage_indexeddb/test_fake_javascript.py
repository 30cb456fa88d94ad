import pytest

from storage_indexeddb.fake_javascript import (
    FakeJsError,
    FakeKeyRange,
    FakePromise,
    FakeProxy,
    FakeUint8Array,
)


def test_a_proxy_is_called_until_it_is_destroyed() -> None:
    live: set[FakeProxy] = set()
    proxy = FakeProxy(lambda number: number + 1, live)
    assert proxy(1) == 2
    proxy.destroy()
    assert live == set()
    with pytest.raises(AssertionError, match="destroyed"):
        proxy(1)


def test_ranges_have_their_ends_or_not() -> None:
    keys = [key for key in range(5) if key in FakeKeyRange.lowerBound(2, True)]
    assert keys == [3, 4]
    assert [key for key in range(5) if key in FakeKeyRange.bound(1, 3)] == [1, 2, 3]


async def test_a_promise_is_settled_later() -> None:
    assert await FakePromise("result") == "result"
    with pytest.raises(FakeJsError, match="because"):
        await FakePromise(error=FakeJsError("TypeError", "because"))


def test_bytes_keep_their_length() -> None:
    assert (len(FakeUint8Array(b"abc")), FakeUint8Array(b"abc").to_bytes()) == (3, b"abc")
