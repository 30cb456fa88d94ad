import re
from pathlib import Path

import msgspec

from introducer.limits import Limits
from introducer.refusals import (
    CLOSE_CODES,
    GOING_AWAY,
    INTERNAL_ERROR,
    LEFT,
    UNANSWERED,
    Code,
    RefusalError,
)

DOCUMENT = (Path(__file__).parents[3] / "docs" / "introducer.md").read_text()


def test_all_but_an_unknown_peer_are_fatal() -> None:
    assert set(Code) - CLOSE_CODES.keys() == {Code.UNKNOWN_PEER}
    assert RefusalError(Code.UNKNOWN_PEER, "Wait.").closing is None


def test_each_fatal_code_has_a_close_code_of_its_own_from_the_private_range() -> None:
    codes = list(CLOSE_CODES.values())
    assert len(set(codes)) == len(codes)
    assert all(4000 <= code <= 4099 for code in codes)


def test_the_close_reason_of_a_refusal_is_its_code() -> None:
    closing = RefusalError(Code.TOO_FAST, "Wait.").closing
    assert closing is not None
    assert (closing.code, closing.reason) == (4009, "too_fast")


def test_every_close_reason_fits_a_close_frame() -> None:
    for closing in (LEFT, GOING_AWAY, UNANSWERED, INTERNAL_ERROR):
        assert len(closing.reason.encode()) <= 123


def test_the_document_names_every_code_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d*) ?\| (yes|no) \|", DOCUMENT, re.MULTILINE)
    documented = {code: int(close) if close else None for code, close, _ in rows}
    assert documented == {code.value: CLOSE_CODES.get(code) for code in Code}
    assert all((fatal == "yes") == (close != "") for _, close, fatal in rows)


def test_the_document_names_every_limit_with_its_default() -> None:
    section = DOCUMENT.partition("## Limits")[2].partition("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", section, re.MULTILINE))
    defaults = {field.name: float(field.default) for field in msgspec.structs.fields(Limits)}
    assert {name: float(value) for name, value in documented.items()} == defaults
