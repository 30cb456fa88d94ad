"""Exactly once: whatever order and however often commands come, each counts once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.errors import UnsupportedVersion
from raft_core.messages import APPLIED, EXPIRED, FAILED
from raft_core.sessions import (
    SESSION_OVERHEAD,
    Outcome,
    SessionCommands,
    Sessions,
    decode_session_commands,
    encode_session_commands,
)

commands = st.builds(
    SessionCommands,
    st.text(),
    st.integers(0, 2**63),
    st.integers(0, 2**63),
    st.lists(st.binary()).map(tuple),
    st.integers(0, 2**63),
)


def command(sequence: int, settled: int = 0, client: str = "c", born: int = 0) -> SessionCommands:
    return SessionCommands(client, sequence, settled, (b"",), born)


def earlier(sessions: Sessions, item: SessionCommands) -> Outcome | None:
    """Of an entry with one command."""
    return sessions.earlier(item).get(item.first)


def record(sessions: Sessions, item: SessionCommands, outcome: Outcome) -> None:
    """Of an entry with one command."""
    sessions.record(item, [(item.first, outcome)])


def result(text: str) -> Outcome:
    return Outcome(APPLIED, text.encode())


@given(commands)
def test_a_command_comes_back_as_it_was(sent: SessionCommands) -> None:
    assert decode_session_commands(encode_session_commands(sent)) == sent


@pytest.mark.parametrize("size", [0, 255, 256, 65535, 65536, 262144])
@pytest.mark.parametrize("number", [0, 2**64 - 1])
def test_no_command_takes_more_beside_its_own_bytes_than_is_reckoned(
    size: int, number: int
) -> None:
    sent = SessionCommands("0123456789abcdef" * 2, number, number, (bytes(size),), number)
    assert len(encode_session_commands(sent)) <= size + SESSION_OVERHEAD


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"\x91\xa1c", b"\x94\xa1\xff\x01\x01\xc4\x00", b"\x95\xa1c\x01\x01\xc4\x00" * 2],
)
def test_what_cannot_be_read_must_not_be_skipped(data: bytes) -> None:
    with pytest.raises(UnsupportedVersion, match="log entry cannot be read"):
        decode_session_commands(data)


def test_what_is_nested_too_deeply_is_not_even_tried() -> None:
    data = b"\x96\xa1c\x01\x01\xc4\x00\x00" + b"\x91" * 100_000
    with pytest.raises(UnsupportedVersion, match="nested over 500 levels"):
        decode_session_commands(data)


def test_a_new_command_has_no_outcome() -> None:
    assert earlier(Sessions(), command(7)) is None


def test_a_repeated_command_has_the_first_ones_outcome() -> None:
    sessions = Sessions()
    record(sessions, command(7), result("first"))
    assert earlier(sessions, command(7)) == result("first")
    assert earlier(sessions, command(8)) is None


def together(first: int, count: int, settled: int = 0, born: int = 0) -> SessionCommands:
    return SessionCommands("c", first, settled, (b"",) * count, born)


def results(batch: SessionCommands) -> dict[int, Outcome]:
    return {sequence: result(str(sequence)) for sequence in batch.sequences}


def test_of_commands_that_share_an_entry_each_has_its_own_outcome() -> None:
    sessions = Sessions()
    sessions.record(together(7, 3), results(together(7, 3)).items())
    assert (sessions.commands, sessions.clients["c"].heard) == (3, 3)
    assert sessions.earlier(together(8, 3)) == results(together(8, 2))
    assert sessions.earlier(together(10, 2)) == {}
    assert earlier(sessions, command(9)) == result("9")


def test_what_is_settled_between_them_is_forgotten() -> None:
    sessions = Sessions()
    sessions.record(together(1, 4), results(together(1, 4)).items())
    sessions.record(together(5, 2, settled=3), results(together(5, 2)).items())
    assert list(sessions.clients["c"].outcomes) == [3, 4, 5, 6]
    assert sessions.result_bytes == 4
    found = sessions.earlier(together(2, 2))
    assert (found[2].status, found[3]) == (FAILED, result("3"))


def test_all_that_share_an_entry_expire_but_those_that_are_known() -> None:
    sessions = Sessions(max_clients=1)
    for client in "pqc":
        record(sessions, command(1, client=client), result("1"))
    expired = sessions.earlier(together(1, 3, born=0))
    assert [outcome.status for outcome in expired.values()] == [APPLIED, EXPIRED, EXPIRED]
    record(sessions, command(1, client="q"), result("1"))
    expired = sessions.earlier(together(1, 3, born=0))
    assert [outcome.status for outcome in expired.values()] == [EXPIRED] * 3


def test_clients_are_apart() -> None:
    sessions = Sessions()
    record(sessions, command(7), result("mine"))
    assert earlier(sessions, command(7, client="other")) is None


def test_a_failure_is_an_outcome_too() -> None:
    sessions = Sessions()
    record(sessions, command(7), Outcome(FAILED, b"no"))
    assert earlier(sessions, command(7)) == Outcome(FAILED, b"no")


def test_what_the_client_has_received_is_forgotten_and_still_not_applied_again() -> None:
    sessions = Sessions()
    for sequence in (1, 2, 3):
        record(sessions, command(sequence), result(str(sequence)))
    record(sessions, command(4, settled=3), result("4"))
    assert list(sessions.clients["c"].outcomes) == [3, 4]
    assert earlier(sessions, command(3)) == result("3")
    before = earlier(sessions, command(2))
    assert before is not None
    assert before.status == FAILED
    assert b"repeated" in before.data


def test_what_is_settled_never_goes_back() -> None:
    sessions = Sessions()
    record(sessions, command(5, settled=4), result("5"))
    record(sessions, command(6, settled=2), result("6"))
    assert sessions.clients["c"].settled == 4


def test_sequences_may_be_applied_out_of_order() -> None:
    sessions = Sessions()
    record(sessions, command(9, settled=8), result("9"))
    assert earlier(sessions, command(8, settled=8)) is None
    record(sessions, command(8, settled=8), result("8"))
    assert earlier(sessions, command(9)) == result("9")


@st.composite
def retried(draw: st.DrawFn) -> list[SessionCommands]:
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
        log.append(SessionCommands(client, sequence, settled, (b"",)))
    return log


@given(retried())
def test_in_any_order_every_command_is_applied_once(log: list[SessionCommands]) -> None:
    sessions = Sessions()
    applied: list[tuple[str, int]] = []
    for item in log:
        name = (item.client, item.first)
        before = earlier(sessions, item)
        if before is None:
            applied.append(name)
            record(sessions, item, result(f"{name}"))
        else:
            assert name in applied
            assert before == result(f"{name}") or item.first < sessions.clients[name[0]].settled
    assert sorted(applied) == sorted({(item.client, item.first) for item in log})


@given(retried())
def test_the_table_is_the_same_wherever_the_same_log_was_applied(
    log: list[SessionCommands],
) -> None:
    tables = []
    for _ in range(2):
        sessions = Sessions()
        for item in log:
            if earlier(sessions, item) is None:
                record(sessions, item, result(str(item.first)))
        tables.append(msgspec.msgpack.encode(sessions))
    assert tables[0] == tables[1]


# --- forgetting ---------------------------------------------------------------------------------


def apply(sessions: Sessions, item: SessionCommands) -> Outcome:
    """As a machine does."""
    outcome = earlier(sessions, item)
    if outcome is None:
        outcome = result(f"{item.client}{item.first}")
        record(sessions, item, outcome)
    return outcome


def is_expired(sessions: Sessions, item: SessionCommands) -> bool:
    outcome = earlier(sessions, item)
    return outcome is not None and outcome.status == EXPIRED


def test_the_client_heard_of_longest_ago_is_forgotten() -> None:
    sessions = Sessions(max_clients=2)
    apply(sessions, command(1, client="p"))
    apply(sessions, command(1, client="q", born=1))
    apply(sessions, command(2, client="p", born=2))
    apply(sessions, command(1, client="r", born=3))
    assert set(sessions.clients) == {"p", "r"}
    assert (sessions.commands, sessions.horizon) == (4, 2)


def test_what_a_forgotten_client_did_is_never_applied_again() -> None:
    sessions = Sessions(max_clients=1)
    first = command(1, client="p", born=0)
    apply(sessions, first)
    apply(sessions, command(1, client="q", born=1))
    assert is_expired(sessions, first)
    apply(sessions, command(2, client="q", born=2))
    assert is_expired(sessions, first)


def test_what_it_does_after_it_was_forgotten_is_applied() -> None:
    sessions = Sessions(max_clients=1)
    apply(sessions, command(1, client="p"))
    apply(sessions, command(1, client="q", born=1))
    assert earlier(sessions, command(2, client="p", born=1)) is None


def test_nor_when_it_has_a_session_again() -> None:
    sessions = Sessions(max_clients=1)
    first = command(1, client="p")
    apply(sessions, first)
    apply(sessions, command(1, client="q", born=1))
    apply(sessions, command(2, settled=1, client="p", born=2))
    assert set(sessions.clients) == {"p"}
    assert is_expired(sessions, first)
    assert earlier(sessions, command(3, client="p", born=1)) is None


def test_a_new_client_that_knows_too_little_is_refused_and_can_come_back_wiser() -> None:
    sessions = Sessions(max_clients=1)
    for number, client in enumerate("pqr"):
        apply(sessions, command(1, client=client, born=number))
    assert is_expired(sessions, command(1, client="new", born=1))
    assert earlier(sessions, command(1, client="new", born=2)) is None


@st.composite
def forgetful(draw: st.DrawFn) -> list[tuple[str, int]]:
    """What comes into a log: ("new", client), or ("old", which) of those before once more."""
    return draw(
        st.lists(
            st.tuples(st.just("new"), st.integers(0, 3))
            | st.tuples(st.just("old"), st.integers(0, 40)),
            max_size=40,
        )
    )


@given(forgetful(), st.integers(1, 3), st.data())
def test_whoever_is_forgotten_when_nothing_is_applied_twice(
    log: list[tuple[str, int]], limit: int, data: st.DataObject
) -> None:
    """A proposer may know little when it proposes, and makes again only what it saw expire."""
    sessions = Sessions(max_clients=limit)
    made: list[SessionCommands] = []
    applied: set[tuple[str, int]] = set()
    for kind, which in log:
        if kind == "new":
            born = data.draw(st.integers(0, sessions.commands))
            item = command(len(made), client="pqrs"[which], born=born)
        elif made:
            item = made[which % len(made)]
        else:
            continue
        made.append(item)
        name = (item.client, item.first)
        if earlier(sessions, item) is None:
            assert name not in applied
            applied.add(name)
        elif is_expired(sessions, item) and name not in applied:
            made.append(command(item.first, client=item.client, born=sessions.commands))
        apply(sessions, item)
    assert len(sessions.clients) <= limit


# --- results that are too much to keep ----------------------------------------------------------


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten bytes of results are kept."""
    monkeypatch.setattr("raft_core.sessions.MAX_KEPT_BYTES", 10)


