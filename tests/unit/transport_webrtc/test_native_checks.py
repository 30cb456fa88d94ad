"""ICE asks again at an even pace, as long as it has not come to an end."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import aioice
import aioice.stun
import pytest

from transport_webrtc import native_checks
from transport_webrtc.native_checks import Checks


class Pair:
    """Two ends of ICE in one process; what they send each other can be lost."""

    def __init__(self) -> None:
        self.one = aioice.Connection(ice_controlling=True)
        self.two = aioice.Connection(ice_controlling=False)
        self.cut = False
        self.lost = Counter[bytes]()
        """How often each question was."""

    async def gather(self) -> None:
        for end in self.one, self.two:
            await end.gather_candidates()
            for protocol in end._protocols:
                send = protocol.send_stun
                protocol.send_stun = self._losing(send)  # type: ignore[method-assign]
        for end, other in (self.one, self.two), (self.two, self.one):
            end.remote_username, end.remote_password = other.local_username, other.local_password
            for candidate in other.local_candidates:
                await end.add_remote_candidate(candidate)
            await end.add_remote_candidate(None)

    def all_asked_twice(self) -> bool:
        """All that was asked while nothing got through was asked at least twice."""
        return bool(self.lost) and min(self.lost.values()) >= 2

    def _losing(self, send: Callable[..., None]) -> Callable[..., None]:
        def send_stun(message: aioice.stun.Message, addr: tuple[str, int]) -> None:
            if self.cut:
                self.lost[message.transaction_id] += 1
            else:
                send(message, addr)

        return send_stun

    async def close(self) -> None:
        await self.one.close()
        await self.two.close()


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr(native_checks, "PACE", 0.02)
    # What aioice does by itself must not be what the test sees.
    monkeypatch.setattr(aioice.stun, "RETRY_RTO", 3600.0)
    made = Pair()
    await made.gather()
    yield made
    await made.close()


async def test_who_could_not_ask_while_the_network_was_away_is_heard_soon_after(pair: Pair) -> None:
    pair.cut = True
    both = Checks(pair.one), Checks(pair.two)
    connecting = [asyncio.create_task(end.connect()) for end in (pair.one, pair.two)]
    for checks in both:
        checks.begin()
    async with asyncio.timeout(30):
        while not pair.all_asked_twice():  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.01)
        pair.cut = False
        await asyncio.gather(*connecting)
    for checks in both:
        checks.end()


@pytest.mark.parametrize("how", ["it is connected", "it is ended"])
async def test_it_asks_no_more_when_it_is_over(pair: Pair, how: str) -> None:
    checks = Checks(pair.one)
    checks.begin()
    if how == "it is connected":
        async with asyncio.timeout(30):
            await asyncio.gather(pair.one.connect(), pair.two.connect())
    else:
        pair.cut = True
        connecting = asyncio.create_task(pair.one.connect())
        async with asyncio.timeout(30):
            while not pair.all_asked_twice():  # noqa: ASYNC110 - it is looked at from outside
                await asyncio.sleep(0.01)
        checks.end()
        connecting.cancel()
    pair.cut = True
    pair.lost.clear()
    await asyncio.sleep(0.2)
    assert max(pair.lost.values(), default=0) <= 1, "what aioice asks by itself, once"
    assert checks._timer is not None
    assert checks._timer.cancelled() or checks._timer.when() < asyncio.get_running_loop().time()
    checks.end()
