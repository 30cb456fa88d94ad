"""NativeTransport, as far as it needs nobody else."""

import subprocess
import sys

import pytest

from transport_webrtc import MeshSettings
from transport_webrtc.link import LinkSettings
from transport_webrtc.native import NativeTransport

URL, KEY = "ws://127.0.0.1:9/v1", "0" * 32


@pytest.mark.parametrize("url", ["", "http://127.0.0.1/v1", "127.0.0.1:9"])
def test_a_malformed_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="begins with ws:// or wss://"):
        NativeTransport(url, KEY)


@pytest.mark.parametrize("key", ["", "0" * 31, "G" * 32])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="32 lower-case hexadecimal characters"):
        NativeTransport(URL, key)


async def test_before_it_starts_and_after_it_stops_it_sends_nothing() -> None:
    transport = NativeTransport(URL, KEY)
    assert not transport.send("1" * 16, b"x")
    assert transport.stats() == {}
    assert transport.introducer_state == "connecting"
    assert transport.problem is None
    transport.leave()
    await transport.stop()
    assert not transport.send("1" * 16, b"x")


async def test_it_is_started_once() -> None:
    transport = NativeTransport(URL, KEY)
    await transport.start("1" * 16, lambda *_: None, lambda *_: None)
    try:
        with pytest.raises(RuntimeError, match="make a new one"):
            await transport.start("1" * 16, lambda *_: None, lambda *_: None)
    finally:
        await transport.stop()


def test_the_settings_say_the_largest_payload() -> None:
    transport = NativeTransport(
        URL, KEY, settings=MeshSettings(link=LinkSettings(max_payload=1000))
    )
    assert transport.max_payload == 1000
    with pytest.raises(ValueError, match=r"1001 bytes; a message has at most 1000\."):
        transport.send("1" * 16, bytes(1001))


@pytest.mark.parametrize("missing", ["aiortc", "websockets"])
def test_without_the_extra_it_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import transport_webrtc.native"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert f"needs {missing}: pip install 'transport-webrtc[native]'" in result.stderr
