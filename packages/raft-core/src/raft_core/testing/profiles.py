"""What goes wrong in a simulated world, how often and how badly: one Struct a kind of trouble.

Times are virtual seconds, "every" is the mean of the time between two faults of a kind (0: never),
the other numbers are probabilities.
"""

from typing import Final

import msgspec
from msgspec import Struct

from raft_core.config import Config

CONFIG: Final = Config(
    election_timeout=0.3,
    election_timeout_max=0.6,
    learner_timeout=4.0,
    catch_up_timeout=1.5,
    change_timeout=2.5,
    propose_timeout=1.5,
    retry_interval=0.4,
    snapshot_entries=60,
    trailing_entries=20,
)
"""Shorter times than a cluster of windows wants, so that more happens in a run."""


NARROW: Final[dict[str, int]] = {
    "max_append_entries": 2,
    "max_append_bytes": 200,
    "max_inflight_messages": 2,
    "max_inflight_bytes": 300,
    "trailing_entries": 3,
    "snapshot_chunk_bytes": 60,
    "max_inflight_snapshot_bytes": 150,
}
"""Limits that are met all the time; see ``Profile.narrow``."""


SLOW_CLOCK: Final[dict[str, float]] = {"election_timeout": 3.0, "election_timeout_max": 4.0}
"""What an election time-out is for a member whose clock is slow."""


class Profile(Struct, frozen=True, kw_only=True):
    """One kind of world."""

    name: str
    members: int = 3
    spare_members: int = 0
    """A run has up to so many members more; they stay learners, or replace others."""
    config: Config = CONFIG
    narrow: float = 0.5
    """How often a cluster has narrow limits: few entries in a message, few messages in flight."""
    thrifty: float = 0.3
    """How often a cluster's leaders are thrifty: see ``Config.thrifty``."""
    established: float = 0.75
    """How often a run begins with a cluster that has its voters, and not with a founder alone."""

    # The network
    delay: float = 0.004
    """Mean time of a message on its way."""
    slow: float = 0.0
    """How often a message takes up to ``slow_delay`` instead."""
    slow_delay: float = 1.5
    reorder: float = 0.0
    """How often a message overtakes those before it, or they it."""
    loss: float = 0.0
    repeat: float = 0.0
    full: float = 0.0
    """How often the transport does not take a message and says so."""
    partition_every: float = 0.0
    partition_length: float = 1.2
    lonely_every: float = 0.0
    """A leader loses the others one after the other, and is slow to notice."""
    notice_delay: float = 0.5
    """Mean time until the transport notices who is out of reach or back."""

    # Members
    crash_every: float = 0.0
    down_time: float = 0.8
    crash_all: float = 0.0
    """How often a crash takes all members at once."""
    reload_every: float = 0.0
    """A member writes, dies, and writes again at once in its next life."""
    freeze_every: float = 0.0
    freeze_length: float = 0.8
    timer_late: float = 0.002
    """Mean lateness of timers."""
    timer_throttled: float = 0.0
    """How often a timer waits for the next whole second, as in a hidden window."""
    timer_early: float = 0.05
    """How often a timer that is not due yet makes a step all the same."""
    jump_every: float = 0.0
    """A member's clock is suddenly later."""
    jump_length: float = 0.5
    busy: float = 0.1
    """How often a member lets its inputs gather for a moment, to take them in one step."""

    drift: float = 0.0
    """Each member's clock runs faster or slower than the world's by this part."""
    slow_clock_every: float = 0.0
    """A member's clock gets slow: it believes for long that it leads, or is led."""
    slow_clock_length: float = 1.5

    # Storage
    forgetful: float = 0.0
    """How often a member's storage can lose its newest records in a crash, save those that are
    vital. Set ``tear`` to 0 with it."""
    asynchronous: float = 0.7
    """How often a member's storage takes time (else it is durable at once, like localStorage)."""
    write_delay: float = 0.003
    slow_storage_every: float = 0.0
    slow_storage_length: float = 1.0
    slow_write_delay: float = 0.25
    image_every: float = 0.0
    """Somebody copies all that a member has stored."""
    copy_every: float = 0.0
    """A member is stopped and starts again from such an image. Starts are counted then."""
    mislead_every: float = 0.0
    """A leader is cut off, and slow to notice; who has heard of its successor becomes a copy, of a
    time before, and hears nobody else."""
    tear: float = 0.5
    """How often a storage can leave its last record incomplete in a crash."""
    refuse_every: float = 0.0
    """The storage refuses (quota): the member stops, and starts again with room later."""
    leave_every: float = 0.0
    """A member ends by its own will: a leader hands over first, or only says who may lead."""
    stall_every: float = 0.0
    """The storage hangs, for about ``slow_storage_length``: longer than anybody waits for it."""
    damage_every: float = 0.0
    """A byte flips: the member must refuse to start, and comes back with the byte mended."""

    few_clients: float = 0.4
    """How often the members keep only one client's session, and forget the others'."""
    snapshot_every: float = 1.0
    """Somebody wants a snapshot of a member now."""

    # Callers
    write_every: float = 0.25
    read_every: float = 0.25
    reconfigure_every: float = 0.0
    """Somebody asks for other members, at any member."""
    transfer_every: float = 0.0
    """Somebody asks for another leader, at any member."""
    recover_every: float = 0.0
    """All members but one are lost, and a new generation begins with that one's journal."""

    @property
    def trouble(self) -> float:
        """How often a message does not simply arrive in its order."""
        return self.loss + self.full + self.slow + self.repeat + self.reorder


