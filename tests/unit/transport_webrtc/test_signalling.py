"""The introducer's client: joining, coming back, and what each refusal means."""

import hashlib
import json
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.events import IntroducerState
from transport_webrtc.signalling import (
    Action,
    CloseSocket,
    IceServer,
    IceServers,
    IntroducerClient,
    Joined,
    Left,
    OpenSocket,
    Refusal,
    SendText,
    Signal,
    SignallingSettings,
    StateChanged,
    Unreadable,
    Welcome,
    room_of,
)

ME, OTHER = "1" * 16, "2" * 16
ROOM = "a" * 64
SETTINGS = SignallingSettings()
WELCOME = json.dumps(
    {
        "type": "welcome",
        "protocol": 1,
        "member": ME,
        "members": [OTHER],
        "ice_servers": [{"urls": "stun:example.org"}],
        "limits": {"message_bytes": 65536},
    }
)


def make(seed: int = 0) -> IntroducerClient:
    return IntroducerClient(ME, ROOM, rng=Random(seed))


def make_joined(now: float = 0.0) -> IntroducerClient:
    client = make()
    assert client.start(now) == [OpenSocket()]
    client.opened()
    client.received(now, WELCOME)
    assert client.state is IntroducerState.JOINED
    return client


def refused(code: str, *, fatal: bool = True) -> str:
    frame = {"type": "refused", "code": code, "message": "Do something.", "fatal": fatal}
    return json.dumps(frame)


def next_attempt(client: IntroducerClient) -> float:
    """Waits for the next attempt; returns when it came."""
    deadline = client.deadline
    assert deadline is not None
    assert client.tick(deadline - 1e-6) == []
    assert client.tick(deadline) == [OpenSocket()]
    return deadline


def changes(actions: Sequence[Action]) -> list[IntroducerState]:
    return [action.state for action in actions if isinstance(action, StateChanged)]


# ------------------------------------------------------------------------------------------ joining


def test_the_room_is_a_hash_of_the_key() -> None:
    key = "0123456789abcdef" * 2
    assert room_of(key) == hashlib.sha256(b"raft room " + bytes.fromhex(key)).hexdigest()


