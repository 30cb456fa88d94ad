"""What of the browser is used here: a page's own, or something of its shape."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from storage_indexeddb.errors import unavailable


class Browser(Struct, frozen=True):
    """The browser's side, as Python sees it through Pyodide; `fake.fake_browser` is another."""

    indexed_db: Any
    """The `IDBFactory`."""
    key_range: Any
    """The class `IDBKeyRange`."""
    storage_manager: Any
    """The page's `StorageManager`, which knows the quota; None if there is none."""
    proxy: Callable[[Callable[..., Any]], Any]
    """What JavaScript may call for as long as it is not destroyed. Making one is dear."""
    to_js: Callable[[bytes], Any]
    """Bytes as an `Uint8Array` of its own."""
    strict: Any
    """The options of a transaction that is on the disk when it is complete."""


def this_browser() -> Browser:
    """That of this page.

    :raises StorageUnavailable: it has no IndexedDB, or keeps the page from it
    """
    # These exist only inside Pyodide.
    import js  # noqa: PLC0415
    from pyodide.ffi import create_proxy, to_js  # noqa: PLC0415

    try:
        factory = js.indexedDB
        factory.open  # noqa: B018  a null instead of a factory shows here
    except AttributeError:
        raise unavailable("it offers no IndexedDB") from None
    except Exception as error:  # JsException exists only inside Pyodide
        raise unavailable(str(error)) from error
    return Browser(
        factory,
        js.IDBKeyRange,
        getattr(js.navigator, "storage", None),
        create_proxy,
        to_js,
        to_js({"durability": "strict"}, dict_converter=js.Object.fromEntries),
    )