def is_kept(sessions: Sessions, item: SessionCommands) -> bool:
    outcome = earlier(sessions, item)
    assert outcome is not None, "it would be applied again"
    return outcome.status == APPLIED


@pytest.mark.usefixtures("little_room")
def test_results_of_those_heard_of_longest_ago_go_and_their_commands_stay_known() -> None:
    sessions = Sessions()
    for client in "pqr":
        record(sessions, command(1, client=client), result("1234"))
    assert [is_kept(sessions, command(1, client=client)) for client in "pqr"] == [False, True, True]
    assert sessions.result_bytes == 8
    record(sessions, command(2, client="q"), result("1234"))
    assert [is_kept(sessions, command(1, client=client)) for client in "pqr"] == [
        False,
        True,
        False,
    ]


@pytest.mark.usefixtures("little_room")
def test_the_newest_result_is_kept_whatever_its_size() -> None:
    sessions = Sessions()
    record(sessions, command(1, client="p"), result("1234"))
    record(sessions, command(1), result("1234"))
    record(sessions, command(2), result("a" * 50))
    assert [is_kept(sessions, command(number)) for number in (1, 2)] == [False, True]
    assert not is_kept(sessions, command(1, client="p"))
    record(sessions, command(3), result("b" * 60))
    assert [is_kept(sessions, command(number)) for number in (2, 3)] == [False, True]
    assert sessions.result_bytes == 60


@pytest.mark.usefixtures("little_room")
def test_what_is_settled_or_forgotten_takes_no_room() -> None:
    sessions = Sessions(max_clients=1)
    record(sessions, command(1), result("12345"))
    record(sessions, command(2, settled=2), result("123"))
    assert sessions.result_bytes == 3
    record(sessions, command(1, client="p"), result("1"))
    assert sessions.result_bytes == 1
