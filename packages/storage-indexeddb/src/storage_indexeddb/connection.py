"""An open database with one object store, and who is told when it goes away.

Opening, reading and closing wait for the browser in coroutines. A write is none of their business:
`begin` is a transaction in as few calls of JavaScript as there can be.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from storage_indexeddb.browser import Browser
from storage_indexeddb.errors import (
    IndexedDbError,
    damaged,
    evicted,
    not_strict,
    other_member,
    refusal,
    removed,
    unknown_format,
)
from storage_indexeddb.journal import FORMAT

STORE = "journal"
"""The one object store of each database."""
HEAD = 0
"""The key of a string: the version of the format, a space, the database's own name."""
PAGE = 64
"""Values that are read at once: a browser hands them over in one message, which has a limit."""

_VERSION = 1


class Connection:
    """An open database. `open_connection` makes one.

    :param lost: told once if the browser or another window takes the database away; not of `close`
    :param aborted: told of each transaction that was not carried out, and why
    """

    def __init__(
        self,
        browser: Browser,
        database: Any,
        *,
        lost: Callable[[IndexedDbError], None],
        aborted: Callable[[IndexedDbError], None],
    ) -> None:
        self.browser = browser
        self._database = database
        # Looking up a method of a JavaScript object costs as much as calling it.
        self._transaction = database.transaction
        self._strict = browser.strict
        self._lost = lost
        self._aborted = aborted
        self.problem: IndexedDbError | None = None
        """Why the database was taken away, if it was."""
        self._proxies: list[Any] = []
        self._failed: Any = None
        """The error of the last request that failed."""
        # These bubble from request and transaction to the database, so one proxy hears of all.
        database.onerror = self.proxy(self._on_error)
        database.onabort = self.proxy(self._on_abort)
        database.onversionchange = self.proxy(self._on_version_change)
        database.onclose = self.proxy(self._on_close)

    def proxy(self, function: Callable[..., None]) -> Any:
        """What JavaScript may call, until the connection is closed."""
        made = self.browser.proxy(function)
        self._proxies.append(made)
        return made

    def begin(self, complete: Any) -> Any:
        """A strict transaction that writes; `complete` is a proxy, called once it is on the disk.

        Transactions are carried out in the order of these calls. What is in one must be asked for
        at once, and then its `commit` be called.
        """
        transaction = self._transaction(STORE, "readwrite", self._strict)
        transaction.oncomplete = complete
        return transaction

    async def read(self, name: str) -> list[bytes]:
        """Every value but the head, in the order of their keys, once the head is checked.

        :raises IndexedDbError: the database is another one, or cannot be read
        """
        reading = _Reading(self, name)
        try:
            return await reading.result
        finally:
            reading.end()

    def store_for_reading(self) -> Any:
        """The object store, in a transaction that only reads.

        :raises StorageUnavailable: the browser does not know what strict durability is
        """
        transaction = self._transaction(STORE, "readonly", self._strict)
        if getattr(transaction, "durability", None) != "strict":
            raise not_strict()
        return transaction.objectStore(STORE)

    async def remove_above(self, number: int) -> None:
        """Remove every value with a higher key.

        :raises IndexedDbError: the browser refuses to
        """
        removed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def complete(_event: Any) -> None:
            removed.set_result(None)

        def abort(event: Any) -> None:
            removed.set_exception(refusal(event.target.error))

        try:
            transaction = self.begin(self.proxy(complete))
            transaction.onabort = self.proxy(abort)
            above = self.browser.key_range.lowerBound(number, True)
            transaction.objectStore(STORE).delete(above)
            transaction.commit()
        except Exception as error:  # JsException exists only inside Pyodide; so below
            raise refusal(error) from error
        await removed

    def close(self) -> None:
        """Let go, without being told `lost`; idempotent. What was begun is carried out."""
        database, self._database = self._database, None
        if database is None:
            return
        database.onabort = database.onerror = None
        database.onversionchange = database.onclose = None
        database.close()
        for proxy in self._proxies:
            proxy.destroy()
        self._proxies.clear()

    def _on_error(self, event: Any) -> None:
        self._failed = event.target.error

    def _on_abort(self, event: Any) -> None:
        error, failed = event.target.error, self._failed
        self._failed = None
        # In Firefox a transaction that was told to commit does not say which request failed.
        says_nothing = not error or getattr(error, "name", "") == "AbortError"
        self._aborted(refusal(failed if failed and says_nothing else error))

    def _on_version_change(self, _event: Any) -> None:
        # To hold on would keep whoever wants it waiting for ever.
        self._database.close()
        self._lose(removed())

    def _on_close(self, _event: Any) -> None:
        self._lose(evicted())

    def _lose(self, why: IndexedDbError) -> None:
        if self.problem is None:
            self.problem = why
            self._lost(why)


