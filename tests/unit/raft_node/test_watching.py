"""Every event becomes a sentence, with its fields beside it."""

import logging
from typing import Any, get_args

import pytest

from raft_core import Role, events
from raft_node.watching import log_event, sentence
from transport_webrtc import events as links

SENTENCES: list[tuple[Any, str]] = [
    (events.RoleChanged(Role.PRE_CANDIDATE, 3), "pre-candidate in term 3"),
    (events.LeaderChanged("a", 3), "a leads in term 3"),
    (events.LeaderChanged(None, 3), "no leader in term 3"),
    (events.MembersChanged(("a", "b"), (), ()), "members: voters a, b"),
    (
        events.MembersChanged(("a",), ("c",), ("a", "b")),
        "members: voters a; in place of a, b; learners c",
    ),
    (events.MembersChanged((), (), ()), "members: voters none"),
    (events.ConnectionsChanged(()), "in reach: nobody"),
    (events.SnapshotStored(7), "a snapshot of all up to entry 7 is stored"),
    (events.MessagesDropped(2), "2 messages were dropped"),
    (events.PeerIncompatible("b", "update it"), "b cannot be understood: update it"),
    (events.StorageSlow(1.0), "the storage has not taken a record for 1 s"),
    (events.MemberSuspect("b"), "b may have forgotten what it wrote last"),
    (events.MemberFreed("b"), "b votes again, with all that is committed"),
    (events.Halted("the disk is full"), "this member takes part no more: the disk is full"),
    (links.IntroducerChanged(links.IntroducerState.JOINED, None), "introducer: joined"),
    (links.IntroducerChanged(links.IntroducerState.LOST, "No."), "introducer: lost: No."),
    (links.Refused("full", "No room.", False), "the introducer refuses (full): No room."),
    (links.PeerArrived("a"), "a is in the room"),
    (links.PeerDeparted("a", "left"), "a left the room: left"),
    (links.PeerConnected("a"), "connected to a"),
    (links.PeerLost("a", links.LossReason.SILENT, ""), "lost a: silent"),
    (
        links.AttemptFailed("a", links.LossReason.TIMEOUT, "no way"),
        "no connection to a came about: timeout (no way)",
    ),
    (
        links.AttemptFailed("a", links.LossReason.TIMEOUT, "no way", "The relay refuses us."),
        "no connection to a came about: timeout (no way). The relay refuses us.",
    ),
    (
        links.SupersededBy(7),
        "this member runs elsewhere, from a copy that was started later (start 7)",
    ),
    (
        links.RanElsewhere(6, answered=True),
        "this member was running elsewhere, from a copy of its data, which has ended (start 6)",
    ),
    (
        links.RanElsewhere(6, answered=False),
        (
            "the introducer has seen this member twice: if a copy of its data runs elsewhere, "
            "that one ends (start 6)"
        ),
    ),
    (links.SignalIgnored("a", "rubbish"), "ignored a signal of a: rubbish"),
    (
        links.NotAuthenticated("a"),
        (
            "what came in the name of a bears no proof of the session's key and was not believed: "
            "it runs another version, or the introducer lies"
        ),
    ),
]


@pytest.mark.parametrize("event, expected", SENTENCES)
def test_an_event_is_a_sentence(event: Any, expected: str) -> None:
    assert sentence(event) == expected


def test_there_is_a_sentence_for_every_event() -> None:
    known = {*get_args(events.Event), *get_args(links.TransportEvent)}
    assert {type(event) for event, _ in SENTENCES} == known


def test_the_fields_are_in_the_record(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="raft_node"):
        log_event(links.PeerLost("a", links.LossReason.BYE, ""))
    (record,) = caplog.records
    assert record.__dict__["fields"] == {
        "event": "PeerLost",
        "peer": "a",
        "reason": "bye",
        "detail": "",
    }


@pytest.mark.parametrize(
    "event, level",
    [
        (events.Halted("full"), logging.ERROR),
        (events.MessagesDropped(1), logging.WARNING),
        (events.ConnectionsChanged(("a",)), logging.DEBUG),
        (links.IntroducerChanged(links.IntroducerState.JOINED, None), logging.INFO),
        (links.IntroducerChanged(links.IntroducerState.LOST, "No."), logging.WARNING),
    ],
)
def test_what_a_person_must_look_at_is_louder(
    event: Any, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="raft_node"):
        log_event(event)
    assert [record.levelno for record in caplog.records] == [level]


def test_what_nobody_wants_is_not_made(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="raft_node"):
        log_event(links.PeerArrived("a"))
    assert caplog.records == []
