"""A display for a browser: there while it is used, and gone then."""

from __future__ import annotations

import shutil
import socket

import pytest

from tools import display
from tools.display import XVFB, x_display


def answers(name: str) -> bool:
    """Whether a program could put a window there."""
    with socket.socket(socket.AF_UNIX) as program:
        return program.connect_ex(f"/tmp/.X11-unix/X{name.removeprefix(':')}") == 0


@pytest.mark.skipif(XVFB is None, reason="no Xvfb: `make browser` installs it")
def test_each_has_one_of_its_own_which_ends_with_the_block() -> None:
    with x_display() as one:
        with x_display() as other:
            assert one != other
            assert answers(one)
            assert answers(other)
        assert not answers(other)
    assert not answers(one)


def test_one_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "XVFB", shutil.which("false"))
    with pytest.raises(RuntimeError, match="Xvfb ended before"), x_display():
        pytest.fail("there is no display")