async def open_connection(
    browser: Browser,
    name: str,
    *,
    lost: Callable[[IndexedDbError], None],
    aborted: Callable[[IndexedDbError], None],
    create: bool = True,
) -> Connection:
    """Open the database of this name, which is made if there is none.

    :param create: false: it is not made, and one that is missing is refused
    :raises UnknownFormat: a later version of this package made it
    :raises StorageFull, StorageRefused: the browser says no
    """
    opening: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
    ended: list[bool] = []

    def make(_event: Any) -> None:
        if create:
            database = request.result
            database.createObjectStore(STORE).put(f"{FORMAT} {name}", HEAD)
        else:
            request.transaction.abort()

    def opened(_event: Any) -> None:
        ended.append(True)
        if opening.done():
            request.result.close()
        else:
            # At once: before whoever waits goes on, the database may be asked for, or taken away.
            opening.set_result(Connection(browser, request.result, lost=lost, aborted=aborted))

    def failed(_event: Any) -> None:
        ended.append(True)
        if not opening.done():
            opening.set_exception(refusal(request.error))

    try:
        request = browser.indexed_db.open(name, _VERSION)
    except Exception as error:
        raise refusal(error) from error
    # Nothing blocks the first version. Where a removal is under way, it waits for that.
    proxies = [browser.proxy(handler) for handler in (make, opened, failed)]
    request.onupgradeneeded, request.onsuccess, request.onerror = proxies
    try:
        return await opening
    except asyncio.CancelledError:
        if not opening.cancelled() and opening.exception() is None:
            opening.result().close()
        raise
    finally:
        # A request that nobody waits for any more has its end later.
        if ended:
            for proxy in proxies:
                proxy.destroy()


class _Reading:
    """Reads page after page inside one transaction, which lives from answer to answer."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.result: asyncio.Future[list[bytes]] = asyncio.get_running_loop().create_future()
        self._browser = connection.browser
        self._name = name
        self._found: list[bytes] = []
        self._after: Any = HEAD
        """The last key that was read."""
        self._request: Any = None
        handlers = (self._on_head, self._on_keys, self._on_values, self._on_error)
        self._proxies = [self._browser.proxy(handler) for handler in handlers]
        try:
            self._store = connection.store_for_reading()
            self._ask(self._store.get(HEAD), 0)
        except Exception as error:
            self.end()
            raise refusal(error) from error

    def end(self) -> None:
        """Hear of nothing any more."""
        if self._request is not None:
            self._request.onsuccess = self._request.onerror = None
        for proxy in self._proxies:
            proxy.destroy()

    def _ask(self, request: Any, answer: int) -> None:
        self._request = request
        request.onsuccess = self._proxies[answer]
        request.onerror = self._proxies[3]

    def _range(self) -> Any:
        return self._browser.key_range.lowerBound(self._after, True)

    def _on_head(self, event: Any) -> None:
        head = event.target.result
        version, _, name = str(head).partition(" ")
        if not isinstance(head, str):
            self._fail(damaged(self._name, "its head is missing"))
        elif version != FORMAT:
            self._fail(unknown_format(self._name, version))
        elif name != self._name:
            self._fail(other_member(self._name, name))
        else:
            self._ask(self._store.getAllKeys(self._range(), PAGE), 1)

    def _on_keys(self, event: Any) -> None:
        keys = event.target.result.to_py()
        if keys:
            self._ask(self._store.getAll(self._range(), PAGE), 2)
            self._after = keys[-1]
        elif not self.result.done():
            self.result.set_result(self._found)

    def _on_values(self, event: Any) -> None:
        for value in event.target.result:
            to_bytes = getattr(value, "to_bytes", None)
            if to_bytes is None:
                self._fail(damaged(self._name, "a value is not what a member writes"))
                return
            self._found.append(to_bytes())
        self._ask(self._store.getAllKeys(self._range(), PAGE), 1)

    def _on_error(self, event: Any) -> None:
        self._fail(refusal(event.target.error))

    def _fail(self, error: IndexedDbError) -> None:
        if not self.result.done():
            self.result.set_exception(error)
