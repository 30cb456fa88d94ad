"""The demo: one process that serves the site and an introducer, and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[3] / "tools" / "demo.py"
Start = Callable[..., "Demo"]


class Demo:
    """A demo as a child process."""

    def __init__(self, site: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(DEMO), "--site", str(site)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            text=True,
        )
        self.said = ""

    def read_until(self, words: str) -> str:
        """Read lines until one has these words; the text so far."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return self.said
        pytest.fail(f"it ended without saying {words!r}:\n{self.said}")

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the status it ends with, and what it said from then on."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=30)
        return self.process.returncode, rest


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in ("index.html", "todo/index.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.fixture
def start(site: Path) -> Iterator[Start]:
    demos: list[Demo] = []

    def begin(**environment: str) -> Demo:
        demos.append(Demo(site, **environment))
        return demos[-1]

    yield begin
    for demo in demos:
        demo.process.kill()
        demo.process.wait()
        assert demo.process.stdout is not None
        demo.process.stdout.close()


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        content: bytes = response.read()
        return content


def test_of_several_apps_the_list_comes_first_and_the_steps_are_its(
    start: Start, site: Path
) -> None:
    (site / "bench").mkdir()
    (site / "bench/index.html").write_text("bench")
    said = start(PORT="0").read_until("Ctrl-C ends the demo")
    links = re.findall(r"http://(wraft\d)\.localhost:\d+/(\w+)/", said)
    assert links == [
        ("wraft0", "todo"),
        ("wraft1", "todo"),
        ("wraft2", "todo"),
        ("wraft0", "bench"),
    ]
    assert said.index("1. Open the first link") < said.index("/bench/")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_gives_three_links_that_work_and_ends_cleanly(start: Start, number: int) -> None:
    demo = start(PORT="0")
    said = demo.read_until("Ctrl-C ends the demo")
    links = re.findall(r"http://(wraft\d\.localhost):(\d+)(/todo/)", said)
    assert [name for name, _, _ in links] == [f"wraft{number}.localhost" for number in range(3)]
    port = int(links[0][1])
    assert get(port, "/todo/") == b"todo/index.html"
    settings = json.loads(get(port, "/site.json"))
    assert settings["hosts"] == [f"{name}:{port}" for name, _, _ in links]
    assert settings["target_size"] == 3
    match = re.fullmatch(r"ws://\{hostname\}:(\d+)/v1", settings["introducer"])
    assert match is not None
    assert get(int(match.group(1)), "/healthz")

    status, rest = demo.end(number)
    assert status == 0
    assert "The demo has ended" in rest
    for listener in (port, int(match.group(1))):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", listener), timeout=10)


def test_a_port_that_is_taken_is_named_and_another_is_used(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start(PORT=str(port))
        said = demo.read_until("Ctrl-C ends the demo")
        assert f"Port {port} is taken" in said
        other = int(re.findall(r"wraft0\.localhost:(\d+)/todo/", said)[0])
        assert other != port
        assert get(other, "/") == b"index.html"
        demo.end(signal.SIGINT)


def test_a_port_that_is_no_number_is_named(start: Start) -> None:
    demo = start(PORT="eight")
    assert "invalid int value: 'eight'" in demo.read_until("invalid")


def test_without_a_site_it_says_how_to_make_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(DEMO), "--site", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert "holds no site: make one with `raft-web build" in done.stderr
