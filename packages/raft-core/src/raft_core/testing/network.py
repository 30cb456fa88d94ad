"""The simulated network: loss, delay, repetition, reordering, partitions, and late news of them."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

from raft_core.codec import decode_message
from raft_core.messages import VoteReply
from raft_core.testing.profiles import Profile
from raft_core.testing.schedule import Schedule
from raft_core.testing.troubles import Troubles
from raft_core.types import NodeId


class _Link:
    """One way from one member to another.

    Its n-th message has the same fate whatever happens on other links.
    """

    __slots__ = ("chance", "sent")

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.sent = 0


class Network:
    """Carries payloads between members by name.

    What is blocked and who is up is the truth; what the transports believe of it follows later, by
    ``peers_changed(member, connected)``. A payload may arrive at a later life of its receiver.
    """

    def __init__(
        self,
        schedule: Schedule,
        profile: Profile,
        troubles: Troubles,
        *,
        deliver: Callable[[NodeId, NodeId, bytes], None],
        peers_changed: Callable[[NodeId, frozenset[NodeId]], None],
        is_frozen: Callable[[NodeId], bool] = lambda _: False,
    ) -> None:
        self._schedule = schedule
        self._profile = profile
        self._troubles = troubles
        self._news_chance = troubles.chance("news")
        self._links: dict[tuple[NodeId, NodeId], _Link] = {}
        self._deliver = deliver
        self._peers_changed = peers_changed
        self._is_frozen = is_frozen
        self._blocked: set[tuple[NodeId, NodeId]] = set()
        self._lives: dict[NodeId, int] = {}
        """Who is up, in which life."""
        self._connected: dict[NodeId, dict[NodeId, int]] = {}
        """Whom each transport believes to be connected, in which life."""
        self._faulty = True
        self._copies: Counter[NodeId] = Counter()
        """How often each member went on from an older copy of its journal."""
        self._met: dict[tuple[NodeId, NodeId], int] = {}
        """By which copy of the second the first was met last."""
        self._last_arrival: dict[tuple[NodeId, NodeId], float] = {}
        self.counts: Counter[str] = Counter()

    # --- truth -----------------------------------------------------------------------------------

    def up(self, member: NodeId, life: int) -> None:
        """A member is there, in a new life; its transport knows nobody yet."""
        self._lives[member] = life
        self._connected[member] = {}
        self._news((member,))

    def down(self, member: NodeId) -> None:
        """A member is gone."""
        del self._lives[member]
        del self._connected[member]
        self._news((member,))

    def copied(self, member: NodeId) -> None:
        """From now on an older copy of this member runs in its place.

        What is under way to the original reaches nobody. What it sent itself may still arrive where
        the copy was not met yet, as long as it is no vote.
        """
        self._copies[member] += 1

    def block(self, pairs: Iterable[tuple[NodeId, NodeId]]) -> None:
        """Lose everything from the first to the second of each pair."""
        pairs = list(pairs)
        self._blocked.update(pairs)
        self._news(sorted({member for pair in pairs for member in pair}))

    def unblock(self, pairs: Iterable[tuple[NodeId, NodeId]]) -> None:
        """Undo ``block``."""
        pairs = list(pairs)
        self._blocked.difference_update(pairs)
        self._news(sorted({member for pair in pairs for member in pair}))

    def heal(self) -> None:
        """From now on nothing goes wrong, and the transports learn it."""
        self._faulty = False
        self._blocked.clear()
        self._news(sorted(self._lives))

    # --- sending ---------------------------------------------------------------------------------

    def send(self, sender: NodeId, receiver: NodeId, payload: bytes) -> bool:
        """As ``Transport.send``."""
        if receiver not in self._connected[sender]:
            return False
        link = (sender, receiver)
        if link not in self._links:
            self._links[link] = _Link(self._troubles.chance(f"{sender}.{receiver}"))
        way = self._links[link]
        way.sent += 1
        delay = way.chance.expovariate(1 / self._profile.delay)
        fate, later = way.chance.random(), way.chance.random()
        if self._faulty:
            if link in self._blocked:
                self.counts["lost"] += 1
                return True
            if fate < self._profile.trouble:
                what = self._what_happens(fate)
                if self._troubles.happens(f"{what}.{sender}.{receiver}.{way.sent}"):
                    later *= self._profile.slow_delay
                    message = (sender, receiver, payload, self._copies_of(link))
                    return self._trouble(what, delay, later, message)
        # In the order of sending, as a data channel does.
        arrival = max(self._schedule.now + delay, self._last_arrival.get(link, 0.0))
        self._last_arrival[link] = arrival
        copies = self._copies_of(link)
        self._schedule.at(arrival, self._arrive, sender, receiver, payload, copies)
        return True

    def _what_happens(self, fate: float) -> str:
        profile = self._profile
        for chance, what in (
            (profile.loss, "lost"),
            (profile.full, "full"),
            (profile.slow, "slow"),
            (profile.repeat, "repeat"),
        ):
            if fate < chance:
                return what
            fate -= chance
        return "reorder"

    def _trouble(
        self,
        what: str,
        delay: float,
        later: float,
        message: tuple[NodeId, NodeId, bytes, tuple[int, int]],
    ) -> bool:
        self.counts[what] += 1
        if what in ("slow", "repeat"):
            self._schedule.after(delay + later, self._arrive, *message)
        if what in ("reorder", "repeat"):
            self._schedule.after(delay, self._arrive, *message)
        return what != "full"

    def _copies_of(self, link: tuple[NodeId, NodeId]) -> tuple[int, int]:
        """By which copies of both this link is used."""
        return self._copies[link[0]], self._met.get(link, 0)

    def _arrive(
        self, sender: NodeId, receiver: NodeId, payload: bytes, copies: tuple[int, int]
    ) -> None:
        link = (sender, receiver)
        connects = receiver in self._lives and link not in self._blocked
        if connects and (not self._copies or self._counts(link, payload, copies)):
            self._deliver(receiver, sender, payload)
        else:
            self.counts["lost"] += 1

    def _counts(self, link: tuple[NodeId, NodeId], payload: bytes, copies: tuple[int, int]) -> bool:
        """Nothing reaches a copy that was for another; what another one said may come late."""
        sender, receiver = link
        if copies[1] != self._copies[receiver]:
            return False
        if copies[0] == self._copies[sender]:
            return True
        message = decode_message(payload)
        is_vote = isinstance(message, VoteReply) and message.granted and not message.pre
        return self._met.get((receiver, sender)) != self._copies[sender] and not is_vote

    # --- what the transports believe -------------------------------------------------------------

    def _news(self, members: Iterable[NodeId]) -> None:
        mean = self._profile.notice_delay if self._faulty else 0.01
        seen = set()
        for one in members:
            for other in sorted(self._lives):
                pair = (min(one, other), max(one, other))
                if one != other and pair not in seen:
                    seen.add(pair)
                    delay = self._news_chance.expovariate(1 / mean)
                    self._schedule.after(delay, self._notice, *pair)

    def _notice(self, one: NodeId, other: NodeId) -> None:
        """Both transports see how it stands between them now.

        One that takes no step makes no link. Else it would answer a copy for what another one said.
        """
        if self._copies and (self._is_frozen(one) or self._is_frozen(other)):
            self._schedule.after(self._profile.delay, self._notice, one, other)
            return
        reach = (
            one in self._lives
            and other in self._lives
            and (one, other) not in self._blocked
            and (other, one) not in self._blocked
        )
        for member, peer in ((one, other), (other, one)):
            known = self._connected.get(member)
            if known is None:
                continue
            if peer in known and (not reach or known[peer] != self._lives[peer]):
                del known[peer]
                self._peers_changed(member, frozenset(known))
            if reach and peer not in known:
                known[peer] = self._lives[peer]
                self._met[member, peer] = self._copies[peer]
                self._peers_changed(member, frozenset(known))
