"""An introducer in a process of its own, to be killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys


class IntroducerProcess:
    """An introducer in a process of its own, that can be killed and started again on its port."""

    def __init__(self) -> None:
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/v1"

    def start(self, *options: str) -> None:
        """Starts it and waits until it listens."""
        assert self._process is None
        command = [sys.executable, "-m", "introducer", "--port", str(self._port), *options]
        self._process = subprocess.Popen(
            [*command, "--log-level", "error"],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._port = int(line.partition("/v1")[0].rpartition(":")[2])

    def kill(self) -> None:
        """Kills it, without a word to anyone."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
