"""The log on standard error: a line a record, for people or as JSON."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

import msgspec

Format = Literal["text", "json"]

_QUIET: Final = ("aiortc", "aioice", "websockets", "asyncio")
"""Libraries that tell much, and little of use to who runs a member."""


class TextFormatter(logging.Formatter):
    """For people: time, level, sentence."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")


class JsonFormatter(logging.Formatter):
    """A JSON object a record: `time`, `level`, `logger`, `message`, and what is in `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever is in it."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(fields).decode()


def set_up(level: str, form: Format, stream: TextIO | None = None) -> None:
    """Log from now on; `level` as logging names it, in any case."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
