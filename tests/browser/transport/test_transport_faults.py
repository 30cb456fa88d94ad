"""What breaks in a mesh of windows, and how it heals."""

import json

import pytest

from tests.browser.introducer import IntroducerProcess
from tests.browser.processes import frozen
from tests.browser.transport.conftest import Window
from tests.browser.transport.test_transport_mesh import connect

pytestmark = pytest.mark.both


def send_and_receive(source: Window, target: Window) -> None:
    """A message from one to the other arrives."""
    before = target.get(f"len(member.received[{source.node_id!r}])")
    assert source.get(f"member.transport.send({target.node_id!r}, b'are you there')")
    target.wait(f"len(member.received[{source.node_id!r}]) > {before}")


@pytest.mark.parametrize("victim", [0, 1], ids=["offerer", "answerer"])
def test_a_killed_renderer_is_noticed_and_may_come_back(
    windows: list[Window], introducer: IntroducerProcess, key: str, victim: int, browser_name: str
) -> None:
    connect(windows[:2], introducer, key)
    dead, alive = windows[victim], windows[1 - victim]
    dead.crash()
    alive.wait("member.peers == []")
    # In Firefox another process holds the connection, and closes it.
    reason = "closed" if browser_name == "firefox" else "silent"
    assert alive.get("member.lost") == [[dead.node_id, reason]]
    connect_again(dead, alive, introducer, key)


@pytest.mark.parametrize("victim,survivor", [(0, 1), (1, 0)], ids=["offerer", "answerer"])
def test_who_restarts_before_its_death_is_noticed_is_believed(
    windows: list[Window],
    introducer: IntroducerProcess,
    key: str,
    victim: int,
    survivor: int,
) -> None:
    restarted, steady = windows[victim], windows[survivor]
    connect([steady, restarted], introducer, key, settings={"link": {"dead_after": 3600}})
    # As after a crash: a new member of the same id, while the old link looks open to the other.
    restarted.run("before = member")
    restarted.member(introducer, key)
    restarted.wait_for_peers(steady)
    steady.wait_for_peers(restarted)
    assert steady.get("member.lost") == [[restarted.node_id, "restarted"]]
    send_and_receive(restarted, steady)
    send_and_receive(steady, restarted)
    restarted.wait("before.state == 'refused'")
    restarted.run("await before.transport.stop()")


@pytest.mark.parametrize("victim,survivor", [(0, 1), (1, 0)], ids=["offerer", "answerer"])
def test_a_reloaded_window_leaves_and_is_connected_again(
    windows: list[Window],
    introducer: IntroducerProcess,
    key: str,
    victim: int,
    survivor: int,
) -> None:
    connect(windows[:2], introducer, key, settings={"link": {"dead_after": 3600}})
    reloaded, other = windows[victim], windows[survivor]
    reloaded.reload()
    other.wait("member.peers == []")
    connect_again(reloaded, other, introducer, key)


def connect_again(back: Window, other: Window, introducer: IntroducerProcess, key: str) -> None:
    back.member(introducer, key)
    back.wait_for_peers(other)
    other.wait_for_peers(back)
    send_and_receive(back, other)
    send_and_receive(other, back)


