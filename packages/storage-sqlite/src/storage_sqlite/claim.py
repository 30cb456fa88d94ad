"""One file, one storage: who has claimed it keeps all others out until `release`, or until it dies.

SQLite's own lock comes on top of it, against programs that know nothing of us. It cannot stand
alone, since a file must be looked at before SQLite opens it, and closing a file that one has looked
at takes away this process's locks on it (POSIX, `fcntl`).
"""

import fcntl
import os
from pathlib import Path

from storage_sqlite.errors import in_use

_claimed: set[tuple[int, int]] = set()
"""Device and inode of each file that this process has open: an inode has one name in it at most."""


class Claim:
    """Holds a file, by its inode: symbolic and hard links of it are held with it.

    :raises StorageInUse: somebody else holds it
    :raises OSError: it cannot be opened for writing
    """

    __slots__ = ("_path", "file", "inode")

    def __init__(self, path: Path) -> None:
        self._path = path
        self.inode = _inode(path)
        if self.inode in _claimed:
            raise in_use(path)
        self.file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self.file)
            raise in_use(path) from None
        except BaseException:
            os.close(self.file)
            raise
        _claimed.add(self.inode)

    def is_valid(self) -> bool:
        """Whether the file is still the one of this name."""
        try:
            return _inode(self._path) == self.inode
        except OSError:
            return False

    def release(self) -> None:
        """Let go. SQLite must have closed the file before."""
        _claimed.remove(self.inode)
        os.close(self.file)


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino
