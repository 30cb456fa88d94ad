import pytest

from raft_core.testing.linearizability import Operation, Recorder


def test_the_recorders_clock_is_the_order_of_events() -> None:
    recorder: Recorder[str, int] = Recorder()
    one = recorder.called("a", "x", "first")
    other = recorder.called("b", "y", "second")
    recorder.returned(other, 2)
    recorder.returned(one, 1)
    assert list(recorder.operations) == [
        Operation("a", "x", "first", 1, 1, 4),
        Operation("b", "y", "second", 2, 2, 3),
    ]


def test_what_has_not_returned_is_of_unknown_outcome() -> None:
    recorder: Recorder[str, int] = Recorder()
    recorder.called("a", "x", "lost")
    assert list(recorder.operations) == [Operation("a", "x", "lost", None, 1, None)]


def test_what_was_refused_is_left_out() -> None:
    recorder: Recorder[str, int] = Recorder()
    recorder.refused(recorder.called("a", "x", "no"))
    assert list(recorder.operations) == []


def test_an_operation_ends_once() -> None:
    recorder: Recorder[str, int] = Recorder()
    call = recorder.called("a", "x", "it")
    recorder.returned(call, 1)
    with pytest.raises(KeyError):
        recorder.returned(call, 1)
    with pytest.raises(KeyError):
        recorder.refused(call)
