"""How much fits into one message: the one place that measures entries, proposals and answers."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TypeVar

ITEM_OVERHEAD: Final = 25
"""Bytes an item takes on the wire beside its data, at most."""


class Item(Protocol):
    """Anything with ``data``: an entry, a forwarded proposal, an answer."""

    @property
    def data(self) -> bytes:
        """What is measured."""
        ...


T = TypeVar("T", bound=Item)


def fitting(items: Sequence[Item], limit: int) -> int:
    """How many items from the first on have together at most ``limit`` bytes; at least one."""
    size = 0
    for position, item in enumerate(items):
        size += len(item.data) + ITEM_OVERHEAD
        if size > limit and position:
            return position
    return len(items)


def batches(items: Sequence[T], limit: int) -> Iterator[tuple[T, ...]]:
    """The items in order, in groups that each fit into one message."""
    start = 0
    while start < len(items):
        stop = start + fitting(items[start:], limit) if start else fitting(items, limit)
        yield tuple(items[start:stop])
        start = stop
