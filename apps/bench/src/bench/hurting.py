"""What the buttons that hurt need to know, without the buttons."""

from __future__ import annotations

from typing import Final

LONGEST_FREEZE: Final = 120
"""Seconds a member may be frozen for."""


def freeze_seconds(text: str) -> tuple[float, str]:
    """How long to freeze, and what is wrong with it ("" if nothing is)."""
    try:
        value = float(text.strip())
    except ValueError:
        return 0.0, "A number of seconds is needed."
    if not 0.1 <= value <= LONGEST_FREEZE:
        return 0.0, f"0.1 to {LONGEST_FREEZE} seconds."
    return value, ""
