"""The server over real sockets."""

import asyncio
import logging
import time
from typing import Any

import anyio
import pytest
from websockets.asyncio.server import ServerConnection

import introducer
from introducer.connection import Connection
from introducer.limits import Limits
from introducer.protocol import Introducer
from tests.unit.introducer.clients import PATIENCE, Client, can_talk, happened, meet, spy
from tests.unit.introducer.rooms import ANN, BOB, CLEO, LEAVE, OTHER_ROOM, join, left, signal


async def test_two_members_meet_signal_and_part() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        await bob.send(signal(ANN, {"kind": "offer", "sdp": "v=0\r\né"}))
        body = {"kind": "offer", "sdp": "v=0\r\né"}
        assert await ann.hear() == {"type": "signal", "sender": BOB, "body": body}
        await bob.send(LEAVE)
        assert await ann.hear() == left(BOB, "left")
        assert await bob.end() == ([], 1000, "left")


async def test_rooms_are_apart() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await ann.join(ANN)
        assert await bob.join(BOB, OTHER_ROOM) == []
        await bob.send(signal(ANN, {}))
        assert (await bob.hear())["code"] == "unknown_peer"
        assert server.counts().rooms == 2


# ------------------------------------------------------------------------- what a client does wrong


@pytest.mark.parametrize(
    "frame",
    ["", "nonsense", '{"type":"signal"}', b"\x00\xff", b'{"type":"leave"}', '{"type":"leave"}x'],
    ids=repr,
)
async def test_a_malformed_frame_costs_only_its_sender(frame: str | bytes) -> None:
    async with (
        introducer.serve() as server,
        Client(server) as ann,
        Client(server) as bob,
        Client(server) as cleo,
    ):
        await meet(ann, bob)
        await cleo.join(CLEO)
        await ann.hear(), await bob.hear()
        await cleo.websocket.send(frame)
        assert await cleo.refused() == ("bad_frame", 4000)
        assert await ann.hear() == await bob.hear() == left(CLEO, "lost")
        assert await can_talk(ann, bob, BOB)


async def test_text_that_is_not_utf8_costs_only_its_sender() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        await bob.websocket.send(b'{"type":"\xff"}', text=True)
        assert (await bob.end())[1] == 1007
        assert await ann.hear() == left(BOB, "lost")


async def test_bytes_that_are_no_websocket_cost_only_their_sender() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        bob.websocket.transport.write(b"\xff" * 100)
        assert (await bob.end())[1] == 1002
        assert await ann.hear() == left(BOB, "lost")


async def test_bytes_that_are_no_http_are_no_trouble() -> None:
    async with introducer.serve() as server, Client(server) as ann:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        with anyio.fail_after(PATIENCE):
            await reader.read()
        writer.close()
        assert await ann.join(ANN) == []


async def test_a_frame_over_the_limit_is_refused() -> None:
    limits = Limits(message_bytes=2048, burst=2)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        await bob.send(signal(ANN, {"x": "x" * 2048}))
        assert await bob.refused() == ("too_large", 4008)
        assert await ann.hear() == left(BOB, "lost")


async def test_a_frame_far_over_the_limit_is_not_even_read() -> None:
    limits = Limits(message_bytes=2048)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        await bob.send(signal(ANN, {"x": "x" * 4 * 2048}))
        frames, code, _ = await bob.end()
        assert (frames, code) == ([], 1009)
        assert await ann.hear() == left(BOB, "lost")


async def test_talking_too_fast_is_refused() -> None:
    limits = Limits(rate=0.001, burst=64)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        for _ in range(64):
            await bob.send(signal(ANN, {}))
        assert await bob.refused() == ("too_fast", 4009)
        assert [(await ann.hear())["type"] for _ in range(64)] == ["signal"] * 63 + ["left"]


async def test_whoever_does_not_join_in_time_is_refused() -> None:
    limits = Limits(join_seconds=1.0)
    async with introducer.serve(limits=limits) as server, Client(server) as silent:
        assert await silent.refused() == ("not_joined", 4004)


async def test_a_connection_too_many_is_refused() -> None:
    limits = Limits(connections=1)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        assert await bob.refused() == ("too_many_connections", 4012)
        assert await ann.join(ANN) == []


