"""What a keyboard event says."""

from __future__ import annotations

from typing import Any


def is_composing(event: Any) -> bool:
    """The key belongs to an input method, which has not yet made a character of it."""
    return bool(event.isComposing) or event.keyCode == 229  # Safari says it so at the end
