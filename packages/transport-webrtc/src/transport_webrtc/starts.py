"""Which start of a member is the newest: a copied profile or data directory runs as one twice.

Each start of a member has a number, which its storage counts up, and a nonce, which tells copies of
one storage apart that were started independently. The higher number is the newer start; of equal
numbers the higher nonce is. So everybody comes to the same verdict, in whatever order news arrive,
and it stays so.

A start carries its own proof, made with the session key. Whoever shows it need not be trusted, the
introducer least of all: to be shown an older start does nothing, and a newer one that is proved was
there.
"""

import enum
from typing import Annotated

import msgspec

_MAX_MEMBERS = 256
MAX_EARLIER = 8
"""Older starts of one member that are kept to be told to a newer one."""

Nonce = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
Proof = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Start(msgspec.Struct, frozen=True):
    """One start of a member, and the proof that it was one."""

    number: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    nonce: Nonce
    proof: Proof

    def is_newer_than(self, other: "Start") -> bool:
        """Whether this one counts, of two starts of one member."""
        return (self.number, self.nonce) > (other.number, other.nonce)


class Line(msgspec.Struct, frozen=True):
    """The latest starts of a member as its storage knows them; this one is the last.

    `number` is this one's, `nonces` are theirs, in their order.
    """

    number: int
    nonces: tuple[str, ...]

    def has(self, start: Start) -> bool:
        """Whether it is one of them. Of one from before them nobody can say so."""
        place = len(self.nonces) - 1 - (self.number - start.number)
        return 0 <= place < len(self.nonces) and self.nonces[place] == start.nonce


class Heard(enum.Enum):
    """What a start is, of which we hear, beside those that we have heard of before."""

    KNOWN = enum.auto()
    """The newest one, or the first that we hear of, or its member does not count its starts."""
    NEWER = enum.auto()
    OLDER = enum.auto()


class StartsSeen:
    """The newest start of each member. Bounded: only who knows the session key gets in here."""

    def __init__(self) -> None:
        self._newest: dict[str, Start] = {}
        self._earlier: dict[str, tuple[Start, ...]] = {}
        self._told: set[str] = set()

    def newest(self, member: str) -> Start | None:
        """The newest start of this member that we have heard of."""
        return self._newest.get(member)

    def earlier(self, member: str) -> tuple[Start, ...]:
        """What its newest start is to be told, now that we have a link to it: older ones.

        All that we heard of since we had a link to another start of this member: some, at most.
        """
        if member in self._newest:
            self._told.add(member)
        return self._earlier.get(member, ())

    def hear(self, member: str, start: Start | None) -> Heard:
        """Somebody speaks for this member, of this start. The proof was looked at before."""
        if start is None:
            return Heard.KNOWN
        known = self._newest.get(member)
        if known is not None and not start.is_newer_than(known):
            return Heard.OLDER if known.is_newer_than(start) else Heard.KNOWN
        self._newest[member] = start
        if len(self._newest) > _MAX_MEMBERS:
            oldest = next(iter(self._newest))
            del self._newest[oldest]
            self._earlier.pop(oldest, None)
            self._told.discard(oldest)
        if known is None:
            return Heard.KNOWN
        before = () if member in self._told else self._earlier.get(member, ())
        self._told.discard(member)
        self._earlier[member] = (*before, known)[-MAX_EARLIER:]
        return Heard.NEWER
