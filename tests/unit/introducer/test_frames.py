import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from introducer.frames import (
    MAX_BODY_DEPTH,
    Join,
    Joined,
    Leave,
    Left,
    Refused,
    Relayed,
    Signal,
    Welcome,
    WelcomeLimits,
    decode,
    encode,
)
from introducer.refusals import Code, RefusalError
from tests.unit.introducer.rooms import ANN, BOB, ROOM, join, signal


def code_of(data: bytes) -> Code:
    with pytest.raises(RefusalError) as caught:
        decode(data)
    assert str(caught.value).endswith(".")
    return caught.value.code


def nested(depth: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _ in range(depth - 1):
        body = {"in": [0, "text"], "deeper": body}
    return body


def test_a_client_can_say_three_things() -> None:
    assert decode(json.dumps(join(ANN)).encode()) == Join(1, ROOM, ANN)
    assert decode(b' {"type" : "leave"} ') == Leave()
    frame = decode(json.dumps(signal(BOB, {"sdp": "é\n"})).encode())
    assert isinstance(frame, Signal)
    assert (frame.to, json.loads(bytes(frame.body))) == (BOB, {"sdp": "é\n"})


def test_a_body_is_kept_byte_for_byte() -> None:
    body = b'{ "b":1.0,"a" : 9007199254740993, "u":"\\u00e9" }'
    frame = decode(b'{"type":"signal","body":' + body + b',"to":"' + BOB.encode() + b'"}')
    assert isinstance(frame, Signal)
    assert bytes(frame.body) == body
    relayed = encode(Relayed(ANN, frame.body))
    assert relayed == b'{"type":"signal","sender":"' + ANN.encode() + b'","body":' + body + b"}"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"3",
        b"{}",
        b'{"type":"leave"}{"type":"leave"}',
        b'{"type":"leave"',
        b'{"type":"leave","why":1}',
        b'{"type":"Leave"}',
        b'{"type":7}',
        b'{"type":"welcome"}',
        b'{"type":"join","protocol":1}',
        b'{"type":"join","protocol":"1","room":"","member":""}',
        b'{"type":"join","protocol":1,"room":5,"member":""}',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
    ids=lambda data: repr(data[:40]),
)
def test_what_is_no_frame_is_a_bad_frame(data: bytes) -> None:
    assert code_of(data) is Code.BAD_FRAME


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"a":1e999}',
        b'{"a":NaN}',
        b'{"a":01}',
        b'{"a":"\x01"}',
        b'{"a":"\\q"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"a":' + b'{"a":' * 20 + b"1" + b"}" * 20 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_some_parser_could_stumble_over_is_a_bad_frame(body: bytes) -> None:
    frame = b'{"type":"signal","to":"' + BOB.encode() + b'","body":' + body + b"}"
    assert code_of(frame) is Code.BAD_FRAME


def test_a_body_may_nest_to_the_limit_and_no_deeper() -> None:
    assert isinstance(decode(json.dumps(signal(BOB, nested(MAX_BODY_DEPTH))).encode()), Signal)
    too_deep = json.dumps(signal(BOB, nested(MAX_BODY_DEPTH + 1))).encode()
    assert code_of(too_deep) is Code.BAD_FRAME


def test_a_claimed_sender_is_a_bad_frame() -> None:
    assert code_of(json.dumps(signal(BOB, {}) | {"sender": ANN}).encode()) is Code.BAD_FRAME


@pytest.mark.parametrize("protocol", [0, 2, -1, 1 << 40])
def test_another_version_is_told_so(protocol: int) -> None:
    assert code_of(json.dumps(join(ANN, protocol=protocol)).encode()) is Code.BAD_PROTOCOL


def test_another_version_is_told_so_even_if_its_join_looks_different() -> None:
    assert code_of(b'{"type":"join","protocol":2,"token":[1]}') is Code.BAD_PROTOCOL


@pytest.mark.parametrize(
    "room", ["", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 64 + "\n", "é" * 64]
)
def test_a_room_is_64_hex_characters(room: str) -> None:
    assert code_of(json.dumps(join(ANN, room)).encode()) is Code.BAD_ROOM


@pytest.mark.parametrize("member", ["", "a" * 15, "a" * 17, "A" * 16, "x" * 16, "a" * 16 + "\n"])
def test_a_member_is_16_hex_characters(member: str) -> None:
    assert code_of(json.dumps(join(member)).encode()) is Code.BAD_MEMBER
    assert code_of(json.dumps(signal(member, {})).encode()) is Code.BAD_MEMBER


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_decode_or_be_refused(data: bytes) -> None:
    try:
        frame = decode(data)
    except RefusalError:
        return
    assert isinstance(frame, Join | Signal | Leave)


def test_a_long_name_in_a_bad_frame_does_not_come_back_long() -> None:
    with pytest.raises(RefusalError) as caught:
        decode(json.dumps({"type": "leave", "x" * 50_000: 1}).encode())
    assert len(str(caught.value)) < 300


def test_the_servers_frames_look_as_documented() -> None:
    limits = WelcomeLimits(message_bytes=1, room_members=2, rate=3.0, burst=4)
    frames: list[tuple[bytes, dict[str, Any]]] = [
        (
            encode(Welcome(1, ANN, (BOB,), limits, ())),
            {
                "type": "welcome",
                "protocol": 1,
                "member": ANN,
                "members": [BOB],
                "limits": {"message_bytes": 1, "room_members": 2, "rate": 3.0, "burst": 4},
                "ice_servers": [],
            },
        ),
        (encode(Joined(ANN)), {"type": "joined", "member": ANN}),
        (encode(Left(ANN, "lost")), {"type": "left", "member": ANN, "reason": "lost"}),
        (
            encode(Relayed(ANN, msgspec.Raw(b'{"x":1}'))),
            {"type": "signal", "sender": ANN, "body": {"x": 1}},
        ),
        (
            encode(Refused(Code.TOO_FAST, "Wait.", fatal=True)),
            {"type": "refused", "code": "too_fast", "message": "Wait.", "fatal": True},
        ),
    ]
    for encoded, expected in frames:
        assert json.loads(encoded) == expected
