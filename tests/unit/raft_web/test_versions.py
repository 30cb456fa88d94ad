"""Windows of different versions: who is told what."""

from raft_web.versions import Versions, link_note
from transport_webrtc.events import AttemptFailed, LossReason, PeerConnected


def test_a_link_that_cannot_be_says_whose_version_differs_and_what_to_do() -> None:
    detail = "it speaks version 2 of the link protocol, we 1"
    note = link_note(AttemptFailed("b", LossReason.INCOMPATIBLE, detail))
    assert "member b runs another version" in note
    assert detail in note
    assert "Reload the older" in note


def test_other_failures_are_no_matter_of_versions() -> None:
    assert link_note(AttemptFailed("b", LossReason.TIMEOUT, "no answer")) == ""
    assert link_note(PeerConnected("b")) == ""


def test_what_a_peer_says_that_is_not_known_is_told_once() -> None:
    versions = Versions()
    assert versions.news({}) == []
    (note,) = versions.news({"b": "a peer speaks version 2, this member 1: update one"})
    assert "member b" in note
    assert "version 2" in note
    assert versions.news({"b": "a peer speaks version 2, this member 1: update one"}) == []
    (other,) = versions.news({"b": "a peer speaks version 2, this member 1: update one", "c": "x"})
    assert "member c" in other


def test_it_is_told_again_when_it_was_over() -> None:
    versions = Versions()
    versions.news({"b": "x"})
    assert versions.news({}) == []
    assert len(versions.news({"b": "x"})) == 1
