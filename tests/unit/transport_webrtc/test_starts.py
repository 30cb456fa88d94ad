"""Starts of a member: which is the newest, whatever the order in which one hears of them."""

import itertools

import msgspec
import pytest

from transport_webrtc.authentication import Authenticator
from transport_webrtc.bodies import Offer, Superseded, Wanted, read_body, write_body
from transport_webrtc.starts import Heard, Line, Start, StartsSeen

KEY, ONE, TWO = "0" * 32, "1" * 16, "2" * 16


def start(number: int, nonce: str = "a") -> Start:
    return Start(number, nonce * 16, "0" * 64)


def test_the_higher_number_is_newer_and_of_equal_ones_the_higher_nonce() -> None:
    in_order = [start(1, "f"), start(2, "1"), start(2, "2"), start(3, "0")]
    for (place, one), (other, two) in itertools.product(enumerate(in_order), repeat=2):
        assert one.is_newer_than(two) is (place > other)


def test_the_proof_decides_nothing() -> None:
    assert not Start(2, "a" * 16, "1" * 64).is_newer_than(Start(2, "a" * 16, "0" * 64))


@pytest.mark.parametrize(
    "order", list(itertools.permutations([start(1), start(2, "a"), start(2, "b")]))
)
def test_all_come_to_the_same_newest_one(order: tuple[Start, ...]) -> None:
    seen = StartsSeen()
    for one in order:
        seen.hear(ONE, one)
    assert seen.newest(ONE) == start(2, "b")


def test_what_is_heard_is_told_apart() -> None:
    seen = StartsSeen()
    assert seen.hear(ONE, start(2)) is Heard.KNOWN
    assert seen.hear(ONE, start(2)) is Heard.KNOWN
    assert seen.hear(ONE, start(3)) is Heard.NEWER
    assert seen.hear(ONE, start(2)) is Heard.OLDER
    assert seen.hear(TWO, start(1)) is Heard.KNOWN
    assert seen.hear(ONE, None) is Heard.KNOWN
    assert seen.newest(ONE) == start(3)


def test_what_is_remembered_has_a_bound() -> None:
    seen = StartsSeen()
    for number in range(1000):
        seen.hear(f"{number:016x}", start(1))
    assert seen.newest(f"{0:016x}") is None
    assert seen.newest(f"{999:016x}") == start(1)


def test_older_ones_are_for_the_next_that_has_a_link() -> None:
    seen = StartsSeen()
    for number in (1, 2, 5, 3, 6):
        seen.hear(ONE, start(number))
    assert seen.earlier(TWO) == ()
    for _ in range(2):  # it may have to make its link anew
        assert seen.earlier(ONE) == (start(1), start(2), start(5))
    seen.hear(ONE, start(7))
    seen.hear(ONE, start(8))
    assert seen.earlier(ONE) == (start(6), start(7))


def test_of_many_older_ones_the_newest_are_kept() -> None:
    seen = StartsSeen()
    for number in range(1, 101):
        seen.hear(ONE, start(number))
    assert seen.earlier(ONE) == tuple(start(number) for number in range(92, 100))


def test_a_line_has_the_starts_that_its_storage_knows() -> None:
    line = Line(7, ("a" * 16, "b" * 16, "c" * 16))
    assert [line.has(start(number, nonce)) for number, nonce in zip((5, 6, 7), "abc", strict=True)]
    for number, nonce in [(5, "b"), (6, "a"), (7, "b"), (4, "a"), (4, "c"), (8, "a"), (8, "c")]:
        assert not line.has(start(number, nonce))


@pytest.mark.parametrize(
    "raw",
    [
        {"number": 0, "nonce": "a" * 16, "proof": "a" * 64},
        {"number": 2**53, "nonce": "a" * 16, "proof": "a" * 64},
        {"number": 1, "nonce": "A" * 16, "proof": "a" * 64},
        {"number": 1, "nonce": "a" * 16, "proof": "a" * 63},
        {"number": 1, "nonce": "a" * 16},
    ],
)
def test_what_is_no_start_is_no_body(raw: object) -> None:
    with pytest.raises(ValueError, match="start"):
        read_body({"kind": "wanted", "start": raw})


def test_a_start_is_proved_for_its_member_number_and_nonce_only() -> None:
    one, two = Authenticator(ONE, KEY), Authenticator(TWO, KEY)
    one.begin(7, "a" * 16)
    proved = one.start
    assert proved is not None
    assert two.is_start_of(ONE, proved)
    assert not two.is_start_of(TWO, proved)
    assert not Authenticator(TWO, "f" * 32).is_start_of(ONE, proved)
    for other in (
        msgspec.structs.replace(proved, number=8),
        msgspec.structs.replace(proved, nonce="b" * 16),
        msgspec.structs.replace(proved, proof="0" * 64),
    ):
        assert not two.is_start_of(ONE, other)


def test_a_signal_is_believed_with_the_start_that_signed_it_only() -> None:
    one, two = Authenticator(ONE, KEY), Authenticator(TWO, KEY)
    plain = one.sign(TWO, Offer("o-1", "sdp"))
    one.begin(7, "a" * 16)
    older = one.sign(TWO, Offer("o-1", "sdp"))
    one.begin(8, "a" * 16)
    newer = one.sign(TWO, Superseded(start(3)))
    for body in plain, older, newer:
        assert two.is_genuine(ONE, read_body(write_body(body)))
    for body, other in itertools.permutations([plain, older, newer], 2):
        mixed = msgspec.structs.replace(body, start=other.start)
        assert not two.is_genuine(ONE, mixed)


def test_a_signal_with_a_start_that_is_not_proved_is_not_believed() -> None:
    one, two = Authenticator(ONE, KEY), Authenticator(TWO, KEY)
    one.start = start(9)
    assert not two.is_genuine(ONE, one.sign(TWO, Wanted()))
