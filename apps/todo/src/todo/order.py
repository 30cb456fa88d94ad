"""The steps that bring rows on the page into another order. Nothing here knows of JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def moves(
    present: Sequence[str], wanted: Sequence[str], pinned: str | None
) -> Iterator[tuple[str, str | None]]:
    """Steps that turn `present` into `wanted`: put this row before that one (None: last).

    All of `present` must be in `wanted`; no row is in either of them twice. `pinned` is never put
    anywhere else, because a row that moves loses the focus. Rows that keep their order among each
    other do not move when others come between them.
    """
    order = list(present)
    placed = set(present)
    for position, key in enumerate(wanted):
        while key == pinned and key in placed and order[position] != key:
            order.append(order.pop(position))
            yield order[-1], None
        if order[position : position + 1] == [key]:
            continue
        if key in placed:
            order.remove(key)
        yield key, order[position] if position < len(order) else None
        order.insert(position, key)


def place(present: Sequence[str], wanted: Sequence[str], kept: str) -> int:
    """Where in `wanted` to put `kept`, which is in `present` only: after the same as there."""
    before = set(present[: present.index(kept)])
    return sum(key in before for key in wanted)


def heir(present: Sequence[str], wanted: Sequence[str], gone: str) -> str | None:
    """Who takes the place of `gone`, which is in `present` only: the next, or else the last."""
    staying = set(wanted)
    after = (key for key in present[present.index(gone) :] if key in staying)
    return next(after, wanted[-1] if wanted else None)
