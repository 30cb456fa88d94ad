"""Versions, checksums, and that no bytes whatever raise anything but what is documented."""

from contextlib import suppress
from typing import Any
from zlib import crc32

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from raft_core import codec
from raft_core.codec import (
    CheckpointRecord,
    Identity,
    Record,
    Step,
    decode_message,
    decode_record,
    encode_message,
    encode_record,
)
from raft_core.errors import JournalDamaged, MalformedMessage, UnsupportedVersion
from raft_core.messages import (
    Answer,
    AppendEntries,
    AppendReply,
    Entry,
    Forward,
    ForwardedProposal,
    ForwardReply,
    Message,
    VoteReply,
)
from raft_core.nesting import MAX_MESSAGE_NESTING
from tests.unit.raft_core.documents import documented, fields_of, tag_of
from tests.unit.raft_core.strategies import messages, records
from tests.unit.raft_core.support import sealed

STEP = Step(2, 5, "a", 3, (Entry(3, 5, 1, b"x"),))
NESTED = b"\x91" * 100_000 + b"\x01"
"""An array in an array in an array..."""


# --- messages -----------------------------------------------------------------------------------


@given(messages)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


def test_a_message_begins_with_its_version() -> None:
    assert encode_message(VoteReply(3, granted=True, pre=False)) == b"\x01\x95\x02\x03\xc3\xc2\xc2"


@given(st.binary())
def test_any_bytes_are_a_message_or_one_of_two_errors(payload: bytes) -> None:
    with suppress(MalformedMessage, UnsupportedVersion):
        decode_message(payload)


@given(messages, st.data())
def test_a_changed_message_is_one_or_one_of_two_errors(
    message: Message, data: st.DataObject
) -> None:
    payload = bytearray(encode_message(message))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    with suppress(MalformedMessage, UnsupportedVersion):
        decode_message(bytes(payload))


@given(messages, st.data())
def test_a_message_cut_short_is_malformed(message: Message, data: st.DataObject) -> None:
    payload = encode_message(message)
    with pytest.raises(MalformedMessage):
        decode_message(payload[: data.draw(st.integers(0, len(payload) - 1))])


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x01",
        b"\x01\xc0",
        b"\x01\x94\x02\x03\xc3\xa1x",
        b"\x01\x93\x02\x03\xc3",
        b"\x01\x94\x02\x03\xc3\xc2\x00",
        b"\x01\x92\x05\x91\x92\x01\xa1x",
        b"\x01" + NESTED,
        b"\x01\x97\x02\x03\xc3\xc2\xc2" + NESTED,
    ],
    ids=[
        "empty",
        "only a version",
        "nothing",
        "wrong type",
        "a field too few",
        "bytes after it",
        "text for data",
        "nested",
        "nested in a later field",
    ],
)
def test_what_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessage, match="no message"):
        decode_message(payload)


def many(of: Struct) -> tuple[Any, ...]:
    return (of,) * (MAX_MESSAGE_NESTING + 1)


FULL = [
    AppendEntries(3, 0, 1, 1, many(Entry(1, 1, 0, b"x")), 5),
    Forward(many(ForwardedProposal(1, b"x"))),
    ForwardReply(3, 1, many(Answer(1, 3, b"x"))),
]
full = pytest.mark.parametrize("message", FULL, ids=lambda message: type(message).__name__)


