"""The log in memory: entries after the compacted prefix, with the comparisons the paper needs.

It knows nothing of terms in force, votes or durability: those are the business of ``Raft``.
"""

from bisect import bisect_right
from collections.abc import Sequence

from raft_core.errors import InvariantBroken
from raft_core.messages import Entry
from raft_core.types import Index, Term


def follow(entries: Sequence[Entry], index: Index, term: Term) -> bool:
    """Whether the entries come after this place without a gap and without a term that goes back."""
    for entry in entries:
        index += 1
        if entry.index != index or entry.term < term:
            return False
        term = entry.term
    return True


def _term(entry: Entry) -> Term:
    return entry.term


class Log:
    """Entries ``first_index`` to ``last_index``; of what is compacted the last term is kept.

    Attributes are for reading. Every step looks at ``last_index`` many times: it is counted along.
    """

    __slots__ = ("_entries", "base_index", "base_term", "last_index")

    def __init__(
        self, entries: Sequence[Entry] = (), *, base_index: Index = 0, base_term: Term = 0
    ) -> None:
        """:raises InvariantBroken: when the entries do not follow each other"""
        self.base_index = base_index
        self.base_term = base_term
        self.last_index: Index = base_index
        self._entries: list[Entry] = []
        self.append(entries)

    @property
    def first_index(self) -> Index:
        return self.base_index + 1

    @property
    def last_term(self) -> Term:
        return self._entries[-1].term if self._entries else self.base_term

    def term_at(self, index: Index) -> Term | None:
        """The term of an entry; None when it is compacted or not there."""
        offset = index - self.base_index
        if 0 < offset <= len(self._entries):
            return self._entries[offset - 1].term
        return self.base_term if offset == 0 else None

    def terms(self) -> list[tuple[Index, Term]]:
        """The first entry of each term that is there, with the term: they never go down."""
        entries = self._entries
        found: list[tuple[Index, Term]] = []
        place = 0
        while place < len(entries):
            term = entries[place].term
            found.append((self.first_index + place, term))
            place = bisect_right(entries, term, lo=place, key=_term)
        return found

    def entry(self, index: Index) -> Entry:
        """:raises IndexError: when it is compacted or not there"""
        offset = index - self.base_index
        if not 0 < offset <= len(self._entries):
            raise IndexError(f"no entry {index}: the log has {self.first_index}..{self.last_index}")
        return self._entries[offset - 1]

    def slice(self, start: Index, stop: Index) -> list[Entry]:
        """Entries ``start`` up to, not including, ``stop``; ``start`` is not compacted."""
        base = self.base_index + 1
        return self._entries[start - base : stop - base]

    def append(self, entries: Sequence[Entry]) -> None:
        """Add entries that follow the last one.

        :raises InvariantBroken: when an index leaves a gap or a term goes back
        """
        if not follow(entries, self.last_index, self.last_term):
            raise InvariantBroken(
                f"entries {entries[0].index} to {entries[-1].index} cannot follow "
                f"entry {self.last_index} of term {self.last_term}"
            )
        self._entries.extend(entries)
        self.last_index += len(entries)

    def truncate_from(self, index: Index) -> None:
        """Remove ``index`` and all after it."""
        del self._entries[max(index - self.base_index - 1, 0) :]
        self.last_index = self.base_index + len(self._entries)

    def compact(self, index: Index) -> None:
        """Forget ``index`` and all before it, save the term there.

        :raises IndexError: when it is compacted or not there
        """
        term = self.entry(index).term
        del self._entries[: index - self.base_index]
        self.base_index = index
        self.base_term = term

    def reset(self, index: Index, term: Term) -> None:
        """Forget all: a snapshot stands for everything up to ``index``, and nothing follows it."""
        self._entries.clear()
        self.base_index = self.last_index = index
        self.base_term = term

    def is_up_to_date(self, last_index: Index, last_term: Term) -> bool:
        """Whether a log that ends so is at least as new as this one (paper, section 5.4.1)."""
        ours = self.last_term
        return last_term > ours or (last_term == ours and last_index >= self.last_index)

    def agreement_hint(self, index: Index, term: Term) -> Index:
        """The highest place, not above ``index``, whose term is not above ``term``.

        What lies between cannot match a log that has ``term`` at ``index``, since terms never go
        down in a log: both sides of a conflict skip whole terms with it, instead of one entry a
        round trip (paper, end of section 5.3).
        """
        place = min(index, self.last_index)
        while place > self.base_index and self._entries[place - self.base_index - 1].term > term:
            place -= 1
        return place
