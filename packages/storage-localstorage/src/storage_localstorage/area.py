"""The thing that stores strings: `window.localStorage`, or anything of its shape."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from storage_localstorage.errors import StorageUnavailable
from storage_localstorage.keys import DIGITS, OWNER, RECORD, record_name

QUOTA = 5_242_880
"""Code units, keys included, that Chromium and Firefox grant all of an origin."""


_ROOM: Final = 2**16
"""Bytes of the records that JavaScript reads out of Python's memory; seldom is one larger."""

_APPENDER: Final = """
(area, owner, token, stem, digits, memory) => {
  let buffer = memory.getBuffer("u8");
  return (sequence, size) => {
    if (area.getItem(owner) !== token) return false;
    if (buffer.data.byteLength === 0) {  // Python's memory has grown, and is another one now
      buffer.release();
      buffer = memory.getBuffer("u8");
    }
    let text = "";
    for (let at = 0; at < size; at += 16384) {  // more arguments may be too many
      text += String.fromCharCode.apply(null, buffer.data.subarray(at, Math.min(at + 16384, size)));
    }
    area.setItem(stem + String(sequence).padStart(digits, "0"), text);
    return true;
  };
}
"""


class Area(Protocol):
    """The part of JavaScript's `Storage` that is used here.

    A missing key is anything but a `str`: Pyodide makes it `jsnull`, which is not None.
    """

    @property
    def length(self) -> int: ...
    def key(self, index: int, /) -> Any: ...
    def getItem(self, key: str, /) -> Any: ...  # noqa: N802
    def setItem(self, key: str, value: str, /) -> Any: ...  # noqa: N802
    def removeItem(self, key: str, /) -> Any: ...  # noqa: N802


def local_area() -> Area:
    """This page's `localStorage`.

    :raises StorageUnavailable: the page has none, or the browser keeps the page from it.
    """
    import js  # noqa: PLC0415  exists only inside Pyodide

    try:
        area: Area = js.localStorage
        area.length  # noqa: B018  a null instead of a storage shows here
    except AttributeError:
        raise StorageUnavailable(
            "This browser has no local storage, which a member needs to remember what it has "
            "promised: open this page in another browser."
        ) from None
    except Exception as error:
        raise StorageUnavailable(
            f"The browser keeps this page from its local storage ({error}): allow this site to "
            "store data (cookies and site data), then reload."
        ) from error
    return area


def appender(area: Area, prefix: str, token: str) -> Callable[[int, bytes], bool]:
    """Stores a record under its number, if the owner's key holds the token; says whether it does.

    It raises what `setItem` does.
    """
    # Looking up a method of a JavaScript object costs more than calling it.
    get_item, set_item = area.getItem, area.setItem
    owner = prefix + OWNER

    def append(sequence: int, record: bytes) -> bool:
        if get_item(owner) != token:
            return False
        set_item(prefix + record_name(sequence), record.decode("latin-1"))
        return True

    if not hasattr(area, "object_keys"):
        return append
    from pyodide.code import run_js  # noqa: PLC0415  exists only inside Pyodide
    from pyodide.ffi import create_proxy  # noqa: PLC0415

    memory = bytearray(_ROOM)
    view = memoryview(memory)
    append_bytes: Callable[[int, int], bool] = run_js(_APPENDER)(
        area, owner, token, prefix + RECORD, DIGITS, create_proxy(memory)
    )

    def append_in_javascript(sequence: int, record: bytes) -> bool:
        size = len(record)
        if size > _ROOM:
            return append(sequence, record)
        view[:size] = record
        return append_bytes(sequence, size)

    return append_in_javascript


def keys_under(area: Area, prefix: str) -> list[str]:
    """All keys that begin with `prefix`, in no particular order.

    The cost is that of all keys of the origin: some 3 microseconds each.
    """
    # A JavaScript object lists its keys at once. Asking for them one by one takes a second and more
    # for 20,000 of them in Firefox, where `key(n)` walks n keys.
    list_keys = getattr(area, "object_keys", None)
    if list_keys is not None:
        keys = list_keys().to_py()
    else:
        key_at = area.key
        keys = [key_at(index) for index in range(area.length)]
    return [key for key in keys if isinstance(key, str) and key.startswith(prefix)]


def code_units(text: str) -> int:
    """What `text` takes of the quota: JavaScript counts two for characters beyond U+FFFF."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