async def test_a_newer_connection_of_a_member_replaces_the_older() -> None:
    async with (
        introducer.serve() as server,
        Client(server) as ann,
        Client(server) as old,
        Client(server) as new,
    ):
        await meet(ann, old)
        assert await new.join(BOB) == [ANN]
        assert await old.refused() == ("replaced", 4010)
        assert await ann.hear() == left(BOB, "replaced")
        assert await ann.hear() == {"type": "joined", "member": BOB}
        assert await can_talk(ann, new, BOB)


# ----------------------------------------------------------------------- connections that just end


async def test_a_socket_that_is_cut_means_lost() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        bob.websocket.transport.abort()
        assert await ann.hear() == left(BOB, "lost")


async def test_a_socket_that_is_closed_without_leave_means_lost() -> None:
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        await bob.websocket.close(1001)
        assert await ann.hear() == left(BOB, "lost")


async def test_a_member_that_answers_no_ping_is_lost() -> None:
    limits = Limits(ping_seconds=0.05, pong_seconds=1.0, close_seconds=0.05)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        bob.websocket.transport.pause_reading()
        assert await ann.hear() == left(BOB, "lost")


async def test_a_member_that_answers_pings_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    pinged = spy(monkeypatch, ServerConnection, "ping", calls=20)
    limits = Limits(ping_seconds=0.01, pong_seconds=30)
    async with (
        introducer.serve(limits=limits) as server,
        Client(server) as ann,
        Client(server) as bob,
    ):
        await meet(ann, bob)
        await happened(pinged)
        assert await can_talk(ann, bob, BOB)


# ------------------------------------------------------------------------------------------ faults


async def test_an_internal_error_reaches_no_other_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    original = Introducer.on_frame

    def on_frame(self: Introducer, connection: Connection, data: str | bytes, now: float) -> Any:
        if "explode" in str(data):
            raise RuntimeError("a fault of ours")
        return original(self, connection, data, now)

    monkeypatch.setattr(Introducer, "on_frame", on_frame)
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        async with Client(server) as cleo:
            await cleo.join(CLEO)
            await ann.hear(), await bob.hear()
            await cleo.send(signal(ANN, {"explode": True}))
            assert (await cleo.end())[1] == 1011
        assert await ann.hear() == await bob.hear() == left(CLEO, "lost")
        assert await can_talk(ann, bob, BOB)
        assert server.counts().connections == 2
    (record,) = (record for record in caplog.records if record.levelno >= logging.WARNING)
    assert record.getMessage().startswith("failed room=aaaaaaaa member=cccccccccccccccc")


async def test_the_log_has_no_bodies_and_no_whole_room_names(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with introducer.serve() as server, Client(server) as ann, Client(server) as bob:
        await meet(ann, bob)
        await ann.send(signal(BOB, {"secret": "sesame"}))
        await bob.hear()
        await bob.websocket.send('{"sesame"}')
        await bob.refused()
    # The clients of this test log all that they send and get; that is their own business.
    servers = [record for record in caplog.records if record.name != "websockets.client"]
    text = "\n".join(record.getMessage() for record in servers)
    assert f"joined room=aaaaaaaa member={ANN}" in text
    assert f"closed room=aaaaaaaa member={BOB} by=introducer code=4000 frames=2" in text
    assert "sesame" not in text
    assert "a" * 64 not in text


# --------------------------------------------------------------------------------- STUN and TURN


class Hasty(introducer.Relays, frozen=True, kw_only=True):
    """Renews its credentials all the time."""

    @property
    def renew_every(self) -> float | None:
        return 0.01


async def test_members_are_told_of_turn_servers_and_told_again_before_that_expires() -> None:
    relays = Hasty(turn_urls=("turn:turn.example.org",), turn_secret="north")
    async with introducer.serve(relays=relays) as server, Client(server) as ann:
        await ann.send(join(ANN))
        (first,) = (await ann.hear())["ice_servers"]
        expiry, _, name = first["username"].partition(":")
        assert name == ANN
        assert int(expiry) > time.time()
        for _ in range(2):
            news = await ann.hear()
            assert news["type"] == "ice_servers"
            assert news["ice_servers"][0]["username"].endswith(ANN)
