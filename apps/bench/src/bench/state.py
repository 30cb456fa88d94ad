"""What the members of a bench replicate: a fixed number of registers.

Cheap to apply, so that what is measured is the cluster, and bounded, so that a run of any length
fits into a window's storage. Each write gets the number it has among all writes: by these numbers
`verdict` tells whether a single copy of the registers could have shown what a run saw.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

from bench.reports import Report, keep

KEYS: Final = 64
"""Registers there are: keys are 0 to 63, one byte each in a command."""

MAX_VALUE: Final = 16 * 1024
"""The longest value, in characters: all registers together stay far below a window's storage."""

_OVERHEAD_SHORT: Final = 3  # the array, its tag, its key


class Put(Struct, frozen=True, array_like=True, tag=0):
    """Set register `key` to `value`. Result: the number of this write among all, from 1.

    Encoded it is an array of the tag, the key (a byte each) and the value (1 to 3 bytes and one for
    each ASCII character): `value_length` says how long a value makes a command of a wanted size.
    """

    key: int
    value: str


Command: TypeAlias = Put | Report


class Register(Struct, frozen=True, array_like=True):
    """One register: what was written last, and the number of that write."""

    value: str
    write: int


class BenchState(Struct):
    """The replicated registers."""

    registers: dict[int, Register] = {}
    writes: int = 0
    """How many were applied."""
    reports: dict[str, Report] = {}
    """What members say of themselves, the newest last: see `reports`."""

    def apply(self, command: Command) -> int:
        """Carry out `command`; return the number of the last write.

        :raises ValueError: there is no such register, or the value is too long; nothing changes
        """
        if not isinstance(command, Put):
            keep(self.reports, command)
            return self.writes
        key = command.key
        if not 0 <= key < KEYS:
            raise ValueError(f"there is no register {key}: keys are 0 to {KEYS - 1}")
        if len(command.value) > MAX_VALUE:
            raise ValueError(f"a value has {MAX_VALUE} characters at most")
        self.writes += 1
        self.registers[key] = Register(command.value, self.writes)
        return self.writes

    def read(self, key: int) -> Register | None:
        """What register `key` holds now, None if nothing was ever written to it."""
        return self.registers.get(key)


def value_length(command_bytes: int) -> int:
    """How many ASCII characters the value of a command of so many bytes has.

    A few sizes cannot be met, as MessagePack counts lengths: then the command is a byte longer.
    """
    length = command_bytes - _OVERHEAD_SHORT - 1
    while _OVERHEAD_SHORT + _header(length) + length > command_bytes:
        length -= 1
    if _OVERHEAD_SHORT + _header(length) + length < command_bytes:
        length += 1
    return length


def command_bytes(command: Put) -> int:
    """How many bytes it is, as members send and store it (their own surroundings come on top)."""
    return len(msgspec.msgpack.encode(command))


def _header(length: int) -> int:
    """Bytes before a string of so many."""
    if length < 32:
        return 1
    return 2 if length < 256 else 3
