"""A majority is gone for ever: a new cluster from one survivor, and what the old members meet."""

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from raft_core.codec import Standing, Step, decode_record, encode_record
from raft_core.errors import (
    JournalDamaged,
    RecoveryRefused,
    StorageFailed,
    WrongJournal,
)
from raft_core.interfaces import Journal
from raft_core.journal import first_record, founding_record
from raft_core.keyvalue import Put
from raft_core.memory import MemoryNetwork, MemoryStorage
from raft_core.recovery import recover_from_survivor, survey
from raft_core.types import Role, next_generation
from tests.unit.raft_core.changes import of
from tests.unit.raft_core.cluster import (
    A,
    B,
    C,
    Member,
    eventually,
    items,
    member,
    three,
)
from tests.unit.raft_core.support import configured

D, E = "d" * 16, "e" * 16
NEW = next_generation(3)


async def stored(storage: MemoryStorage, *records: bytes) -> MemoryStorage:
    await storage.load()
    for record in records:
        storage.append(record, lambda error: None)
    await storage.close()
    return storage


async def three_lives() -> list[MemoryStorage]:
    """The storages of three voters that were stopped after a write."""
    storages = [MemoryStorage() for _ in range(3)]
    async with three(storages) as members:
        await members[0].propose(Put("k", "v"))
        await eventually(lambda: all(items(one) == {"k": "v"} for one in members))
    return storages


# --- before --------------------------------------------------------------------------------------


async def test_a_survey_says_what_a_survivor_has_and_changes_nothing() -> None:
    *_, storage = await three_lives()
    records = list(storage.records)
    survivor = await survey(storage, C)
    assert (survivor.node_id, survivor.voters, survivor.gone) == (C, (A, B, C), (A, B))
    assert survivor.known_committed <= survivor.last_index
    assert storage.records == records
    recovery = await recover_from_survivor(storage, C, others_are_gone_for_ever=True)
    assert (recovery.last_index, recovery.gone) == (survivor.last_index, survivor.gone)
    assert recovery.not_known_committed == survivor.last_index - survivor.known_committed


async def test_a_survey_of_two_survivors_says_who_has_more() -> None:
    def having(term: int) -> bytes:
        return encode_record(Step(2, 5, None, 0, (configured(1, 1), configured(2, term))))

    less = await stored(MemoryStorage(), first_record(A), having(3))
    more = await stored(MemoryStorage(), first_record(A), having(4))
    one, other = await survey(less, A), await survey(more, A)
    assert (one.last_term, one.last_index) < (other.last_term, other.last_index) == (4, 2)


async def test_a_survey_where_nothing_can_be_recovered_is_refused() -> None:
    storage = await stored(MemoryStorage(), first_record(A))
    with pytest.raises(RecoveryRefused, match="was never in a cluster"):
        await survey(storage, A)


# --- the survivor ---------------------------------------------------------------------------------


async def test_the_survivor_goes_on_with_all_it_has_and_new_members_join() -> None:
    *_, storage = await three_lives()
    recovery = await recover_from_survivor(storage, C, others_are_gone_for_ever=True)
    assert (recovery.node_id, recovery.generation, recovery.gone) == (C, 1, (A, B))
    network = MemoryNetwork()
    async with member(C, storage=storage, network=network) as survivor:
        assert await survivor.propose(Put("k", "w")) == "v"
        assert survivor.status().voters == (C,)
        assert survivor.status().generation == 1
        async with member(D, network=network) as d, member(E, network=network) as e:
            await eventually(lambda: len(survivor.status().voters) == 3)
            await eventually(lambda: items(d) == items(e) == {"k": "w"})
            assert await d.propose(Put("k", "x")) == "w"


async def test_it_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    *_, storage = await three_lives()
    with caplog.at_level(logging.WARNING, logger="raft_core"):
        await recover_from_survivor(storage, C, others_are_gone_for_ever=True)
    assert f"member {C} is the only voter of generation 1; {A}, {B} must never" in caplog.text


async def test_it_happens_only_to_who_says_what_it_means() -> None:
    *_, storage = await three_lives()
    before = list(storage.records)
    with pytest.raises(RecoveryRefused, match="others_are_gone_for_ever=True"):
        await recover_from_survivor(storage, C, others_are_gone_for_ever=False)
    assert storage.records == before


@pytest.mark.parametrize(
    "records,sentence",
    [
        ([], "was never in a cluster"),
        ([first_record(A)], "was never in a cluster"),
        ([first_record(A), founding_record(A)], "the only voter already"),
    ],
)
async def test_without_anything_to_recover_nothing_is_changed(
    records: list[bytes], sentence: str
) -> None:
    storage = await stored(MemoryStorage(), *records)
    with pytest.raises(RecoveryRefused, match=sentence):
        await recover_from_survivor(storage, A, others_are_gone_for_ever=True)
    assert storage.records == records


async def test_a_member_that_was_removed_is_no_survivor() -> None:
    without = replace(of([B, C]), excluded=(A,))
    record = encode_record(Step(3, 1, None, 0, (configured(2, 1, without),)))
    storage = await stored(MemoryStorage(), first_record(A), founding_record(A), record)
    with pytest.raises(RecoveryRefused, match="was removed from the cluster"):
        await recover_from_survivor(storage, A, others_are_gone_for_ever=True)


