"""A stage for a few members: a script says what happens, and the rest is deterministic.

    theatre = Theatre("abc")
    theatre.elect("a")
    write = theatre.propose("a", b"x")
    theatre.settle()
    assert theatre.answer("a", write) is not None

Time is virtual, and stands still unless the script lets it pass. What members say goes through the
codec and waits on its link until it is delivered. What they write goes into a journal of real
records: a crash leaves what was durable, and a restart reads it. Chance is the script's, too: it
says whose election time-out comes first.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from raft_core import codec
from raft_core.config import Config
from raft_core.io import (
    Asked,
    Input,
    PeersChanged,
    Proposed,
    ReadRequested,
    Received,
)
from raft_core.membership import Configuration, encode_configuration
from raft_core.messages import (
    COMMAND,
    CONFIGURATION,
    Answer,
    Entry,
    ForwardedChange,
    MembersChange,
    Message,
    OperationReply,
    RequestVote,
    TransferRequest,
    VoteReply,
)
from raft_core.raft import Raft
from raft_core.recovery import Recovery
from raft_core.testing._actor import Actor
from raft_core.types import Index, NodeId, RequestId, Role, Term

_PATIENCE = 100_000
"""Messages and steps in one act: a script whose members never become quiet has found a bug."""


class Theatre:
    """The stage. Every method names members by their ids; all of them begin up and connected.

    :param members: everybody, perhaps with some who are no members of the cluster yet
    :param voters: of the configuration that is entry 1, of term 1; default is everybody
    :param learners: of that configuration
    :param logs: terms of the entries a member begins with, the first being the configuration; a
        member that is not named has that one, or nothing if it is not in the configuration. Entries
        of one index and term are the same everywhere
    :param seen: the term a member begins with, if not the last of its log
    """

    def __init__(
        self,
        members: Iterable[NodeId],
        *,
        voters: Iterable[NodeId] | None = None,
        learners: Iterable[NodeId] = (),
        logs: Mapping[NodeId, Sequence[Term]] | None = None,
        seen: Mapping[NodeId, Term] | None = None,
        config: Config | None = None,
    ) -> None:
        self.now = 0.0
        self.config = config or Config()
        self.delivered: list[tuple[NodeId, NodeId, Message]] = []
        """All that arrived, in order: from, to, what. A script may clear it."""
        self._actors = {member: Actor(member, self._send) for member in members}
        self._links: dict[tuple[NodeId, NodeId], deque[bytes]] = {}
        self._cut: set[tuple[NodeId, NodeId]] = set()
        self._requests = 0
        configuration = Configuration.of(self._actors if voters is None else voters, learners)
        for member, actor in self._actors.items():
            terms = [1] if member in configuration.members else []
            terms = list((logs or {}).get(member, terms))
            term = (seen or {}).get(member, terms[-1] if terms else 0)
            if term:
                entries = tuple(_given(i, term, configuration) for i, term in enumerate(terms, 1))
                actor.records.append(codec.encode_record(codec.Step(2, term, None, 0, entries)))
            self.restart(member)

    # --- looking ---------------------------------------------------------------------------------

    def raft(self, member: NodeId) -> Raft:
        """:raises LookupError: it is down"""
        raft = self._actors[member].raft
        if raft is None:
            raise LookupError(f"member {member} is down")
        return raft

    def is_up(self, member: NodeId) -> bool:
        """Whether it runs.

        :raises LookupError: nobody has that name
        """
        return self._actors[member].raft is not None

    def terms(self, member: NodeId) -> list[Term]:
        """Of all entries of its log, after what is compacted."""
        log = self.raft(member).log
        return [entry.term for entry in log.slice(log.first_index, log.last_index + 1)]

    def applied(self, member: NodeId) -> list[bytes]:
        """The commands it has applied in this life."""
        return self._actors[member].applied

    def answer(self, member: NodeId, request: RequestId) -> Answer | None:
        """What its proposer was told; of an applied one the data is its place among all, from 1."""
        return self._actors[member].answers.get(request)

    def reply(self, member: NodeId, name: str) -> OperationReply | None:
        """The last word that this member got on a change or a transfer that was asked for there."""
        return self._actors[member].replies.get(name)

    def seen(self, member: NodeId, request: RequestId) -> tuple[bytes, ...] | None:
        """The commands that the answer to a read showed; None: it has none. See ``read``."""
        return self._actors[member].seen.get(request)

    def leaders(self) -> list[NodeId]:
        """All who believe that they lead now."""
        return [member for member in self._up() if self.raft(member).role is Role.LEADER]

    def records(self, member: NodeId) -> list[bytes]:
        """Its journal, after the checkpoint: what a crash would leave."""
        return self._actors[member].records

    def waiting(self, sender: NodeId, receiver: NodeId) -> list[Message]:
        """What is under way on this link."""
        return [codec.decode_message(data) for data in self._links.get((sender, receiver), ())]

    def _up(self) -> list[NodeId]:
        return [member for member, actor in self._actors.items() if actor.raft is not None]

    # --- what members are asked to do ------------------------------------------------------------

    def campaign(self, member: NodeId) -> bool:
        """All hear nothing for an election time-out, and this one's ends first; whether it leads.

        Only votes are delivered: what a new leader says then still waits on the links.
        """
        self.now += self.config.election_timeout
        for other in self._up():
            raft = self.raft(other)
            later = self.now + (self.config.election_timeout_max - self.config.election_timeout)
            raft.election_deadline = max(raft.election_deadline, later)
        self.raft(member).election_deadline = self.now
        self.tick(member)
        while any(self._deliver_vote(link) for link in sorted(self._links)):
            pass
        return self.raft(member).role is Role.LEADER

    def elect(self, member: NodeId) -> None:
        """``campaign``, which it must win."""
        assert self.campaign(member), f"{member} was not elected"

    def propose(self, member: NodeId, data: bytes) -> RequestId:
        """A command, to any member. See ``answer``."""
        self._requests += 1
        self.step(member, Proposed(self._requests, data))
        return self._requests

    def read(self, member: NodeId) -> RequestId:
        """Ask a member for what is true now. See ``seen``."""
        self._requests += 1
        self.step(member, ReadRequested(self._requests))
        return self._requests

    def change(
        self,
        member: NodeId,
        voters: Iterable[NodeId],
        learners: Iterable[NodeId] = (),
        *,
        expected_index: Index = 0,
    ) -> str:
        """Ask a member for these members: who is not named is removed. See ``reply``."""
        now = self.raft(member).configuration
        voters, learners = set(voters), set(learners)
        return self.ask(
            member,
            MembersChange(
                add=tuple(sorted(voters - set(now.voters))),
                demote=tuple(sorted(learners & set(now.voters))),
                learn=tuple(sorted(learners - now.members)),
                remove=tuple(sorted(now.members - voters - learners)),
            ),
            expected_index=expected_index,
        )

    def ask(
        self, member: NodeId, change: MembersChange, name: str = "", *, expected_index: Index = 0
    ) -> str:
        """Ask a member for a change; with a ``name`` for that one once more. See ``reply``."""
        expected = self.raft(member).configuration.change
        name, attempt = self._name(name)
        self.step(member, Asked(ForwardedChange(name, attempt, change, expected, expected_index)))
        return name

    def transfer(self, member: NodeId, to: NodeId | None = None) -> str:
        """Ask a member that leadership goes to another. See ``reply`` and ``leaders``."""
        name, attempt = self._name("")
        self.step(member, Asked(TransferRequest(name, attempt, to)))
        return name

    def _name(self, name: str) -> tuple[str, int]:
        self._requests += 1
        return name or f"operation {self._requests}", self._requests

    def step(self, member: NodeId, *inputs: Input) -> None:
        """Any inputs at all, then what comes of them inside this member."""
        self.raft(member)
        self._actors[member].step(self.now, *inputs)

    def tick(self, member: NodeId) -> None:
        """Let it see what time it is."""
        self.step(member)

    # --- time and the network --------------------------------------------------------------------

    def settle(self) -> None:
        """Deliver everything, and what comes of it, until all is quiet. No time passes."""
        for _ in range(_PATIENCE):
            if not any(self.deliver(*link, 1) for link in sorted(self._links)):
                return
        raise AssertionError("the members never become quiet")

    def deliver(self, sender: NodeId, receiver: NodeId, count: int | None = None) -> int:
        """The oldest ``count`` messages of one link, or all that are there now; how many."""
        queue = self._links.get((sender, receiver), deque())
        number = len(queue) if count is None else min(count, len(queue))
        for _ in range(number):
            self._receive(sender, receiver, queue.popleft())
        return number

    def lose(self, sender: NodeId, receiver: NodeId) -> int:
        """What is under way on one link never arrives; how many messages."""
        return len(self._links.pop((sender, receiver), ()))

    def wait(self, seconds: float) -> None:
        """Let time pass: whatever is due happens at its time, and messages take none."""
        end = self.now + seconds
        self.settle()
        for _ in range(_PATIENCE):
            due = min((self._actors[member].deadline for member in self._up()), default=inf)
            if due > end:
                self.now = end
                return
            self.now = max(self.now, due)
            for member in self._up():
                if self._actors[member].deadline <= self.now:
                    self.tick(member)
            self.settle()
        raise AssertionError("the members never become quiet")

    def cut(self, one: NodeId, other: NodeId, *, both: bool = True) -> None:
        """Lose what is and will be under way from one to the other, and back unless not ``both``.

        Nobody is told: see ``meet``.
        """
        for link in ((one, other), (other, one))[: 1 + both]:
            self._cut.add(link)
            self._links.pop(link, None)

    def isolate(self, member: NodeId) -> None:
        """Cut it off from everybody."""
        for other in self._actors.keys() - {member}:
            self.cut(member, other)

    def heal(self) -> None:
        """No link is cut any more."""
        self._cut.clear()

    def meet(self) -> None:
        """Everybody's transport says whom it reaches now."""
        for member in self._up():
            peers = {
                other
                for other in self._up()
                if other != member and not {(member, other), (other, member)} & self._cut
            }
            self.step(member, PeersChanged(frozenset(peers)))

    # --- disks and crashes -----------------------------------------------------------------------

    def slow(self, member: NodeId) -> None:
        """From now on its writes become durable by ``persist`` alone."""
        self._actors[member].slow = True

    def persist(self, member: NodeId, count: int | None = None) -> None:
        """All that it has written so far is durable now, or the oldest ``count`` of its writes."""
        self.raft(member)
        self._actors[member].persist(self.now, count)

    def take_snapshot(self, member: NodeId) -> None:
        """Of what it has applied. The entries it stands for are forgotten, as the config says."""
        self.raft(member)
        self._actors[member].take_snapshot(self.now)

    def crash(self, *members: NodeId) -> None:
        """Lose what is not durable, and all that is under way from and to them."""
        for member in members:
            self._actors[member].crash()
            for link in [link for link in self._links if member in link]:
                del self._links[link]

    def restart(self, *members: NodeId) -> None:
        """Start with what the journal says, and nothing else. The disk is quick again."""
        for member in members:
            self._actors[member].restart(self.config, self.now)

    def forget(self, member: NodeId, count: int = 0) -> None:
        """Its storage lost its newest records, save what is vital, and says that it may have.

        :raises ValueError: it runs, or has not so many
        """
        if self.is_up(member):
            raise ValueError(f"member {member} runs: crash it first")
        self._actors[member].forget(count)

    def rewind(self, member: NodeId, count: int) -> None:
        """Its journal is an older copy, and nothing in it says so: vital records are gone, too.

        :raises ValueError: it runs, or has not so many
        """
        if self.is_up(member):
            raise ValueError(f"member {member} runs: crash it first")
        self._actors[member].rewind(count)

    def recover(self, survivor: NodeId) -> Recovery:
        """All others are gone for ever, says somebody: see ``raft_core.recovery``.

        :raises ValueError: it runs
        :raises RecoveryRefused: there is nothing to recover
        """
        if self.is_up(survivor):
            raise ValueError(f"member {survivor} runs: crash it first")
        return self._actors[survivor].recover()

    # --- behind the scenes -----------------------------------------------------------------------

    def _send(self, sender: NodeId, to: Iterable[NodeId], message: Message) -> None:
        payload = codec.encode_message(message)
        for peer in to:
            link = (sender, peer)
            there = self._actors.get(peer)
            if there is not None and there.raft is not None and link not in self._cut:
                self._links.setdefault(link, deque()).append(payload)

    def _receive(self, sender: NodeId, receiver: NodeId, payload: bytes) -> None:
        message = codec.decode_message(payload)
        self.delivered.append((sender, receiver, message))
        self.step(receiver, Received(sender, message))

    def _deliver_vote(self, link: tuple[NodeId, NodeId]) -> bool:
        queue = self._links.get(link, deque())
        for payload in queue:
            if isinstance(codec.decode_message(payload), RequestVote | VoteReply):
                queue.remove(payload)
                self._receive(*link, payload)
                return True
        return False


def _given(index: Index, term: Term, configuration: Configuration) -> Entry:
    if index == 1:
        return Entry(1, term, CONFIGURATION, encode_configuration(configuration))
    return Entry(index, term, COMMAND, b"%d of %d" % (index, term))
