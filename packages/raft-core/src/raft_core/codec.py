"""Messages and journal records to bytes and back: the one place that knows versions and checksums.

    message   version (1 byte), then msgpack
    record    version (1 byte), CRC-32 of it and of the rest (4 bytes, big-endian), then msgpack

A transport keeps a message whole or drops it, so messages carry no checksum of ours; a record lies
on a medium that others can reach, so it does.
"""

from types import GenericAlias
from typing import Any, Final, TypeAlias, Union, get_args
from zlib import crc32

import msgspec
from msgspec import Struct

from raft_core.errors import JournalDamaged, MalformedMessage, UnsupportedVersion
from raft_core.later import Numbers, entries_at, later_kind
from raft_core.messages import (
    AnswerStatus,
    AppendEntries,
    Entry,
    Forward,
    ForwardReply,
    Message,
    OperationReply,
    OperationStatus,
)
from raft_core.nesting import MAX_MESSAGE_NESTING, has_more_containers, is_too_deep
from raft_core.types import Index, NodeId, Term

MESSAGE_VERSION: Final = 1
RECORD_VERSION: Final = 1

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that decoding bytes of others can raise: text that is no UTF-8 and arrays nested too deeply
are no errors of msgspec's own."""

_MESSAGE_HEAD: Final = bytes([MESSAGE_VERSION])
_RECORD_HEAD: Final = bytes([RECORD_VERSION])
_HEAD_SUM: Final = crc32(_RECORD_HEAD)
_CHECKSUM_END: Final = 5


class Standing(Struct, frozen=True, array_like=True, gc=False):
    """How far a member may trust its own memory (``_suspicion``), in every record that is vital.

    ``life`` counts how often it may have forgotten something; ``suspect``: it still is. The place
    of the configuration in force tells a later life whether it has forgotten another one.
    ``start`` counts the member's starts, where a transport asks for it (``beginning``), and
    ``superseded`` says that a copy of this journal goes on in its place. ``nonces`` tell its latest
    starts, this one's last, from those of copies; ``copied``: it is suspect, and a copy itself.
    """

    life: int = 0
    suspect: bool = False
    configuration_index: Index = 0
    start: int = 0
    superseded: bool = False
    nonces: tuple[str, ...] = ()
    copied: bool = False


class Identity(Struct, frozen=True, array_like=True, tag=0, gc=False):
    """The first record of every journal: whose it is, and whether that one founds a cluster."""

    sequence: int
    node_id: NodeId
    founds: bool = False


class Step(Struct, frozen=True, array_like=True, tag=1):
    """What one step of the algorithm must not forget, all of it or nothing.

    ``truncate_from`` (0: nothing) removes that index and all after it; then ``entries`` are added.
    ``commit_index`` is what was known to be committed by then: Raft needs no memory of it, but a
    member that starts alone can show what it has. ``standing`` is in records that are vital, and
    None in others: as it was.
    """

    sequence: int
    term: Term
    voted_for: NodeId | None
    truncate_from: Index
    entries: tuple[Entry, ...]
    commit_index: Index = 0
    standing: Standing | None = None


class CheckpointRecord(Struct, frozen=True, array_like=True, tag=2):
    """All that a member must not forget, in place of all records before.

    ``snapshot`` is encoded by itself (see ``snapshot``). ``entries`` follow ``base_index``, of
    ``base_term``; some may be from before the snapshot.
    """

    sequence: int
    node_id: NodeId
    term: Term
    voted_for: NodeId | None
    snapshot: bytes
    base_index: Index
    base_term: Term
    entries: tuple[Entry, ...]
    commit_index: Index
    standing: Standing | None = None


Record: TypeAlias = Identity | Step | CheckpointRecord

_encode = msgspec.msgpack.Encoder().encode
_message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_record_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


def _exact(kind: Any) -> Any:
    """The same Struct, but nothing in it is skipped: its values have no more levels than its type.

    A decoder finds out as fast as it decodes. To look at the bytes takes twenty times as long.
    """
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        items = [item for item in get_args(field.type) if isinstance(item, type)]
        holds = bool(items) and issubclass(items[0], Struct)
        exact = GenericAlias(tuple, (_exact(items[0]), ...)) if holds else field.type
        fields.append((field.name, exact, None))
    return msgspec.defstruct(
        kind.__name__,
        fields,
        array_like=True,
        tag=kind.__struct_config__.tag,
        forbid_unknown_fields=True,
    )


