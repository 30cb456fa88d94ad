"""What a run was told to do, and all that it gave."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.chaos.fury import Occurrence
from tests.chaos.history import Entry
from tests.chaos.judge import Final, Judgement, Sample
from tests.chaos.plan import Kind, Setting
from transport_webrtc.session import Durability


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    seed: int
    members: tuple[Kind, ...]
    durability: Durability
    seconds: float
    """Of faults; of a number of steps it does not matter."""
    steps: int = 0
    """Instead of faults for some time: so many steps of the plan."""
    kills: int = 0
    """Instead of faults for some time: so often SIGKILL."""
    everyone: bool = False
    """Of all at once, and not of one after the other."""
    rate: float
    """Operations a second, of all clients together."""
    site: Path
    """A built site that holds the app."""
    out: Path


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the report shows. Times are seconds since the run began."""

    options: Options
    setting: Setting
    names: tuple[str, ...]
    versions: str
    """Of the browsers."""
    revision: str
    """Of the repository, as git describes it."""
    seconds: float
    """How long clients asked."""
    healed_at: float
    entries: list[Entry]
    samples: list[Sample]
    occurrences: list[Occurrence]
    finals: list[Final]
    judgement: Judgement
    complaints: dict[str, list[str]]
    """What pages said on their consoles, by member."""
