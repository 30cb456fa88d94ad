"""Who is in the cluster: the configuration, its joint change, and how a cluster grows by itself.

A configuration takes effect in the moment it is appended, and goes back when its entry is truncated
(paper, section 6). Voters change through a joint configuration, which needs both majorities.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from raft_core.codec import UNREADABLE
from raft_core.errors import InvariantBroken
from raft_core.nesting import require_shallow
from raft_core.types import NodeId

MAX_EXCLUDED: Final = 64
"""Of those who were removed by somebody's word the newest are kept in mind, and all of one change.

They are to hear that they are out, and not to be taken in again by themselves. One that has slept
through so many removals after its own is a stranger: a leader may take it in, as any other.
"""


class Configuration(Struct, frozen=True, array_like=True, dict=True):
    """The members, and the word of those who chose them.

    ``outgoing`` is not empty while joint: the voters that are being replaced; ``demoted`` are those
    of them that stay as learners. ``excluded`` were removed by somebody's word, the newest last: no
    leader takes them in again. ``target_size`` is what the cluster grows to by itself, 0: what the
    leader's ``Config`` says. ``change`` names the last change that somebody asked for.
    """

    voters: tuple[NodeId, ...] = ()
    learners: tuple[NodeId, ...] = ()
    outgoing: tuple[NodeId, ...] = ()
    demoted: tuple[NodeId, ...] = ()
    excluded: tuple[NodeId, ...] = ()
    target_size: int = 0
    change: str = ""

    @classmethod
    def of(
        cls,
        voters: Iterable[NodeId] = (),
        learners: Iterable[NodeId] = (),
        outgoing: Iterable[NodeId] = (),
        demoted: Iterable[NodeId] = (),
    ) -> "Configuration":
        """Sorted, so that equal sets are equal configurations; a voter is not also a learner."""
        voting = set(voters)
        leaving = set(outgoing)
        return cls(
            tuple(sorted(voting)),
            tuple(sorted(set(learners) - voting - leaving)),
            tuple(sorted(leaving)),
            tuple(sorted((leaving - voting) & set(demoted))),
        )

    @property
    def is_joint(self) -> bool:
        return bool(self.outgoing)

    @cached_property
    def all_voters(self) -> frozenset[NodeId]:
        """Everyone whose vote counts in one of the two majorities."""
        return frozenset(self.voters) | frozenset(self.outgoing)

    @cached_property
    def members(self) -> frozenset[NodeId]:
        return self.all_voters | frozenset(self.learners)

    def having(self, voters: Iterable[NodeId], learners: Iterable[NodeId]) -> "Configuration":
        """The same with these members, and not joint."""
        return replace(
            self,
            voters=tuple(sorted(set(voters))),
            learners=tuple(sorted(set(learners) - set(voters))),
            outgoing=(),
            demoted=(),
        )

    def excluding(self, gone: Iterable[NodeId]) -> tuple[NodeId, ...]:
        """Who is excluded when these are, too. Done again, it is the same."""
        gone = frozenset(gone)
        new = sorted(gone - set(self.excluded))
        if not new:
            return self.excluded
        surplus = len(self.excluded) + len(new) - MAX_EXCLUDED
        earlier = [member for member in self.excluded if member not in gone]
        forgotten = earlier[: max(surplus, 0)]
        return (*(member for member in self.excluded if member not in forgotten), *new)

    def entering(self, wanted: "Configuration") -> "Configuration":
        """The first step to what is wanted: joint if the voters differ, else it at once."""
        if wanted.voters == self.voters:
            return wanted
        leaving = set(self.voters) - set(wanted.voters)
        return replace(
            wanted,
            learners=tuple(sorted(set(wanted.learners) - leaving)),
            outgoing=self.voters,
            demoted=tuple(sorted(leaving & set(wanted.learners))),
        )

    def left(self) -> "Configuration":
        """The last step: the old voters' majority is needed no more."""
        return self.having(self.voters, {*self.learners, *self.demoted})


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Configuration).decode


def encode_configuration(configuration: Configuration) -> bytes:
    """The data of a CONFIGURATION entry."""
    return _encode(configuration)


def is_configuration(data: bytes) -> bool:
    """Whether a CONFIGURATION entry may hold these bytes: a peer may send anything."""
    try:
        require_shallow(data)
        _decode(data)
    except UNREADABLE:
        return False
    return True


def decode_configuration(data: bytes) -> Configuration:
    """:raises InvariantBroken: what is in our log was looked at before, so this is damage"""
    try:
        return _decode(data)
    except UNREADABLE as error:
        raise InvariantBroken(f"a configuration entry cannot be read: {error}") from error


def next_growth(
    configuration: Configuration,
    *,
    connected: Iterable[NodeId],
    caught_up: Iterable[NodeId],
    absent: Iterable[NodeId],
    target_size: int,
    max_members: int,
) -> Configuration | None:
    """The change a leader makes by itself now, or None.

    ``connected`` are peers in reach (members or strangers), ``caught_up`` the learners that have
    the log, ``absent`` the learners given up. Voters are added in one change and only up to an odd
    number: a cluster of two would stop when either fails, which is worse than a cluster of one.
    Somebody's word has precedence: the configuration's target size, and who is excluded.
    """
    if configuration.is_joint:
        return None
    missing = (configuration.target_size or target_size) - len(configuration.voters)
    ready = sorted(set(caught_up) & set(configuration.learners))[: max(missing, 0)]
    if (len(configuration.voters) + len(ready)) % 2 == 0:
        ready = ready[:-1]
    if ready:
        voters = {*configuration.voters, *ready}
        return configuration.entering(configuration.having(voters, configuration.learners))
    learners = set(configuration.learners) - set(absent)
    room = max_members - len(configuration.voters) - len(learners)
    strangers = sorted(set(connected) - configuration.members - set(configuration.excluded))
    learners.update(strangers[: max(room, 0)])
    if learners == set(configuration.learners):
        return None
    return configuration.having(configuration.voters, learners)
