"""The journal of a living member: synchronous, durable against a crash of the tab.

What a crash between two calls of the browser leaves always loads as the journal before or after the
operation:

- `append` is one `setItem` of a new key.
- `checkpoint` is one `setItem` of the one checkpoint key; records it covers are out of force from
  that instant, and are removed afterwards. What was not removed, the next `load` passes over and
  removes.
- If a checkpoint does not fit beside the records it covers, these are packed first, one `setItem`
  of an existing key each, which changes the room a record takes and not what it says.

What was cleared or taken over while the member lives shows in its owner key: `load` writes a token
there, and every write reads it before, in the same call (`records`): a tenth of what it costs.
Reading the previous record costs as much at 100 bytes, and 140 microseconds at 16 KB.
So a record removed by hand, all others left, is found by the next `load` only.
"""

import secrets
from collections.abc import Callable

from storage_localstorage.area import QUOTA, Area
from storage_localstorage.errors import (
    LocalStorageError,
    StorageAltered,
    StorageClosed,
    is_full,
    refusal,
)
from storage_localstorage.journal import (
    FORMAT,
    Journal,
    decode_record,
    encode_checkpoint,
    read_journal,
    stopped_owner,
)
from storage_localstorage.keys import (
    CHECKPOINT,
    DIGITS,
    OWNER,
    check_journal_prefix,
    record_name,
)
from storage_localstorage.packing import is_packed, pack, packed_units
from storage_localstorage.records import Records, records_of
from storage_localstorage.survey import units_of_others

Done = Callable[[Exception | None], None]

_COUNT_EVERY = 1024 * 1024
"""Each time lists all keys of the origin, thousands where writes come one by one."""


