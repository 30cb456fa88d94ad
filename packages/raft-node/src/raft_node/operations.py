"""What a running member does when a command asks: requests to calls of its node."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from pathlib import Path
from typing import Any

import msgspec

from raft_core import ConfigurationRefused, OutcomeUnknown, RaftError, Removed, Stopped
from raft_core.events import Event, Halted, SnapshotStored
from raft_core.keyvalue import KeyValue
from raft_core.safety import safety
from raft_node.control.requests import (
    Answer,
    AskState,
    AskStatus,
    ChangeMembers,
    ChangeValue,
    Done,
    GetValue,
    Propose,
    Refused,
    Report,
    Request,
    TakeSnapshot,
    Transfer,
)
from raft_node.errors import NodeError
from raft_node.exits import Exit, exit_of
from raft_node.folder import JOURNAL
from raft_node.member import Member

_log = logging.getLogger("raft_node")
_encode = msgspec.json.Encoder().encode


class NotPossible(NodeError):
    """This member cannot do what was asked."""


class Operations:
    """Answers the requests of commands, on a member that runs."""

    def __init__(self, member: Member[Any, Any], folder: Path) -> None:
        self._member = member
        self._folder = folder
        self._started = time.monotonic()

    async def answer(self, request: Request) -> Answer:
        """Do it; every failure is an answer."""
        name = type(request).__name__
        _log.debug("asked: %s", name, extra={"fields": {"event": "Asked", "request": name}})
        try:
            return Done(msgspec.Raw(_encode(await self._do(request))))
        except (RaftError, NodeError) as error:
            return Refused(exit_of(error), type(error).__name__, str(error))
        except (TypeError, ValueError) as error:
            return Refused(Exit.FAILED, type(error).__name__, str(error))

    async def _do(self, request: Request) -> Any:
        node = self._member.node
        match request:
            case AskStatus():
                return self.report()
            case Propose(command, timeout):
                return await self._propose(self._command(command), timeout)
            case AskState(timeout, local):
                return await self._read(_whole, timeout, local=local)
            case GetValue(key, timeout, local):
                self._require_store()
                return await self._read(lambda store: store.items.get(key), timeout, local=local)
            case ChangeValue(command, timeout):
                self._require_store()
                return await self._propose(command, timeout)
            case ChangeMembers():
                return await self._change_members(request)
            case Transfer(timeout, to):
                return await node.transfer_leadership(to, timeout=timeout)
            case TakeSnapshot(timeout):
                return await self._snapshot(timeout)

    def report(self) -> Report:
        """How this member is."""
        member = self._member
        status = member.node.status()
        meeting = member.meeting
        return Report(
            status=status,
            safety=safety(status).sentence,
            session=member.session,
            state=member.state_place,
            found=member.founds,
            pid=os.getpid(),
            uptime=time.monotonic() - self._started,
            introducer=None if meeting is None else str(meeting.introducer_state),
            introducer_problem=None if meeting is None else meeting.problem,
            links=member.links(),
            storage_bytes=sum(
                file.stat().st_size for file in self._folder.glob(f"{JOURNAL}*") if file.is_file()
            ),
        )

    async def _propose(self, command: Any, limit: float) -> Any:
        node = self._member.node
        ran = node.status().problem is None
        try:
            result = await node.propose(command, timeout=limit)
        except Removed:
            raise
        except Stopped as error:
            if ran:
                raise OutcomeUnknown(f"{error}; whether it was done is not known") from error
            raise
        try:
            return msgspec.Raw(_encode(result))
        except (TypeError, ValueError) as error:
            raise OutcomeUnknown(
                f"it was done, but what it came to cannot be shown in JSON: {error}"
            ) from error

    def _command(self, data: msgspec.Raw) -> Any:
        try:
            return msgspec.json.decode(data, type=self._member.command_type)
        except msgspec.MsgspecError as error:
            raise NotPossible(
                f"this is no command of {self._member.state_place}: {error}"
            ) from error

    async def _read(self, query: Any, limit: float, *, local: bool) -> Any:
        node = self._member.node
        if local:
            return query(node.state)
        return await node.read(query, timeout=limit)

    def _require_store(self) -> None:
        if not isinstance(self._member.node.state, KeyValue):
            raise NotPossible(
                f"the state of this member is {self._member.state_place} and no key/value store: "
                "use `raft-node propose` and `raft-node state`"
            )

    async def _change_members(self, request: ChangeMembers) -> int:
        status = self._member.node.status()
        if unknown := set(request.remove) - {*status.voters, *status.learners, *status.excluded}:
            raise ConfigurationRefused(
                f"no member is named {', '.join(sorted(unknown))}: "
                "`raft-node members list` shows who is there"
            )
        return await self._member.node.change_members(
            add=request.add,
            remove=request.remove,
            replace=request.replace,
            promote=request.promote,
            demote=request.demote,
            learn=request.learn,
            target_size=request.target_size,
            timeout=request.timeout,
        )

    async def _snapshot(self, limit: float) -> int:
        """Have one taken, and wait until it is stored."""
        node = self._member.node
        wanted = node.status().applied_index
        news = asyncio.Event()

        def heard(event: Event) -> None:
            if isinstance(event, SnapshotStored | Halted):
                news.set()

        stop = node.observe_events(heard)
        try:
            node.take_snapshot()
            async with asyncio.timeout(limit):
                while (status := node.status()).snapshot_index < wanted:
                    if status.problem is not None:
                        raise Stopped(status.problem)
                    news.clear()
                    await news.wait()
        except TimeoutError:
            raise NotPossible(
                f"no snapshot was stored within {limit:g} s: the member's log says why"
            ) from None
        finally:
            stop()
        return status.snapshot_index


def _whole(state: Any) -> msgspec.Raw:
    """The state in JSON, made in the moment of the read."""
    try:
        return msgspec.Raw(_encode(state))
    except (TypeError, ValueError) as error:
        raise NotPossible(
            f"a state of {type(state).__name__} cannot be shown in JSON: {error}"
        ) from error
