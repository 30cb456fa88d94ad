"""From any journal to what the member remembers, and from damage to an error that names it."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.codec import CheckpointRecord, Identity, Standing, Step, decode_record, encode_record
from raft_core.errors import JournalDamaged, UnsupportedVersion, WrongJournal
from raft_core.interfaces import Journal
from raft_core.io import Checkpoint, Write
from raft_core.journal import (
    FOUNDING_TERM,
    Restored,
    begun,
    checkpoint_record,
    first_record,
    founding_record,
    restore,
    vital_record,
    write_record,
)
from raft_core.membership import Configuration, decode_configuration
from raft_core.messages import CONFIGURATION, Entry
from raft_core.snapshot import Snapshot
from tests.unit.raft_core.support import entries, entry, sealed


class History:
    """Any steps a member can make, with what it remembers after each of them."""

    def __init__(self) -> None:
        self.records = [first_record("a")]
        size = len(self.records[0])
        self.memories = [Restored("a"), Restored("a", sequence=1, record_bytes=size)]

    def add(self, write: Write) -> None:
        before = self.memories[-1]
        log = before.entries
        if write.truncate_from:
            log = log[: write.truncate_from - 1]
        self.records.append(write_record(write.id, write))
        self.memories.append(
            Restored(
                "a",
                write.term,
                write.voted_for,
                [*log, *write.entries],
                write.id,
                record_bytes=sum(map(len, self.records)),
            )
        )


@st.composite
def histories(draw: st.DrawFn) -> History:
    history = History()
    for sequence in range(2, draw(st.integers(2, 9))):
        memory = history.memories[-1]
        term = memory.term + draw(st.integers(0, 2))
        truncate_from = draw(st.integers(0, len(memory.entries)))
        kept = memory.entries[: truncate_from - 1] if truncate_from else memory.entries
        lowest = kept[-1].term if kept else 0
        new = draw(st.lists(st.integers(lowest, max(term, lowest)), max_size=3).map(sorted))
        vote = draw(st.sampled_from([None, "a", "b"]))
        added = entries(new, len(kept) + 1)
        history.add(Write(sequence, term, vote, truncate_from, added, vital=False))
    return history


def damaged(records: Sequence[bytes], number: int) -> list[bytes]:
    """The same with one byte of record ``number`` (from 1) changed."""
    data = bytearray(records[number - 1])
    data[-1] ^= 1
    return [*records[: number - 1], bytes(data), *records[number:]]


def some_records(count: int = 4) -> list[bytes]:
    """A journal with an entry a record."""
    return [
        first_record("a"),
        *(
            write_record(number, Write(number, 1, None, 0, [entry(number - 1, 1)], vital=False))
            for number in range(2, count + 1)
        ),
    ]


def test_an_empty_journal_is_a_new_members() -> None:
    assert restore(Journal([]), "a") == Restored("a", 0, None, [], 0)


def test_the_first_record_names_the_member_and_nothing_else() -> None:
    assert decode_record(first_record("a")) == Identity(1, "a")
    size = len(first_record("a"))
    restored = restore(Journal([first_record("a")]), "a")
    assert restored == Restored("a", sequence=1, record_bytes=size)


def test_a_founder_is_the_only_voter() -> None:
    restored = restore(Journal([first_record("a"), founding_record("a")]), "a")
    assert (restored.term, restored.voted_for, restored.sequence) == (FOUNDING_TERM, None, 2)
    (founding,) = restored.entries
    assert (founding.index, founding.term, founding.kind) == (1, FOUNDING_TERM, CONFIGURATION)
    assert decode_configuration(founding.data) == Configuration.of("a")


def test_one_record_holds_all_of_a_write() -> None:
    new = [entry(3, 5), entry(4, 5)]
    assert decode_record(write_record(9, Write(7, 5, "b", 3, new, vital=True))) == Step(
        9, 5, "b", 3, tuple(new)
    )


@given(histories())
def test_any_prefix_restores_what_the_member_remembered_then(history: History) -> None:
    for count, memory in enumerate(history.memories):
        assert restore(Journal(history.records[:count]), "a") == memory


@given(histories(), st.data())
def test_a_torn_last_record_is_dropped_where_a_storage_can_tear(
    history: History, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(history.records)))
    *whole, last = history.records[:count]
    torn = last[: data.draw(st.integers(0, len(last) - 1))]
    restored = restore(Journal([*whole, torn], may_tear=True), "a")
    assert restored.torn
    restored.torn = False
    assert restored == history.memories[count - 1]


@given(histories(), st.data())
def test_the_same_is_damage_where_a_storage_cannot_tear(
    history: History, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(history.records)))
    *whole, last = history.records[:count]
    torn = last[: data.draw(st.integers(0, len(last) - 1))]
    with pytest.raises(JournalDamaged, match=f"record {count} of {count} is damaged"):
        restore(Journal([*whole, torn]), "a")


@pytest.mark.parametrize("may_tear", [False, True])
@given(history=histories(), data=st.data())
def test_damage_before_the_last_record_is_damage_everywhere(
    may_tear: bool, history: History, data: st.DataObject
) -> None:
    records = [*history.records, *some_records()[-1:]]
    number = data.draw(st.integers(1, len(records) - 1))
    with pytest.raises(JournalDamaged, match=f"record {number} of {len(records)} is damaged"):
        restore(Journal(damaged(records, number), may_tear=may_tear), "a")


def test_a_journal_that_is_not_torn_says_so() -> None:
    assert not restore(Journal(some_records(), may_tear=True), "a").torn


@pytest.mark.parametrize(
    "order,carried",
    [
        ([1, 2, 4], "record 3 of 3 carries number 4"),
        ([1, 2, 2, 3], "record 3 of 4 carries number 2"),
        ([1, 3, 2, 4], "record 2 of 4 carries number 3"),
        ([2, 3, 4], "record 1 of 3 carries number 2"),
        ([1, 1, 2], "record 2 of 3 carries number 1"),
    ],
    ids=["missing", "doubled", "swapped", "no beginning", "two beginnings"],
)
def test_a_record_that_is_missing_or_doubled_is_damage(order: list[int], carried: str) -> None:
    records = some_records()
    with pytest.raises(JournalDamaged, match=f"{carried}: one is missing or doubled"):
        restore(Journal([records[number - 1] for number in order], may_tear=True), "a")


def test_the_last_records_are_missed_by_nobody() -> None:
    # Which is why a storage must not lose them: see `Storage`.
    assert restore(Journal(some_records(4)[:3]), "a").sequence == 3


def test_anothers_journal_is_refused_with_both_names() -> None:
    with pytest.raises(WrongJournal, match="belongs to member b, not to a"):
        restore(Journal([first_record("b")]), "a")


@pytest.mark.parametrize(
    "records,damage",
    [
        ([encode_record(Step(1, 1, None, 0, ()))], "record 1 does not name the member"),
        (
            [first_record("a"), encode_record(Identity(2, "a"))],
            "record 2 names the member, which only the first does",
        ),
        (
            [
                first_record("a"),
                encode_record(Step(2, 5, None, 0, ())),
                encode_record(Step(3, 4, None, 0, ())),
            ],
            "record 3 goes back from term 5 to 4",
        ),
        (
            [first_record("a"), encode_record(Step(2, 1, None, 0, (Entry(2, 1, 1, b""),)))],
            "record 2 does not follow: entries 2 to 2 cannot follow entry 0",
        ),
        (
            [first_record("a"), encode_record(Step(2, 1, None, 0, (Entry(1, 1, 1, b""),), 2))],
            "record 2 commits entries that are not there",
        ),
        (
            [
                first_record("a"),
                encode_record(Step(2, 1, None, 0, (Entry(1, 1, 1, b""),), 1)),
                encode_record(Step(3, 2, None, 1, (Entry(1, 2, 1, b""),))),
            ],
            "record 3 takes back what is committed",
        ),
    ],
)
def test_records_that_do_not_fit_together_are_damage(records: list[bytes], damage: str) -> None:
    with pytest.raises(JournalDamaged, match=damage):
        restore(Journal(records), "a")


def test_a_later_versions_record_is_named_and_never_dropped() -> None:
    records = some_records(3)
    records[2] = sealed(records[2][5:], version=2)
    with pytest.raises(UnsupportedVersion, match="record 3 of 3: it has version 2"):
        restore(Journal(records, may_tear=True), "a")


# --- checkpoints --------------------------------------------------------------------------------

SNAPSHOT = Snapshot(4, 2, 1, Configuration.of("abc"), b"the state")


def a_checkpoint(sequence: int = 7, node_id: str = "a", **changes: Any) -> bytes:
    """Of entry 4; entries 3 to 5 are kept."""
    checkpoint = Checkpoint(0, 3, "b", SNAPSHOT, 2, 1, entries([2, 2, 3], 3), 4)
    return checkpoint_record(sequence, node_id, msgspec.structs.replace(checkpoint, **changes))


def test_a_checkpoint_stands_for_all_records_before_it() -> None:
    record = a_checkpoint()
    assert restore(Journal([], record), "a") == Restored(
        "a",
        3,
        "b",
        entries([2, 2, 3], 3),
        7,
        commit_index=4,
        snapshot=SNAPSHOT,
        base_index=2,
        base_term=1,
        checkpoint_bytes=len(record),
    )


def test_records_follow_a_checkpoint() -> None:
    step = write_record(8, Write(1, 4, None, 5, entries([4, 4], 5), vital=True, commit_index=5))
    restored = restore(Journal([step], a_checkpoint()), "a")
    assert (restored.term, restored.voted_for, restored.sequence) == (4, None, 8)
    assert restored.entries == entries([2, 2, 4, 4], 3)
    assert (restored.snapshot, restored.commit_index) == (SNAPSHOT, 5)
    assert restored.record_bytes == len(step)


@pytest.mark.parametrize(
    "checkpoint,damage",
    [
        (b"all that was before", "its checksum does not fit"),
        (a_checkpoint()[:-1], "its checksum does not fit"),
        (encode_record(Step(7, 3, None, 0, ())), "what stands in the checkpoint's place is none"),
        (a_checkpoint(base_index=3), "the checkpoint's entries do not follow"),
        (a_checkpoint(commit_index=3), "the checkpoint's snapshot does not fit its entries"),
        (a_checkpoint(commit_index=6), "the checkpoint's snapshot does not fit its entries"),
        (a_checkpoint(entries=[]), "the checkpoint's snapshot does not fit its entries"),
        (
            a_checkpoint(snapshot=msgspec.structs.replace(SNAPSHOT, term=1)),
            "the checkpoint's snapshot does not fit its entries",
        ),
    ],
)
def test_a_damaged_checkpoint_is_named(checkpoint: bytes, damage: str) -> None:
    with pytest.raises(JournalDamaged, match=damage):
        restore(Journal([], checkpoint, may_tear=True), "a")


@pytest.mark.parametrize(
    "checkpoint,sentence",
    [
        (
            sealed(a_checkpoint()[5:], version=2),
            "the checkpoint cannot be read: it has version 2",
        ),
        (
            encode_record(CheckpointRecord(7, "a", 3, None, b"a later form", 2, 1, (), 4)),
            "snapshot is of a form this member does not know",
        ),
    ],
)
def test_a_later_versions_checkpoint_is_never_overlooked(checkpoint: bytes, sentence: str) -> None:
    with pytest.raises(UnsupportedVersion, match=sentence):
        restore(Journal([], checkpoint), "a")


def test_anothers_checkpoint_is_refused_with_both_names() -> None:
    with pytest.raises(WrongJournal, match="belongs to member b, not to a"):
        restore(Journal([], a_checkpoint(node_id="b")), "a")


def test_a_record_that_is_missing_behind_a_checkpoint_is_damage() -> None:
    step = write_record(9, Write(1, 4, None, 0, [], vital=True))
    with pytest.raises(JournalDamaged, match="record 1 of 1 carries number 9"):
        restore(Journal([step], a_checkpoint()), "a")


def test_a_checkpoint_among_the_records_is_damage() -> None:
    with pytest.raises(JournalDamaged, match="record 1 of 1 is a checkpoint"):
        restore(Journal([a_checkpoint(8)], a_checkpoint()), "a")


def test_a_founder_that_got_no_further_than_its_name_is_still_one() -> None:
    restored = restore(Journal([first_record("a", founds=True)]), "a")
    assert restored.founds
    assert not restore(Journal([first_record("a")]), "a").founds
    both = Journal([first_record("a", founds=True), founding_record("a")])
    assert not restore(both, "a").founds


# --- what was forgotten -------------------------------------------------------------------------


def step(
    sequence: int, term: int, vote: str | None = None, standing: Standing | None = None
) -> bytes:
    return encode_record(Step(sequence, term, vote, 0, (), standing=standing))


def forgotten(*records: bytes, vital: bytes | None, suspect: bool = True) -> Restored:
    """What a member remembers of these, and of the newest record that was vital."""
    journal = Journal([first_record("a"), *records], suspect=suspect, vital=vital)
    return restore(journal, "a")


def test_who_may_have_forgotten_something_begins_a_new_life() -> None:
    again = forgotten(step(2, 3, "b", Standing(4, False, 1)), vital=None)
    assert (again.term, again.voted_for) == (3, "b")
    assert again.standing == Standing(5, True, 1)


def test_a_clean_stop_is_no_new_life() -> None:
    vital = step(2, 3, "b", Standing(4, True, 1))
    assert forgotten(vital, vital=vital, suspect=False).standing == Standing(4, True, 1)


@pytest.mark.parametrize(
    "kept,vital,term,vote",
    [
        ((3, None), (5, "c"), 5, "c"),
        ((3, None), (3, "c"), 3, "c"),
        ((3, "b"), (3, "b"), 3, "b"),
        ((3, "b"), (4, None), 4, None),
    ],
)
def test_the_newest_vital_record_has_term_and_vote(
    kept: tuple[int, str | None], vital: tuple[int, str | None], term: int, vote: str | None
) -> None:
    again = forgotten(step(2, *kept), vital=step(9, *vital, Standing(1, False, 7)))
    assert (again.term, again.voted_for, again.sequence) == (term, vote, 2)
    assert again.standing == Standing(2, True, 7)


def test_of_its_entries_nothing_counts() -> None:
    vital = encode_record(Step(9, 3, None, 0, (entry(1, 3),)))
    again = forgotten(vital=vital)
    assert (again.term, again.entries, again.standing) == (3, [], Standing(1, True, 0))


def test_a_vital_record_that_names_the_member_says_nothing_else() -> None:
    again = forgotten(step(2, 3, "b"), vital=first_record("a"))
    assert (again.term, again.voted_for) == (3, "b")


def test_a_checkpoint_has_the_standing_too() -> None:
    snapshot = Snapshot(1, 1, 1, Configuration.of("a"), b"")
    kept = Checkpoint(1, 3, "b", snapshot, 1, 1, (), 1, Standing(2, True, 1))
    journal = Journal([], checkpoint_record(7, "a", kept))
    assert restore(journal, "a").standing == Standing(2, True, 1)


def test_what_is_vital_in_a_checkpoint_goes_before_it() -> None:
    snapshot = Snapshot(1, 1, 1, Configuration.of("a"), b"")
    standing = Standing(2, True, 1)
    checkpoint = Checkpoint(1, 3, "b", snapshot, 1, 1, (), 1, standing)
    assert decode_record(vital_record(7, checkpoint)) == Step(7, 3, "b", 0, (), 0, standing)


@pytest.mark.parametrize(
    "vital,error", [(b"nonsense", JournalDamaged), (sealed(b"\x90", 9), UnsupportedVersion)]
)
def test_a_vital_record_that_cannot_be_read_ends_the_start(
    vital: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match="the newest vital record cannot be read"):
        forgotten(vital=vital)


def test_a_journal_that_knows_nothing_of_it_has_forgotten_nothing() -> None:
    class Old:
        records = (first_record("a"),)
        checkpoint = None
        may_tear = False

    assert restore(Old(), "a").standing == Standing()


@pytest.mark.parametrize("term,vote,after", [(0, None, (1, None)), (4, "b", (4, "b"))])
def test_who_begins_its_journal_again_keeps_what_is_vital(
    term: int, vote: str | None, after: tuple[int, str | None]
) -> None:
    records = [first_record("a", founds=True), founding_record("a")]
    standing = Standing(2, True, 7)
    again = begun(records, Restored("a", term, vote, standing=standing))
    assert (again.term, again.voted_for) == after
    assert (again.sequence, len(again.entries), again.standing) == (2, 1, standing)
    assert begun(records, Restored("a")).standing == Standing(configuration_index=1)


def test_a_life_has_a_higher_number_than_any_start_before() -> None:
    again = forgotten(step(2, 3, "b", Standing(2, False, 1, 7)), vital=None)
    assert again.standing == Standing(8, True, 1, 7)
