"""Who offers to whom, and when: makes and re-makes one connection with every member of the room.

The rules, for any two members:

- The smaller id offers, so that two offers never cross. Every offer has an id, and answers and
  candidates name it. Candidates that arrive early wait; whatever names an offer that is over is
  ignored.
- The larger id, when it has no connection and hears of no offer, asks with "wanted".
- Whoever sends an offer or a "wanted" has no connection any more (it was reloaded, say). But the
  introducer may have kept an old one and sent it now. So where there is a link or an attempt, the
  peer is asked whether it still has its end ("check"), and only its "gone" ends ours. An offer id
  comes to life once: a "gone" that was true stays true, however late it arrives.
- The introducer's word alone ends no link: a member whose own way to the introducer broke is still
  a good peer, and one that left or restarted says so itself.
- A newer start of a peer (`starts.py`) has no connection for sure, and none to an older start is
  kept. What an older one says has one answer, "superseded", which shows the newer one.
- After a loss the next attempt follows by itself, later each time, with jitter.

No I/O, no clock, no randomness of its own. Every method takes the time in seconds and returns what
is to be done; whatever a peer says, nothing raises.
"""

import enum
from collections.abc import Iterable
from random import Random

import msgspec

from transport_webrtc.bodies import (
    Answer,
    Body,
    Candidate,
    Check,
    Gone,
    Offer,
    Superseded,
    Wanted,
)
from transport_webrtc.events import LossReason
from transport_webrtc.offers import EarlyCandidates, OfferNames, OffersSeen
from transport_webrtc.starts import Heard, StartsSeen

_MAX_PEERS = 64


class NegotiationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds."""

    connect_timeout: float = 15.0
    """From the offer to a link that counts as connected."""
    first_delay: float = 0.4
    """Before the attempt that follows a first failure; doubled for each further one."""
    max_delay: float = 5.0
    """What a person waits for at most, and some more, once the network is whole again."""
    wanted_after: float = 1.0
    """How much longer the larger id waits, in addition, before it asks for an offer."""
    answer_patience: float = 3.0
    """How long an unanswered offer makes us deaf for "wanted": most likely the two crossed."""
    steady_after: float = 10.0
    """A link that lasted so long was a success: the next delay is short again."""


class MakeOffer(msgspec.Struct, frozen=True):
    """Make a connection and an offer for it; then call `described`."""

    peer: str
    offer: str


class MakeAnswer(msgspec.Struct, frozen=True):
    """Make a connection for the peer's offer, and an answer; then call `described`."""

    peer: str
    offer: str
    sdp: str


class TakeAnswer(msgspec.Struct, frozen=True):
    """Give the answer to the connection of this offer."""

    peer: str
    offer: str
    sdp: str


class TakeCandidate(msgspec.Struct, frozen=True):
    """Give the candidate to the connection of this offer, after its offer or answer."""

    peer: str
    offer: str
    candidate: Candidate


class Drop(msgspec.Struct, frozen=True):
    """Close the connection of this offer. No `lost` for it afterwards."""

    peer: str
    offer: str
    reason: LossReason
    detail: str


class Part(msgspec.Struct, frozen=True):
    """The connection of this offer is to an older start of the peer: tell it, and drop it."""

    peer: str
    offer: str


class SendBody(msgspec.Struct, frozen=True):
    """Send the body to the peer through the introducer, if it can be reached."""

    peer: str
    body: Body


class Ignored(msgspec.Struct, frozen=True):
    """A signal makes no sense, for this reason."""

    sender: str
    why: str


Action = MakeOffer | MakeAnswer | TakeAnswer | TakeCandidate | Drop | Part | SendBody | Ignored


class Stage(enum.Enum):
    """How far we are with one peer."""

    IDLE = enum.auto()
    OFFERING = enum.auto()
    """Our offer is being made, or is not answered yet."""
    CONNECTING = enum.auto()
    """Offer and answer are exchanged, or the answer is being made."""
    CONNECTED = enum.auto()


