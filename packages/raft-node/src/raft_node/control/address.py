"""The path of the control socket, in a form that the system takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from raft_node.folder import SOCKET

_LONGEST: Final = 100
"""The system's own limit is 108 bytes on Linux and 104 elsewhere, with a zero at the end."""


@contextmanager
def socket_address(folder: Path) -> Iterator[str]:
    """Where to bind or connect, while the block runs; a long path goes by a file descriptor.

    :raises OSError: the folder cannot be opened
    """
    path = str(folder / SOCKET)
    if len(os.fsencode(path)) <= _LONGEST:
        yield path
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)
