"""An X display of its own, for a browser that has to have one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

XVFB = shutil.which("Xvfb")


@contextmanager
def x_display() -> Iterator[str]:
    """Its name, while the block runs. Without Xvfb the test is skipped."""
    if XVFB is None:
        pytest.skip("this browser needs a display: install Debian's xvfb")
    read, write = os.pipe()
    process = subprocess.Popen(
        [XVFB, "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        process.terminate()
        process.wait()