_exact_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    Union[tuple(map(_exact, (AppendEntries, Forward, ForwardReply)))]  # noqa: UP007 - of a tuple
)


def _is_exact(body: bytes | memoryview) -> bool:
    """Whether this is a message with many parts, and no part has more than this version knows."""
    try:
        _exact_decoder.decode(body)
    except UNREADABLE:
        return False
    return True


def _tagged(
    kinds: tuple[type[Struct], ...], numbers: dict[type[Struct], Numbers]
) -> dict[object, Numbers | None]:
    return {kind.__struct_config__.tag: numbers.get(kind) for kind in kinds}


_MESSAGES: Final = _tagged(
    get_args(Message),
    {
        AppendEntries: entries_at(5),
        ForwardReply: Numbers("an answer of status", 3, get_args(AnswerStatus), 1),
        OperationReply: Numbers("a reply of status", 3, get_args(OperationStatus)),
    },
)
_RECORDS: Final = _tagged(get_args(Record), {Step: entries_at(5), CheckpointRecord: entries_at(8)})


def encode_message(message: Message) -> bytes:
    """The wire form of a message."""
    return _MESSAGE_HEAD + _encode(message)


def decode_message(payload: bytes) -> Message:
    """A message from its wire form; fields of later minor versions at the end are ignored.

    :raises UnsupportedVersion: the sender speaks a version this member does not know, or says
        something that only a later one knows: a message, an entry or a status of a new kind. It is
        dropped whole: of entries none is skipped
    :raises MalformedMessage: it is no message
    """
    if payload[:1] != _MESSAGE_HEAD:
        if not payload:
            raise MalformedMessage("an empty payload is no message")
        older = "this member" if payload[0] > MESSAGE_VERSION else "that one"
        raise UnsupportedVersion(
            f"a peer speaks version {payload[0]}, this member {MESSAGE_VERSION}: update {older}"
        )
    body = memoryview(payload)[1:]
    if (
        has_more_containers(payload, MAX_MESSAGE_NESTING)
        and not _is_exact(body)
        and is_too_deep(payload[1:], MAX_MESSAGE_NESTING)
    ):
        raise MalformedMessage(
            f"a payload of {len(payload)} bytes is no message: "
            f"nested over {MAX_MESSAGE_NESTING} levels"
        )
    try:
        return _message_decoder.decode(body)
    except UNREADABLE as error:
        unknown = later_kind(body, "a message of kind", _MESSAGES)
        if unknown is not None:
            raise UnsupportedVersion(
                f"a peer sends {unknown}, which this member does not know: update this member"
            ) from error
        raise MalformedMessage(
            f"a payload of {len(payload)} bytes is no message: {error}"
        ) from error


def encode_record(record: Record) -> bytes:
    """The stored form of a record."""
    body = _encode(record)
    return _RECORD_HEAD + crc32(body, _HEAD_SUM).to_bytes(4, "big") + body


def decode_record(data: bytes) -> Record:
    """A record from its stored form.

    :raises UnsupportedVersion: a later version of this package wrote it, or something of it
    :raises JournalDamaged: it is not what was written
    """
    if not data:
        raise JournalDamaged("it is empty")
    body = memoryview(data)[_CHECKSUM_END:]
    checksum = crc32(body, crc32(data[:1]))
    if len(data) <= _CHECKSUM_END or checksum != int.from_bytes(data[1:_CHECKSUM_END], "big"):
        raise JournalDamaged("its checksum does not fit its content")
    if data[0] != RECORD_VERSION:
        raise UnsupportedVersion(
            f"it has version {data[0]}, this member knows {RECORD_VERSION}: update this member"
        )
    if len(data) > MAX_MESSAGE_NESTING and is_too_deep(data[_CHECKSUM_END:], MAX_MESSAGE_NESTING):
        raise JournalDamaged(
            f"its checksum fits, its content does not: nested over {MAX_MESSAGE_NESTING} levels"
        )
    try:
        return _record_decoder.decode(body)
    except UNREADABLE as error:
        unknown = later_kind(body, "a record of kind", _RECORDS)
        if unknown is not None:
            raise UnsupportedVersion(
                f"it has {unknown}, which this member does not know: update this member"
            ) from error
        raise JournalDamaged(f"its checksum fits, its content does not: {error}") from error
