"""One link: order and pace of messages, backpressure, pings, every fault of a peer.

With `test_greeting.py`, which has how it begins.
"""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.events import LossReason
from transport_webrtc.framing import (
    CHUNK,
    MAX_WHOLE,
    PROTOCOL,
    Bye,
    Chunk,
    Hello,
    Ping,
    Pong,
    Ready,
    Superseded,
    Word,
    Yielded,
    decode,
    encode,
    split,
)
from transport_webrtc.link import Link, LinkSettings
from transport_webrtc.starts import Start

ONE, TWO = "1" * 16, "2" * 16
LARGE = bytes(range(256)) * 1200
"""Five frames."""


class FakeChannel:
    """Keeps what it is given until it is told to pass it on."""

    def __init__(self) -> None:
        self.held: deque[bytes] = deque()
        self.works = True

    def transmit(self, frame: bytes) -> bool:
        if self.works:
            self.held.append(frame)
        return self.works

    def buffered(self) -> int:
        return sum(map(len, self.held))


class End:
    """One end of a link, with everything it says."""

    def __init__(self, member: str, peer: str, settings: LinkSettings) -> None:
        self.now = 0.0
        self.channel = FakeChannel()
        self.delivered: list[bytes] = []
        self.connected = 0
        self.greeting: bytes | None = None
        self.ended: list[tuple[LossReason, str]] = []
        self.words: list[Word] = []
        self.link = Link(
            member,
            peer,
            self.channel,
            settings=settings,
            clock=lambda: self.now,
            deliver=self._deliver,
            on_connected=self._on_connected,
            on_ended=self._on_ended,
            on_word=self._on_word,
        )

    def _deliver(self, peer: str, payload: bytes) -> None:
        assert self.link.connected
        assert peer == self.link.peer
        self.delivered.append(payload)

    def _on_connected(self, link: Link) -> None:
        assert link.connected
        self.connected += 1
        if self.greeting is not None:
            assert link.send(self.greeting)

    def _on_word(self, link: Link, word: Word) -> None:
        assert link is self.link
        self.words.append(word)

    def _on_ended(self, link: Link, reason: LossReason, detail: str) -> None:
        assert not link.connected
        self.ended.append((reason, detail))

    def pass_on(self, other: "End", count: int | None = None) -> None:
        """The channel delivers what it holds, or the first few frames of it."""
        for _ in range(len(self.channel.held) if count is None else count):
            other.link.receive(self.channel.held.popleft())

    def frames(self) -> list[object]:
        """What the channel holds, decoded; a whole message as its payload. Empties the channel."""
        frames: list[object] = [
            frame[1:] if frame[0] == 1 else decode(frame) for frame in self.channel.held
        ]
        self.channel.held.clear()
        return frames


def make_pair(settings: LinkSettings | None = None) -> tuple[End, End]:
    """Two ends, open, not greeted."""
    settings = settings or LinkSettings()
    return End(ONE, TWO, settings), End(TWO, ONE, settings)


def exchange(one: End, two: End) -> None:
    """Everything that is under way arrives, until nothing is."""
    while one.channel.held or two.channel.held:
        one.pass_on(two)
        one.link.drained()
        two.pass_on(one)
        two.link.drained()


def make_connected(settings: LinkSettings | None = None) -> tuple[End, End]:
    one, two = make_pair(settings)
    one.link.opened()
    two.link.opened()
    exchange(one, two)
    assert one.connected == two.connected == 1
    return one, two


