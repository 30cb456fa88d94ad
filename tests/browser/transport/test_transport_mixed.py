"""A window and a member in a process of its own are peers like any others."""

import time
from collections.abc import Callable

import pytest

from tests.browser.introducer import IntroducerProcess
from tests.browser.transport.conftest import Window
from tests.headless.process import MemberProcess

SIZES = [1, 100, 65_535, 65_536, 300_000, 7]
PATIENCE = 30
"""Seconds after which what has not happened counts as missing."""


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [0, 9], ids=["the process offers", "the window offers"])
def test_a_window_and_a_process_exchange_messages(
    windows: list[Window], introducer: IntroducerProcess, key: str, number: int
) -> None:
    window = windows[0]
    native = MemberProcess(introducer.url, key, str(number) * 16)
    try:
        # On a busy machine a large message may take longer than the usual patience of a small one.
        window.member(introducer, key, settings={"link": {"patience": 3600}})
        window.wait(f"member.peers == [{native.node_id!r}]")
        until(lambda: native.peers == [window.node_id], "the process has its peer")
        window.run(f"await member.send_all({native.node_id!r}, {SIZES})")
        until(lambda: len(native.messages) == len(SIZES), "the window's messages arrive")
        expected = window.get(
            f"[(size, hashlib.sha256(payload_of(size)).hexdigest()) for size in {SIZES}]"
        )
        assert native.messages == [[window.node_id, *noted] for noted in expected]
        for size in SIZES:
            native.send(window.node_id, size)
        received = f"member.received[{native.node_id!r}]"
        window.wait(f"len({received}) == {len(SIZES)}")
        assert sorted(window.get(received)) == sorted(expected)
        assert native.end() == 0
        window.wait("member.peers == []")
        assert window.get("member.lost") == [[native.node_id, "bye"]]
    finally:
        native.kill()
        native.end()


def test_a_killed_process_is_noticed_by_a_window(
    windows: list[Window], introducer: IntroducerProcess, key: str
) -> None:
    window = windows[0]
    native = MemberProcess(introducer.url, key, "9" * 16)
    try:
        window.member(introducer, key, settings={"link": {"ping_interval": 0.1, "dead_after": 0.5}})
        window.wait(f"member.peers == [{native.node_id!r}]")
        native.kill()
        window.wait("member.peers == []")
        assert window.get("member.lost") == [[native.node_id, "silent"]]
    finally:
        native.kill()
        native.end()
