"""The log against the simplest model there is: a list of pairs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from raft_core.errors import InvariantBroken
from raft_core.log import Log, follow
from raft_core.messages import Entry
from tests.unit.raft_core.support import entries, entry

increments = st.lists(st.sampled_from([0, 0, 1, 3]), max_size=8)


def rising(steps: list[int], first: int = 1) -> list[int]:
    """Terms that never go back."""
    terms = []
    for step in steps:
        first += step
        terms.append(first)
    return terms


logs = increments.map(rising)


class AgainstAModel(RuleBasedStateMachine):
    """Any order of appends and truncations, on a log that begins after a compacted prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.base = 0
        self.base_term = 0
        self.log = Log()
        self.model: list[Entry] = []

    @property
    def last(self) -> int:
        return self.base + len(self.model)

    @property
    def last_term(self) -> int:
        return self.model[-1].term if self.model else self.base_term

    @precondition(lambda self: not self.model)
    @rule(base=st.integers(0, 5), terms=logs)
    def begin(self, base: int, terms: list[int]) -> None:
        self.base, self.base_term = base, min(base, 1)
        self.model = entries(terms, base + 1)
        self.log = Log(self.model, base_index=base, base_term=self.base_term)

    @rule(steps=increments)
    def append(self, steps: list[int]) -> None:
        new = entries(rising(steps, self.last_term), self.last + 1)
        self.log.append(new)
        self.model += new

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def compact(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(self.model)))
        self.base, self.base_term = self.base + count, self.model[count - 1].term
        self.model = self.model[count:]
        self.log.compact(self.base)

    @rule(ahead=st.integers(0, 3), newer=st.integers(0, 2))
    def reset(self, ahead: int, newer: int) -> None:
        self.base, self.base_term = self.last + ahead, self.last_term + newer
        self.model = []
        self.log.reset(self.base, self.base_term)

    @rule(outside=st.sampled_from([0, -1]) | st.integers(1, 3))
    def refuse_to_compact_what_is_not_there(self, outside: int) -> None:
        with pytest.raises(IndexError):
            self.log.compact(self.last + outside if outside > 0 else self.base + outside)

    @rule(gap=st.integers(1, 3) | st.integers(-3, -1))
    def refuse_a_gap(self, gap: int) -> None:
        with pytest.raises(InvariantBroken, match="cannot follow"):
            self.log.append([entry(self.last + 1 + gap, self.last_term)])

    @rule(back=st.integers(1, 3))
    def refuse_an_older_term(self, back: int) -> None:
        with pytest.raises(InvariantBroken, match="cannot follow"):
            self.log.append([entry(self.last + 1, self.last_term - back)])

    @rule(data=st.data())
    def truncate(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(self.base + 1, self.last + 2))
        self.log.truncate_from(index)
        del self.model[index - self.base - 1 :]

    @rule(data=st.data())
    def slice(self, data: st.DataObject) -> None:
        start = data.draw(st.integers(self.base + 1, self.last + 1))
        stop = data.draw(st.integers(start, self.last + 2))
        wanted = [item for item in self.model if start <= item.index < stop]
        assert self.log.slice(start, stop) == wanted

    @invariant()
    def ends_are_right(self) -> None:
        assert self.log.first_index == self.base + 1
        assert (self.log.last_index, self.log.last_term) == (self.last, self.last_term)

    @invariant()
    def every_entry_is_there(self) -> None:
        for item in self.model:
            assert self.log.entry(item.index) is item
            assert self.log.term_at(item.index) == item.term
        assert self.log.term_at(self.base) == self.base_term
        for absent in (self.base - 1, self.base, self.last + 1):
            with pytest.raises(IndexError, match=f"no entry {absent}"):
                self.log.entry(absent)
        assert self.log.term_at(self.base - 1) is None
        assert self.log.term_at(self.last + 1) is None


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(max_examples=40, stateful_step_count=20)


@pytest.mark.parametrize(
    "index,term,following,fine",
    [
        (0, 0, [(1, 1), (2, 1), (3, 4)], True),
        (5, 2, [(6, 2)], True),
        (5, 2, [], True),
        (5, 2, [(7, 2)], False),
        (5, 2, [(5, 2)], False),
        (5, 2, [(6, 1)], False),
        (5, 2, [(6, 3), (7, 2)], False),
        (5, 2, [(6, 3), (6, 3)], False),
    ],
)
def test_follow(index: int, term: int, following: list[tuple[int, int]], fine: bool) -> None:
    assert follow([entry(*pair) for pair in following], index, term) is fine


@given(base=st.integers(0, 5), terms=logs)
def test_terms_begin_where_the_term_before_ends(base: int, terms: list[int]) -> None:
    log = Log(entries(terms, base + 1), base_index=base)
    firsts: dict[int, int] = {}
    for place, term in enumerate(terms):
        firsts.setdefault(term, base + 1 + place)
    assert log.terms() == [(index, term) for term, index in firsts.items()]


def test_what_does_not_follow_is_not_appended_in_part() -> None:
    log = Log(entries([1, 1]))
    with pytest.raises(InvariantBroken):
        log.append([entry(3, 2), entry(4, 1)])
    assert log.last_index == 2


@pytest.mark.parametrize(
    "ours,last_index,last_term,up_to_date",
    [
        ([], 0, 0, True),
        ([1, 1], 2, 1, True),
        ([1, 1], 3, 1, True),
        ([1, 1], 1, 1, False),
        ([1, 1], 1, 2, True),  # a later term beats a longer log
        ([1, 3], 9, 2, False),
    ],
)
def test_up_to_date_compares_the_last_term_and_then_the_index(
    ours: list[int], last_index: int, last_term: int, up_to_date: bool
) -> None:
    assert Log(entries(ours)).is_up_to_date(last_index, last_term) is up_to_date


@pytest.mark.parametrize(
    "ours,index,term,hint",
    [
        ([1, 1, 4, 4], 9, 3, 2),  # shorter and of a later term: skip the whole of term 4
        ([1, 1, 4, 4], 9, 4, 4),
        ([1, 1, 4, 4], 3, 4, 3),
        ([1, 1, 4, 4], 3, 1, 2),
        ([4, 4], 2, 3, 0),
        ([], 7, 3, 0),
    ],
)
def test_agreement_hint(ours: list[int], index: int, term: int, hint: int) -> None:
    assert Log(entries(ours)).agreement_hint(index, term) == hint


def test_agreement_hint_stops_at_what_is_compacted() -> None:
    log = Log(entries([5, 5], 11), base_index=10, base_term=4)
    assert log.agreement_hint(12, 3) == 10


@given(logs, logs, st.integers(0, 8))
def test_nothing_above_the_hint_can_agree(ours: list[int], theirs: list[int], index: int) -> None:
    index = min(index, len(theirs))
    other = Log(entries(theirs))
    term = other.term_at(index)
    assert term is not None
    hint = Log(entries(ours)).agreement_hint(index, term)
    assert hint <= min(index, len(ours))
    for place in range(hint + 1, min(index, len(ours)) + 1):
        assert ours[place - 1] != theirs[place - 1]
