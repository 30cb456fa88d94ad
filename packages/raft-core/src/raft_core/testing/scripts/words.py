"""How members, messages and answers read in a script: short, and the same for ever.

A field that has its default is not mentioned, so that a new one leaves old scripts as they are.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import (
    APPLIED,
    CONFIGURATION,
    DENIED,
    DONE,
    FAILED,
    LATER,
    NOOP,
    NOT_LEADER,
    NOWHERE,
    OVERLOADED,
    STALE,
    UNKNOWN,
    Answer,
    AppendEntries,
    Entry,
    Message,
    OperationReply,
)
from raft_core.progress import PeerProgress
from raft_core.raft import Raft

_STATUS: Final = {
    APPLIED: "applied",
    FAILED: "failed",
    NOT_LEADER: "not the leader",
    OVERLOADED: "overloaded",
    UNKNOWN: "outcome unknown",
}

_OPERATION_STATUS: Final = {
    DONE: "done",
    LATER: "not now",
    STALE: "too late",
    DENIED: "refused",
    NOWHERE: "no leader",
}

_SHORT: Final = 60
"""Longer bytes are counted, and not shown."""


def member(raft: Raft) -> str:
    """What a member is and has, in a line; its log as the terms of the entries."""
    log = raft.log
    terms = " ".join(
        str(log.term_at(index)) for index in range(log.first_index, log.last_index + 1)
    )
    before = f"after {log.first_index - 1}: " if log.first_index > 1 else ""
    unsaved = log.last_index - raft.durable_index
    saved = f", {unsaved} not durable" if unsaved else ""
    return (
        f"{raft.role.replace('_', '-')}, term {raft.term}, vote {raft.voted_for or 'nobody'}, "
        f"leader {raft.leader or 'nobody'}, log {before}{terms or 'empty'}{saved}, "
        f"commit {raft.commit_index}{', removed' if raft.removed else ''}"
        f"{', a copy' if raft.copied else ', suspect' if raft.suspect else ''}"
    )


def configuration(of: Configuration) -> str:
    """Voters, then who leaves, then learners."""
    parts = [f"voters {' '.join(of.voters) or 'nobody'}"]
    if of.outgoing:
        parts.append(f"outgoing {' '.join(of.outgoing)}")
    if of.demoted:
        parts.append(f"demoted {' '.join(of.demoted)}")
    if of.learners:
        parts.append(f"learners {' '.join(of.learners)}")
    if of.excluded:
        parts.append(f"out {' '.join(of.excluded)}")
    return ", ".join(parts)


def entry(one: Entry) -> str:
    """``index/term`` and what it holds."""
    place = f"{one.index}/{one.term}"
    if one.kind == NOOP:
        return f"{place} no-op"
    if one.kind == CONFIGURATION:
        return f"{place} {configuration(decode_configuration(one.data))}"
    return f"{place} {command(one.data)}"


def command(data: bytes) -> str:
    """What was proposed."""
    return data.decode(errors="backslashreplace")


def message(one: Message) -> str:
    """Its name and its fields."""
    name = type(one).__name__
    if isinstance(one, AppendEntries):
        heartbeat = "" if one.entries else ", no entries"
        entries = "".join(f"; {entry(each)}" for each in one.entries)
        return (
            f"{name} of term {one.term} after {one.prev_log_index}/{one.prev_log_term}, "
            f"commit {one.commit_index}{heartbeat}{entries}"
        )
    fields = [
        f"{field.name} {_value(value)}"
        for field in msgspec.structs.fields(one)
        if (value := getattr(one, field.name)) != field.default
    ]
    return f"{name}: {', '.join(fields)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes):
        text = value.decode("ascii", errors="replace")
        short = text.isprintable() and 0 < len(text) <= _SHORT
        return text if short else f"{len(value)} bytes"
    if isinstance(value, Answer):
        return f"{value.request} {answer(value)}"
    if isinstance(value, tuple):
        return " ".join(map(_value, value)) or "none"
    if isinstance(value, msgspec.Struct):
        return "=".join(_value(getattr(value, name)) for name in value.__struct_fields__)
    return str(value)


def answer(one: Answer) -> str:
    """What became of a proposal."""
    told = f" ({one.data.decode(errors='backslashreplace')})" if one.data else ""
    return _STATUS[one.status] + told


def seen(commands: Iterable[bytes]) -> str:
    """What a read showed."""
    return f"sees {' '.join(map(command, commands)) or 'nothing'}"


def reply(one: OperationReply) -> str:
    """What became of a change, or why leadership did not go to another."""
    told = f" ({one.sentence})" if one.sentence else ""
    return _OPERATION_STATUS[one.status] + told


def progress(one: PeerProgress) -> str:
    """What a leader knows of a peer."""
    inflight = f", {one.inflight_messages} under way" if one.inflight_messages else ""
    paused = ", paused" if one.paused else ""
    return f"{one.state.value}, match {one.match_index}, next {one.next_index}{inflight}{paused}"