# ----------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize("size", [0, 1, MAX_WHOLE, MAX_WHOLE + 1, 300_000, 4 * 2**20])
def test_a_message_of_any_size_arrives(size: int) -> None:
    one, two = make_connected()
    payload = (bytes(range(251)) * (size // 251 + 1))[:size]
    assert one.link.send(payload)
    exchange(one, two)
    assert two.delivered == [payload]
    assert one.link.buffered == 0


def test_an_empty_message_that_waits_keeps_its_place() -> None:
    one, two = make_connected(LinkSettings(pace_limit=1, patience=3600))
    one.link.send(LARGE)
    one.link.send(b"")
    one.pass_on(two)
    while not two.delivered:  # a frame at a time: when the last chunk has left, the rest waits
        one.link.drained()
        one.pass_on(two)
    one.link.send(b"after it")
    exchange(one, two)
    assert two.delivered == [LARGE, b"", b"after it"]


def test_a_small_message_is_one_frame_and_the_next_turn_is_not_waited_for() -> None:
    one, _ = make_connected()
    assert one.link.send(b"a")
    assert one.link.send(b"")
    assert one.frames() == [b"a", b""]


@given(
    st.lists(st.sampled_from([0, 1, 70_000, MAX_WHOLE, 200_000, 500]), max_size=12),
    st.integers(1, 4),
)
def test_patient_links_keep_the_order(sizes: list[int], speed: int) -> None:
    one, two = make_connected(LinkSettings(send_limit=2**30, pace_limit=100_000))
    payloads = [bytes([number]) * size for number, size in enumerate(sizes)]
    for payload in payloads:
        assert one.link.send(payload)
    while one.channel.held:
        one.pass_on(two, min(speed, len(one.channel.held)))
        one.link.drained()
    assert two.delivered == payloads


def test_only_some_of_a_large_message_is_in_the_channel_at_once() -> None:
    one, two = make_connected(LinkSettings(pace_limit=100_000))
    assert one.link.send(LARGE)
    assert 100_000 <= one.channel.buffered() < 170_000
    assert one.link.buffered >= len(LARGE)
    one.pass_on(two)
    assert two.delivered == []
    one.link.drained()
    exchange(one, two)
    assert two.delivered == [LARGE]


def test_a_small_message_waits_a_while_and_then_overtakes() -> None:
    one, two = make_connected(LinkSettings(pace_limit=70_000, patience=0.2))
    one.link.send(LARGE)
    one.link.send(b"small")
    one.now = 0.1
    one.pass_on(two, 1)
    one.link.drained()
    assert [type(frame) for frame in one.frames()] == [Chunk, Chunk]
    one.now = 0.3
    one.link.send(b"another")
    one.link.drained()
    assert one.frames()[:3] == [b"small", b"another", decode(list(split(1, LARGE))[3])]


def test_small_messages_that_overtake_keep_their_order() -> None:
    one, two = make_connected(LinkSettings(pace_limit=70_000, patience=0.0))
    one.link.send(LARGE)
    one.link.send(LARGE)
    one.now = 1.0
    for number in range(5):
        one.link.send(bytes([number]))
    exchange(one, two)
    assert two.delivered == [*(bytes([number]) for number in range(5)), LARGE, LARGE]


def test_the_patience_of_one_message_is_not_used_up_by_another() -> None:
    one, two = make_connected(LinkSettings(pace_limit=70_000, patience=0.2))
    one.link.send(LARGE)
    one.link.send(b"first")
    exchange(one, two)
    one.now = 10.0
    one.link.send(LARGE)
    one.link.send(b"second")
    exchange(one, two)
    assert two.delivered == [LARGE, b"first", LARGE, b"second"]


def test_send_says_no_while_too_much_waits() -> None:
    one, two = make_connected(LinkSettings(send_limit=1000))
    sent = 0
    while one.link.send(bytes(99)):
        sent += 1
        assert sent < 20
    assert sent == 11, "the one that passes the limit is still taken"
    assert not one.link.send(b"")
    one.pass_on(two)
    assert one.link.send(b"again")


def test_large_messages_count_while_they_wait_here() -> None:
    one, two = make_connected(LinkSettings(send_limit=100_000))
    assert one.link.send(LARGE)
    assert not one.link.send(LARGE)
    assert not one.link.send(b"small")
    exchange(one, two)
    assert one.link.send(b"small")


def test_a_peer_that_takes_less_is_not_sent_more() -> None:
    one, _ = make_pair()
    one.link.opened()
    one.link.receive(encode(Hello(PROTOCOL, TWO, 100_000)))
    one.link.receive(encode(Ready()))
    assert not one.link.send(bytes(100_001))
    assert one.link.send(bytes(100_000))


def test_a_channel_that_fails_makes_send_say_no() -> None:
    one, _ = make_connected()
    one.channel.works = False
    assert not one.link.send(b"a")
    one.link.send(LARGE)
    assert one.channel.held == deque()


def test_numbers_of_large_messages_go_round() -> None:
    one, two = make_connected()
    one.link._message_number = 2**32 - 1
    one.link.send(LARGE)
    exchange(one, two)
    assert two.delivered == [LARGE]


# ------------------------------------------------------------------------------------------- faults


@given(st.binary(max_size=100).filter(lambda frame: frame[:1] != b"\x01"))
def test_no_frame_raises(frame: bytes) -> None:
    one, _ = make_connected()
    one.link.receive(frame)
    assert one.link.connected or one.ended != []
    assert one.delivered == []


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"\x00"],
        [bytes([CHUNK])],
        list(reversed(list(split(1, LARGE)))),
        [next(split(1, LARGE)), next(split(2, LARGE))],
        [next(split(1, bytes(5 * 2**20)))],
        [encode(Hello(PROTOCOL, TWO, 9))],
    ],
    ids=["empty", "unknown", "short", "reversed", "mixed", "too large", "another hello"],
)
def test_a_fault_of_the_peer_ends_the_link_with_a_word_to_both(frames: list[bytes]) -> None:
    one, two = make_connected()
    one.link.send(LARGE)
    one.frames()
    for frame in frames:
        one.link.receive(frame)
    assert [reason for reason, _ in one.ended] == [LossReason.FAULT]
    assert not one.link.connected
    assert not one.link.send(b"too late")
    assert one.link.buffered == one.channel.buffered(), "nothing of ours waits any more"
    one.pass_on(two)
    assert two.ended == [(LossReason.BYE, f"fault: {one.ended[0][1]}")]


