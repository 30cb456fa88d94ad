"""Frames as bytes: what is written can be read, and what nobody writes is refused."""

import struct
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.framing import (
    BYE,
    CHUNK,
    CHUNK_OVERHEAD,
    HELLO,
    MAX_BYE,
    MAX_CHUNK,
    MAX_FRAME,
    MAX_WHOLE,
    PING,
    PROTOCOL,
    READY,
    WHOLE,
    Assembler,
    Bye,
    Chunk,
    FrameError,
    Hello,
    Ping,
    Pong,
    Ready,
    decode,
    digest_of,
    encode,
    split,
)

CONTROL_FRAMES = [
    Hello(PROTOCOL, "0123456789abcdef", 2**22),
    Ready(),
    Ping(0),
    Ping(2**32 - 1),
    Pong(7),
    Bye(""),
    Bye("the page went away — für immer"),
]


def chunks_of(payload: bytes, *, message: int = 1, size: int = MAX_CHUNK) -> list[Chunk]:
    chunks = [decode(frame) for frame in split(message, payload, size=size)]
    assert all(isinstance(chunk, Chunk) for chunk in chunks)
    return chunks  # type: ignore[return-value]


@pytest.mark.parametrize("frame", CONTROL_FRAMES, ids=repr)
def test_what_is_encoded_is_decoded(frame: Hello | Ready | Ping | Pong | Bye) -> None:
    assert decode(encode(frame)) == frame


def test_the_bytes_of_version_1() -> None:
    """These are the protocol: other versions of this package rely on them."""
    assert encode(Hello(1, "ab", 3)) == b'\x03{"protocol":1,"member":"ab","max_message":3}'
    assert encode(Ready()) == b"\x04"
    assert encode(Ping(258)) == b"\x05\x00\x00\x01\x02"
    assert encode(Pong(258)) == b"\x06\x00\x00\x01\x02"
    assert encode(Bye("why")) == b"\x07why"
    (frame,) = split(9, b"abc")
    assert frame == b"\x02" + struct.pack(">III", 9, 0, 3) + digest_of(b"abc") + b"abc"
    assert WHOLE == 1


def test_a_newer_hello_may_say_more() -> None:
    body = {"protocol": 2, "member": "a", "max_message": 1, "colour": "green"}
    assert decode(bytes([HELLO]) + msgspec.json.encode(body)) == Hello(2, "a", 1)


def test_a_long_goodbye_is_cut() -> None:
    frame = encode(Bye("ä" * 1000))
    assert len(frame) == MAX_BYE + 1
    decoded = decode(frame)
    assert isinstance(decoded, Bye)
    assert decoded.reason.startswith("ä" * 100)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes([0]),
        bytes([8]),
        bytes([255]) * 100,
        bytes([WHOLE]),
        bytes([CHUNK]),
        bytes([CHUNK]) + bytes(CHUNK_OVERHEAD - 2),
        bytes([HELLO]),
        bytes([HELLO]) + b"{}",
        bytes([HELLO]) + b'{"protocol":"1","member":"a","max_message":1}',
        bytes([HELLO]) + b"\xff\xfe",
        bytes([HELLO]) + b'{"protocol":2,"member":"a","max_message":1,"more":' + b"[" * 50_000,
        bytes([READY]) + b"x",
        bytes([PING]),
        bytes([PING]) + bytes(5),
        bytes([BYE]) + bytes(MAX_BYE + 1),
    ],
)
def test_what_is_no_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(FrameError):
        decode(frame)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_refused(frame: bytes) -> None:
    try:
        decode(frame)
    except FrameError:
        return
    assert frame[0] in {CHUNK, HELLO, READY, PING, PING + 1, BYE}


def test_the_largest_frames_have_the_size_they_may_have() -> None:
    assert MAX_WHOLE == 65_535
    frames = list(split(1, bytes(2 * MAX_CHUNK + 1)))
    assert [len(frame) for frame in frames] == [MAX_FRAME, MAX_FRAME, CHUNK_OVERHEAD + 1]


@given(st.binary(min_size=1, max_size=500), st.integers(1, 600), st.integers(0, 2**32 - 1))
def test_a_message_survives_any_split(payload: bytes, size: int, message: int) -> None:
    assembler = Assembler(500)
    *parts, last = chunks_of(payload, message=message, size=size)
    assert [assembler.add(chunk) for chunk in parts] == [None] * len(parts)
    assert assembler.add(last) == payload


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=5), st.integers(1, 40))
def test_messages_follow_each_other(payloads: list[bytes], size: int) -> None:
    assembler = Assembler(100)
    done = [
        assembler.add(chunk)
        for number, payload in enumerate(payloads)
        for chunk in chunks_of(payload, message=number, size=size)
    ]
    assert [payload for payload in done if payload is not None] == payloads


@given(st.data())
def test_chunks_in_another_order_never_make_a_message(data: st.DataObject) -> None:
    payload = bytes(range(100))
    chunks = chunks_of(payload, size=9)
    order = data.draw(st.permutations(chunks).filter(lambda order: order != chunks))
    assembler = Assembler(100)
    with pytest.raises(FrameError):
        list(map(assembler.add, order))


def test_a_missing_chunk_is_noticed() -> None:
    first, _, third = chunks_of(bytes(30), size=10)
    assembler = Assembler(30)
    assembler.add(first)
    with pytest.raises(FrameError, match="a chunk at 20 where 10 continues"):
        assembler.add(third)


def test_a_changed_byte_is_noticed() -> None:
    first, second = chunks_of(bytes(20), size=10)
    assembler = Assembler(20)
    assembler.add(first)
    with pytest.raises(FrameError, match="digest"):
        assembler.add(msgspec.structs.replace(second, data=b"1" + bytes(9)))


def test_a_message_inside_another_is_refused() -> None:
    assembler = Assembler(20)
    assembler.add(chunks_of(bytes(20), size=10)[0])
    with pytest.raises(FrameError, match="message 2 begins inside message 1"):
        assembler.add(chunks_of(bytes(20), message=2, size=10)[0])


def test_more_bytes_than_announced_are_refused() -> None:
    chunk = chunks_of(bytes(10))[0]
    with pytest.raises(FrameError, match="length or digest"):
        Assembler(20).add(msgspec.structs.replace(chunk, length=5))


def test_a_message_over_the_limit_is_refused_at_its_first_chunk() -> None:
    first = chunks_of(bytes(101), size=1)[0]
    with pytest.raises(FrameError, match="at most 100"):
        Assembler(100).add(first)


def test_an_empty_chunk_is_refused() -> None:
    chunk = Chunk(1, 0, 0, digest_of(b""), b"")
    with pytest.raises(FrameError):
        Assembler(100).add(chunk)


def test_offsets_continue_each_other() -> None:
    chunks = chunks_of(bytes(1000), size=300)
    assert all(two.offset - one.offset == len(one.data) for one, two in pairwise(chunks))