class LocalStorage:
    """One member's journal in an area of the shape of `window.localStorage`.

    `prefix` comes from `journal_prefix`. `load` comes first, once. Hold the member's identity
    (`hold_identity`) for as long as this object is used. Every refusal is final for this object: to
    go on, load a new one.

    :raises InvalidName: `prefix` is none of `journal_prefix`.
    """

    __slots__ = (
        "_area",
        "_checkpoint_units",
        "_counted_at",
        "_first",
        "_fresh",
        "_get",
        "_key_units",
        "_last",
        "_others",
        "_owner_key",
        "_packed_units",
        "_prefix",
        "_problem",
        "_records",
        "_remove",
        "_set",
        "_token",
        "units",
    )

    _records: Records  # of what is loaded
    units: int
    """Code units of the origin's quota that the journal takes now, keys included."""

    def __init__(self, area: Area, prefix: str) -> None:
        self._area = area
        self._prefix = check_journal_prefix(prefix)
        self._key_units = len(prefix + record_name(1))
        self._owner_key = prefix + OWNER
        # Looking up a method of a JavaScript object costs more than calling it.
        self._get, self._set, self._remove = area.getItem, area.setItem, area.removeItem
        self._token = ""
        self._first, self._last = 1, 0
        self.units = self._checkpoint_units = self._packed_units = 0
        self._others: int | None = None
        self._counted_at = 0
        self._fresh = True
        self._problem: LocalStorageError | None = StorageClosed("The journal is not loaded yet.")

    async def load(self) -> Journal:
        """Read the journal, and take it over from whoever had loaded it before.

        If the browser refuses to note that (a full storage), the journal is returned nonetheless,
        and every write refused.

        :raises StorageDamaged: what is there is no complete journal; nothing of it was changed.
        :raises StorageRefused: the browser does not let it be read.
        :raises RuntimeError: it was loaded or closed before.
        """
        if not self._fresh:
            raise RuntimeError("a storage loads once: make a new one")
        self._fresh = False
        try:
            found = read_journal(self._area, self._prefix)
        except LocalStorageError:
            raise
        except Exception as error:
            raise refusal(error) from error
        self._token = f"{FORMAT} {secrets.token_hex(8)}"
        self._records = records_of(self._area, self._prefix, self._token)
        self._first, self._last = found.first, found.last
        self._checkpoint_units = found.checkpoint_units
        self._packed_units = found.packed_units
        self.units = found.units + len(self._owner_key) + len(self._token)
        self._problem = None
        try:
            self._set(self._owner_key, self._token)
            for key in found.superseded:
                self._remove(key)
        except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
            self._problem = refusal(error)
        return found.journal

    def append(self, record: bytes, done: Done, *, vital: bool = False) -> None:  # noqa: ARG002
        """Store a record after all others; `done` is called before this returns.

        `done(None)`: it is stored. `done(error)`: nothing of it is stored, all that was stored
        before is intact, and every later write is refused with the same error. `vital` changes
        nothing: there is one place only.

        :raises TypeError: it is not bytes; nothing of it is stored, and `done` is not called.
        """
        if not isinstance(record, bytes):
            raise TypeError(f"a record is bytes, not {type(record).__name__}")
        problem = self._problem
        if problem is None:
            sequence = self._last + 1
            try:
                if self._records.append(sequence, record):
                    self._last = sequence
                    self.units += self._key_units + len(record)
                else:
                    problem = self._problem = self._altered()
            except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
                problem = self._problem = refusal(error)
        done(problem)

    def checkpoint(self, record: bytes, done: Done) -> None:
        """Replace all that was stored before by one record; `done` is called before this returns.

        It fits if it does in place of the last checkpoint, with all records after that one packed.
        The page stands still meanwhile: some 5 microseconds for each record replaced, and ten times
        that if it must be packed first. `done` as for `append`.
        """
        if self._problem is None:
            try:
                if self._get(self._owner_key) == self._token:
                    self._put_checkpoint(encode_checkpoint(self._last, record), len(record))
                else:
                    self._problem = self._altered()
            except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
                self._problem = refusal(error)
        problem = self._problem
        if problem is None:
            self._remove_covered()
        done(problem)

    def room(self) -> int:
        """Bytes of records that still fit, as far as this object knows.

        What others have in the origin is counted at the first call, and again when the journal has
        changed by a megabyte.
        """
        if self._others is None or abs(self.units - self._counted_at) >= _COUNT_EVERY:
            self._others = units_of_others(self._area, self._prefix)
            self._counted_at = self.units
        return QUOTA - self._others - self.units

    def takes_checkpoint(self, size: int) -> bool:
        """Whether one of so many bytes fits, in place of the last and beside packed records."""
        owner = len(self._owner_key) + len(self._token)
        # Of a record its key stays as it is, and two units more than half of its value.
        fixed = (self._last - self._first + 1) * (self._key_units + 4)
        taken = self.units - self._checkpoint_units - self._packed_units
        packable = max(taken - owner - fixed, 0)
        needed = len(self._prefix + CHECKPOINT) + DIGITS + packed_units(size)
        return needed <= self.room() + self._checkpoint_units + packable // 2

    @property
    def problem(self) -> LocalStorageError | None:
        """Why every write is refused, if it is."""
        return self._problem

    def stop(self, mark: str) -> None:
        """Leave a word with the journal as it is, and refuse every later write.

        The next `load` gives it back (`Journal.mark`) if the journal still ends where it does now.
        It is stored after all records, so whoever finds it finds them as well. A storage that
        refuses writes already, or now, leaves no word.
        """
        if self._problem is None:
            try:
                if self._get(self._owner_key) == self._token:
                    self._set(self._owner_key, stopped_owner(self._last, mark))
            except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
                self._problem = refusal(error)
                return
            self._problem = StorageClosed("The journal was left in order: reload to go on.")

    async def close(self) -> None:
        """Refuse every later call; idempotent. All is stored already."""
        self._fresh = False
        self._problem = StorageClosed("The journal was closed: make a new storage and load it.")

    def _put_checkpoint(self, value: str, size: int) -> None:
        key = self._prefix + CHECKPOINT
        units = len(key) + DIGITS + packed_units(size)
        try:
            self._set(key, value)
        except Exception as error:
            if not is_full(error):
                raise
            self._pack_records(units - self._checkpoint_units)
            self._set(key, value)
        self.units += units - self._checkpoint_units
        self._checkpoint_units = units

    def _pack_records(self, wanted: int) -> None:
        """Make room for `wanted` code units, or as much as there is to gain."""
        for sequence in range(self._first, self._last + 1):
            if wanted <= 0:
                return
            key = self._prefix + record_name(sequence)
            value = self._get(key)
            record = decode_record(key, value)
            gain = len(record) - packed_units(len(record))
            if gain > 0 and not is_packed(value):
                self._set(key, pack(record))
                self.units -= gain
                self._packed_units += packed_units(len(record))
                wanted -= gain

    def _remove_covered(self) -> None:
        """Remove what the checkpoint replaced. It is stored: a failure here is the next write's."""
        try:
            self._records.remove(self._first, self._last)
        except Exception as error:  # noqa: BLE001  JsException exists only inside Pyodide
            self._problem = refusal(error)
        self._first = self._last + 1
        self._packed_units = 0
        self.units = len(self._owner_key) + len(self._token) + self._checkpoint_units

    def _altered(self) -> StorageAltered:
        if isinstance(self._get(self._owner_key), str):
            what = "Another window has opened this member's journal"
            advice = "go on in the other window, or close it and reload this one"
        else:
            what = "This member's journal was removed from the browser's storage while it ran"
            advice = "reload, and join again as a new member"
        return StorageAltered(f"{what}, so this window has stopped writing: {advice}.")
