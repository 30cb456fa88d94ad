"""The log's lines: for people, and one JSON object each."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from raft_node import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_json_lines_hold_the_fields_and_no_line_breaks() -> None:
    stream = io.StringIO()
    logs.set_up("info", "json", stream)
    logger = logging.getLogger("raft_node")
    logger.info("one\ntwo %s", 3, extra={"fields": {"event": "Thing", "number": 4}})
    logger.debug("nothing of this")
    (line,) = stream.getvalue().splitlines()
    fields = json.loads(line)
    assert fields.pop("time").endswith("+00:00")
    assert fields == {
        "level": "info",
        "logger": "raft_node",
        "message": "one\ntwo 3",
        "event": "Thing",
        "number": 4,
    }


def test_an_exception_is_in_its_line() -> None:
    stream = io.StringIO()
    logs.set_up("info", "json", stream)
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("raft_node").exception("that failed")
    assert "ZeroDivisionError" in json.loads(stream.getvalue())["exception"]


def test_lines_for_people_have_time_level_and_sentence() -> None:
    stream = io.StringIO()
    logs.set_up("WARNING", "text", stream)
    logging.getLogger("raft_node").info("nothing of this")
    logging.getLogger("raft_node").warning("look at %s", "this")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith(" WARNING look at this")


def test_libraries_tell_nothing_but_warnings() -> None:
    stream = io.StringIO()
    logs.set_up("debug", "text", stream)
    logging.getLogger("aioice.ice").info("much")
    logging.getLogger("aiortc").warning("little")
    assert [line.split()[-1] for line in stream.getvalue().splitlines()] == ["little"]
