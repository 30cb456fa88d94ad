"""Numbers as people read them: short, and of one width where they stand below each other."""

from __future__ import annotations

NONE = "\N{EN DASH}"
"""What stands where there is no number."""


def count(number: float) -> str:
    """A whole number: "12,345"."""
    return f"{number:,.0f}"


def rate(per_second: float) -> str:
    """So many a second: "12,345", "9.5", "0"."""
    return f"{per_second:.1f}" if 0 < per_second < 10 else count(per_second)


def milliseconds(value: float | None) -> str:
    """A time given in milliseconds, three digits of it: "0.53 ms", "12.3 ms", "1.23 s"."""
    if value is None:
        return NONE
    if value >= 999.5:
        return f"{value / 1000:,.2f} s"
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} ms"


def seconds(value: float) -> str:
    """A time in seconds: "9.5 s", "12 s"."""
    return f"{value:.1f} s" if value < 10 and value != int(value) else f"{value:.0f} s"


def size(units: float) -> str:
    """An amount of bytes: "812 B", "3.4 KB", "892 KB", "5 MB"."""
    amount, unit = units, "B"
    for larger in ("KB", "MB"):
        if amount >= 1000:
            amount, unit = amount / 1024, larger
    text = f"{amount:.1f}" if amount < 10 else f"{amount:.0f}"
    return f"{text.removesuffix('.0')} {unit}"


def ago(age: float | None) -> str:
    """How long since something was heard: "now", "12 s ago", "3 min ago"."""
    if age is None:
        return "some time ago"
    if age < 4:
        return "now"
    return f"{age:.0f} s ago" if age < 120 else f"{age / 60:.0f} min ago"


def short(member: str) -> str:
    """A member's id, as much of it as tells three apart."""
    return member[:6]


def iterations(number: int, took: float) -> str:
    """The line of the ancestor: "n iterations in s seconds (x per second)"."""
    what = "iteration" if number == 1 else "iterations"
    speed = number / took if took > 0 else 0.0
    return f"{count(number)} {what} in {took:.1f} seconds ({rate(speed)} per second)"