CALM: Final = Profile(name="calm", established=0.0, spare_members=1, write_every=0.05)
LOSSY: Final = Profile(
    name="lossy",
    few_clients=1.0,
    loss=0.12,
    repeat=0.06,
    slow=0.04,
    reorder=0.1,
    full=0.02,
    timer_throttled=0.01,
)
RETRIES: Final = Profile(
    name="retries",
    spare_members=2,
    loss=0.2,
    repeat=0.15,
    slow=0.15,
    reorder=0.1,
    full=0.02,
    timer_throttled=0.01,
    few_clients=1.0,
    write_every=0.05,
)
"""Answers get lost, and clients that are nearly forgotten ask again."""
LEAVING: Final = Profile(
    name="leaving",
    loss=0.12,
    repeat=0.06,
    slow=0.04,
    reorder=0.1,
    full=0.02,
    timer_throttled=0.01,
    leave_every=0.2,
)
"""Leaders go all the time, and hand over before they do."""
CRASHING: Final = Profile(
    name="crashing",
    crash_every=0.4,
    down_time=0.5,
    crash_all=0.1,
    reload_every=0.4,
    loss=0.02,
    slow=0.02,
    reorder=0.05,
)
PARTITIONS: Final = Profile(
    name="partitions",
    slow_clock_every=1.0,
    partition_every=0.3,
    partition_length=0.7,
    crash_every=2.0,
    slow=0.04,
    reorder=0.05,
    repeat=0.02,
)
SNAPSHOTS: Final = Profile(
    name="snapshots",
    spare_members=1,
    narrow=0.9,
    snapshot_every=0.08,
    write_every=0.1,
    partition_every=0.7,
    partition_length=0.9,
    crash_every=0.8,
    down_time=0.9,
    slow_storage_every=1.0,
    loss=0.02,
    repeat=0.02,
    slow=0.02,
    reorder=0.05,
    full=0.02,
)
CHURN: Final = Profile(
    name="churn",
    established=0.5,
    spare_members=3,
    reconfigure_every=0.12,
    transfer_every=0.4,
    leave_every=1.0,
    crash_every=1.0,
    partition_every=1.5,
    loss=0.02,
    slow=0.02,
    reorder=0.05,
)
SLOW_STORAGE: Final = Profile(
    name="slow-storage",
    asynchronous=1.0,
    write_delay=0.02,
    slow_storage_every=0.5,
    stall_every=2.0,
    damage_every=2.0,
    crash_every=0.6,
    refuse_every=3.0,
    loss=0.02,
    slow=0.02,
    reorder=0.05,
)
FROZEN: Final = Profile(
    name="frozen",
    slow_clock_every=1.0,
    freeze_every=0.4,
    jump_every=1.0,
    timer_throttled=0.05,
    timer_late=0.02,
    busy=0.3,
    slow=0.02,
    reorder=0.05,
)
EVERYTHING: Final = Profile(
    name="everything",
    slow_clock_every=2.0,
    spare_members=2,
    established=0.5,
    loss=0.05,
    repeat=0.04,
    slow=0.04,
    reorder=0.1,
    full=0.02,
    partition_every=1.0,
    crash_every=0.8,
    crash_all=0.1,
    reload_every=2.0,
    freeze_every=1.2,
    jump_every=2.0,
    timer_throttled=0.02,
    timer_late=0.01,
    slow_storage_every=1.2,
    stall_every=4.0,
    damage_every=4.0,
    refuse_every=4.0,
    reconfigure_every=0.6,
    transfer_every=1.0,
    leave_every=2.0,
)
FIVE: Final = msgspec.structs.replace(
    EVERYTHING,
    name="five",
    members=5,
    config=msgspec.structs.replace(CONFIG, target_size=5),
)

READING: Final = Profile(
    name="reading",
    slow_clock_every=0.25,
    partition_every=0.4,
    partition_length=1.0,
    crash_every=1.5,
    slow=0.15,
    reorder=0.05,
    read_every=0.4,
    config=msgspec.structs.replace(CONFIG, heartbeat_interval=0.15),
)
"""Leaders that do not know for long that they lead no more, and answers that come late."""

