"""A browser's IndexedDB in memory, for tests of whatever is built on one: as much as is used here.

Its events come in later turns of asyncio's loop, in a browser's order; a transaction that nobody
asks anything of is carried out, and takes nothing any more; one that cannot be carried out changes
nothing, and says so on its database. `tests/browser/storage` asks real browsers the same.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from storage_indexeddb.browser import Browser
from storage_indexeddb.fake_javascript import (
    FakeArray,
    FakeJsError,
    FakeKeyRange,
    FakePromise,
    FakeProxy,
    FakeUint8Array,
)

QUOTA = 10 * 1024 * 1024


class FakeRequest:
    """What is asked of the browser; its handlers are called in a later turn."""

    def __init__(self) -> None:
        self.result: Any = None
        self.error: Any = None
        self.transaction: Any = None
        self.onsuccess: Any = None
        self.onerror: Any = None
        self.onupgradeneeded: Any = None
        self.onblocked: Any = None


class Stored:
    """A database as it lies on the disk, and who has it open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.store_name: str | None = None
        """Of its object store; None: there is none yet."""
        self.data: dict[float, Any] = {}
        self.flushed: dict[float, Any] = {}
        """What a loss of power leaves."""
        self.open: list[FakeDatabase] = []
        self.transactions: deque[FakeTransaction] = deque()
        self.waiting: list[Callable[[], bool]] = []
        """What waits for the database to be closed; true once it was done."""


class FakeTransaction:
    """One that reads or writes; `finish` and `fail` are what becomes of it."""

    def __init__(self, database: "FakeDatabase", mode: str, options: Any) -> None:
        self.durability = (options or {}).get("durability", "default")
        self.oncomplete: Any = None
        self.onabort: Any = None
        self.error: Any = None
        self.mode = mode
        self._requests: deque[tuple[Callable[[Stored], Any], FakeRequest]] = deque()
        self.asked = 0
        """How many requests there were."""
        self._database = database
        self._active = True
        self._committed = False
        self._ended = False
        self._draft: Stored | None = None
        database.stored.transactions.append(self)
        # It may be asked for something until control goes back to the browser.
        asyncio.get_running_loop().call_soon(self._rest)

    def objectStore(self, name: str) -> "FakeStore":  # noqa: N802
        """Its only one."""
        if name != self._database.stored.store_name:
            raise FakeJsError("NotFoundError", "No objectStore named so in this database")
        return FakeStore(self)

    def commit(self) -> None:
        """Nothing more is to come."""
        if not self._active:
            raise FakeJsError("InvalidStateError", "The transaction is not active")
        self._committed = True

    def abort(self) -> None:
        """Have nothing of it carried out; that is told in a later turn."""
        if self._committed or self._ended:
            raise FakeJsError("InvalidStateError", "The transaction is not active")
        self._active = False
        asyncio.get_running_loop().call_soon(self.fail, None)

    def ask(self, act: Callable[[Stored], Any]) -> FakeRequest:
        """Add a request."""
        if not self._active or self._committed:
            raise FakeJsError("TransactionInactiveError", "The transaction is not active")
        request = FakeRequest()
        self._requests.append((act, request))
        self.asked += 1
        return request

    def require_writing(self) -> None:
        """:raises FakeJsError: it only reads"""
        if self.mode != "readwrite":
            raise FakeJsError("ReadOnlyError", "The transaction is read-only")

    def run(self) -> None:
        """Carry out the next request, or all of it."""
        if self._ended:
            return
        if self._draft is None:
            self._draft = Stored(self._database.stored.name)
            self._draft.data = dict(self._database.stored.data)
        if not self._requests:
            self._finish(self._draft.data)
            return
        act, request = self._requests.popleft()
        try:
            request.result = act(self._draft)
        except FakeJsError as error:
            request.error = error
            self._call(request.onerror, request)
            self._call(self._database.onerror, request)
            # As in Firefox, where such a transaction names no reason.
            aborted = FakeJsError("AbortError", "A request was aborted")
            self.fail(aborted if self._committed else error)
            return
        self._call(request.onsuccess, request)
        asyncio.get_running_loop().call_soon(self.run)

    def fail(self, error: Exception | None) -> None:
        """Nothing of it is carried out."""
        if self._ended:
            return
        self._ended = True
        self.error = error
        self._call(self.onabort, self)
        self._call(self._database.onabort, self)
        self._database.ended(self)

    def die(self) -> None:
        """Do nothing any more, and tell nobody."""
        self._ended = True

    def _rest(self) -> None:
        self._active = False
        self._database.factory.work(self._database.stored)

    def _call(self, handler: Any, target: Any) -> None:
        self._active = True
        _fire(handler, target)
        self._active = False

    def _finish(self, data: dict[float, Any]) -> None:
        stored, factory = self._database.stored, self._database.factory
        if self.mode == "readwrite":
            error = factory.judge(stored, data)
            if error is not None:
                self.fail(error)
                return
            stored.data = data
            factory.carried_out.append(self)
            if self.durability == "strict":
                stored.flushed = dict(data)
        self._ended = True
        self._call(self.oncomplete, self)
        self._database.ended(self)


