"""The command `raft-node run`: one member's life in this process, from start to signal."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from raft_core import Config, State, Status
from raft_core.events import Event, Halted
from raft_core.metrics import Metrics
from raft_node.control.server import ControlServer
from raft_node.exits import Exit
from raft_node.folder import read_identity
from raft_node.founding import require_no_cluster
from raft_node.member import Member
from raft_node.metrics import MetricsServer
from raft_node.operations import Operations
from raft_node.watching import log_event
from transport_webrtc.events import SupersededBy, TransportEvent
from transport_webrtc.signalling import IceServer

GRACE: Final = 2.0
"""Seconds that commands under way get for their answers when the member has stopped."""

_log = logging.getLogger("raft_node")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What `raft-node run` was told, ready for use."""

    state: State[Any, Any]
    session: str
    introducer: str
    folder: Path
    found: bool = False
    config: Config = Config()
    ice_servers: Sequence[IceServer] = ()
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None


async def run(settings: Settings) -> Exit:
    """Run a member until a signal ends it, or it can go on no longer.

    :raises NodeError, RaftError, ValueError: it cannot start; nothing was changed
    """
    if settings.found and read_identity(settings.folder) is None:
        await require_no_cluster(settings.session, settings.introducer, settings.ice_servers)
    metrics = None if settings.metrics_port is None else Metrics()
    life = _Life()
    member: Member[Any, Any] = Member(
        settings.state,
        settings.session,
        introducer=settings.introducer,
        folder=settings.folder,
        found=settings.found,
        config=settings.config,
        ice_servers=settings.ice_servers,
        on_event=life.met,
        metrics=metrics,
    )
    life.listen()
    control = ControlServer(settings.folder, Operations(member, settings.folder).answer)
    try:
        async with member, AsyncExitStack() as stack:
            stack.callback(control.stop_listening)
            member.node.observe_events(life.heard)
            member.node.observe_status(life.look)
            if metrics is not None and settings.metrics_port is not None:
                address = (settings.metrics_host, settings.metrics_port)
                await stack.enter_async_context(MetricsServer(metrics, member.node, *address))
            await control.start()
            _greet(member, settings)
            life.look(member.node.status())
            await life.over.wait()
    finally:
        # Only now: what was asked and not answered has an answer since the node stopped.
        await control.end(GRACE)
    _log.info("stopped", extra={"fields": {"event": "Stopped"}})
    return life.exit


class _Life:
    """Waits for the end of it: a signal, or a member that can go on no longer."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.exit = Exit.DONE
        self._superseded = False

    def listen(self) -> None:
        """Take signals. The first ends the member in order, the second at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)

    def _stop(self, number: signal.Signals) -> None:
        _log.info(
            "%s: handing over and stopping; once more ends it at once",
            number.name,
            extra={"fields": {"event": "Stopping", "signal": number.name}},
        )
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        self.over.set()

    def heard(self, event: Event) -> None:
        """An observer of the node's events; that it halts is no news once it is to stop."""
        if not (isinstance(event, Halted) and self.over.is_set()):
            log_event(event)

    def met(self, event: TransportEvent) -> None:
        """Is told what the transport does."""
        self._superseded |= isinstance(event, SupersededBy)
        log_event(event)

    def look(self, status: Status) -> None:
        """An observer of the node's status."""
        if status.problem is not None and not self.over.is_set():
            self.exit = Exit.REMOVED if status.removed else Exit.FAILED
            if self._superseded:
                self.exit = Exit.SUPERSEDED
            self.over.set()


def _greet(member: Member[Any, Any], settings: Settings) -> None:
    fields = {
        "event": "Started",
        "member": member.node_id,
        "session": member.session,
        "state": member.state_place,
        "data": str(settings.folder),
        "found": member.founds,
    }
    _log.info(
        "member %s of session %s runs with %s in %s",
        member.node_id,
        member.session,
        member.state_place,
        settings.folder,
        extra={"fields": fields},
    )
    if settings.found and not member.founds:
        _log.warning(
            "--found changes nothing: the member in %s was begun without it, and waits to be taken "
            "into a cluster. To begin a cluster with it, take an empty directory",
            settings.folder,
        )
