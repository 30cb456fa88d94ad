"""The thing that stores strings: `window.localStorage`, or anything of its shape."""

from typing import Any, Protocol

from storage_localstorage.errors import StorageUnavailable

QUOTA = 5_242_880
"""Code units, keys included, that Chromium and Firefox grant all of an origin."""


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
