"""One running member, for programs and tests: `async with Member(...) as member`.

It puts together what `raft_core.Node` wants (an identity, a storage, a transport) and takes it
apart again; what a member does is the node's business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from raft_core import Config, Node, NodeId, State, Storage, Transport
from raft_core.machine import types_of
from raft_core.memory import MemoryStorage
from raft_core.metrics import Metrics
from raft_node.adapters import MeetingTransport, sqlite_storage, webrtc_transport
from raft_node.folder import Folder, Identity
from raft_node.states import place_of
from transport_webrtc.session import new_member_id, parse_invitation, session_name

if TYPE_CHECKING:
    from transport_webrtc.events import PeerStats, TransportEvent
    from transport_webrtc.signalling import IceServer

Command = TypeVar("Command")
Result = TypeVar("Result")


class Member(Generic[Command, Result]):
    """A member of the cluster of `session`; `member.node` is there while the block runs.

    All of it belongs to one event loop. To run it again, make a new one: with the same `folder`, or
    the same `storage` and `node_id`, it is the same member.

    :param state: a new, empty state; this member's replica
    :param session: the session's key, or any member's link
    :param introducer: the address where members meet, "ws://host:port/v1"; or give a `transport`
    :param transport: not started
    :param folder: the data directory, which it holds while it runs; or give a `storage`. With
        neither the member lives in memory, and once
    :param storage: not loaded; then `node_id` says whose it is (None: a new member's)
    :param found: begin the cluster, if this is a new member. Exactly one member may; all others
        wait to be taken in
    :param on_event: is told what the transport does; must not raise
    :raises InvalidInvitationError: there is no key in `session`
    :raises ValueError: the parts do not go together, or the introducer's address is malformed
    :raises InvalidState: the state cannot be driven
    """

    node: Node[Command, Result]
    node_id: NodeId

    def __init__(
        self,
        state: State[Command, Result],
        session: str,
        *,
        introducer: str | None = None,
        transport: Transport | None = None,
        folder: Path | None = None,
        storage: Storage | None = None,
        node_id: NodeId | None = None,
        found: bool = False,
        config: Config | None = None,
        ice_servers: Sequence[IceServer] = (),
        on_event: Callable[[TransportEvent], None] | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        if folder is not None and (storage is not None or node_id is not None):
            raise ValueError("a data directory says itself who lives there: give no more than it")
        key = parse_invitation(session)
        if transport is not None:
            if introducer is not None:
                raise ValueError("give an introducer or a transport, not both")
            self.transport = transport
        elif introducer is not None:
            self.transport = webrtc_transport(
                introducer, key, ice_servers=ice_servers, on_event=on_event
            )
        else:
            raise ValueError("give the introducer's address, or a transport")
        self.session = session_name(key)
        """What to call the session in logs: nobody can join by it."""
        self.founds = found
        """Whether it began the cluster; once entered also of a member that began it long ago."""
        self.command_type: Any = types_of(state)[0]
        """What the state's `apply` takes: how to read a command from outside."""
        self.state_place = place_of(state)
        self._state = state
        self._path = folder
        self._storage = storage
        self._new_id = node_id or new_member_id()
        self._config = config
        self._metrics = metrics
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Hold the data directory, load the journal, join in.

        :raises FolderInUse: another process runs the member of this data directory
        :raises FolderRefused: it is another session's or another state's, or cannot be used
        :raises RaftError: as `Node.__aenter__`, and as `Node` itself
        """
        async with AsyncExitStack() as stack:
            storage = self._storage
            identity = self._identity()
            if self._path is not None:
                held = Folder.hold(self._path, create=True)
                stack.callback(held.release)
                identity = held.tenant(identity)
                held.begin(identity)
                storage = sqlite_storage(
                    held.journal, session=identity.session, node_id=identity.node_id
                )
                stack.push_async_callback(storage.close)
            self.node_id = identity.node_id
            self.founds = identity.found
            self.node = Node(
                self._state,
                node_id=identity.node_id,
                storage=MemoryStorage() if storage is None else storage,
                transport=self.transport,
                config=self._config,
                found=identity.found,
                metrics=self._metrics,
            )
            await stack.enter_async_context(self.node)
            self._exit = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hand over, if it leads, and stop: an election time-out at most."""
        await self._exit.__aexit__(kind, error, trace)

    @property
    def meeting(self) -> MeetingTransport | None:
        """The transport, if it meets its peers through an introducer."""
        return self.transport if isinstance(self.transport, MeetingTransport) else None

    def links(self) -> dict[NodeId, PeerStats]:
        """Numbers about everyone whom the introducer named; nothing for other transports."""
        return {} if self.meeting is None else self.meeting.stats()

    def _identity(self) -> Identity:
        return Identity(
            node_id=self._new_id,
            session=self.session,
            state=self.state_place,
            found=self.founds,
        )
