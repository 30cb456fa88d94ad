"""A member's data directory: whose it is, and that one process at a time has it.

It holds `member.json` (who the member is), the journal, the socket that commands talk to, and
`lock`, on which the process that runs the member has an exclusive lock: the system gives it back
whenever the process ends, however it does.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from raft_core import NodeId
from raft_node.errors import FolderInUse, FolderRefused

FORMAT: Final = 1
JOURNAL: Final = "journal.sqlite"
SOCKET: Final = "control.sock"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who lives here. The session key is not among it, only a name that tells nothing of it."""

    format: int = FORMAT
    node_id: NodeId
    session: str  # `transport_webrtc.session.session_name`
    state: str  # "module:Class"
    found: bool  # it began the cluster


class Folder:
    """A data directory that this process holds until `release`. Make it by `hold`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self.identity = read_identity(path)
        self._lock: int | None = lock

    @classmethod
    def hold(cls, path: Path, *, create: bool) -> Self:
        """Take the directory for this process; `create`: make it if it is not there.

        :raises FolderInUse: another process has it
        :raises FolderRefused: it cannot be used; the sentence says why
        """
        try:
            if create:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderRefused(f"{path} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(lock, 20).decode(errors="replace")
            os.close(lock)
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise FolderInUse(
                f"{who} runs the member in {path}: stop it first, or take another directory"
            ) from error
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            return cls(path, lock)
        except BaseException:
            os.close(lock)
            raise

    @property
    def journal(self) -> Path:
        """Where the journal is."""
        return self.path / JOURNAL

    def begin(self, identity: Identity) -> None:
        """Write down who lives here, if it is not written yet: before the journal is begun.

        :raises FolderRefused: it cannot be written
        """
        if self.identity != identity:
            _write(self.path / "member.json", msgspec.json.encode(identity) + b"\n")
            self.identity = identity

    def tenant(self, identity: Identity) -> Identity:
        """Who lives here, who must be of this session and state; nobody yet: this `identity`.

        Whether a member begins the cluster can still be said as long as it has no journal.

        :raises FolderRefused: another's
        """
        old = self.identity
        if old is None:
            return identity
        if old.session != identity.session:
            raise FolderRefused(
                f"{self.path} holds a member of another session: give that session's key, or take "
                "another directory"
            )
        if old.state != identity.state:
            raise FolderRefused(
                f"{self.path} holds a member with the state {old.state}, not {identity.state}: "
                f"take another directory, or, if the class was only renamed, change the name in "
                f"{self.path / 'member.json'}"
            )
        if not self.journal.exists():
            return msgspec.structs.replace(old, found=old.found or identity.found)
        return old

    def release(self) -> None:
        """Let others have it; idempotent."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def read_identity(path: Path) -> Identity | None:
    """Who lives in this directory; None: nobody.

    :raises FolderRefused: nobody can tell
    """
    file = path / "member.json"
    try:
        identity = msgspec.json.decode(file.read_bytes(), type=Identity)
    except FileNotFoundError:
        if (path / JOURNAL).exists():
            raise FolderRefused(
                f"{path} has a journal but no member.json that says whose it is: it is no whole "
                "data directory"
            ) from None
        return None
    except OSError as error:
        raise FolderRefused(f"{file} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise FolderRefused(f"{file} is damaged: {error}") from error
    if identity.format != FORMAT:
        raise FolderRefused(
            f"{file} is of format {identity.format}, this program knows {FORMAT}: update it"
        )
    return identity


def _write(path: Path, data: bytes) -> None:
    """Write a file so that a crash leaves the whole of it or none."""
    beside = path.with_suffix(".new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise FolderRefused(f"{path} cannot be written: {error.strerror}") from error
