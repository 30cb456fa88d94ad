"""Flight: what is on its way."""

from hypothesis import given
from hypothesis import strategies as st

from transport_webrtc.native_flight import Flight


def test_a_message_counts_until_its_last_piece_has_arrived() -> None:
    flight = Flight(1000)
    flight.sent(2001)
    flight.acknowledged(2)
    assert flight.bytes == 2001
    flight.acknowledged(1)
    assert flight.bytes == 0


def test_messages_go_in_the_order_they_were_sent() -> None:
    flight = Flight(1000)
    for size in 1000, 5, 1001:
        flight.sent(size)
    flight.acknowledged(2)
    assert flight.bytes == 1001


def test_a_peer_that_claims_too_much_gets_no_credit() -> None:
    flight = Flight(1000)
    flight.sent(5)
    flight.acknowledged(1_000_000)
    flight.sent(7)
    assert flight.bytes == 7


@given(
    sizes=st.lists(st.integers(1, 5000), max_size=30),
    steps=st.lists(st.integers(0, 12), max_size=60),
)
def test_it_is_the_sum_of_what_has_not_arrived_as_a_whole(
    sizes: list[int], steps: list[int]
) -> None:
    flight = Flight(1160)
    pieces = []
    for size in sizes:
        flight.sent(size)
        pieces += [0] * ((size - 1) // 1160) + [size]
    arrived = 0
    for step in steps:
        flight.acknowledged(min(step, len(pieces) - arrived))
        arrived = min(arrived + step, len(pieces))
        assert flight.bytes == sum(pieces[arrived:])
