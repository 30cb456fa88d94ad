import json

import pytest
from websockets.exceptions import InvalidStatus

import introducer
from tests.unit.introducer.clients import Client, request
from tests.unit.introducer.rooms import ANN, BOB

UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
    "Sec-WebSocket-Version: 13",
)


async def test_health_counts_rooms_members_and_connections() -> None:
    async with introducer.serve() as server:
        status, headers, body = await request(server, "/healthz")
        assert status == 200
        assert headers["content-type"] == "application/json"
        assert headers["access-control-allow-origin"] == "*"
        assert json.loads(body) == {"status": "ok", "rooms": 0, "members": 0, "connections": 0}
        async with Client(server) as ann, Client(server) as bob, Client(server):
            await ann.join(ANN)
            await bob.join(BOB)
            _, _, body = await request(server, "/healthz?from=a-probe")
            assert json.loads(body) == {"status": "ok", "rooms": 1, "members": 2, "connections": 3}


@pytest.mark.parametrize("path", ["/", "/v2", "/v1/", "/healthz/more"])
async def test_other_paths_say_where_to_go(path: str) -> None:
    async with introducer.serve() as server:
        status, _, body = await request(server, path, *UPGRADE)
        assert status == 404
        assert "/v1" in body
        assert "/healthz" in body


async def test_a_browser_that_opens_the_address_is_told_what_it_is_for() -> None:
    async with introducer.serve() as server:
        status, _, body = await request(server, "/v1")
        assert status == 426
        assert "WebSocket" in body


async def test_pages_of_any_origin_may_connect_by_default() -> None:
    async with (
        introducer.serve() as server,
        Client(server, origin="https://somewhere.example") as ann,
    ):
        assert await ann.join(ANN) == []


async def test_other_origins_than_the_allowed_ones_are_refused_with_a_sentence() -> None:
    allowed = ("https://one.example", "http://localhost:8000")
    async with introducer.serve(origins=allowed) as server:
        for origin in allowed:
            async with Client(server, origin=origin) as client:
                assert await client.join(ANN) == []
        for origin in ("https://two.example", "https://one.example:444", "null"):
            with pytest.raises(InvalidStatus) as caught:
                await Client(server, origin=origin).__aenter__()
            assert caught.value.response.status_code == 403
            assert b"--origin" in (caught.value.response.body or b"")


@pytest.mark.parametrize(
    "written, sent",
    [
        ("https://one.example/", "https://one.example"),
        ("HTTPS://One.Example", "https://one.example"),
        ("https://one.example:443", "https://one.example"),
        ("http://localhost:80/", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("null", "null"),
    ],
)
async def test_an_origin_is_taken_as_people_write_it(written: str, sent: str) -> None:
    async with (
        introducer.serve(origins=[written]) as server,
        Client(server, origin=sent) as client,
    ):
        await client.join(ANN)


@pytest.mark.parametrize(
    "written",
    ["one.example", "https://one.example/todo/", "*", "https://*.example", "https://", ""],
)
def test_what_is_no_origin_is_refused_before_it_locks_everybody_out(written: str) -> None:
    with pytest.raises(ValueError, match="is no origin: write how the page's address begins"):
        introducer.serve(origins=[written])


async def test_one_wrong_origin_among_several_headers_is_enough_to_refuse() -> None:
    async with introducer.serve(origins=["https://one.example"]) as server:
        origins = ("Origin: https://one.example", "Origin: https://two.example")
        status, _, _ = await request(server, "/v1", *UPGRADE, *origins)
        assert status == 403


async def test_what_is_no_page_and_sends_no_origin_may_always_connect() -> None:
    async with (
        introducer.serve(origins=["https://one.example"]) as server,
        Client(server) as ann,
    ):
        assert await ann.join(ANN) == []
