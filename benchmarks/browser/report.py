"""All of a run: JSON for programs, a table for people, Markdown for docs/performance.md."""

from msgspec import Struct

from benchmarks.browser.aims import Aim
from benchmarks.browser.limit import Sizes
from benchmarks.browser.results import Figure


class Machine(Struct, frozen=True):
    """Where it ran. ``load`` is the one-minute average at the start and at the end."""

    browser: str
    system: str
    cores: int
    load: tuple[float, float]


class Report(Struct, frozen=True):
    """All of one run."""

    machine: Machine
    date: str
    revision: str
    rounds: int
    seconds: float
    separate: bool
    """Each window in a browser of its own."""
    elections: int
    sizes: dict[str, Sizes]
    figures: list[Figure]
    aims: list[Aim]
