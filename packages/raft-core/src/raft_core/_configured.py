"""The configurations in a member's log, and what follows from them: a part of ``Raft``."""

from collections.abc import Sequence
from math import inf

from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.snapshot import Snapshot
from raft_core.types import Index, NodeId


class Configured:
    """What a member knows of who is in the cluster. Attributes are for reading."""

    node_id: NodeId
    commit_index: Index

    configurations: list[tuple[Index, Configuration]]
    """Those in the log, by their places; the first is in force where the log begins."""
    configuration: Configuration
    """The one in force: the latest in the log, committed or not (paper, section 6)."""
    configuration_index: Index
    unsettled: float
    """Where the one in force is, until it is known to be committed; then ``inf``."""
    excluded: frozenset[NodeId] = frozenset()
    """Removed by a committed configuration: what they say counts for nothing."""
    removed = False
    """This member is: it takes part no more."""
    suspect = False
    """It may lack what it acknowledged in an earlier life, and no leader has freed it yet."""
    strangers_word = inf
    """Since when somebody says so whom it does not know for a member, and no leader is heard."""

    def begin_configurations(self, snapshot: Snapshot | None, entries: Sequence[Entry]) -> None:
        """Of a log that begins with this snapshot and goes on with these entries."""
        self.configurations = [(0, Configuration())]
        self.unsettled = inf
        if snapshot is not None:
            self.configurations = [(snapshot.configuration_index, snapshot.configuration)]
            self.unsettled = snapshot.configuration_index
        self._put_in_force()
        self.adopt_configurations(entries)

    def adopt_configurations(self, entries: Sequence[Entry]) -> None:
        """Of entries that were added to the log."""
        known = self.configuration_index
        for entry in entries:
            if entry.kind == CONFIGURATION and entry.index > known:
                self.configurations.append((entry.index, decode_configuration(entry.data)))
                self.unsettled = entry.index
                self._put_in_force()

    def forget_configurations(self, index: Index) -> None:
        """The log lost ``index`` and all after it: what was in force before is so again."""
        while self.configurations[-1][0] >= index:
            self.configurations.pop()
            self._put_in_force()
            self.unsettled = self.configuration_index

    def _put_in_force(self) -> None:
        """The latest. Every step looks at it many times."""
        self.configuration_index, self.configuration = self.configurations[-1]

    def settle(self) -> None:
        """The one in force is known to be committed."""
        self.unsettled = inf
        if not self.configuration.is_joint:
            self.excluded = frozenset(self.configuration.excluded)

    def campaigns(self) -> bool:
        """Whether this member stands for election: a voter, or one that leaves, till it has left.

        One that is suspect does not: it may lack what it helped to commit.

        The entry by which it leaves may be nowhere else. Then nobody else can be elected, for want
        of its vote (thesis 4.2.2).
        """
        if self.removed or self.suspect:
            return False
        if self.node_id in self.configuration.all_voters:
            return True
        return (
            self.configuration_index > self.commit_index
            and self.node_id in self.configurations[-2][1].all_voters
        )
