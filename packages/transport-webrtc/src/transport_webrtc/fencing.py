"""What follows when a member runs twice: the older start ends, and the newer one hears of it.

Who hears of a newer start of a peer says so on the link to the older one, hears nothing more of it,
and makes a link to the newer. Mostly the older one is long dead: a page that was reloaded, a
browser that crashed. But if it lives, it answers that it yields, and ends. That answer is handed on
to the newer start, whose person should know.

And who gets a link to a newer start tells it first of the older ones that were heard. If its own
storage does not know one of them, or if one still ran, it began from a copy, and may lack what that
one promised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from transport_webrtc.framing import (
    Earlier,
    FrameError,
    Superseded,
    Word,
    Yielded,
    decode,
    encode,
)
from transport_webrtc.starts import Line, Start, StartsSeen

if TYPE_CHECKING:
    from transport_webrtc.authentication import Authenticator
    from transport_webrtc.link import Link
    from transport_webrtc.peering import Peering

_PATIENCE = 3.0
"""Seconds in which an older start can answer, after its link is used no more."""


class Fence:
    """The starts of all members as `member` knows them, and the links to those that are over.

    :param ends: called once, when a newer start of this member is proved; links still stand then
    :param ran_elsewhere: called once, with an older start of this member that ran until it heard of
        this one
    :param line: the starts that this member's storage knows; None: they are not counted
    :param copied: called when an older start is proved that is none of those, or that still ran
    """

    def __init__(
        self,
        member: str,
        authenticator: Authenticator,
        *,
        ends: Callable[[Start], None],
        ran_elsewhere: Callable[[Start], None],
        line: Line | None,
        copied: Callable[[], None],
    ) -> None:
        self.seen = StartsSeen()
        self.deadline: float | None = None
        self._member = member
        self._authenticator = authenticator
        self._ends = ends
        self._ran_elsewhere = ran_elsewhere
        self._line = line
        self._copied = copied
        self._over = False
        self._told = False
        self._shown: set[Start] = set()
        """Older starts of ours, none of our line, that somebody has shown: once is enough."""
        self._partings: dict[Peering, float] = {}
        self._yielded: dict[str, Start] = {}
        """Older starts that said so, by their member: to be handed on to the newest."""

    def superseded_by(self, by: Start) -> None:
        """Somebody says that this start of our member was there: no matter who, if it is proved."""
        own = self._authenticator.start
        if self._over or own is None or not by.is_newer_than(own):
            return
        if self._authenticator.is_start_of(self._member, by):
            self._over = True
            self._ends(by)

    def heard(self, link: Link, word: Word) -> None:
        """A peer has a word on starts."""
        if isinstance(word, Superseded):
            self.superseded_by(word.by)
            return
        if isinstance(word, Earlier):
            for each in word.starts:
                self.was_there(each)
            return
        start = word.start
        if self._authenticator.is_start_of(link.peer, start):
            self._yielded[link.peer] = start
        elif not self._told and self.is_older_of_ours(start):
            self._told = True
            self._ran_elsewhere(start)
            self._copied()

    def was_there(self, start: Start) -> None:
        """An older start of our member is shown: we began after it, or from a copy."""
        if start in self._shown or self._line is None or self._line.has(start):
            return
        if self.is_older_of_ours(start):
            self._shown.add(start)
            self._copied()

    def is_older_of_ours(self, start: Start) -> bool:
        """Whether it is proved to be an older start of our member."""
        own = self._authenticator.start
        older = own is not None and own.is_newer_than(start)
        return older and self._authenticator.is_start_of(self._member, start)

    def hand_on(self, link: Link) -> None:
        """A link to a peer is there: it hears of older starts of its member, and who yielded."""
        if earlier := self.seen.earlier(link.peer):
            link.tell(Earlier(earlier))
        start, newest = self._yielded.get(link.peer), self.seen.newest(link.peer)
        if start is not None and newest is not None and newest.is_newer_than(start):
            del self._yielded[link.peer]
            link.tell(Yielded(start))

    # ------------------------------------------------------------------- links to what is over

    def part(self, now: float, peering: Peering, by: Start, handed: Callable[[], None]) -> None:
        """Say to an older start that it is over, and hear nothing of it but its answer.

        `handed` is called when that has come.
        """
        peering.link.part()
        peering.connection.transmit(encode(Superseded(by)))
        peering.receive = partial(self._answered, peering, handed)
        self._partings[peering] = now + _PATIENCE
        self._look()

    def tick(self, now: float) -> None:
        """Close what did not answer in time."""
        for peering, until in list(self._partings.items()):
            if until <= now:
                self._close(peering)

    def stop(self) -> None:
        """Close all."""
        for peering in list(self._partings):
            self._close(peering)

    def _answered(self, peering: Peering, handed: Callable[[], None], frame: bytes) -> None:
        try:
            word = decode(frame)
        except FrameError:
            return
        if isinstance(word, Yielded):
            self.heard(peering.link, word)
            self._close(peering)
            handed()

    def _close(self, peering: Peering) -> None:
        if self._partings.pop(peering, None) is not None:
            peering.connection.close()
        self._look()

    def _look(self) -> None:
        self.deadline = min(self._partings.values(), default=None)
