"""Replay one simulated history: `python -m raft_core.testing SEED`."""

import argparse
import logging
import sys

from raft_core.testing.campaign import STEPS, SimulationFailed, counts_of, simulate
from raft_core.testing.profiles import PROFILES, profile_of


def main() -> int:
    """Run what the command line asks for; the exit status is 1 if a property broke."""
    parser = argparse.ArgumentParser(prog="python -m raft_core.testing", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", type=int, default=STEPS, help="steps with faults (%(default)s)")
    parser.add_argument(
        "--profile", choices=sorted(PROFILES), help="what goes wrong; else the seed decides"
    )
    parser.add_argument("--trace", action="store_true", help="print every event")
    arguments = parser.parse_args()
    logging.getLogger("raft_core").addHandler(logging.NullHandler())
    profile = PROFILES[arguments.profile] if arguments.profile else profile_of(arguments.seed)
    trace = print if arguments.trace else None
    try:
        world = simulate(arguments.seed, profile=profile, steps=arguments.steps, trace=trace)
    except SimulationFailed as failure:
        print(failure)
        return 1
    print(f"seed {arguments.seed}, profile {profile.name}: {world.steps} steps, {world.now:.6f} s")
    print(", ".join(f"{count} {what}" for what, count in sorted(counts_of(world).items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
