"""Members in processes of their own, driven by the command line as a person would."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from raft_node.cli import main

PATIENCE = 90.0
"""Seconds that anything may take on a busy machine. Nothing is asserted about them."""


class Ended(NamedTuple):
    """What came of a command."""

    code: int
    out: str
    error: str


def raft_node(*arguments: str | Path, stdin: str = "") -> Ended:
    """Run a command to its end, in this process: a process for each takes its time."""
    out, error = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(stdin)
    try:
        with redirect_stdout(out), redirect_stderr(error):
            code = main([*map(str, arguments)])
    finally:
        sys.stdin = before
    return Ended(code, out.getvalue(), error.getvalue())


def raft_node_process(*arguments: str | Path) -> Ended:
    """Run a command to its end, in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "raft_node", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


class MemberProcess:
    """`raft-node run` on a data directory; it can be ended and started again."""

    def __init__(self, folder: Path, *options: str | Path) -> None:
        self.folder = folder
        self.options = options
        self._log = folder.with_name(f"{folder.name}.log")
        self.process: subprocess.Popen[str] | None = None

    def start(self, *options: str | Path) -> None:
        """Start it, and wait until it can be asked."""
        self.start_without_waiting(*options)
        eventually(lambda: self.ended or raft_node("status", "--data", self.folder).code == 0)
        assert not self.ended, self.log

    def start_without_waiting(self, *options: str | Path) -> None:
        """Start it; it may end by itself."""
        assert self.process is None
        command = ["run", "--data", self.folder, "--log-format", "json", *self.options, *options]
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "raft_node", *map(str, command)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
            )

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    @property
    def log(self) -> str:
        return self._log.read_text()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Those lines of its log that tell of an event of this kind."""
        lines = [json.loads(line) for line in self.log.splitlines()]
        return [line for line in lines if line.get("event") == kind]

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        code = self.process.wait(PATIENCE)
        self.process = None
        return code

    def stop(self) -> int:
        """End it as a service manager would."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    # --- what a person asks it ------------------------------------------------------------------

    def ask(self, command: str, *arguments: str | Path) -> Ended:
        """Run a command on it, whatever comes of it; `members list` is a command as well."""
        return raft_node(*command.split(), *arguments, "--data", self.folder)

    def tell(self, command: str, *arguments: str | Path) -> str:
        """Run a command on it that must succeed; what it printed."""
        done = self.ask(command, *arguments)
        assert done.code == 0, (command, arguments, done, self.log)
        return done.out

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.tell("status", "--json"))
        return found

    @property
    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.report["status"]
        return found

    @property
    def node_id(self) -> str:
        return str(json.loads((self.folder / "member.json").read_text())["node_id"])


class Cluster:
    """Members of one session that meet at one introducer; end it with `kill`."""

    def __init__(self, folder: Path, introducer: str, *, state: str = "kv") -> None:
        self.folder = folder
        self.members: list[MemberProcess] = []
        self.session = folder / "session"
        made = raft_node("new", "--out", self.session)
        assert made.code == 0, made.error
        self.key = self.session.read_text().strip()
        self._options = ("--session-file", self.session, "--introducer", introducer)
        self.introducer = introducer
        self._state = state

    def member(self, name: str, *options: str) -> MemberProcess:
        """One more, not started."""
        made = MemberProcess(self.folder / name, *self._options, "--state", self._state, *options)
        self.members.append(made)
        return made

    def grow(self, names: str = "abc") -> list[MemberProcess]:
        """Members that form a cluster, the first of them its founder."""
        members = [self.member(name) for name in names]
        for number, one in enumerate(members):
            one.start(*(["--found"] if number == 0 else []))
        for one in members:
            one.tell("wait", "--timeout", str(PATIENCE / 2))
        return members

    def leader(self) -> MemberProcess:
        """Who leads, in the eyes of all that run."""
        leaders: list[MemberProcess] = []

        def agreed() -> bool:
            running = [one for one in self.members if not one.ended]
            named = {one.status["leader"] for one in running}
            leaders[:] = [one for one in running if {one.node_id} == named]
            return len(leaders) == 1

        eventually(agreed)
        return leaders[0]

    def kill(self) -> None:
        for one in self.members:
            one.kill()
