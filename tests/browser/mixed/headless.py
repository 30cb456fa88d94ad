"""A member without a browser as a person uses it: by the command, never around it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE

COMMAND = (sys.executable, "-m", "raft_node")


def new_session() -> str:
    """A session's key, as `raft-node new` prints it."""
    return subprocess.run(
        [*COMMAND, "new"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


class Headless:
    """One data directory's member. It can be killed and started again; what is stored stays."""

    def __init__(self, folder: Path, introducer: str) -> None:
        self._folder = folder
        self._introducer = introducer
        self._session = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, session: str = "", *options: str) -> None:
        """Start it, at first with a key or link; it need not be ready."""
        assert self._process is None
        self._session = session or self._session
        command = [*COMMAND, "run", "--state", "todo", "--introducer", self._introducer]
        self._folder.parent.mkdir(exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self._folder), *options],
                stdout=log,
                stderr=log,
                env={**os.environ, "RAFT_NODE_SESSION": self._session},
            )

    @property
    def is_started(self) -> bool:
        return self._process is not None

    @property
    def _log(self) -> Path:
        return self._folder.with_suffix(".log")

    def kill(self) -> None:
        """End it without a word to anyone."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Have it stop in good order; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        try:
            return process.wait(PATIENCE / 1000)
        finally:
            process.kill()
            process.wait()

    def ask(self, *words: str) -> Any:
        """What a command of its prints."""
        done = self.run(*words)
        assert done.returncode == 0, (words, done.stderr, self._log.read_text())
        return json.loads(done.stdout)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to this member, however it ends."""
        return subprocess.run(
            [*COMMAND, *words, "--data", str(self._folder), "--json"],
            check=False,
            capture_output=True,
            text=True,
        )

    @property
    def status(self) -> dict[str, Any]:
        """How it is; nothing while it does not answer."""
        done = self.run("status")
        status: dict[str, Any] = json.loads(done.stdout)["status"] if done.returncode == 0 else {}
        return status

    @property
    def titles(self) -> list[str]:
        """The titles in the list, by a linearizable read."""
        return [todo["title"] for todo in self.ask("state")["todos"].values()]

    def add(self, number: int, title: str) -> None:
        """Put an item into the list."""
        command = {"type": "add", "id": f"{number:016x}", "title": title}
        assert self.ask("propose", json.dumps(command))["outcome"] == "done"

    def wait_for(self, **facts: object) -> dict[str, Any]:
        """Wait until its status has these values, and give it."""
        end = time.monotonic() + PATIENCE / 1000
        status: dict[str, Any] = {}
        while time.monotonic() < end:
            status = self.status
            if facts.items() <= status.items():
                return status
            time.sleep(0.1)
        pytest.fail(f"{facts} did not come: {status}\n{self._log.read_text()}")
