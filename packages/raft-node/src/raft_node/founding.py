"""Before a member begins a cluster: looks whether there is one in the session already.

Two clusters in one session could mix their logs unnoticed, since both begin with the same terms. A
script that starts a member with `--found` again after its data directory was lost would do just
that. So a new founder first goes into the room under a name of no consequence and listens: a leader
speaks to every newcomer at once, and members that only wait say nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import SystemRandom
from typing import Final

from raft_core import NodeId
from raft_node.adapters import MeetingTransport, webrtc_transport
from raft_node.errors import NodeError
from transport_webrtc.events import IntroducerState, PeerState
from transport_webrtc.session import new_member_id
from transport_webrtc.signalling import IceServer

MEETING: Final = 10.0
"""Seconds to get into the room, and again to connect with those who are there."""
LISTENING: Final = (0.5, 2.0)
"""Seconds to listen to them. Drawn anew each time: of two founders at once one hears the other."""

_LOOK_EVERY: Final = 0.02


class ClusterExists(NodeError):
    """Somebody leads in this session: a new member joins, and begins nothing."""


async def require_no_cluster(
    session: str, introducer: str, ice_servers: Sequence[IceServer] = ()
) -> None:
    """Return when nobody leads in the session, as far as one can tell from here.

    At once if nobody else is in the room, or the introducer cannot be reached.

    :raises ClusterExists: somebody does
    """
    transport = webrtc_transport(introducer, session, ice_servers=ice_servers)
    if not isinstance(transport, MeetingTransport):
        return
    heard: set[NodeId] = set()
    await transport.start(new_member_id(), lambda peer, _: heard.add(peer), lambda _: None)
    try:
        await _listen(transport, heard)
    finally:
        await transport.stop()
    if heard:
        raise ClusterExists(
            f"there is a cluster in this session already ({', '.join(sorted(heard))} leads it): "
            "start this member without --found, and it joins"
        )


async def _listen(transport: MeetingTransport, heard: set[NodeId]) -> None:
    """Wait until somebody was heard, or there is nobody to hear."""
    loop = asyncio.get_running_loop()

    async def wait(seconds: float, over: Callable[[], bool]) -> None:
        end = loop.time() + seconds
        while not heard and not over() and loop.time() < end:  # noqa: ASYNC110 - several things
            await asyncio.sleep(_LOOK_EVERY)

    def connected() -> bool:
        return all(one.state is PeerState.CONNECTED for one in transport.stats().values())

    await wait(MEETING, lambda: transport.introducer_state is not IntroducerState.CONNECTING)
    if transport.stats():
        await wait(MEETING, connected)
        await wait(SystemRandom().uniform(*LISTENING), lambda: False)
