"""Against locks in the shape of the browser's; what those do is seen in a real one."""

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from storage_localstorage.errors import IdentityInUse, InvalidName, LocksUnavailable
from storage_localstorage.fake import FakeJsError, Missing
from storage_localstorage.identity import hold_identity
from tests.unit.storage_localstorage.support import APP, MEMBER, OTHER_MEMBER, PREFIX, SESSION


class Proxy:
    """A function that JavaScript may call until it is destroyed."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.alive = True

    def __call__(self, argument: Any) -> Any:
        assert self.alive
        return self.function(argument)

    def destroy(self) -> None:
        assert self.alive
        self.alive = False


class Promise:
    """As much of a promise as is used."""

    def __init__(self) -> None:
        self.future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def then(self, fulfilled: Callable[[Any], None], rejected: Callable[[Any], None]) -> None:
        def settle(future: asyncio.Future[Any]) -> None:
            error = future.exception()
            if error is None:
                fulfilled(future.result())
            else:
                rejected(error)

        self.future.add_done_callback(settle)

    @staticmethod
    def withResolvers() -> SimpleNamespace:  # noqa: N802
        promise = Promise()

        def resolve(value: object = None) -> None:
            if not promise.future.done():
                promise.future.set_result(value)

        return SimpleNamespace(promise=promise, resolve=resolve)


class Locks:
    """`navigator.locks` of one origin."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.callbacks: list[Proxy] = []
        self.error: Exception | None = None

    def request(self, name: str, options: dict[str, bool], callback: Proxy) -> Promise:
        assert options == {"ifAvailable": True}
        self.callbacks.append(callback)
        promise = Promise()
        asyncio.get_running_loop().call_soon(self.answer, name, callback, promise)
        return promise

    def answer(self, name: str, callback: Proxy, promise: Promise) -> None:
        if self.error is not None:
            promise.future.set_exception(self.error)
            return
        if name in self.held:
            assert callback(Missing()) is None
            promise.future.set_result(None)
            return
        self.held.add(name)
        wait = callback(SimpleNamespace(name=name))
        assert isinstance(wait, Promise)

        def release(_: object) -> None:
            self.held.discard(name)
            promise.future.set_result(None)

        wait.future.add_done_callback(release)


def open_page(monkeypatch: pytest.MonkeyPatch, navigator: object) -> None:
    """Give this process the modules that Pyodide has."""
    js, ffi = ModuleType("js"), ModuleType("pyodide.ffi")
    vars(js).update(navigator=navigator, Promise=Promise, Object=SimpleNamespace(fromEntries=dict))
    vars(ffi).update(
        create_proxy=Proxy, to_js=lambda value, *, dict_converter: dict_converter(value)
    )
    monkeypatch.setitem(sys.modules, "js", js)
    monkeypatch.setitem(sys.modules, "pyodide", ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)


@pytest.fixture
def locks(monkeypatch: pytest.MonkeyPatch) -> Locks:
    locks = Locks()
    open_page(monkeypatch, SimpleNamespace(locks=locks))
    return locks


async def settled() -> None:
    """What is under way in the fake browser has been done."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_identity_is_held_until_it_is_released(locks: Locks) -> None:
    identity = await hold_identity(APP, SESSION, MEMBER)
    await settled()
    assert locks.held == {PREFIX} == {identity.name}
    identity.release()
    identity.release()
    await settled()
    assert locks.held == set()
    assert not any(callback.alive for callback in locks.callbacks)


async def test_a_second_tab_is_refused(locks: Locks) -> None:
    identity = await hold_identity(APP, SESSION, MEMBER)
    with pytest.raises(IdentityInUse, match="another tab of this browser already"):
        await hold_identity(APP, SESSION, MEMBER)
    assert locks.held == {PREFIX}
    identity.release()
    await settled()
    await hold_identity(APP, SESSION, MEMBER)
    assert locks.held == {PREFIX}
    assert [callback.alive for callback in locks.callbacks] == [False, False, True]


async def test_members_do_not_disturb_each_other(locks: Locks) -> None:
    await hold_identity(APP, SESSION, MEMBER)
    await hold_identity(APP, SESSION, OTHER_MEMBER)
    await hold_identity("bench", SESSION, MEMBER)
    assert len(locks.held) == 3


@pytest.mark.parametrize("navigator", [SimpleNamespace(), SimpleNamespace(locks=Missing())])
async def test_a_page_without_locks(monkeypatch: pytest.MonkeyPatch, navigator: object) -> None:
    open_page(monkeypatch, navigator)
    with pytest.raises(LocksUnavailable, match="https and on localhost only"):
        await hold_identity(APP, SESSION, MEMBER)


async def test_a_page_that_is_kept_from_its_locks(locks: Locks) -> None:
    locks.error = FakeJsError("SecurityError", "not here")
    with pytest.raises(LocksUnavailable, match="not here"):
        await hold_identity(APP, SESSION, MEMBER)
    assert [callback.alive for callback in locks.callbacks] == [False]


async def test_a_lock_that_is_broken_later_raises_nowhere(locks: Locks) -> None:
    locks.error = FakeJsError("AbortError", "stolen")
    promises: list[Promise] = []

    def request(name: str, options: dict[str, bool], callback: Proxy) -> Promise:
        callback(SimpleNamespace(name=name))
        promises.append(Promise())
        return promises[0]

    locks.request = request  # type: ignore[method-assign]
    identity = await hold_identity(APP, SESSION, MEMBER)
    promises[0].future.set_exception(locks.error)
    await settled()
    identity.release()


async def test_who_stops_waiting_holds_nothing(locks: Locks) -> None:
    task = asyncio.get_running_loop().create_task(hold_identity(APP, SESSION, MEMBER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled()
    assert len(locks.callbacks) == 1
    assert locks.held == set()


async def test_names_are_checked(locks: Locks) -> None:
    with pytest.raises(InvalidName):
        await hold_identity(APP, "", MEMBER)
    assert locks.callbacks == []
