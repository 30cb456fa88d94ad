"""Puts results into docs/performance.md, between two marks, and its picture beside."""

from pathlib import Path
from typing import Final

from benchmarks.browser.plot import svg
from benchmarks.browser.report import Results, markdown

BEGIN: Final = "<!-- figures: written by `make bench BENCH=--write-docs`, not by hand -->"
END: Final = "<!-- end of figures -->"
PICTURE: Final = "performance.svg"


class NoMarks(Exception):
    """The document has no place for figures."""


def between_marks(document: str, text: str) -> str:
    """The document with this text in place of what was between the marks.

    :raises NoMarks: it has not both of them, in order
    """
    head, begin, rest = document.partition(BEGIN)
    _, end, foot = rest.partition(END)
    if not begin or not end:
        raise NoMarks(f"the document needs the line {BEGIN!r}, and {END!r} after it")
    return f"{head}{BEGIN}\n\n{text}\n{END}{foot}"


def write(results: Results, document: Path) -> None:
    """Rewrite the figures of this document, and its picture.

    :raises NoMarks: see `between_marks`; nothing is written
    """
    picture = f"![Rates beside the limit]({PICTURE})\n"
    text = between_marks(document.read_text(), f"{picture}\n{markdown(results)}")
    document.write_text(text)
    document.with_name(PICTURE).write_text(svg(results.reports[0]))