class FakeStore:
    """The object store, inside a transaction."""

    def __init__(self, transaction: FakeTransaction) -> None:
        self._transaction = transaction

    def get(self, key: float) -> FakeRequest:
        """The value of a key; a missing one has None, where a browser has `undefined`."""
        return self._transaction.ask(lambda stored: stored.data.get(key))

    def getAll(self, keys: FakeKeyRange, count: int) -> FakeRequest:  # noqa: N802
        """Values in the order of their keys."""
        return self._transaction.ask(
            lambda stored: FakeArray(value for _, value in _items(stored, keys)[:count])
        )

    def getAllKeys(self, keys: FakeKeyRange, count: int) -> FakeRequest:  # noqa: N802
        """Keys in order."""
        return self._transaction.ask(
            lambda stored: FakeArray(key for key, _ in _items(stored, keys)[:count])
        )

    def add(self, value: Any, key: float) -> FakeRequest:
        """Store under a new key."""

        def act(stored: Stored) -> float:
            if key in stored.data:
                raise FakeJsError("ConstraintError", "Key already exists in the object store.")
            return _store(stored, key, value)

        self._transaction.require_writing()
        return self._transaction.ask(act)

    def put(self, value: Any, key: float) -> FakeRequest:
        """Store under a key, new or not."""
        self._transaction.require_writing()
        return self._transaction.ask(lambda stored: _store(stored, key, value))

    def delete(self, keys: FakeKeyRange) -> FakeRequest:
        """Remove all keys of a range."""

        def act(stored: Stored) -> None:
            for key, _ in _items(stored, keys):
                del stored.data[key]

        self._transaction.require_writing()
        return self._transaction.ask(act)


class FakeDatabase:
    """An open connection to a database."""

    def __init__(self, factory: "FakeIndexedDb", stored: Stored) -> None:
        self.factory = factory
        self.stored = stored
        self.is_open = True
        self.onerror: Any = None
        self.onabort: Any = None
        self.onversionchange: Any = None
        self.onclose: Any = None
        stored.open.append(self)

    def createObjectStore(self, name: str) -> SimpleNamespace:  # noqa: N802
        """Make the only object store, while the database is made."""
        self.stored.store_name = name
        return SimpleNamespace(put=lambda value, key: _store(self.stored, key, value))

    def transaction(self, _store_name: str, mode: str, options: Any = None) -> FakeTransaction:
        """Begin one."""
        if not self.is_open:
            raise FakeJsError("InvalidStateError", "The database connection is closing.")
        return FakeTransaction(self, mode, options)

    def close(self) -> None:
        """Let go, once what was begun is carried out."""
        self.is_open = False
        self.factory.let_go(self)

    def ended(self, transaction: FakeTransaction) -> None:
        """A transaction has had its end."""
        self.stored.transactions.remove(transaction)
        self.factory.work(self.stored)
        if not self.is_open:
            self.factory.let_go(self)


