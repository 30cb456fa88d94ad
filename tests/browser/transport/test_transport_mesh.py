"""Members in three windows of three origins find each other and talk."""

import pytest

from tests.browser.introducer import IntroducerProcess
from tests.browser.liar import Liar
from tests.browser.transport.conftest import Window

pytestmark = pytest.mark.both

SIZES = [0, 1, 100, 65_534, 65_535, 65_536, 200_000, 262_144, 7, 1_000_000, 0, 4 * 2**20, 3]


def connect(
    windows: list[Window], introducer: IntroducerProcess | Liar, key: str, **options: object
) -> None:
    for window in windows:
        window.member(introducer, key, **options)  # type: ignore[arg-type]
    for window in windows:
        window.wait_for_peers(*(other for other in windows if other is not window))


def test_three_windows_become_a_mesh(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows, introducer, key)
    for window in windows:
        window.wait(
            "all(peer.round_trip is not None for peer in member.transport.stats().values())"
        )
        assert window.get("sorted(member.transport.stats())") == window.get("member.peers")
        assert window.get("member.lost") == []
        assert window.get("member.state") == "joined"
        assert window.get("member.transport.problem") is None


@pytest.mark.parametrize("sender,receiver", [(0, 1), (1, 0)])
def test_messages_of_all_sizes_arrive_whole_and_in_order(
    windows: list[Window],
    introducer: IntroducerProcess,
    key: str,
    sender: int,
    receiver: int,
) -> None:
    # On a busy machine a large message may take longer than the usual patience of a small one.
    connect(windows[:2], introducer, key, settings={"link": {"patience": 3600}})
    source, target = windows[sender], windows[receiver]
    source.run(f"await member.send_all({target.node_id!r}, {SIZES})")
    target.wait(f"len(member.received[{source.node_id!r}]) == {len(SIZES)}")
    assert target.get(f"member.received[{source.node_id!r}] == {expected(SIZES)}")


def expected(sizes: list[int]) -> str:
    """What a member has noted of messages of these sizes."""
    return f"[(size, hashlib.sha256(payload_of(size)).hexdigest()) for size in {sizes}]"


def test_messages_pass_when_pythons_memory_has_become_another(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key)
    one, two = windows[:2]
    sizes = [1000, 1001]
    for size in sizes:
        for source, target in ((one, two), (two, one)):
            assert source.get(f"member.transport.send({target.node_id!r}, payload_of({size}))")
            target.wait(f"member.received[{source.node_id!r}][-1:] == {expected([size])}")
        # Much more than it has, so that what JavaScript knew of its memory is of no use any more.
        one.run("del bytearray(2**28)[:]")
    for source, target in ((one, two), (two, one)):
        assert target.get(f"member.received[{source.node_id!r}] == {expected(sizes)}")


def test_a_flood_is_held_back_and_arrives(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key, settings={"link": {"patience": 3600}})
    one, two = windows[:2]
    sizes = [16_384, 100, 70_000, 1000] * 300
    one.run(f"sizes = {sizes}\nwaited = await member.send_all({two.node_id!r}, sizes)")
    two.wait(f"len(member.received[{one.node_id!r}]) == {len(sizes)}")
    assert two.get(f"[size for size, _ in member.received[{one.node_id!r}]]") == sizes
    assert one.get("waited") > 0
    one.wait(f"member.transport.stats()[{two.node_id!r}].buffered == 0")


def test_small_messages_overtake_a_large_one_that_takes_long(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key, settings={"link": {"patience": 0}})
    one, two = windows[:2]
    one.run(
        f"assert member.transport.send({two.node_id!r}, payload_of({4 * 2**20}))\n"
        f"assert not member.transport.send({two.node_id!r}, b'refused: too much waits')\n"
        f"await member.send_all({two.node_id!r}, [5])\n"
    )
    two.wait(f"len(member.received[{one.node_id!r}]) == 2")
    assert two.get(f"[size for size, _ in member.received[{one.node_id!r}]]") == [5, 4 * 2**20]


def test_a_payload_too_large_is_the_callers_fault(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows[:2], introducer, key)
    one, two = windows[:2]
    one.run(
        "try:\n"
        f"    member.transport.send({two.node_id!r}, bytes(member.transport.max_payload + 1))\n"
        "except ValueError as error:\n"
        "    refusal = str(error)\n"
    )
    assert one.get("refusal") == "4194305 bytes; a message has at most 4194304."
    assert not one.get("member.transport.send('f' * 16, b'to a stranger')")


def test_a_stopped_transport_gives_everything_back(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    connect(windows, introducer, key)
    one, two, three = windows
    one.run("await member.transport.stop()\nawait member.transport.stop()")
    two.wait_for_peers(three)
    three.wait_for_peers(two)
    assert one.get("live_proxies()") == 0
    assert one.get("len(asyncio.all_tasks())") == 0
    assert not one.get(f"member.transport.send({two.node_id!r}, b'too late')")
    assert one.get("member.peers") == [two.node_id, three.node_id], "no callback after stop"


def test_a_browser_without_webrtc_says_so(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    window = windows[0]
    window.open()
    window.run(
        "connections = js.RTCPeerConnection\n"
        "del js.window.RTCPeerConnection\n"
        "try:\n"
        f"    await BrowserTransport({introducer.url!r}, {key!r}).start('1' * 16, print, print)\n"
        "except Exception as error:\n"
        "    refusal = repr(error)\n"
        "finally:\n"
        "    js.window.RTCPeerConnection = connections\n"
    )
    assert window.get("refusal").startswith("WebRTCUnavailable('This browser has no WebRTC")
