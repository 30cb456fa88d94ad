"""One seed, one history: run it, and if it breaks a property say how to see it again."""

from collections import Counter
from collections.abc import Collection

from raft_core.testing.invariants import InvariantViolated
from raft_core.testing.profiles import Profile, profile_of
from raft_core.testing.world import SimulatedWorld, Trace

STEPS = 400
"""Steps with faults in a run, unless said otherwise; those that settle it come on top."""


class SimulationFailed(AssertionError):
    """A property broke under this seed; the message holds the command that replays it.

    ``world`` is what was left, for reading; ``invariant`` the name of what is broken.
    """

    def __init__(
        self,
        seed: int,
        steps: int,
        world: SimulatedWorld,
        why: InvariantViolated,
        only: Collection[str] | None = None,
    ) -> None:
        self.seed = seed
        self.profile = world.profile
        self.steps = steps
        self.world = world
        self.invariant = why.invariant
        self.command = command_of(seed, world.profile, steps, only)
        super().__init__(
            f"seed {seed}, profile {world.profile.name}, step {world.steps}, "
            f"{world.now:.3f} s: {why}\nreplay it: {self.command}"
        )


def command_of(seed: int, profile: Profile, steps: int, only: Collection[str] | None) -> str:
    """The command that runs this history again."""
    chosen = "" if only is None else f" --only {','.join(only) or 'nothing'}"
    return (
        f"python -m raft_core.testing {seed} --profile {profile.name} --steps {steps}"
        f"{chosen} --trace"
    )


def simulate(
    seed: int,
    *,
    profile: Profile | None = None,
    steps: int = STEPS,
    trace: Trace | None = None,
    only: Collection[str] | None = None,
) -> SimulatedWorld:
    """Run one history to its end; the world it leaves is for reading.

    :param only: the troubles that may happen, by name (see ``troubles``); None: all that chance
        brings
    :raises SimulationFailed: a property broke
    """
    world = SimulatedWorld(seed, profile or profile_of(seed), trace=trace, only=only)
    try:
        world.run(steps)
    except InvariantViolated as violation:
        raise SimulationFailed(seed, steps, world, violation, only) from violation
    return world


def counts_of(world: SimulatedWorld) -> Counter[str]:
    """What happened how often in a world."""
    counts = world.counts + world.network.counts
    storages = [member.storage for member in world.members.values()]
    counts["checkpoints"] = sum(storage.checkpoints for storage in storages)
    counts["torn records"] = sum(storage.torn for storage in storages)
    counts["forgotten writes"] = sum(storage.forgotten for storage in storages)
    counts["forgetful members"] = sum(member.has_forgotten for member in world.members.values())
    return counts