class FakeIndexedDb:
    """In the shape of `window.indexedDB`.

    `quota` is in bytes. `fail_next` makes the next transaction that writes fail. `held`: nothing is
    carried out until it is false and `release` was called.
    """

    def __init__(self, quota: int = QUOTA) -> None:
        self.quota = quota
        self.fail_next: FakeJsError | None = None
        self.fail_open: FakeJsError | None = None
        self.held = False
        self.stored: dict[str, Stored] = {}
        self.version = 1
        self.carried_out: list[FakeTransaction] = []
        """Every transaction that has written."""

    @property
    def used(self) -> int:
        """Bytes taken."""
        return sum(_size(one.data) for one in self.stored.values())

    def open(self, name: str, version: int) -> FakeRequest:
        """Open a database, and make it if there is none."""
        request = FakeRequest()
        asyncio.get_running_loop().call_soon(self._open, request, name, version)
        return request

    def deleteDatabase(self, name: str) -> FakeRequest:  # noqa: N802
        """Ask everybody to let go of a database, and remove it when they have."""
        request = FakeRequest()
        asyncio.get_running_loop().call_soon(self._delete, request, name)
        return request

    def databases(self) -> Awaitable[Any]:
        """What there is."""
        names = [name for name, stored in self.stored.items() if stored.store_name is not None]
        return FakePromise(FakeArray(SimpleNamespace(name=name, version=1) for name in names))

    def estimate(self) -> FakePromise:
        """As `navigator.storage.estimate`."""
        return FakePromise(SimpleNamespace(quota=self.quota, usage=self.used))

    def release(self) -> None:
        """Carry out what was held."""
        self.held = False
        for stored in self.stored.values():
            self.work(stored)

    def evict(self, name: str) -> None:
        """Take a database away from under whoever has it open, as clearing a site's data does."""
        stored = self.stored.pop(name)
        for transaction in list(stored.transactions):
            transaction.fail(FakeJsError("AbortError", "The connection was closed."))
        for database in stored.open:
            database.is_open = False
            _fire(database.onclose, database)

    def lose_power(self) -> None:
        """Everybody dies, and only what was flushed is left."""
        for stored in self.stored.values():
            for transaction in stored.transactions:
                transaction.die()
            stored.transactions.clear()
            stored.open.clear()
            stored.data = dict(stored.flushed)
            stored.waiting.clear()
        self.held = False

    def judge(self, stored: Stored, data: dict[float, Any]) -> FakeJsError | None:
        """Why a transaction must not be carried out."""
        error, self.fail_next = self.fail_next, None
        if error is None:
            growth = _size(data) - _size(stored.data)
            if growth > 0 and self.used + growth > self.quota:
                error = FakeJsError("QuotaExceededError", "The quota has been exceeded.")
        return error

    def work(self, stored: Stored) -> None:
        """Carry out the oldest transaction of a database."""
        if stored.transactions and not self.held:
            asyncio.get_running_loop().call_soon(self._work, stored, stored.transactions[0])

    def _work(self, stored: Stored, transaction: FakeTransaction) -> None:
        if stored.transactions and stored.transactions[0] is transaction and not self.held:
            transaction.run()

    def let_go(self, database: FakeDatabase) -> None:
        """A connection is closed, or all that it had begun has ended."""
        stored = database.stored
        if database in stored.open and not stored.transactions:
            stored.open.remove(database)
            stored.waiting = [waits for waits in stored.waiting if not waits()]

    def _open(self, request: FakeRequest, name: str, version: int) -> None:
        error, self.fail_open = self.fail_open, None
        if error is None and version < self.version:
            error = FakeJsError("VersionError", "The requested version is less than the existing.")
        if error is not None:
            request.error = error
            _fire(request.onerror, request)
            return
        stored = self.stored.setdefault(name, Stored(name))
        if stored.waiting:
            stored.waiting.append(lambda: self._open_again(request, name, version))
            return
        request.result = FakeDatabase(self, stored)
        if stored.store_name is None:
            aborts: list[bool] = []
            request.transaction = SimpleNamespace(abort=lambda: aborts.append(True))
            _fire(request.onupgradeneeded, request)
            if aborts:
                del self.stored[name]
                request.result, request.error = None, FakeJsError("AbortError", "It was aborted.")
                _fire(request.onerror, request)
                return
            stored.flushed = dict(stored.data)
        _fire(request.onsuccess, request)

    def _open_again(self, request: FakeRequest, name: str, version: int) -> bool:
        self._open(request, name, version)
        return True

    def _delete(self, request: FakeRequest, name: str) -> None:
        stored = self.stored.get(name) or Stored(name)

        def remove() -> bool:
            if stored.open:
                return False
            self.stored.pop(name, None)
            _fire(request.onsuccess, request)
            return True

        for database in list(stored.open):
            if database.is_open:
                _fire(database.onversionchange, database)
        if not remove():
            stored.waiting.append(remove)
            if any(database.is_open for database in stored.open):
                _fire(request.onblocked, request)


class FakePage:
    """A page of its own: what its code has given to JavaScript, and the databases it sees."""

    def __init__(self, databases: FakeIndexedDb) -> None:
        self.proxies: set[FakeProxy] = set()
        """Those that live."""
        self.browser = Browser(
            indexed_db=databases,
            key_range=FakeKeyRange,
            storage_manager=databases,
            proxy=lambda function: FakeProxy(function, self.proxies),
            to_js=FakeUint8Array,
            strict={"durability": "strict"},
        )


def fake_browser(databases: FakeIndexedDb) -> Browser:
    """What `this_browser` is in a page."""
    return FakePage(databases).browser


def _fire(handler: Any, target: Any) -> None:
    if handler is not None:
        handler(SimpleNamespace(target=target))


def _items(stored: Stored, keys: FakeKeyRange) -> list[tuple[float, Any]]:
    return sorted((key, value) for key, value in stored.data.items() if key in keys)


def _store(stored: Stored, key: float, value: Any) -> float:
    stored.data[key] = value
    return key


def _size(data: dict[float, Any]) -> int:
    return sum(8 + len(value) for value in data.values())