@full
def test_a_message_with_many_parts_is_not_walked_through(
    message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(codec, "is_too_deep")
    assert decode_message(encode_message(message)) == message


@full
@pytest.mark.parametrize("inside", [False, True], ids=["behind the fields", "in a part"])
def test_unless_there_is_more_in_it_than_this_version_knows(message: Message, inside: bool) -> None:
    form = msgspec.msgpack.decode(encode_message(message)[1:])
    more: list[Any] = []
    parts = next(field for field in form if isinstance(field, list))
    (parts[7] if inside else form).append(more)
    assert decode_message(b"\x01" + msgspec.msgpack.encode(form)) == message
    body = msgspec.msgpack.encode(form)
    place = body.index(b"\x90")
    deep = b"\x01" + body[:place] + b"\x91" * MAX_MESSAGE_NESTING + body[place:]
    with pytest.raises(MalformedMessage, match="nested over 2000 levels"):
        decode_message(deep)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_version_is_told_apart_from_rubbish(version: int) -> None:
    who = "that one" if version == 0 else "this member"
    sentence = f"a peer speaks version {version}, this member 1: update {who}"
    with pytest.raises(UnsupportedVersion, match=sentence):
        decode_message(bytes([version]) + encode_message(VoteReply(1, True, True))[1:])


@pytest.mark.parametrize(
    "form,unknown",
    [
        ([99], "a message of kind 99"),
        ([99, "whatever", {"it": "says"}], "a message of kind 99"),
        ([3, 1, 0, 0, 0, [[1, 1, 1, b"x"], [2, 1, 7, b"y"]]], "an entry of kind 7"),
        ([6, 1, 0, [[1, 9, b""]]], "an answer of status 9"),
        ([14, "me.1", 1, 9], "a reply of status 9"),
    ],
)
def test_what_only_a_later_version_says_is_told_apart_from_rubbish(
    form: object, unknown: str
) -> None:
    with pytest.raises(UnsupportedVersion, match=f"{unknown}, which this member does not know"):
        decode_message(b"\x01" + msgspec.msgpack.encode(form))


@pytest.mark.parametrize(
    "form", [[-1], [True], ["3"], [3], [3, 1, 0, 0, 0, 7], [3, 1, 0, 0, 0, [[1, 1, "x", b""]]]]
)
def test_and_rubbish_is_not_taken_for_a_later_version(form: object) -> None:
    with pytest.raises(MalformedMessage):
        decode_message(b"\x01" + msgspec.msgpack.encode(form))


def test_fields_that_a_later_version_added_at_the_end_are_ignored() -> None:
    assert decode_message(b"\x01\x96\x02\x03\xc3\xc2\xc2\xa5later") == VoteReply(3, True, False)


def test_fields_with_a_default_may_be_missing() -> None:
    assert decode_message(b"\x01\x94\x04\x03\xc2\x08") == AppendReply(3, False, 8, 0, 0)


# --- records ------------------------------------------------------------------------------------


@given(records)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    assert decode_record(encode_record(record)) == record


def test_the_document_shows_every_record_with_its_fields() -> None:
    identity = ["sequence = 1", "node_id", "founds = false"]
    assert documented("journal.md") == {
        (tag_of(Identity), "Identity"): identity,
        (tag_of(Step), "Step"): fields_of(Step),
        (tag_of(CheckpointRecord), "CheckpointRecord"): fields_of(CheckpointRecord),
    }
    assert [field.split(" =")[0] for field in identity] == list(Identity.__struct_fields__)


def test_a_record_is_version_checksum_and_content() -> None:
    body = b"\x94\x00\x01\xa1a\xc3"
    assert encode_record(Identity(1, "a", founds=True)) == (
        b"\x01" + crc32(b"\x01" + body).to_bytes(4, "big") + body
    )


@given(records, st.data())
def test_any_changed_byte_of_a_record_is_detected(record: Record, data: st.DataObject) -> None:
    stored = bytearray(encode_record(record))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(JournalDamaged):
        decode_record(bytes(stored))


@given(records, st.data())
def test_any_record_cut_short_is_detected(record: Record, data: st.DataObject) -> None:
    stored = encode_record(record)
    with pytest.raises(JournalDamaged):
        decode_record(stored[: data.draw(st.integers(0, len(stored) - 1))])


@given(records, st.binary(min_size=1, max_size=8))
def test_bytes_after_a_record_are_detected(record: Record, more: bytes) -> None:
    with pytest.raises(JournalDamaged):
        decode_record(encode_record(record) + more)


@given(st.binary())
def test_any_bytes_are_a_record_or_one_of_two_errors(data: bytes) -> None:
    with suppress(JournalDamaged, UnsupportedVersion):
        decode_record(data)


@given(st.binary(min_size=1))
@example(b"\x93\x00\x01\xa1\xff")  # text that is no UTF-8
def test_any_content_with_a_fitting_checksum_is_a_record_or_damage(body: bytes) -> None:
    with suppress(JournalDamaged, UnsupportedVersion):
        decode_record(sealed(body))


def test_content_nested_too_deeply_is_damage() -> None:
    with pytest.raises(JournalDamaged, match="its checksum fits, its content does not"):
        decode_record(sealed(b"\x95\x00\x01\xa1a\xc2" + NESTED))


@pytest.mark.parametrize("body", [b"\xc0", b"\x91\x00", b"\x93\x00\x01\xa1\xff"])
def test_content_that_is_no_record_says_so(body: bytes) -> None:
    with pytest.raises(JournalDamaged, match="its checksum fits, its content does not"):
        decode_record(sealed(body))


def test_an_empty_record_says_so() -> None:
    with pytest.raises(JournalDamaged, match="it is empty"):
        decode_record(b"")


@pytest.mark.parametrize("size", [1, 4, 5])
def test_a_record_without_content_is_damaged(size: int) -> None:
    with pytest.raises(JournalDamaged, match="checksum"):
        decode_record(b"\x01\x00\x00\x00\x00"[:size])


def test_a_later_version_says_what_to_do() -> None:
    with pytest.raises(UnsupportedVersion, match="has version 2, this member knows 1: update"):
        decode_record(sealed(b"whatever a later version writes", version=2))


@pytest.mark.parametrize(
    "form,unknown",
    [
        ([9, 2, "whatever"], "a record of kind 9"),
        ([1, 2, 1, None, 0, [[1, 1, 7, b"x"]]], "an entry of kind 7"),
        ([2, 2, "a", 1, None, b"", 0, 0, [[1, 1, 7, b"x"]], 1], "an entry of kind 7"),
    ],
)
def test_what_only_a_later_version_writes_is_no_damage(form: object, unknown: str) -> None:
    with pytest.raises(UnsupportedVersion, match=f"it has {unknown}, which this member"):
        decode_record(sealed(msgspec.msgpack.encode(form)))


def test_a_record_from_before_founding_was_a_part_of_it() -> None:
    assert decode_record(sealed(b"\x93\x00\x01\xa1a")) == Identity(1, "a", founds=False)


def test_fields_that_a_later_version_added_to_a_record_are_ignored() -> None:
    assert decode_record(sealed(b"\x99\x01\x02\x05\xa1a\x00\x90\x00\xc0\xc3")) == Step(
        2, 5, "a", 0, ()
    )
