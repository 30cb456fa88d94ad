"""How deeply the bytes of others are nested, looked at before they are decoded.

A decoder calls itself for each level, also in a field that it only skips. On a page thousands of
levels overflow JavaScript's stack, which ends the page, and nothing in Python can catch it.
"""

from typing import Final

import msgspec
from msgspec import inspect

MAX_NESTING: Final = 500
"""Levels of arrays and maps within each other that a command, a result or a state may have: what
one member takes all must read, so half of what CPython 3.11 bears. A level takes a byte at least:
what has no more bytes than this needs no look."""
MAX_MESSAGE_NESTING: Final = 2000
"""The same of a message or a record, which are flat: half of what Pyodide was seen to bear, so that
a message with hundreds of entries needs no look either."""

_CONTAINERS: Final = bytes([*range(0x80, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])


def require_shallow(data: bytes) -> None:
    """Refuse what would take a decoder too deep. Ask for more bytes than ``MAX_NESTING`` only.

    :raises msgspec.DecodeError: a decoder would have said so, had it lived
    """
    if is_too_deep(data):
        raise msgspec.DecodeError(f"nested over {MAX_NESTING} levels")


def has_more_containers(data: bytes, limit: int) -> bool:
    """Whether more than ``limit`` bytes could begin an array or a map: a quick look."""
    return len(data) > limit and len(data) - len(data.translate(None, _CONTAINERS)) > limit


def is_too_deep(data: bytes, limit: int = MAX_NESTING) -> bool:
    """Whether these bytes, if they are msgpack, have more than ``limit`` levels.

    What is no msgpack is judged up to where that shows: so far a decoder gets, too.
    """
    if not has_more_containers(data, limit):
        return False
    place = 0
    missing = [1]
    """How many values are still to come, on each level that is open."""
    while place < len(data):
        while not missing[-1]:
            missing.pop()
            if not missing:
                return False
        missing[-1] -= 1
        size, count, items = _TOKENS[data[place]]
        place += 1
        count += int.from_bytes(data[place : place + size], "big")
        place += size
        if not items:
            place += count
            continue
        missing.append(count * items)
        if len(missing) - 1 > limit:
            return True
    return False


def may_be_deep(kind: type) -> bool:
    """Whether values of this type can have any number of levels: it holds itself, or anything.

    A look at the bytes of a large state takes many times as long as to encode it.
    """
    return _may_be_deep(inspect.type_info(kind), ())


def _may_be_deep(node: inspect.Type | inspect.Field, above: tuple[object, ...]) -> bool:
    if isinstance(node, inspect.AnyType) or any(node is other for other in above):
        return True
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, inspect.Type | inspect.Field) and _may_be_deep(
                part, (*above, node)
            ):
                return True
    return False


def _token(first: int) -> tuple[int, int, int]:
    """What follows this first byte of a value: how many bytes with a number, and what to add to it.

    So many bytes follow then (0), or items (1), or pairs of them (2).
    """
    if 0x80 <= first < 0x90:
        return 0, first & 15, 2
    if 0x90 <= first < 0xA0:
        return 0, first & 15, 1
    if 0xA0 <= first < 0xC0:
        return 0, first & 31, 0
    return _OTHERS.get(first, (0, 0, 0))


_OTHERS: Final = {
    **{0xC4 + power: (1 << power, 0, 0) for power in range(3)},  # bytes
    **{0xC7 + power: (1 << power, 1, 0) for power in range(3)},  # extensions
    0xCA: (0, 4, 0),  # floats
    0xCB: (0, 8, 0),
    **{0xCC + power: (0, 1 << power, 0) for power in range(4)},  # numbers
    **{0xD0 + power: (0, 1 << power, 0) for power in range(4)},
    **{0xD4 + power: (0, 1 + (1 << power), 0) for power in range(5)},  # short extensions
    **{0xD9 + power: (1 << power, 0, 0) for power in range(3)},  # text
    0xDC: (2, 0, 1),  # arrays
    0xDD: (4, 0, 1),
    0xDE: (2, 0, 2),  # maps
    0xDF: (4, 0, 2),
}
_TOKENS: Final = tuple(map(_token, range(256)))
