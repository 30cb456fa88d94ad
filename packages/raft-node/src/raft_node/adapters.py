"""The transport and the storage of a member that is given none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from raft_core import NodeId, Storage, Transport
from storage_sqlite import SqliteStorage

if TYPE_CHECKING:
    from transport_webrtc.events import IntroducerState, PeerStats, TransportEvent
    from transport_webrtc.signalling import IceServer


@runtime_checkable
class MeetingTransport(Protocol):
    """What a transport offers that meets its peers through an introducer."""

    @property
    def introducer_state(self) -> IntroducerState:
        """How it stands with the introducer."""
        ...

    @property
    def problem(self) -> str | None:
        """A sentence about what is wrong with the introducer, or None."""
        ...

    def stats(self) -> dict[str, PeerStats]:
        """Numbers about everyone in the room."""
        ...


def sqlite_storage(path: Path, *, session: str, node_id: NodeId) -> Storage:
    """The journal in one SQLite file, which it holds from now until `close`.

    :raises SqliteStorageError: the file cannot be used; the sentence says why
    """
    return SqliteStorage(path, session=session, node_id=node_id)


def webrtc_transport(
    introducer: str,
    key: str,
    *,
    ice_servers: Sequence[IceServer] = (),
    on_event: Callable[[TransportEvent], None] | None = None,
) -> Transport:
    """Data channels to all members of the session, windows among them.

    :raises ValueError: the introducer's address is malformed
    """
    # WebRTC takes most of a second to load, and most commands do without.
    from transport_webrtc.native import NativeTransport  # noqa: PLC0415

    return NativeTransport(introducer, key, ice_servers=ice_servers, on_event=on_event)
