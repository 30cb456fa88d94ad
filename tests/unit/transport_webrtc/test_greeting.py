"""How a link begins: who speaks is known to both, whatever is lost of what they say first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.transport_webrtc.test_link import LARGE, ONE, TWO, End, exchange, make_pair
from transport_webrtc.events import LossReason
from transport_webrtc.framing import HELLO, PROTOCOL, READY, Bye, Hello, Ready, encode, split
from transport_webrtc.greeting import Greeting, Incompatible
from transport_webrtc.link import LinkSettings


def make_open() -> tuple[End, End]:
    """Two ends that have said their first hello."""
    one, two = make_pair()
    one.link.opened()
    two.link.opened()
    return one, two


def one_round(one: End, two: End) -> None:
    """A second passes, and all that is said arrives."""
    for end in one, two:
        end.now += 1.0
        end.link.tick(end.now)
    exchange(one, two)


def test_both_are_connected_once_both_said_hello_and_ready() -> None:
    one, two = make_pair()
    one.link.opened()
    assert one.frames() == [Hello(PROTOCOL, ONE, LinkSettings().max_payload)]
    two.link.opened()
    two.pass_on(one)
    assert one.frames() == [Ready()]
    assert one.connected == 0
    two.link.receive(encode(Hello(PROTOCOL, ONE, 2**20)))
    two.link.receive(encode(Ready()))
    assert two.link.connected
    two.pass_on(one)
    assert one.connected == two.connected == 1


def test_a_frame_may_overtake_the_news_that_the_channel_is_open() -> None:
    one, two = make_pair()
    one.link.opened()
    one.pass_on(two)
    two.link.opened()
    exchange(one, two)
    assert one.connected == two.connected == 1


def test_nothing_is_sent_before_it_is_connected() -> None:
    one, _ = make_pair()
    assert not one.link.send(b"early")
    one.link.opened()
    assert not one.link.send(b"")
    assert not one.link.send(LARGE)


def test_a_message_sent_on_being_connected_finds_the_other_connected() -> None:
    one, two = make_pair()
    for end in one, two:
        end.greeting = b"at once"
    one.link.opened()
    two.link.opened()
    exchange(one, two)
    assert one.delivered == two.delivered == [b"at once"]


# --------------------------------------------------------------------------------- what may be lost


FIRST_WORDS = [(end, kind) for end in (0, 1) for kind in (HELLO, READY)]


@given(st.sets(st.sampled_from(FIRST_WORDS)))
def test_whatever_is_lost_of_a_greeting_is_made_up_for(
    lost: set[tuple[int, int]],
) -> None:
    ends = make_open()
    missing = set(lost)
    for _ in range(2):
        while any(end.channel.held for end in ends):
            for number, end in enumerate(ends):
                word = (number, end.channel.held[0][0]) if end.channel.held else None
                if word in missing:
                    missing.discard(word)
                    end.channel.held.popleft()
                end.pass_on(ends[1 - number])
        one_round(*ends)
    one, two = ends
    assert one.connected == two.connected == 1
    assert one.ended == two.ended == []
    assert one.link.send(b"from one")
    assert two.link.send(b"from two")
    exchange(one, two)
    assert (one.delivered, two.delivered) == ([b"from two"], [b"from one"])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=5))
def test_the_first_round_without_a_loss_ends_the_greeting(cuts: list[tuple[bool, bool]]) -> None:
    one, two = make_open()
    for cut in cuts:
        for _ in range(4):
            if cut[0]:
                one.frames()
            one.pass_on(two)
            if cut[1]:
                two.frames()
            two.pass_on(one)
        for end in one, two:
            end.now += 1.0
            end.link.tick(end.now)
    exchange(one, two)
    one_round(one, two)
    assert one.connected == two.connected == 1


def test_hello_is_said_each_round_until_the_peer_is_there_and_then_no_more() -> None:
    one, two = make_open()
    hello = Hello(PROTOCOL, ONE, LinkSettings().max_payload)
    for second in 1, 2:
        one.link.tick(second)
    assert one.frames() == [hello] * 3
    exchange(one, two)
    one.link.tick(3.0)
    exchange(one, two)
    assert one.link.connected
    for second in range(4, 20):
        one.link.tick(second)
    assert hello not in one.frames()


def test_who_is_connected_answers_a_hello_that_is_said_again() -> None:
    one, two = make_open()
    exchange(one, two)
    one.link.receive(encode(Hello(PROTOCOL, TWO, LinkSettings().max_payload)))
    assert one.frames() == [Ready()]
    two.link.receive(encode(Ready()))
    assert one.connected == two.connected == 1
    assert one.ended == two.ended == []


@pytest.mark.parametrize("payload", [b"", b"small", LARGE])
def test_a_message_from_who_has_greeted_stands_for_its_lost_ready(payload: bytes) -> None:
    one, two = make_open()
    one.pass_on(two)
    two.pass_on(one)
    one.frames()
    assert one.link.connected
    assert not two.link.connected
    assert one.link.send(payload)
    exchange(one, two)
    assert two.connected == 1
    assert two.delivered == [payload]


def test_who_is_ended_by_the_news_that_it_is_connected_is_told_no_message() -> None:
    one, _ = make_open()
    one.link._on_connected = lambda link: link.close("enough")
    one.link.receive(encode(Hello(PROTOCOL, TWO, 9)))
    one.link.receive(b"\x01message")
    assert one.delivered == []


def test_hellos_of_a_peer_that_reads_nothing_are_not_answered_for_ever() -> None:
    one, two = make_pair(LinkSettings(send_limit=1000))
    one.link.opened()
    two.link.opened()
    hello = two.channel.held[0]
    for _ in range(10_000):
        one.link.receive(hello)
    assert one.channel.buffered() < 1100


def test_who_hears_nothing_ends_the_link_and_who_is_not_heard_with_it() -> None:
    one, two = make_open()
    for second in range(1, 10):
        for end in one, two:
            end.now = second
            end.link.tick(second)
        one.frames()
        two.pass_on(one)
    assert [reason for reason, _ in two.ended] == [LossReason.SILENT]
    assert [reason for reason, _ in one.ended] == [LossReason.BYE]


# ------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize("other,older", [(PROTOCOL + 1, "we are"), (PROTOCOL - 1, "it is")])
def test_another_version_is_no_fault_but_no_link_either(other: int, older: str) -> None:
    one, _ = make_pair()
    one.link.opened()
    one.link.receive(encode(Hello(other, TWO, 1)))
    ((reason, detail),) = one.ended
    assert reason is LossReason.INCOMPATIBLE
    assert f"{older} the older one" in detail


@pytest.mark.parametrize(
    "frames",
    [
        [b"\x01too early"],
        [encode(Ready()), b"\x01too early"],
        list(split(1, b"too early")),
        [encode(Hello(PROTOCOL, TWO, 9)), encode(Hello(PROTOCOL, TWO, 8))],
        [encode(Hello(PROTOCOL, TWO, 9)), encode(Hello(PROTOCOL, ONE, 9))],
        [encode(Hello(PROTOCOL, "someone else", 9))],
        [b""],
        [b"\xff"],
    ],
    ids=repr,
)
def test_a_greeting_that_makes_no_sense_is_a_fault(frames: list[bytes]) -> None:
    one, _ = make_pair()
    one.link.opened()
    for frame in frames:
        one.link.receive(frame)
    assert [reason for reason, _ in one.ended] == [LossReason.FAULT]
    assert one.delivered == []
    assert isinstance(one.frames()[-1], Bye)


def test_the_greeting_itself() -> None:
    greeting = Greeting(ONE, TWO, 1000)
    assert greeting.hello == Hello(PROTOCOL, ONE, 1000)
    over = []
    for take in greeting.take_ready, lambda: greeting.take_hello(Hello(PROTOCOL, TWO, 2000)):
        take()
        over.append(greeting.over)
    assert over == [False, True]
    assert greeting.peer_takes == 1000
    with pytest.raises(Incompatible):
        Greeting(ONE, TWO, 1000).take_hello(Hello(PROTOCOL + 1, TWO, 9))
