"""Bytes as JavaScript strings: one byte a code unit, or packed, two bytes a code unit.

A packed text begins with a code unit that no byte has, so a reader can tell the two apart. Packing
halves the room and costs Python several times as much, so records are written plain, and only what
is large (a checkpoint) or in the way of it is packed.
"""

_EVEN = "\u0100"
_ODD = "\u0101"
"""The last code unit holds one byte only."""


def pack(data: bytes) -> str:
    """`data` as two bytes a code unit. Lone surrogates are among them: they survive storing."""
    if len(data) % 2:
        return _ODD + (data + b"\0").decode("utf-16-le", "surrogatepass")
    return _EVEN + data.decode("utf-16-le", "surrogatepass")


def packed_units(size: int) -> int:
    """How many code units `pack` makes of `size` bytes."""
    return 1 + (size + 1) // 2


def is_packed(text: str) -> bool:
    """Whether `pack` made this."""
    return text[:1] in {_EVEN, _ODD}


def unpack(text: str) -> bytes:
    """The bytes of a plain or packed text.

    :raises ValueError: it is neither.
    """
    if not is_packed(text):
        return text.encode("latin-1")
    data = text[1:].encode("utf-16-le", "surrogatepass")
    if text[0] == _EVEN:
        return data
    if data[-1:] != b"\0":
        raise ValueError("a packed text of an odd number of bytes does not end in half a code unit")
    return data[:-1]
