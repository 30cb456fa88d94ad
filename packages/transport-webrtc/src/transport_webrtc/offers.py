"""The names of offers, and the candidates that wait for theirs.

An offer's id is opaque to everyone but its reader's memory of what is over: `<page>-<number>`,
where the first part is made anew at every start of a member and the second counts up. So an offer
that arrives late is recognised, however many there were.
"""

from random import Random

from transport_webrtc.bodies import Candidate

_MAX_PAGES = 16
_MAX_OFFERS_WAITED_FOR = 4
_MAX_EARLY = 64


class OfferNames:
    """Makes the ids of this member's offers, until the page is gone."""

    def __init__(self, rng: Random) -> None:
        self._page = f"{rng.getrandbits(48):012x}"
        self._number = 0

    def next(self) -> str:
        """An id that was never used."""
        self._number += 1
        return f"{self._page}-{self._number}"


class OffersSeen:
    """What one peer has offered so far; bounded, however much it offers.

    Each of the peer's pages counts for itself. Which of two pages is the newer one cannot be known,
    and to think that one is over that is not would be to ignore its offers for ever.
    """

    def __init__(self) -> None:
        self._highest: dict[str, int] = {}

    def might_come(self, offer: str) -> bool:
        """Whether the offer would be newer than all that came from its page."""
        page, number = _parts(offer)
        return number > self._highest.get(page, -1)

    def is_new(self, offer: str) -> bool:
        """Like `might_come`, and remembers that it came."""
        if not self.might_come(offer):
            return False
        page, number = _parts(offer)
        self._highest.pop(page, None)
        self._highest[page] = number
        if len(self._highest) > _MAX_PAGES:
            del self._highest[next(iter(self._highest))]
        return True


def _parts(offer: str) -> tuple[str, int]:
    page, dash, number = offer.rpartition("-")
    if dash and number.isascii() and number.isdigit() and len(number) < 16:
        return page, int(number)
    return offer, 0


class EarlyCandidates:
    """Candidates whose offer or answer has not arrived yet; of a few offers, the newest."""

    def __init__(self) -> None:
        self._held: dict[str, list[Candidate]] = {}

    def hold(self, candidate: Candidate) -> None:
        """Keeps it for its offer; a duplicate, or one too many, is let go."""
        if candidate.offer not in self._held and len(self._held) == _MAX_OFFERS_WAITED_FOR:
            del self._held[next(iter(self._held))]
        held = self._held.setdefault(candidate.offer, [])
        if candidate not in held and len(held) < _MAX_EARLY:
            held.append(candidate)

    def release(self, offer: str) -> list[Candidate]:
        """The candidates of this offer; they wait no more."""
        return self._held.pop(offer, [])
