"""The command, run as a user would run it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import anyio
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

import introducer
from introducer.cli import _parser, _turn_secret, main
from introducer.relays import turn_password
from tests.unit.introducer.clients import PATIENCE
from tests.unit.introducer.rooms import ANN, join

COMMAND = (sys.executable, "-W", "error", "-m", "introducer")


@asynccontextmanager
async def running(
    *options: str, under: tuple[str, ...] = ()
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The command on a free port, and the address it prints; `under`: a command that runs it."""
    command = (*under, *COMMAND, "--port", "0", *options)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        with anyio.fail_after(PATIENCE):
            line = (await process.stdout.readline()).decode()
        match = re.search(r"ws://127\.0\.0\.1:\d+/v1", line)
        assert match is not None, line
        yield process, match[0]
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    async with running() as (process, url):
        async with connect(url) as websocket:
            process.send_signal(number)
            with anyio.fail_after(PATIENCE), pytest.raises(ConnectionClosed) as caught:
                await websocket.recv()
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001
        with anyio.fail_after(PATIENCE):
            output, errors = await process.communicate()
    assert process.returncode == 0
    assert output.decode() == "The introducer has stopped." + os.linesep
    (line,) = errors.decode().splitlines()
    assert "closed room=- member=- by=introducer code=1001" in line


async def test_the_log_level_silences_it() -> None:
    async with running("--log-level", "warning") as (process, url):
        async with connect(url) as websocket:
            await websocket.send("nonsense")
            with anyio.fail_after(PATIENCE):
                assert "bad_frame" in str(await websocket.recv())
        process.send_signal(signal.SIGTERM)
        with anyio.fail_after(PATIENCE):
            _, errors = await process.communicate()
    assert errors == b""


async def test_limits_and_origins_are_options() -> None:
    options = ("--message-bytes", "2000", "--rate", "1.5", "--origin", "https://one.example")
    async with running(*options) as (_, url):
        async with connect(url, origin=Origin("https://one.example")) as websocket:
            await websocket.send(
                f'{{"type":"join","protocol":1,"room":"{"a" * 64}","member":"{"b" * 16}"}}'
            )
            with anyio.fail_after(PATIENCE):
                welcome = str(await websocket.recv())
        assert '"message_bytes":2000' in welcome
        assert '"rate":1.5' in welcome


def with_files(limit: str) -> tuple[str, ...]:
    """A command that runs another one under `ulimit`."""
    return ("sh", "-c", f'ulimit {limit}; exec "$@"', "sh")


async def test_it_takes_the_files_that_its_connections_need() -> None:
    options = ("--connections", "80", "--log-level", "warning")
    async with running(*options, under=with_files("-Sn 40")) as (process, url):
        async with AsyncExitStack() as stack:
            for _ in range(80):
                await stack.enter_async_context(connect(url))
            async with connect(url) as one_too_many:
                with anyio.fail_after(PATIENCE):
                    assert "too_many_connections" in str(await one_too_many.recv())
        process.send_signal(signal.SIGTERM)
        with anyio.fail_after(PATIENCE):
            _, errors = await process.communicate()
    assert errors == b""


async def test_too_few_files_are_said() -> None:
    async with running(under=with_files("-n 100")) as (process, _):
        process.send_signal(signal.SIGTERM)
        with anyio.fail_after(PATIENCE):
            _, errors = await process.communicate()
    assert errors.decode().splitlines() == [
        (
            "introducer: this process may have 100 files open, too few for 4000 connections: "
            "allow it more (ulimit -n), or give at most --connections 36"
        )
    ]


@pytest.mark.parametrize(
    "options, sentence",
    [
        (("--port", "x"), "argument --port: x is no port: take one from 0 to 65535"),
        (("--port", "65536"), "argument --port: 65536 is no port: take one from 0 to 65535"),
        (("--origin", "one.example"), "argument --origin: 'one.example' is no origin: write how"),
        (("--rate", "inf"), "--rate: Expected `float` <= "),
    ],
)
def test_a_wrong_option_is_said_in_words_that_help(
    options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


async def test_a_taken_port_is_said_and_is_exit_code_1() -> None:
    async with introducer.serve() as server:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "--port", str(server.port), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with anyio.fail_after(PATIENCE):
            output, errors = await process.communicate()
        assert process.returncode == 1
        assert output == b""
        assert errors.decode().splitlines() == [
            (
                f"introducer: port {server.port} on 127.0.0.1 is taken by another program: "
                "stop that one, or choose another with --port"
            )
        ]


def test_an_address_that_is_not_ours_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--host", "192.0.2.1", "--port", "0"]) == 1
    assert capsys.readouterr().err.startswith("introducer: cannot listen on 192.0.2.1 port 0: ")


@pytest.mark.parametrize(
    "options, problem",
    [
        (["--port", "70000"], "70000 is no port"),
        (["--port", "http"], "--port"),
        (["--rooms", "0"], "--rooms: "),
        (["--queue-bytes", "40000"], "--queue-bytes: must be at least twice message-bytes"),
        (["--rate", "fast"], "--rate"),
        (["--what"], "--what"),
    ],
)
def test_a_wrong_option_is_named_and_is_exit_code_2(
    options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


def test_help_explains_every_limit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for name in introducer.Limits.__struct_fields__:
        assert f"--{name.replace('_', '-')}" in text


async def test_members_are_told_of_the_servers_that_were_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("north\n")
    options = ("--turn-url", "turn:turn.example.org", "--turn-secret-file", str(secret))
    async with (
        running(*options, "--stun-url", "stun:stun.example.org") as (_, url),
        connect(url) as websocket,
    ):
        await websocket.send(json.dumps(join(ANN)))
        with anyio.fail_after(PATIENCE):
            welcome = json.loads(await websocket.recv())
    stun, turn = welcome["ice_servers"]
    assert stun == {"urls": ["stun:stun.example.org"]}
    assert turn["credential"] == turn_password("north", turn["username"])


@pytest.mark.parametrize(
    "options, sentence",
    [
        (["--turn-url", "turn:x"], "--turn-secret: give"),
        (["--turn-secret", "north"], "--turn-url: a secret needs"),
        (["--turn-url", "x", "--turn-secret", "north"], "--turn-url: 'x' does not begin"),
        (["--stun-url", "x"], "--stun-url: 'x' does not begin"),
        (["--turn-url", "turn:x", "--turn-secret-file", "nowhere"], "--turn-secret-file: nowhere"),
    ],
)
def test_servers_that_cannot_work_are_refused(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert sentence in capsys.readouterr().err


def test_the_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTRODUCER_TURN_SECRET", "north")
    options = _parser().parse_args(["--turn-url", "turn:x"])
    assert _turn_secret(options) == "north"
    assert _turn_secret(_parser().parse_args([])) == ""
