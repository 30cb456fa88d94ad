"""An introducer that lies can keep windows apart, and no more."""

import re
from collections.abc import Iterator

import pytest

from tests.browser.introducer import IntroducerProcess
from tests.browser.liar import Body, Liar
from tests.browser.transport.conftest import Window
from tests.browser.transport.impostor import NO_ANSWER, Impostor
from tests.browser.transport.test_transport_faults import send_and_receive
from tests.browser.transport.test_transport_mesh import connect
from transport_webrtc.framing import WHOLE_BYTE

NOT_BELIEVED = "any('NotAuthenticated' in event for event in member.events)"
FINGERPRINT = re.compile(r"(a=fingerprint:sha-256 )([0-9A-F:]+)")


@pytest.fixture
def liar(introducer: IntroducerProcess) -> Iterator[Liar]:
    liar = Liar(introducer.url)
    yield liar
    liar.close()


@pytest.mark.parametrize("kind", ["offer", "answer"])
def test_a_swapped_fingerprint_connects_nobody_and_is_told(
    windows: list[Window], liar: Liar, key: str, kind: str
) -> None:
    def swap(_sender: str, _to: str, body: Body) -> Body:
        if body["kind"] != kind:
            return body
        sdp, count = FINGERPRINT.subn(lambda found: found[1] + ":".join(["AB"] * 32), body["sdp"])
        assert count > 0
        return {**body, "sdp": sdp}

    liar.lie = swap
    for window in windows[:2]:
        window.member(liar, key)
    one, two = windows[:2]
    deceived, peer = (two, one) if kind == "offer" else (one, two)
    deceived.wait(NOT_BELIEVED)
    told = f"NotAuthenticated(sender={peer.node_id!r})"
    assert told in deceived.get("member.events")
    # It does not even begin to connect with what was swapped in.
    for window in windows[:2]:
        assert window.get("member.peers") == []
        assert window.get("dict(member.received)") == {}
        assert not any("PeerConnected" in event for event in window.get("member.events"))
    # The same bodies untouched connect them.
    liar.lie = lambda _sender, _to, body: body
    one.wait_for_peers(two)
    two.wait_for_peers(one)
    send_and_receive(one, two)


BELIEVE_ALL = """
from transport_webrtc.authentication import Authenticator
checks = Authenticator.is_genuine
Authenticator.is_genuine = lambda self, sender, body: True
"""


@pytest.fixture
def impostor(windows: list[Window]) -> Iterator[Impostor]:
    """Takes the second window's place."""
    impostor = Impostor(windows[1].node_id)
    yield impostor
    impostor.close()


def pose(liar: Liar, impostor: Impostor) -> None:
    """Has offers answered by the impostor. Whom they are for does not get them."""

    def lie(sender: str, to: str, body: Body) -> Body:
        if body["kind"] == "offer":
            sdp = impostor.answer(body["sdp"])
            liar.say(to, sender, {**body, "kind": "answer", "sdp": sdp})
            return {**body, "sdp": NO_ANSWER}
        return body

    liar.lie = lie


def test_an_impostor_gets_no_connection_and_hears_nothing(
    windows: list[Window], liar: Liar, key: str, impostor: Impostor
) -> None:
    pose(liar, impostor)
    one, two = windows[:2]
    for window in one, two:
        window.member(liar, key)
    one.wait(NOT_BELIEVED)
    # Whatever the impostor does, its answer leads nowhere.
    one.wait("any('AttemptFailed' in event for event in member.events)")
    assert not one.get(f"member.transport.send({two.node_id!r}, b'a secret')")
    assert one.get("dict(member.received)") == {}
    assert not any("PeerConnected" in event for event in one.get("member.events"))
    assert impostor.heard.empty()


def test_an_impostor_would_be_believed_by_who_looks_at_no_proof(
    windows: list[Window], liar: Liar, key: str, impostor: Impostor
) -> None:
    """So it is the proof that keeps it out, and nothing else that might be wrong with it."""
    pose(liar, impostor)
    one, two = windows[:2]
    one.open()
    one.run(BELIEVE_ALL)
    try:
        for window in one, two:
            window.member(liar, key)
        one.wait_for_peers(two)
        assert one.get(f"member.transport.send({two.node_id!r}, b'a secret')")
        impostor.wait_for(WHOLE_BYTE + b"a secret")
        one.run("await member.transport.stop()")
    finally:
        one.run("Authenticator.is_genuine = checks")
    assert two.get("member.peers") == []


@pytest.mark.both
def test_old_signals_end_no_link(windows: list[Window], liar: Liar, key: str) -> None:
    one, two = windows[:2]
    connect([one, two], liar, key)
    for restarted, other in (one, two), (two, one):
        restarted.run("await member.transport.stop()")
        other.wait("member.peers == []")
        restarted.member(liar, key)
        restarted.wait_for_peers(other)
        other.wait_for_peers(restarted)
    offer = one.get(f"member.offer({two.node_id!r})")
    before = [window.get("member.lost") for window in (one, two)]
    old = list(liar.heard)
    assert {body["kind"] for _, _, body in old} >= {"offer", "answer", "candidate"}
    for signal in old:
        liar.say(*signal)
    # All of it has arrived when this has, which nobody believes.
    for sender, receiver in (one, two), (two, one):
        liar.say(sender.node_id, receiver.node_id, {"kind": "wanted"})
        receiver.wait(NOT_BELIEVED)
    send_and_receive(one, two)
    send_and_receive(two, one)
    assert [window.get("member.lost") for window in (one, two)] == before
    assert one.get(f"member.offer({two.node_id!r})") == offer
    assert two.get(f"member.offer({one.node_id!r})") == offer
    assert any(body["kind"] == "check" for _, _, body in liar.heard[len(old) :])
