"""Replay one simulated history, or run a campaign of many.

python -m raft_core.testing SEED [--profile NAME] [--steps N] [--only TROUBLES] [--trace]
python -m raft_core.testing campaign [--seeds N] [--steps N] [--profile NAME] [--jobs N]
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from raft_core.testing import fleet
from raft_core.testing.campaign import STEPS, SimulationFailed, counts_of, simulate
from raft_core.testing.linearizability import picture_of
from raft_core.testing.profiles import PROFILES, profile_of


def main(arguments: Sequence[str]) -> int:
    """Run what the command line asks for; the exit status is 1 if a property broke."""
    if arguments[:1] == ["campaign"]:
        return campaign(arguments[1:])
    return replay(arguments)


def replay(arguments: Sequence[str]) -> int:
    """One history."""
    parser = argparse.ArgumentParser(
        prog="python -m raft_core.testing",
        description="Replay one simulated history. Many: python -m raft_core.testing campaign -h",
    )
    parser.add_argument("seed", type=int)
    _add_common(parser)
    parser.add_argument(
        "--only",
        type=lambda names: [] if names == "nothing" else names.split(","),
        metavar="TROUBLES",
        help="the troubles that may happen, by name; else all that chance brings",
    )
    parser.add_argument("--trace", action="store_true", help="print every event")
    parser.add_argument(
        "--picture", type=Path, help="draw what is not linearizable into this HTML file"
    )
    asked = parser.parse_args(arguments)
    logging.getLogger("raft_core").addHandler(logging.NullHandler())
    profile = PROFILES[asked.profile] if asked.profile else profile_of(asked.seed)
    trace = print if asked.trace else None
    try:
        world = simulate(
            asked.seed, profile=profile, steps=asked.steps, trace=trace, only=asked.only
        )
    except SimulationFailed as failure:
        print(failure)
        verdict = failure.world.linearizability.verdict
        if asked.picture and verdict is not None and verdict.stuck is not None:
            asked.picture.write_text(picture_of(verdict, title=f"Seed {asked.seed}"))
        return 1
    print(f"seed {asked.seed}, profile {profile.name}: {world.steps} steps, {world.now:.6f} s")
    print(", ".join(f"{count} {what}" for what, count in sorted(counts_of(world).items())))
    return 0


def campaign(arguments: Sequence[str]) -> int:
    """Many histories, on all cores."""
    parser = argparse.ArgumentParser(
        prog="python -m raft_core.testing campaign",
        description="Run many simulated histories; the first that fails is made small.",
    )
    order = fleet.Order()
    parser.add_argument("--seeds", type=_some, default=order.seeds, help="how many (%(default)s)")
    parser.add_argument("--first", type=int, default=order.first, help="first one (%(default)s)")
    parser.add_argument("--jobs", type=_some, default=order.jobs, help="processes; else one a core")
    _add_common(parser)
    total = fleet.run(fleet.Order(**vars(parser.parse_args(arguments))), print)
    return 1 if total.failed else 0


def _some(text: str) -> int:
    """A number of something; none at all would break nothing, and look like a proof."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=int, default=STEPS, help="steps with faults (%(default)s)")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), help="what goes wrong; else the seed decides"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
