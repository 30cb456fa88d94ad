"""The small durable place beside a journal that is quick and lazy about the disk.

It holds two things, and keeps both whatever happens to the journal: the newest record that must
never be forgotten (a term, a vote), and the number of the last start of its member. Whoever finds
"start n ended in order" in the lazy place, and here that the last start was n, knows that the lazy
place has lost nothing.

It is a journal that has nothing but a checkpoint.
"""

import asyncio
from collections.abc import Callable

import msgspec
from msgspec import Struct

from storage_indexeddb.browser import Browser
from storage_indexeddb.errors import IndexedDbError, damaged
from storage_indexeddb.names import VITAL
from storage_indexeddb.storage import Done, IndexedDbStorage


class Kept(Struct, frozen=True, array_like=True):
    """What the place holds."""

    start: int = 0
    """The number of the last start; 0: there was none."""
    record: bytes | None = None
    """The newest record that was put."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Kept).decode


class VitalPlace:
    """A place in the database `name` of `vital_name`, made if there is none.

    `load` comes first, then `begin`, once each; then `put`. Every refusal is final for this object.

    :param lost: as of `IndexedDbStorage`
    :raises InvalidName: `name` is none of `vital_name`
    """

    def __init__(
        self,
        browser: Browser,
        name: str,
        *,
        lost: Callable[[IndexedDbError], None] | None = None,
    ) -> None:
        self._name = name
        self._storage = IndexedDbStorage(browser, name, lost=lost, purpose=VITAL)
        self._kept = Kept()

    async def load(self) -> Kept:
        """What was put before, and the number of the last start.

        :raises IndexedDbError, RuntimeError: as `IndexedDbStorage.load`
        """
        journal = await self._storage.load()
        if journal.records:
            raise damaged(self._name, "there are records in it")
        if journal.checkpoint is not None:
            try:
                self._kept = _decode(journal.checkpoint)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise damaged(self._name, f"its content is strange ({error})") from None
        return self._kept

    async def begin(self, number: int) -> None:
        """Begin the start of this number, which is on the disk when this returns.

        :param number: above that of the last start
        :raises IndexedDbError: the browser refuses it
        """
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: Exception | None) -> None:
            if begun.done():
                return
            if error is None:
                begun.set_result(None)
            else:
                begun.set_exception(error)

        self._keep(Kept(number, self._kept.record), done)
        await begun

    def put(self, record: bytes, done: Done) -> None:
        """Keep a record in place of the last; `done` as of `IndexedDbStorage.append`."""
        self._keep(Kept(self._kept.start, record), done)

    def _keep(self, kept: Kept, done: Done) -> None:
        self._kept = kept
        self._storage.checkpoint(_encode(kept), done)

    async def close(self) -> None:
        """Keep what was put, tell of it, and let go; idempotent."""
        await self._storage.close()