def test_links_live_on_without_the_introducer_and_newcomers_join_when_it_returns(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    one, two, three = windows
    connect([one, two], introducer, key)
    offers = one.get(f"member.offer({two.node_id!r})"), two.get(f"member.offer({one.node_id!r})")
    introducer.kill()
    for window in one, two:
        window.wait("member.state == 'lost'")
        assert "trying again" in window.get("member.transport.problem")
    send_and_receive(one, two)
    send_and_receive(two, one)
    introducer.start()
    for window in one, two:
        window.wait("member.state == 'joined'")
    three.member(introducer, key)
    three.wait_for_peers(one, two)
    one.wait_for_peers(two, three)
    two.wait_for_peers(one, three)
    send_and_receive(one, two)
    assert one.get("member.lost") == two.get("member.lost") == []
    assert offers == (
        one.get(f"member.offer({two.node_id!r})"),
        two.get(f"member.offer({one.node_id!r})"),
    )


def test_a_full_room_is_told_in_words(windows: list[Window], key: str) -> None:
    introducer = IntroducerProcess()
    try:
        introducer.start("--room-members", "2")
        connect(windows[:2], introducer, key)
        third = windows[2]
        third.member(introducer, key)
        third.wait("member.state == 'refused'")
        assert "room" in third.get("member.transport.problem")
        assert any("room_full" in event for event in third.get("member.events"))
        send_and_receive(windows[0], windows[1])
    finally:
        introducer.kill()


@pytest.mark.parametrize(
    "misdeed",
    [
        "connection.transmit(b'')",
        "connection.transmit(b'\\xff' * 1000)",
        "connection.transmit(b'\\x02' + b'not a chunk')",
        "connection.transmit(b'\\x03{}')",
        "connection.transmit(bytes(262_144))",
        "connection._channel.send('a text')",
    ],
)
def test_malformed_frames_end_a_link_which_is_made_anew(
    windows: list[Window], introducer: IntroducerProcess, key: str, misdeed: str
) -> None:
    connect(windows, introducer, key)
    one, two, three = windows
    offer = two.get(f"member.offer({one.node_id!r})")
    one.run(f"connection = member.connection({two.node_id!r})\n{misdeed}")
    two.wait("len(member.lost) == 1")
    assert two.get("member.lost") == [[one.node_id, "fault"]]
    two.wait_for_peers(one, three)
    one.wait_for_peers(two, three)
    assert two.get(f"member.offer({one.node_id!r})") != offer
    send_and_receive(one, two)
    send_and_receive(two, one)
    assert three.get("member.lost") == []


def test_malformed_signals_are_reported_and_nothing_else(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key)
    one, two = windows[:2]
    sdp = "v=0 is not all that it takes"
    offer = one.get(f"member.offer({two.node_id!r})")
    bodies = [{}, {"kind": "offer", "offer": 7}, {"kind": "wanted"}]
    one.run(
        f"for body in {bodies}:\n"
        f"    frame = dict(type='signal', to={two.node_id!r}, body=body)\n"
        "    member.transport._backend.send_text(json.dumps(frame))"
    )
    one.run(
        "from transport_webrtc.bodies import Answer, Candidate, Offer\n"
        f"member.signal({two.node_id!r}, Answer('x-1', {sdp!r}))\n"
        f"member.signal({two.node_id!r}, Candidate({offer!r}, '?'))"
    )
    two.wait("sum('SignalIgnored' in event for event in member.events) == 2")
    two.wait("sum('NotAuthenticated' in event for event in member.events) == 1")
    send_and_receive(one, two)
    assert one.get("member.lost") == two.get("member.lost") == []
    # An offer that its sender means, since the link is gone, and that no browser can read.
    one.run(
        f"member.connection({two.node_id!r}).close()\n"
        f"member.signal({two.node_id!r}, Offer('made-1', {sdp!r}))"
    )
    two.wait("len(member.lost) == 1")
    two.wait("any('the browser refused' in event for event in member.events)")
    two.wait_for_peers(one)
    one.wait_for_peers(two)
    send_and_receive(one, two)


def test_a_page_that_was_frozen_declares_nobody_dead_when_it_wakes(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    impatient, patient = windows[:2]
    # As long as a busy machine may keep an answer back: that would be silence, too.
    link = {"ping_interval": 0.1, "dead_after": 2.0}
    patient.member(introducer, key, settings={"link": {**link, "dead_after": 3600}})
    impatient.member(introducer, key, settings={"link": link})
    impatient.wait_for_peers(patient)
    patient.wait_for_peers(impatient)
    assert impatient.page is not None
    silent = f"member.peering({impatient.node_id!r}).link._liveness"
    with frozen(impatient.page):
        # It sleeps for several times as long as it would wait for anyone.
        patient.wait(f"{silent}._silent_rounds > 60")
    patient.wait(f"{silent}._silent_rounds == 0")
    send_and_receive(patient, impatient)
    send_and_receive(impatient, patient)
    assert impatient.get("member.lost") == []


# A page gets 500 connections of Chromium, those included that anybody still holds. Python looks for
# what holds itself in a circle after thousands of new objects.
ALIVE = "[type(each).__name__ for each in gc.get_objects()].count('BrowserConnection')"


def test_a_connection_that_is_over_is_given_back_at_once(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key)
    one, two = windows[:2]
    one.run("import gc\ngc.collect()\ngc.disable()")
    try:
        before = one.get(ALIVE)  # a test before this one may have kept another
        for times in range(1, 4):
            assert one.get(f"member.transport._mesh.drop({two.node_id!r})")
            one.wait(f"len(member.lost) == {times} and member.peers == [{two.node_id!r}]")
        one.wait(f"{ALIVE} == {before}")
    finally:
        one.run("gc.enable()")


def test_an_attempt_that_ends_in_the_middle_of_a_step_gives_its_connection_back_at_once(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    one = windows[0]
    one.member(introducer, key, settings={"negotiation": {"connect_timeout": 0.004}})
    one.wait("member.state == 'joined'")
    one.run("import gc\ngc.collect()\ngc.disable()")
    try:
        before = one.get(ALIVE)
        for news in "joined", "left":
            frame = json.dumps({"type": news, "member": "f" * 16, "reason": "left"})
            one.run(f"member.transport._mesh.socket_received({frame!r})")
            one.wait("sum(event.startswith('AttemptFailed') for event in member.events) >= 5")
        one.wait(f"{ALIVE} == {before}")
    finally:
        one.run("gc.enable()")