LEASES: Final = Profile(
    name="leases",
    spare_members=1,
    drift=0.05,
    delay=0.001,
    slow_clock_every=3.0,
    lonely_every=0.2,
    partition_every=4.0,
    partition_length=0.4,
    crash_every=3.0,
    down_time=0.3,
    freeze_every=4.0,
    freeze_length=0.4,
    timer_late=0.01,
    transfer_every=2.0,
    leave_every=6.0,
    reconfigure_every=3.0,
    loss=0.02,
    repeat=0.03,
    slow=0.06,
    slow_delay=0.8,
    reorder=0.05,
    write_every=0.08,
    read_every=0.3,
    config=msgspec.structs.replace(
        CONFIG, heartbeat_interval=0.06, election_timeout_max=0.36, read_lease=0.27
    ),
)
"""Leaders that answer at once, and do not know for long that they lead no more. Clocks differ by as
much as the lease allows, and none jumps or stands still: see ``Config.read_lease``."""

RECOVERY: Final = Profile(
    name="recovery",
    spare_members=1,
    recover_every=1.2,
    partition_every=1.0,
    partition_length=1.0,
    crash_every=1.0,
    down_time=0.4,
    snapshot_every=0.4,
    slow_storage_every=2.0,
    freeze_every=3.0,
    reconfigure_every=2.0,
    transfer_every=3.0,
    loss=0.04,
    repeat=0.02,
    slow=0.04,
    reorder=0.05,
    write_every=0.1,
    read_every=0.15,
)
"""Clusters that lose all members but one, go on with that one, and see old ones come back."""

THRIFTY: Final = Profile(
    name="thrifty",
    thrifty=1.0,
    spare_members=2,
    narrow=0.3,
    delay=0.0005,
    slow=0.01,
    slow_delay=0.1,
    reorder=0.01,
    full=0.01,
    notice_delay=0.3,
    partition_every=0.6,
    partition_length=0.4,
    crash_every=1.0,
    down_time=0.5,
    freeze_every=0.6,
    freeze_length=0.3,
    write_delay=0.001,
    slow_storage_every=0.8,
    slow_storage_length=0.5,
    slow_write_delay=0.05,
    reconfigure_every=0.8,
    transfer_every=3.0,
    write_every=0.03,
    read_every=0.1,
)
"""Leaders that send what is new to a quorum first, and then hear nothing of it, or not for long."""
FORGETFUL: Final = Profile(
    name="forgetful",
    spare_members=2,
    established=0.8,
    forgetful=0.9,
    tear=0.0,
    crash_every=0.25,
    down_time=0.2,
    reload_every=1.5,
    lonely_every=1.0,
    partition_every=0.6,
    partition_length=0.6,
    slow_clock_every=2.0,
    freeze_every=3.0,
    snapshot_every=0.3,
    slow_storage_every=2.0,
    reconfigure_every=1.0,
    transfer_every=1.0,
    leave_every=1.5,
    loss=0.03,
    repeat=0.04,
    slow=0.06,
    reorder=0.08,
    write_every=0.08,
    read_every=0.2,
)
"""Members forget the end of their logs when they crash, and are never a majority at once."""

COPIES: Final = Profile(
    name="copies",
    spare_members=2,
    established=0.9,
    forgetful=0.3,
    tear=0.0,
    image_every=0.1,
    copy_every=1.0,
    mislead_every=0.4,
    notice_delay=0.1,
    crash_every=3.0,
    down_time=0.2,
    reload_every=4.0,
    lonely_every=2.0,
    partition_every=4.0,
    partition_length=0.8,
    slow_clock_every=4.0,
    slow_clock_length=3.0,
    freeze_every=4.0,
    snapshot_every=0.5,
    slow_storage_every=3.0,
    reconfigure_every=2.0,
    transfer_every=2.0,
    leave_every=3.0,
    loss=0.02,
    repeat=0.02,
    slow=0.03,
    reorder=0.03,
    write_every=0.08,
    read_every=0.2,
    config=msgspec.structs.replace(CONFIG, target_size=5),
)
"""Members are stopped, and go on from older copies of all that they had stored.

Only what ``docs/durability.md`` promises to survive: a copy is shown to be one before it votes, or
hears a leader of an older term than the original's (``copying``); the original has ended, and none
counts a vote of it any more; and copies are never so many that too few others are left."""

PROFILES: Final[dict[str, Profile]] = {
    profile.name: profile
    for profile in (
        CALM,
        LOSSY,
        RETRIES,
        LEAVING,
        CRASHING,
        PARTITIONS,
        SNAPSHOTS,
        CHURN,
        SLOW_STORAGE,
        FROZEN,
        EVERYTHING,
        FIVE,
        READING,
        LEASES,
        RECOVERY,
        THRIFTY,
        FORGETFUL,
        COPIES,
    )
}


def profile_of(seed: int) -> Profile:
    """The profile that a seed runs under unless another is asked for: all take turns."""
    return list(PROFILES.values())[seed % len(PROFILES)]
