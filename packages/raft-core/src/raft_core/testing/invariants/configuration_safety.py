"""Members change step by step, once for each change that is asked for, and who is out stays out.

Source: paper, section 6 (voters change through a joint configuration, whose majorities overlap with
those before and after); thesis, section 4.2; ``Node.change_members`` promises the rest.

Every configuration is compared with the one before it in the same log. With equal voters the
majorities are the same; into a joint one the old voters go along as ``outgoing``, out of it the new
ones stay: so a majority before a step meets every majority after it. A change that was asked for
has a name: when another name has followed it never comes again, or a late copy was made twice. Who
is excluded once stays so in all that follows, and is no member.

Subtle: an excluded member takes part until its removal is committed, and only then counts for
nothing: it may be needed for that very commit. A leader that leaves is heard until it has handed
over. A member may take itself for removed only when a
leader had the removal committed. A new leader may go on with the change that is in force, also when
its predecessor was at the end of it. A new generation begins with one voter, and without the
members of the one before: they are excluded. Who is of an old generation is out, whether the
survivor knew it or not.
"""

from collections import defaultdict

from raft_core.io import Checkpoint, Output, Write
from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import CONFIGURATION, AppendReply, Entry, VoteReply
from raft_core.testing.invariants.base import Invariant
from raft_core.testing.view import Durable, MemberView
from raft_core.types import Index, NodeId, Role, Term, generation_of


class ConfigurationSafety(Invariant):
    """See the head of this module."""

    name = "configuration safety"

    def __init__(self) -> None:
        self._logs: dict[NodeId, list[tuple[Index, Configuration]]] = {}
        """Every configuration in a member's log, with its place."""
        self._knew: dict[NodeId, frozenset[NodeId]] = {}
        """Who is out, as a member knew it after its last step."""
        self._out: defaultdict[int, set[NodeId]] = defaultdict(set)
        """By generation: excluded by a configuration that a leader had committed."""
        self._beginnings: set[tuple[Index, Term]] = set()
        """The configurations that begin a generation."""
        self._leaders: set[NodeId] = set()
        """Who led after its last step: it may commit something and resign in the next."""
        self._generation = 0
        """The newest. Whoever is of an older one may take itself for removed."""

    def started(self, member: MemberView, durable: Durable) -> None:
        self._logs[member.node_id] = _known_to(durable)
        self._knew.pop(member.node_id, None)
        self._leaders.discard(member.node_id)

    def recovered(self, durable: Durable) -> None:
        entry = durable.entries[-1]
        self._beginnings.add((entry.index, entry.term))
        self._generation = generation_of(entry.term)
        *known, (_, after) = _known_to(durable)
        self._check_step(durable.node_id, known, entry, after)
        before = known[-1][1]
        rest = before.members - {durable.node_id}
        if after.members != {durable.node_id} or after.is_joint or rest - {*after.excluded}:
            raise self.fail(f"{after}: so {durable.node_id} goes on alone, and without all others")

    def stepped(self, member: MemberView, output: Output) -> None:
        if output.write is not None:
            self._follow(member, output.write)
        leads, led = member.role is Role.LEADER, member.node_id in self._leaders
        if (leads or led) and member.configuration.excluded:
            self._note_committed(member)
        if leads != led:
            self._leaders ^= {member.node_id}
        if member.excluded or member.removed:
            self._check_removed(member, output)

    def _follow(self, member: MemberView, write: Write | Checkpoint) -> None:
        known = self._logs[member.node_id]
        if isinstance(write, Checkpoint):
            snapshot = write.snapshot
            known = [(snapshot.configuration_index, snapshot.configuration)]
            self._logs[member.node_id] = known
        elif write.truncate_from:
            while known and known[-1][0] >= write.truncate_from:
                known.pop()
        for entry in write.entries:
            if entry.kind == CONFIGURATION and not (known and known[-1][0] >= entry.index):
                after = decode_configuration(entry.data)
                self._check_step(member.node_id, known, entry, after)
                known.append((entry.index, after))

    def _check_step(
        self,
        node_id: NodeId,
        known: list[tuple[Index, Configuration]],
        entry: Entry,
        after: Configuration,
    ) -> None:
        where = f"{node_id}, entry {entry.index}"
        out = set(after.excluded)
        if out & {*after.voters, *after.learners, *after.demoted}:
            raise self.fail(f"{where}: {after} excludes its own members")
        if not known:
            return
        before = known[-1][1]
        same = after.voters == before.voters and not (after.is_joint and not before.is_joint)
        enters = not before.is_joint and after.outgoing == before.voters
        if not (same or enters or (entry.index, entry.term) in self._beginnings):
            raise self.fail(f"{where}: {after} cannot follow {before}: majorities do not overlap")
        if not out >= set(before.excluded):
            raise self.fail(f"{where}: {after} takes back who was excluded in {before}")
        if after.change != before.change and any(
            after.change == earlier.change for _, earlier in known
        ):
            raise self.fail(f"{where}: the change {after.change} is made once more")

    def _note_committed(self, leader: MemberView) -> None:
        """It may have appended the next one in the step in which it committed this one."""
        for index, configuration in reversed(self._logs[leader.node_id]):
            if index <= leader.commit_index:
                if not configuration.is_joint:
                    self._out[generation_of(leader.term)].update(configuration.excluded)
                return

    def _check_removed(self, member: MemberView, output: Output) -> None:
        generation = generation_of(member.term)
        if not self._out[generation].issuperset(member.excluded):
            raise self.fail(f"{member.node_id} takes {sorted(member.excluded)} for out too early")
        if (
            member.removed
            and member.node_id not in self._out[generation]
            and generation == self._generation
        ):
            raise self.fail(f"{member.node_id} takes itself for removed, and is not")
        knew = self._knew.get(member.node_id, frozenset())
        self._knew[member.node_id] = frozenset(member.excluded)
        for send in output.sends if knew else ():
            if isinstance(send.message, VoteReply | AppendReply):
                heard = knew.intersection(send.to) - {member.leader}
                if heard:
                    raise self.fail(f"{member.node_id} heeds {sorted(heard)}, which are out")


def _known_to(durable: Durable) -> list[tuple[Index, Configuration]]:
    """Every configuration in a journal, with its place."""
    known: list[tuple[Index, Configuration]] = []
    if durable.snapshot is not None:
        known.append((durable.snapshot.configuration_index, durable.snapshot.configuration))
    known.extend(
        (entry.index, decode_configuration(entry.data))
        for entry in durable.entries
        if entry.kind == CONFIGURATION and (not known or entry.index > known[0][0])
    )
    return known
