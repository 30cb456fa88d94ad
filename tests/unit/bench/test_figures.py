"""Numbers as people read them."""

import pytest

from bench import figures


@pytest.mark.parametrize(
    "value,text", [(0, "0"), (0.44, "0.4"), (9.96, "10.0"), (10, "10"), (12345.6, "12,346")]
)
def test_a_rate(value: float, text: str) -> None:
    assert figures.rate(value) == text


@pytest.mark.parametrize(
    "value,text",
    [
        (None, figures.NONE),
        (0.534, "0.53 ms"),
        (12.34, "12.3 ms"),
        (999.4, "999 ms"),
        (1234, "1.23 s"),
    ],
)
def test_milliseconds_have_three_digits(value: float | None, text: str) -> None:
    assert figures.milliseconds(value) == text


@pytest.mark.parametrize("value,text", [(2, "2 s"), (2.5, "2.5 s"), (12.5, "12 s"), (60, "60 s")])
def test_seconds(value: float, text: str) -> None:
    assert figures.seconds(value) == text


@pytest.mark.parametrize(
    "value,text",
    [(0, "0 B"), (812, "812 B"), (3500, "3.4 KB"), (913 * 1024, "913 KB"), (5 * 2**20, "5 MB")],
)
def test_sizes(value: float, text: str) -> None:
    assert figures.size(value) == text


@pytest.mark.parametrize(
    "age,text",
    [(None, "some time ago"), (1, "now"), (4, "4 s ago"), (119, "119 s ago"), (150, "2 min ago")],
)
def test_how_long_ago(age: float | None, text: str) -> None:
    assert figures.ago(age) == text


def test_the_line_of_the_ancestor() -> None:
    line = figures.iterations
    assert line(12345, 6.1) == "12,345 iterations in 6.1 seconds (2,024 per second)"
    assert line(1, 2) == "1 iteration in 2.0 seconds (0.5 per second)"
    assert line(0, 0) == "0 iterations in 0.0 seconds (0 per second)"


def test_the_beginning_of_an_id_tells_members_apart() -> None:
    assert figures.short("0123456789abcdef") == "012345"