def test_nothing_is_delivered_or_reported_after_the_end() -> None:
    one, two = make_connected()
    two.link.send(b"under way")
    one.link.close("we go")
    two.pass_on(one)
    one.link.receive(b"")
    one.link.end(LossReason.CLOSED, "again")
    one.link.drained()
    one.link.tick(100.0)
    one.link.opened()
    assert one.delivered == []
    assert one.ended == []
    assert one.frames() == [Bye("we go")]


def test_the_end_is_told_once() -> None:
    one, _ = make_connected()
    one.link.end(LossReason.CLOSED, "the channel was closed")
    one.link.end(LossReason.CLOSED, "the connection was closed")
    assert one.ended == [(LossReason.CLOSED, "the channel was closed")]


def test_a_link_that_never_opened_says_nothing_to_the_peer() -> None:
    one, _ = make_pair()
    one.link.tick(100.0)
    one.link.close("no more")
    assert one.frames() == []


# ----------------------------------------------------------------------------------------- liveness


def test_a_quiet_peer_is_pinged_and_the_round_trip_measured() -> None:
    one, two = make_connected()
    assert one.link.round_trip is None
    one.now = 1.0
    one.link.tick(one.now)
    assert one.channel.held == deque([encode(Ping(1))])
    one.pass_on(two)
    one.now = 1.25
    two.pass_on(one)
    assert one.link.round_trip == 0.25


def test_a_pong_to_another_ping_measures_nothing() -> None:
    one, _ = make_connected()
    one.link.tick(1.0)
    one.link.receive(encode(Pong(77)))
    assert one.link.round_trip is None
    assert one.link.connected


def test_a_silent_peer_is_dead_and_one_that_answers_is_not() -> None:
    one, two = make_connected()
    for second in range(1, 30):
        one.now = second
        one.link.tick(second)
        exchange(one, two)
    assert one.ended == []
    for second in range(30, 36):
        one.link.tick(second)
    assert [reason for reason, _ in one.ended] == [LossReason.SILENT]


def test_a_busy_peer_is_pinged_only_now_and_then() -> None:
    one, _ = make_connected()
    pings = 0
    for second in range(1, 51):
        one.link.receive(b"\x01busy")
        one.link.tick(second)
        pings += len(one.frames())
    assert pings == 10


def test_a_link_without_a_greeting_dies_of_silence() -> None:
    one, _ = make_pair()
    one.link.opened()
    for second in range(1, 10):
        one.link.tick(second)
    assert [reason for reason, _ in one.ended] == [LossReason.SILENT]


def test_a_channel_that_drains_is_a_sign_of_life() -> None:
    one, _ = make_connected()
    for second in range(1, 30):
        one.link.tick(second)
        one.link.drained()
    assert one.ended == []


def test_pongs_to_a_peer_that_reads_nothing_do_not_pile_up() -> None:
    one, _ = make_connected(LinkSettings(send_limit=1000))
    for nonce in range(10_000):
        one.link.receive(encode(Ping(nonce)))
    assert one.channel.buffered() < 1100
    assert one.link.connected


def test_queued_frames_go_out_at_a_tick_too() -> None:
    one, two = make_connected(LinkSettings(pace_limit=70_000))
    one.link.send(LARGE)
    for second in range(1, 6):
        one.pass_on(two)
        one.link.tick(second)
        two.pass_on(one)
    one.pass_on(two)
    assert two.delivered == [LARGE]


def test_words_on_starts_go_to_the_owner_and_end_nothing() -> None:
    one, two = make_connected()
    start = Start(7, "a" * 16, "b" * 64)
    one.link.tell(Yielded(start))
    one.channel.transmit(encode(Superseded(start)))
    exchange(one, two)
    assert two.words == [Yielded(start), Superseded(start)]
    assert two.link.connected
