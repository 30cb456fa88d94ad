"""An area in memory, for tests of whatever is built on one: a quota, and failures on demand."""

from collections.abc import Callable

from storage_localstorage.area import QUOTA, code_units


class Missing:
    """What `getItem` returns for a missing key: falsy and not None, as Pyodide's `jsnull`."""

    def __bool__(self) -> bool:
        return False


class FakeJsError(Exception):
    """Has the name of a JavaScript error, as Pyodide's `JsException`."""

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class FakeArea:
    """In the shape of `window.localStorage`, with its way of counting.

    `quota` is in code units, keys included, and may be changed at any time. `before_change` is
    called before each `setItem` ("set") and `removeItem` ("remove") with the key; what it raises
    comes out of that call, which then has changed nothing. `items` is what is stored.
    """

    def __init__(
        self, quota: int = QUOTA, before_change: Callable[[str, str], None] | None = None
    ) -> None:
        self.quota = quota
        self.before_change = before_change
        self.items: dict[str, str] = {}

    @property
    def length(self) -> int:
        """How many keys there are."""
        return len(self.items)

    @property
    def used(self) -> int:
        """Code units taken, keys included."""
        return sum(code_units(key) + code_units(value) for key, value in self.items.items())

    def key(self, index: int) -> str | Missing:
        """The key at a place of an order that is nobody's business."""
        return list(self.items)[index] if 0 <= index < len(self.items) else Missing()

    def getItem(self, key: str) -> str | Missing:  # noqa: N802
        """The value of a key."""
        return self.items.get(key, Missing())

    def setItem(self, key: str, value: str) -> None:  # noqa: N802
        """Store a value whole, or raise and keep the old one.

        As in a browser, a value that takes no more than the old one always fits.
        """
        if self.before_change is not None:
            self.before_change("set", key)
        old = self.items.get(key)
        growth = code_units(value) - (code_units(old) if old is not None else -code_units(key))
        if growth > 0 and self.used + growth > self.quota:
            raise FakeJsError(
                "QuotaExceededError", f"Setting the value of '{key}' exceeded the quota."
            )
        # JavaScript knows no characters beyond U+FFFF: two halves of one come back joined.
        units = value.encode("utf-16-le", "surrogatepass")
        self.items[key] = units.decode("utf-16-le", "surrogatepass")

    def removeItem(self, key: str) -> None:  # noqa: N802
        """Remove a key; a missing one is fine."""
        if self.before_change is not None:
            self.before_change("remove", key)
        self.items.pop(key, None)

    def clear(self) -> None:
        """Remove everything, at once and whatever `before_change` thinks, as another page might."""
        self.items.clear()
