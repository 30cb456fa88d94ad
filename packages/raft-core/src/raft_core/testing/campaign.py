"""One seed, one history: run it, and if it breaks a property say how to see it again."""

from collections import Counter

from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.profiles import Profile, profile_of
from raft_core.testing.world import SimulatedWorld, Trace

STEPS = 400
"""Steps with faults in a run, unless said otherwise; those that settle it come on top."""


class SimulationFailed(AssertionError):
    """A property broke under this seed; the message holds the command that replays it."""

    def __init__(
        self, seed: int, profile: Profile, steps: int, world: SimulatedWorld, why: object
    ) -> None:
        self.command = (
            f"python -m raft_core.testing {seed} --profile {profile.name} --steps {steps} --trace"
        )
        super().__init__(
            f"seed {seed}, profile {profile.name}, step {world.steps}, "
            f"{world.now:.3f} s: {why}\nreplay it: {self.command}"
        )


def simulate(
    seed: int,
    *,
    profile: Profile | None = None,
    steps: int = STEPS,
    trace: Trace | None = None,
) -> SimulatedWorld:
    """Run one history to its end; the world it leaves is for reading.

    :raises SimulationFailed: a property broke
    """
    profile = profile or profile_of(seed)
    world = SimulatedWorld(seed, profile, trace=trace)
    try:
        world.run(steps)
    except InvariantViolated as violation:
        raise SimulationFailed(seed, profile, steps, world, violation) from violation
    return world


def counts_of(world: SimulatedWorld) -> Counter[str]:
    """What happened how often in a world."""
    counts = world.counts + world.network.counts
    counts["checkpoints"] = sum(member.storage.checkpoints for member in world.members.values())
    counts["torn records"] = sum(member.storage.torn for member in world.members.values())
    return counts