class _Peer:
    """What we know of one peer. `offer` names the attempt or link; `due` is when to act next.

    `held` is an offer of the peer's that came while there was an attempt or link already.
    """

    __slots__ = (
        "due",
        "early",
        "failures",
        "held",
        "held_since",
        "offer",
        "present",
        "seen",
        "since",
        "stage",
    )

    def __init__(self) -> None:
        self.present = False
        self.stage = Stage.IDLE
        self.offer = ""
        self.since = 0.0
        self.due: float | None = None
        self.failures = 0
        self.held: Offer | None = None
        self.held_since = 0.0
        self.seen = OffersSeen()
        self.early = EarlyCandidates()


class Negotiator:
    """The negotiations of `member` with all others.

    The owner carries the returned actions out in their order, and calls `tick` no later than
    `deadline`. `described`, `candidate_found`, `connected` and `lost` report what became of a
    connection, by peer and offer; reports about connections that are no longer wanted do no harm.

    :param starts: the newest starts of all members; kept up here
    """

    def __init__(
        self,
        member: str,
        *,
        rng: Random,
        settings: NegotiationSettings | None = None,
        starts: StartsSeen | None = None,
    ) -> None:
        self._member = member
        self._starts = starts or StartsSeen()
        self._rng = rng
        self._settings = settings or NegotiationSettings()
        self._names = OfferNames(rng)
        self._peers: dict[str, _Peer] = {}

    def stage(self, peer: str) -> Stage:
        """How far we are with the peer."""
        known = self._peers.get(peer)
        return known.stage if known else Stage.IDLE

    @property
    def present(self) -> frozenset[str]:
        """Who is in the room, as far as we know."""
        return frozenset(peer for peer, known in self._peers.items() if known.present)

    @property
    def deadline(self) -> float | None:
        """When `tick` has something to do, or None."""
        return min(
            (known.due for known in self._peers.values() if known.due is not None), default=None
        )

    # ------------------------------------------------------------------------------------- the room

    def welcomed(self, now: float, members: Iterable[str]) -> list[Action]:
        """We joined (again) and find these others. Connected ones are left in peace."""
        actions: list[Action] = []
        there = set(members) - {self._member}
        for peer in list(self._peers):
            if peer not in there:
                self._peers[peer].present = False
                self._forget_if_done(peer)
        for peer in sorted(there):
            actions += self.joined(now, peer)
        return actions

    def joined(self, now: float, peer: str) -> list[Action]:
        """Someone came. If it lost a link that we still have, its offer or "wanted" will tell."""
        known = self._meet(peer)
        if known is None:
            return []
        known.present = True
        known.failures = 0
        actions: list[Action] = []
        if known.stage is Stage.OFFERING:
            # The offer may have gone to someone who is not there any more.
            actions.append(self._drop(peer, known, LossReason.RESTARTED, "it joined anew"))
        if known.stage is Stage.IDLE:
            known.due = now if self._offers_to(peer) else now + self._patience()
        return actions + self.tick(now)

    def left(self, peer: str, reason: str) -> list[Action]:
        """Someone went. Ends attempts, but no link: a peer that leaves closes that itself."""
        known = self._peers.get(peer)
        if known is None:
            return []
        known.present = False
        known.held = None
        known.due = None if known.stage is Stage.IDLE else known.due
        actions: list[Action] = []
        if known.stage in {Stage.OFFERING, Stage.CONNECTING}:
            actions.append(
                self._drop(peer, known, LossReason.LEFT, f"the introducer says: {reason}")
            )
        self._forget_if_done(peer)
        return actions

    def renew(self, now: float) -> list[Action]:
        """The network is another one, or was away: what failed so far says nothing any more."""
        for peer, known in self._peers.items():
            known.failures = 0
            if known.stage is Stage.IDLE and known.due is not None:
                known.due = min(known.due, now if self._offers_to(peer) else now + self._patience())
        return self.tick(now)

    def introducer_lost(self) -> None:
        """Nobody can be reached through the introducer now. Links and attempts go on."""
        for peer in list(self._peers):
            self._peers[peer].present = False
            if self._peers[peer].stage is Stage.IDLE:
                self._peers[peer].due = None
            self._forget_if_done(peer)

    # ---------------------------------------------------------------------------------- the signals

    def signalled(self, now: float, sender: str, body: Body) -> list[Action]:
        """A body came from a peer, and was found to be genuine."""
        known = None if sender == self._member else self._meet(sender)
        if known is None:
            return [Ignored(sender, "it comes from ourselves, or the room is too full")]
        heard = self._starts.hear(sender, body.start)
        if heard is Heard.OLDER:
            return self._refuse_older(sender)
        actions = [] if known.present else self.joined(now, sender)
        if heard is Heard.NEWER:
            actions += self._begin_with_newer(now, sender, known)
        match body:
            case Offer():
                actions += self._on_offer(now, sender, known, body)
            case Answer():
                actions += self._on_answer(sender, known, body)
            case Candidate():
                actions += self._on_candidate(sender, known, body)
            case Wanted():
                actions += self._on_wanted(now, sender, known)
            case Check():
                actions += self._on_check(sender, known, body)
            case Gone():
                actions += self._on_gone(now, sender, known, body)
            case Superseded():
                pass  # it is about our own start, and `fencing.py`'s business
        return actions

    def _refuse_older(self, peer: str) -> list[Action]:
        newest = self._starts.newest(peer)
        return [] if newest is None else [SendBody(peer, Superseded(newest))]

    def _begin_with_newer(self, now: float, peer: str, known: _Peer) -> list[Action]:
        actions: list[Action] = []
        if known.stage is not Stage.IDLE:
            actions.append(Part(peer, known.offer))
        known.stage = Stage.IDLE
        known.held = None
        known.failures = 0
        known.due = now if self._offers_to(peer) else now + self._patience()
        return actions + self.tick(now)

    def _on_offer(self, now: float, peer: str, known: _Peer, body: Offer) -> list[Action]:
        if self._offers_to(peer):
            return [Ignored(peer, "an offer, where ours is the smaller id")]
        if not known.seen.is_new(body.offer):
            return []
        if known.stage is Stage.IDLE:
            return self._accept(now, peer, known, body)
        known.held, known.held_since = body, now
        return [SendBody(peer, Check(known.offer))]

    def _accept(self, now: float, peer: str, known: _Peer, body: Offer) -> list[Action]:
        self._begin(now, known, Stage.CONNECTING, body.offer)
        return [
            MakeAnswer(peer, body.offer, body.sdp),
            *(TakeCandidate(peer, body.offer, early) for early in known.early.release(body.offer)),
        ]

    def _on_answer(self, peer: str, known: _Peer, body: Answer) -> list[Action]:
        if known.stage is not Stage.OFFERING or known.offer != body.offer:
            return []
        known.stage = Stage.CONNECTING
        early = known.early.release(body.offer)
        return [
            TakeAnswer(peer, body.offer, body.sdp),
            *(TakeCandidate(peer, body.offer, candidate) for candidate in early),
        ]

    def _on_candidate(self, peer: str, known: _Peer, body: Candidate) -> list[Action]:
        if known.offer == body.offer and known.stage in {Stage.CONNECTING, Stage.CONNECTED}:
            return [TakeCandidate(peer, body.offer, body)]
        # Early is what belongs to our unanswered offer, or to an offer of theirs that waits or is
        # still to come.
        to_ours = known.offer == body.offer and known.stage is Stage.OFFERING
        to_held = known.held is not None and known.held.offer == body.offer
        to_come = not self._offers_to(peer) and known.seen.might_come(body.offer)
        if to_ours or to_held or to_come:
            known.early.hold(body)
        return []

    def _on_wanted(self, now: float, peer: str, known: _Peer) -> list[Action]:
        if not self._offers_to(peer):
            return [Ignored(peer, 'a "wanted", where the other id is the smaller one')]
        if known.stage is Stage.IDLE:
            return []  # the next offer is due already; who asks often is not served faster
        if known.stage is not Stage.OFFERING:
            return [SendBody(peer, Check(known.offer))]
        if now - known.since < self._settings.answer_patience:
            return []
        return self._begin_anew(now, peer, known, "it asks for a new offer")

    def _on_check(self, peer: str, known: _Peer, body: Check) -> list[Action]:
        if known.stage is not Stage.IDLE and known.offer == body.offer:
            return []
        return [SendBody(peer, Gone(body.offer))]

    def _on_gone(self, now: float, peer: str, known: _Peer, body: Gone) -> list[Action]:
        under_way = known.stage in {Stage.CONNECTING, Stage.CONNECTED}
        if not under_way or known.offer != body.offer:
            return []
        return self._begin_anew(now, peer, known, "it has that link no more")

    def _begin_anew(self, now: float, peer: str, known: _Peer, why: str) -> list[Action]:
        young = now - known.since < self._settings.answer_patience
        dropped = self._drop(peer, known, LossReason.RESTARTED, why)
        self._fail(now, peer, known)
        if not young:
            known.due = now
        return [dropped, *self.tick(now)]

    # ------------------------------------------------------------------------------ the connections

    def described(self, peer: str, offer: str, sdp: str) -> list[Action]:
        """The connection's own description is ready."""
        known = self._peers.get(peer)
        if known is None or known.offer != offer or known.stage is Stage.IDLE:
            return []
        if self._offers_to(peer):
            return [SendBody(peer, Offer(offer, sdp))]
        return [SendBody(peer, Answer(offer, sdp))]

    def candidate_found(self, peer: str, candidate: Candidate) -> list[Action]:
        """The connection found an address of ours."""
        known = self._peers.get(peer)
        if known is None or known.offer != candidate.offer or known.stage is Stage.IDLE:
            return []
        return [SendBody(peer, candidate)]

    def connected(self, now: float, peer: str, offer: str) -> None:
        """The link of this offer counts as connected."""
        known = self._peers.get(peer)
        if known is not None and known.offer == offer and known.stage is not Stage.IDLE:
            known.stage = Stage.CONNECTED
            known.since = now
            known.due = None

    def lost(self, now: float, peer: str, offer: str) -> None:
        """The connection of this offer is over, connected or not; the owner has closed it."""
        known = self._peers.get(peer)
        if known is None or known.offer != offer or known.stage is Stage.IDLE:
            return
        if known.stage is Stage.CONNECTED and now - known.since >= self._settings.steady_after:
            known.failures = 0
        self._fail(now, peer, known)

    # ------------------------------------------------------------------------------------ the clock

    def tick(self, now: float) -> list[Action]:
        """Does what is due."""
        actions: list[Action] = []
        for peer, known in list(self._peers.items()):
            if known.due is not None and known.due <= now:
                actions += self._act(now, peer, known)
        return actions

    def _act(self, now: float, peer: str, known: _Peer) -> list[Action]:
        if known.stage is not Stage.IDLE:
            waited = f"not connected after {self._settings.connect_timeout:g} seconds"
            dropped = self._drop(peer, known, LossReason.TIMEOUT, waited)
            self._fail(now, peer, known)
            return [dropped]
        held, known.held = known.held, None
        if held is not None and now - known.held_since < self._settings.connect_timeout:
            return self._accept(now, peer, known, held)
        if self._offers_to(peer):
            offer = self._names.next()
            self._begin(now, known, Stage.OFFERING, offer)
            return [MakeOffer(peer, offer)]
        known.failures += 1
        known.due = now + self._patience() + self._delay(known)
        return [SendBody(peer, Wanted())]

    def _begin(self, now: float, known: _Peer, stage: Stage, offer: str) -> None:
        known.stage = stage
        known.offer = offer
        known.since = now
        known.due = now + self._settings.connect_timeout

    def _drop(self, peer: str, known: _Peer, reason: LossReason, detail: str) -> Drop:
        dropped = Drop(peer, known.offer, reason, detail)
        known.stage = Stage.IDLE
        known.due = None
        return dropped

    def _fail(self, now: float, peer: str, known: _Peer) -> None:
        known.stage = Stage.IDLE
        known.failures += 1
        known.due = None
        if known.present:
            patience = 0.0 if self._offers_to(peer) else self._patience()
            known.due = now if known.held else now + patience + self._delay(known)
        self._forget_if_done(peer)

    def _delay(self, known: _Peer) -> float:
        settings = self._settings
        delay = settings.first_delay * 2.0 ** min(known.failures - 1, 16)
        return min(settings.max_delay, delay) * self._rng.uniform(0.5, 1.0)

    def _patience(self) -> float:
        return self._settings.wanted_after * self._rng.uniform(1.0, 1.5)

    def _offers_to(self, peer: str) -> bool:
        return self._member < peer

    def _meet(self, peer: str) -> _Peer | None:
        known = self._peers.get(peer)
        if known is None and len(self._peers) < _MAX_PEERS:
            known = self._peers[peer] = _Peer()
        return known

    def _forget_if_done(self, peer: str) -> None:
        known = self._peers[peer]
        if not known.present and known.stage is Stage.IDLE:
            del self._peers[peer]
