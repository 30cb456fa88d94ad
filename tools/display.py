"""An X display of its own, for a browser whose windows have to be on one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

XVFB = shutil.which("Xvfb")
"""The program that makes it; where it is missing, nobody gets one."""


@contextmanager
def x_display() -> Iterator[str]:
    """Its name, while the block runs. Whoever calls this has seen that there is an `XVFB`.

    :raises RuntimeError: it does not start
    """
    read, write = os.pipe()
    arguments = ["-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    process = subprocess.Popen(
        [XVFB or "Xvfb", *arguments],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the caller, which ends its windows first
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError("Xvfb ended before it had a display")
        yield f":{number}"
    finally:
        process.terminate()
        process.wait()
