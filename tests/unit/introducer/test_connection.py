from introducer.connection import Connection
from introducer.limits import Limits
from introducer.refusals import GOING_AWAY

LIMITS = Limits(queue_frames=16, queue_bytes=32_768, message_bytes=1024)


def test_frames_are_taken_in_the_order_they_were_put() -> None:
    connection = Connection(LIMITS, 0.0)
    assert connection.put(b"one")
    assert connection.put(b"two")
    assert connection.queued == (2, 6)
    assert [connection.take(), connection.take(), connection.take()] == [b"one", b"two", None]
    assert connection.queued == (0, 0)


def test_the_queue_is_bounded_in_frames() -> None:
    connection = Connection(LIMITS, 0.0)
    assert all(connection.put(b"x") for _ in range(16))
    assert not connection.put(b"x")
    assert connection.queued == (16, 16)


def test_the_queue_is_bounded_in_bytes() -> None:
    connection = Connection(LIMITS, 0.0)
    assert connection.put(b"x" * 32_768)
    assert not connection.put(b"x")
    assert connection.queued == (1, 32_768)


def test_closing_keeps_what_waits_and_adds_the_last_frame() -> None:
    connection = Connection(LIMITS, 0.0)
    connection.put(b"one")
    connection.close(GOING_AWAY, b"last")
    assert [connection.take(), connection.take(), connection.take()] == [b"one", b"last", None]
    assert connection.closing is GOING_AWAY


def test_closing_a_full_queue_drops_what_waits_for_the_last_frame() -> None:
    connection = Connection(LIMITS, 0.0)
    while connection.put(b"x"):
        pass
    connection.close(GOING_AWAY, b"last")
    assert connection.queued == (1, 4)
    assert connection.take() == b"last"