@pytest.mark.parametrize("key", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0" * 32 + "\n"])
def test_a_malformed_key_is_the_callers_fault(key: str) -> None:
    with pytest.raises(ValueError, match="32 lower-case"):
        room_of(key)


def test_it_joins_and_is_welcomed() -> None:
    client = make()
    assert client.state is IntroducerState.CONNECTING
    assert client.start(0.0) == [OpenSocket()]
    (sent,) = client.opened()
    assert isinstance(sent, SendText)
    assert json.loads(sent.text) == {"type": "join", "protocol": 1, "room": ROOM, "member": ME}
    assert client.received(0.1, WELCOME) == [
        StateChanged(IntroducerState.JOINED, None),
        Welcome([OTHER], [IceServer("stun:example.org")]),
    ]
    assert client.deadline is None


def test_news_of_the_room_are_passed_on() -> None:
    client = make_joined()
    for frame, news in [
        ({"type": "joined", "member": OTHER}, Joined(OTHER)),
        ({"type": "left", "member": OTHER, "reason": "lost"}, Left(OTHER, "lost")),
        (
            {"type": "ice_servers", "ice_servers": [{"urls": "stun:example.org"}]},
            IceServers([IceServer("stun:example.org")]),
        ),
        ({"type": "signal", "sender": OTHER, "body": {"a": [1]}}, Signal(OTHER, {"a": [1]})),
    ]:
        assert client.received(1.0, json.dumps(frame)) == [news]


def test_signals_are_sent_only_in_the_room() -> None:
    client = make()
    assert client.signal(OTHER, {"kind": "wanted"}) == []
    client = make_joined()
    (sent,) = client.signal(OTHER, {"kind": "wanted"})
    assert isinstance(sent, SendText)
    assert json.loads(sent.text) == {"type": "signal", "to": OTHER, "body": {"kind": "wanted"}}
    client.closed(1.0)
    assert client.signal(OTHER, {"kind": "wanted"}) == []


def test_leaving_is_said_and_final() -> None:
    client = make_joined()
    goodbye, close = client.leave()
    assert isinstance(goodbye, SendText)
    assert json.loads(goodbye.text) == {"type": "leave"}
    assert close == CloseSocket()
    assert client.leave() == []
    assert client.closed(1.0) == []
    assert client.deadline is None
    assert client.tick(1000.0) == []


def test_leaving_before_joining_closes_and_says_nothing() -> None:
    client = make()
    client.start(0.0)
    assert client.leave() == [CloseSocket()]


# -------------------------------------------------------------------------------------- coming back


def test_a_lost_introducer_is_looked_for_for_ever() -> None:
    client = make_joined()
    now = SETTINGS.steady_after
    (change,) = client.closed(now)
    assert isinstance(change, StateChanged)
    assert change.state is IntroducerState.LOST
    assert "trying again" in (client.problem or "")
    delays = []
    for _ in range(50):
        when = next_attempt(client)
        delays.append(when - now)
        now = when + 0.1
        assert client.closed(now) == [], "nothing new to say"
    assert delays[0] <= SETTINGS.first_delay
    assert max(delays) <= SETTINGS.max_delay
    assert min(delays[-10:]) >= SETTINGS.max_delay / 2
    next_attempt(client)
    client.opened()
    assert changes(client.received(now, WELCOME)) == [IntroducerState.JOINED]
    assert client.problem is None


def test_the_delay_is_short_again_after_a_steady_time_only() -> None:
    client = make()
    client.start(0.0)
    now = 0.0
    for _ in range(10):
        client.closed(client.deadline or 0.0)
        now = next_attempt(client)
    client.opened()
    client.received(now, WELCOME)
    client.closed(now + 0.1)
    assert (client.deadline or 0.0) - now > SETTINGS.max_delay / 2, "it never lasted"
    now = next_attempt(client)
    client.opened()
    client.received(now, WELCOME)
    client.closed(now + SETTINGS.steady_after)
    assert (client.deadline or 0.0) - now - SETTINGS.steady_after <= SETTINGS.first_delay


def test_delays_differ_from_member_to_member() -> None:
    deadlines = set()
    for seed in range(10):
        client = make(seed)
        client.start(0.0)
        client.closed(1.0)
        deadlines.add(client.deadline)
    assert len(deadlines) == 10


@pytest.mark.parametrize("opens", [False, True])
def test_a_socket_that_leads_nowhere_is_given_up(opens: bool) -> None:
    client = make()
    client.start(0.0)
    if opens:
        client.opened()
    assert client.deadline == SETTINGS.join_timeout
    close, change = client.tick(SETTINGS.join_timeout)
    assert close == CloseSocket()
    assert changes([change]) == [IntroducerState.LOST]
    next_attempt(client)


# ----------------------------------------------------------------------------------------- refusals


def test_a_refusal_that_is_not_fatal_is_only_passed_on() -> None:
    client = make_joined()
    expected = Refusal("unknown_peer", "Do something.", fatal=False)
    assert client.received(1.0, refused("unknown_peer", fatal=False)) == [expected]
    assert client.state is IntroducerState.JOINED


@pytest.mark.parametrize("code", ["room_full", "too_many_rooms", "too_many_connections", "new"])
def test_what_may_change_is_asked_again_slowly(code: str) -> None:
    client = make()
    client.start(0.0)
    client.opened()
    refusal, close, change = client.received(1.0, refused(code))
    assert refusal == Refusal(code, "Do something.", fatal=True)
    assert close == CloseSocket()
    assert change == StateChanged(IntroducerState.REFUSED, "Do something.")
    when = next_attempt(client)
    assert SETTINGS.slow_delay / 2 <= when - 1.0 <= SETTINGS.slow_delay
    assert client.state is IntroducerState.REFUSED, "until it is welcomed"
    assert client.closed(when) == []
    assert client.problem == "Do something."
    when = next_attempt(client)
    client.opened()
    assert changes(client.received(when, WELCOME)) == [IntroducerState.JOINED]
    assert changes(client.closed(when + 1.0)) == [IntroducerState.LOST]


@pytest.mark.parametrize(
    "code", ["replaced", "bad_protocol", "bad_room", "bad_member", "bad_frame"]
)
def test_what_cannot_change_is_not_asked_again(code: str) -> None:
    client = make_joined()
    actions = client.received(1.0, refused(code))
    assert changes(actions) == [IntroducerState.REFUSED]
    assert client.deadline is None
    assert client.closed(2.0) == []
    assert client.tick(1e6) == []
    assert client.problem == "Do something."


@pytest.mark.parametrize(
    "code", ["too_fast", "too_large", "slow_reader", "not_joined", "already_joined"]
)
def test_what_concerns_one_connection_is_tried_with_another_soon(code: str) -> None:
    client = make_joined(now=0.0)
    actions = client.received(20.0, refused(code))
    assert changes(actions) == [IntroducerState.LOST]
    assert CloseSocket() in actions
    assert next_attempt(client) - 20.0 <= SETTINGS.first_delay


# ----------------------------------------------------------------------------------------- nonsense


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"type":"surprise"}',
        '{"type":"joined"}',
        '{"type":"joined","member":"not hexadecimal"}',
        '{"type":"left","member":"2222222222222222"}',
        '{"type":"signal","sender":"2222222222222222222222","body":{}}',
        '{"type":"refused","code":"x","message":"' + "m" * 2000 + '","fatal":true}',
        '{"type":"joined","member":"\ud800"}',
        '{"type":"signal","sender":"2222222222222222","body":' + "[" * 100_000,
        WELCOME,
    ],
)
def test_what_cannot_be_read_is_ignored_with_a_word(text: str) -> None:
    client = make_joined()
    (ignored,) = client.received(1.0, text)
    assert isinstance(ignored, Unreadable)
    assert client.state is IntroducerState.JOINED


def test_news_before_the_welcome_are_ignored() -> None:
    client = make()
    client.start(0.0)
    news = json.dumps({"type": "joined", "member": OTHER})
    assert [type(action) for action in client.received(0.0, WELCOME)] == [Unreadable]
    client.opened()
    assert client.opened() == []
    assert [type(action) for action in client.received(0.0, news)] == [Unreadable]


@given(st.text())
def test_no_text_raises(text: str) -> None:
    make_joined().received(1.0, text)