async def test_what_is_damaged_of_somebody_else_or_full_is_refused_as_ever() -> None:
    storage, other, full = await three_lives()
    storage.records[1] = b"x"
    with pytest.raises(JournalDamaged):
        await recover_from_survivor(storage, A, others_are_gone_for_ever=True)
    with pytest.raises(WrongJournal):
        await recover_from_survivor(other, A, others_are_gone_for_ever=True)
    full.quota = full.size
    with pytest.raises(StorageFailed, match="took no record"):
        await recover_from_survivor(full, C, others_are_gone_for_ever=True)


async def test_a_torn_last_record_is_dropped_and_the_next_takes_its_place() -> None:
    *_, storage = await three_lives()
    storage.may_tear = True
    storage.records[-1] = storage.records[-1][:-1]
    await recover_from_survivor(storage, C, others_are_gone_for_ever=True)
    async with member(C, storage=storage) as survivor:
        await eventually(lambda: survivor.status().role is Role.LEADER)


async def test_it_can_be_done_once_more() -> None:
    *_, storage = await three_lives()
    await recover_from_survivor(storage, C, others_are_gone_for_ever=True)
    network = MemoryNetwork()
    new = MemoryStorage()
    async with (
        member(C, storage=storage, network=network) as survivor,
        member(D, storage=new, network=network),
        member(E, network=network),
    ):
        await eventually(lambda: len(survivor.status().voters) == 3)
        await eventually(lambda: survivor.status().settled)
        await survivor.propose(Put("k", "w"))
    recovery = await recover_from_survivor(new, D, others_are_gone_for_ever=True)
    assert (recovery.generation, recovery.gone) == (2, (C, E))


# --- the old members, if they come back all the same ----------------------------------------------


async def test_old_members_that_come_back_are_told_that_they_are_out() -> None:
    a, b, c = await three_lives()
    await recover_from_survivor(c, C, others_are_gone_for_ever=True)
    network = MemoryNetwork()
    async with AsyncExitStack() as stack:

        async def enter(name: str, storage: MemoryStorage) -> Member:
            one = member(name, storage=storage, network=network)
            return await stack.enter_async_context(one)

        survivor = await enter(C, c)
        d, e = await enter(D, MemoryStorage()), await enter(E, MemoryStorage())
        await eventually(lambda: len(survivor.status().voters) == 3)
        await survivor.propose(Put("k", "new"))
        for name in (A, B):
            for peer in (C, D, E):
                network.disconnect(name, peer)
        old = [await enter(A, a), await enter(B, b)]
        # Among themselves they are a majority, and write: that cannot be helped.
        await eventually(lambda: any(one.status().role is Role.LEADER for one in old))
        await old[0].propose(Put("k", "of the old cluster"))
        for name in (A, B):
            for peer in (C, D, E):
                network.connect(name, peer)
        await eventually(lambda: all(one.status().removed for one in old))
        assert await d.propose(Put("k", "newer")) == "new"
        await eventually(lambda: items(survivor) == items(d) == items(e) == {"k": "newer"})
        assert {one.status().generation for one in (survivor, d, e)} == {1}


# --- a survivor that may have forgotten something -------------------------------------------------


class Forgetful(MemoryStorage):
    """Says so until a vital record comes."""

    def __init__(self) -> None:
        super().__init__()
        self.suspect = False

    async def load(self) -> Journal:
        journal = await super().load()
        journal.suspect = self.suspect
        return journal

    def append(
        self, record: bytes, done: Callable[[Exception | None], None], *, vital: bool = False
    ) -> None:
        self.suspect = self.suspect and not vital
        super().append(record, done, vital=vital)


async def test_a_survey_says_that_a_survivor_may_have_had_more_and_the_doubt_stays() -> None:
    storage = Forgetful()
    learners = encode_record(Step(3, 1, None, 0, (configured(2, 1, of([A], [B])),)))
    await stored(storage, first_record(A), founding_record(A), learners)
    storage.suspect = True
    for _ in range(2):
        assert (await survey(storage, A)).suspect


async def test_the_survivor_goes_on_counting_its_starts() -> None:
    """Else peers would take its next start for an older one, and hear it no more."""
    standing = Standing(2, True, 1, 7, nonces=("a", "b"), copied=True)
    others = encode_record(Step(3, 1, None, 0, (configured(2, 1),), standing=standing))
    storage = await stored(MemoryStorage(), first_record(A), founding_record(A), others)
    await recover_from_survivor(storage, A, others_are_gone_for_ever=True)
    last = decode_record(storage.records[-1])
    assert isinstance(last, Step)
    assert last.standing == Standing(2, False, 3, 7, nonces=("a", "b"))


async def test_the_last_voter_goes_on_when_a_person_says_so() -> None:
    storage = Forgetful()
    learners = encode_record(Step(3, 1, None, 0, (configured(2, 1, of([A], [B])),)))
    await stored(storage, first_record(A), founding_record(A), learners)
    storage.suspect = True
    recovery = await recover_from_survivor(storage, A, others_are_gone_for_ever=True)
    assert (recovery.gone, recovery.generation) == ((B,), 1)
    last = decode_record(storage.records[-1])
    assert isinstance(last, Step)
    assert last.standing == Standing(1, False, 3)
    async with member(A, storage=storage) as survivor:
        await eventually(lambda: survivor.status().role is Role.LEADER)
        assert not survivor.status().suspect
