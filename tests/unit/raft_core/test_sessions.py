"""Exactly once: whatever order and however often commands come, each counts once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.errors import UnsupportedVersion
from raft_core.messages import APPLIED, FAILED
from raft_core.sessions import (
    SESSION_OVERHEAD,
    Outcome,
    SessionCommand,
    Sessions,
    decode_session_command,
    encode_session_command,
)

commands = st.builds(
    SessionCommand, st.text(), st.integers(0, 2**63), st.integers(0, 2**63), st.binary()
)


def command(sequence: int, settled: int = 0, client: str = "c") -> SessionCommand:
    return SessionCommand(client, sequence, settled, b"")


def result(text: str) -> Outcome:
    return Outcome(APPLIED, text.encode())


@given(commands)
def test_a_command_comes_back_as_it_was(sent: SessionCommand) -> None:
    assert decode_session_command(encode_session_command(sent)) == sent


@pytest.mark.parametrize("size", [0, 255, 256, 65535, 65536, 262144])
@pytest.mark.parametrize("number", [0, 2**64 - 1])
def test_no_command_takes_more_beside_its_own_bytes_than_is_reckoned(
    size: int, number: int
) -> None:
    sent = SessionCommand("0123456789abcdef" * 2, number, number, bytes(size))
    assert len(encode_session_command(sent)) <= size + SESSION_OVERHEAD


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"\x91\xa1c", b"\x94\xa1\xff\x01\x01\xc4\x00", b"\x95\xa1c\x01\x01\xc4\x00" * 2],
)
def test_what_cannot_be_read_must_not_be_skipped(data: bytes) -> None:
    with pytest.raises(UnsupportedVersion, match="log entry cannot be read"):
        decode_session_command(data)


def test_a_new_command_has_no_outcome() -> None:
    assert Sessions().earlier(command(7)) is None


def test_a_repeated_command_has_the_first_ones_outcome() -> None:
    sessions = Sessions()
    sessions.record(command(7), result("first"))
    assert sessions.earlier(command(7)) == result("first")
    assert sessions.earlier(command(8)) is None


def test_clients_are_apart() -> None:
    sessions = Sessions()
    sessions.record(command(7), result("mine"))
    assert sessions.earlier(command(7, client="other")) is None


def test_a_failure_is_an_outcome_too() -> None:
    sessions = Sessions()
    sessions.record(command(7), Outcome(FAILED, b"no"))
    assert sessions.earlier(command(7)) == Outcome(FAILED, b"no")


def test_what_the_client_has_received_is_forgotten_and_still_not_applied_again() -> None:
    sessions = Sessions()
    for sequence in (1, 2, 3):
        sessions.record(command(sequence), result(str(sequence)))
    sessions.record(command(4, settled=3), result("4"))
    assert list(sessions.clients["c"].outcomes) == [3, 4]
    assert sessions.earlier(command(3)) == result("3")
    earlier = sessions.earlier(command(2))
    assert earlier is not None
    assert earlier.status == FAILED
    assert b"repeated" in earlier.data


def test_what_is_settled_never_goes_back() -> None:
    sessions = Sessions()
    sessions.record(command(5, settled=4), result("5"))
    sessions.record(command(6, settled=2), result("6"))
    assert sessions.clients["c"].settled == 4


def test_sequences_may_be_applied_out_of_order() -> None:
    sessions = Sessions()
    sessions.record(command(9, settled=8), result("9"))
    assert sessions.earlier(command(8, settled=8)) is None
    sessions.record(command(8, settled=8), result("8"))
    assert sessions.earlier(command(9)) == result("9")


@st.composite
def retried(draw: st.DrawFn) -> list[SessionCommand]:
    """A log with every command of two clients at least once, in any order and with repetitions.

    A command settles only what its client has an answer to when it makes the command: what is
    before the command in the log.
    """
    names = [(client, sequence) for client in "pq" for sequence in range(draw(st.integers(1, 5)))]
    order = draw(st.permutations(names * draw(st.integers(1, 3))))
    log = []
    for position, (client, sequence) in enumerate(order):
        answered = {name for name in order[:position] if name[0] == client}
        oldest = next(number for number in range(6) if (client, number) not in answered)
        settled = draw(st.integers(0, min(oldest, sequence)))
        log.append(SessionCommand(client, sequence, settled, b""))
    return log


@given(retried())
def test_in_any_order_every_command_is_applied_once(log: list[SessionCommand]) -> None:
    sessions = Sessions()
    applied: list[tuple[str, int]] = []
    for item in log:
        name = (item.client, item.sequence)
        earlier = sessions.earlier(item)
        if earlier is None:
            applied.append(name)
            sessions.record(item, result(f"{name}"))
        else:
            assert name in applied
            assert earlier == result(f"{name}") or item.sequence < sessions.clients[name[0]].settled
    assert sorted(applied) == sorted({(item.client, item.sequence) for item in log})


@given(retried())
def test_the_table_is_the_same_wherever_the_same_log_was_applied(
    log: list[SessionCommand],
) -> None:
    tables = []
    for _ in range(2):
        sessions = Sessions()
        for item in log:
            if sessions.earlier(item) is None:
                sessions.record(item, result(str(item.sequence)))
        tables.append(msgspec.msgpack.encode(sessions))
    assert tables[0] == tables[1]
