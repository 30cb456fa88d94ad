"""The simulated network: loss, delay, repetition, reordering, partitions, and late news of them."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random

from raft_core.testing.profiles import Profile
from raft_core.testing.schedule import Schedule
from raft_core.types import NodeId


class Network:
    """Carries payloads between members by name.

    What is blocked and who is up is the truth; what the transports believe of it follows later, by
    ``peers_changed(member, connected)``. A payload may arrive at a later life of its receiver.
    """

    def __init__(
        self,
        schedule: Schedule,
        profile: Profile,
        rng: Random,
        *,
        deliver: Callable[[NodeId, NodeId, bytes], None],
        peers_changed: Callable[[NodeId, frozenset[NodeId]], None],
    ) -> None:
        self._schedule = schedule
        self._profile = profile
        self._rng = rng
        self._deliver = deliver
        self._peers_changed = peers_changed
        self._blocked: set[tuple[NodeId, NodeId]] = set()
        self._lives: dict[NodeId, int] = {}
        """Who is up, in which life."""
        self._connected: dict[NodeId, dict[NodeId, int]] = {}
        """Whom each transport believes to be connected, in which life."""
        self._faulty = True
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
        profile = self._profile
        rng = self._rng
        delay = rng.expovariate(1 / profile.delay)
        if self._faulty:
            if (sender, receiver) in self._blocked:
                self.counts["lost"] += 1
                return True
            fate = rng.random()
            if fate < profile.trouble:
                return self._trouble(fate, delay, sender, receiver, payload)
        # In the order of sending, as a data channel does.
        link = (sender, receiver)
        arrival = max(self._schedule.now + delay, self._last_arrival.get(link, 0.0))
        self._last_arrival[link] = arrival
        self._schedule.at(arrival, self._arrive, sender, receiver, payload)
        return True

    def _trouble(
        self, fate: float, delay: float, sender: NodeId, receiver: NodeId, payload: bytes
    ) -> bool:
        profile = self._profile
        happens = "reorder"
        for chance, other in (
            (profile.loss, "lost"),
            (profile.full, "full"),
            (profile.slow, "slow"),
            (profile.repeat, "repeat"),
        ):
            if fate < chance:
                happens = other
                break
            fate -= chance
        self.counts[happens] += 1
        if happens == "lost":
            return True
        if happens == "full":
            return False
        if happens in ("slow", "repeat"):
            later = delay + self._rng.random() * profile.slow_delay
            self._schedule.after(later, self._arrive, sender, receiver, payload)
        if happens in ("reorder", "repeat"):
            self._schedule.after(delay, self._arrive, sender, receiver, payload)
        return True

    def _arrive(self, sender: NodeId, receiver: NodeId, payload: bytes) -> None:
        if receiver in self._lives and (sender, receiver) not in self._blocked:
            self._deliver(receiver, sender, payload)
        else:
            self.counts["lost"] += 1

    # --- what the transports believe -------------------------------------------------------------

    def _news(self, members: Iterable[NodeId]) -> None:
        mean = self._profile.notice_delay if self._faulty else 0.01
        seen = set()
        for one in members:
            for other in sorted(self._lives):
                pair = (min(one, other), max(one, other))
                if one != other and pair not in seen:
                    seen.add(pair)
                    delay = self._rng.expovariate(1 / mean)
                    self._schedule.after(delay, self._notice, *pair)

    def _notice(self, one: NodeId, other: NodeId) -> None:
        """Both transports see how it stands between them now."""
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
                self._peers_changed(member, frozenset(known))
