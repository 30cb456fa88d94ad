import pytest

from storage_indexeddb import Kept, VitalPlace
from storage_indexeddb.errors import StorageAltered, StorageDamaged, StorageFull
from storage_indexeddb.fake import FakeIndexedDb, FakePage, fake_browser
from storage_indexeddb.fake_javascript import FakeJsError, FakeUint8Array
from storage_indexeddb.journal import Checkpoint, Records, encode_block
from tests.unit.storage_indexeddb.support import VITAL_NAME, Answers, settled


async def kept(databases: FakeIndexedDb) -> Kept:
    """What a next life finds."""
    place = VitalPlace(fake_browser(databases), VITAL_NAME)
    try:
        return await place.load()
    finally:
        await place.close()


async def test_a_new_place_holds_nothing() -> None:
    assert await kept(FakeIndexedDb()) == Kept(0, None)


async def test_the_newest_record_and_the_last_start_are_kept() -> None:
    databases = FakeIndexedDb()
    for start in (1, 2, 3):
        place = VitalPlace(fake_browser(databases), VITAL_NAME)
        await place.load()
        await place.begin(start)
        answers: Answers = []
        for number in range(start):
            place.put(b"vote %d of %d" % (number, start), answers.append)
        await place.close()
        assert answers == [None] * start
        assert await kept(databases) == Kept(start, b"vote %d of %d" % (start - 1, start))


async def test_a_start_keeps_the_record_of_the_one_before() -> None:
    databases = FakeIndexedDb()
    for _ in range(2):
        place = VitalPlace(fake_browser(databases), VITAL_NAME)
        if (await place.load()).start == 0:
            await place.begin(1)
            answers: Answers = []
            place.put(b"vote", answers.append)
        else:
            await place.begin(2)
        await place.close()
    assert await kept(databases) == Kept(2, b"vote")


async def test_what_was_begun_and_put_survives_a_loss_of_power() -> None:
    databases = FakeIndexedDb()
    place = VitalPlace(fake_browser(databases), VITAL_NAME)
    await place.load()
    await place.begin(1)
    answers: Answers = []
    place.put(b"vote", answers.append)
    await settled(databases)
    assert answers == [None]
    databases.lose_power()
    assert await kept(databases) == Kept(1, b"vote")


async def test_only_the_newest_lies_there() -> None:
    databases = FakeIndexedDb()
    place = VitalPlace(fake_browser(databases), VITAL_NAME)
    await place.load()
    for number in range(20):
        place.put(b"vote %d" % number, lambda _: None)
        await settled(databases)
    # with the head, and the first number, which stays taken
    assert sorted(databases.stored[VITAL_NAME].data) == [0, 1, 20]
    assert len(databases.stored[VITAL_NAME].data[1]) < 10


async def test_two_windows_cannot_both_begin() -> None:
    databases = FakeIndexedDb()
    places = [VitalPlace(fake_browser(databases), VITAL_NAME) for _ in range(2)]
    for place in places:
        await place.load()
    await places[0].begin(1)
    with pytest.raises(StorageAltered):
        await places[1].begin(2)


async def test_of_two_windows_the_one_that_began_later_puts_nothing() -> None:
    databases = FakeIndexedDb()
    place, other = (VitalPlace(fake_browser(databases), VITAL_NAME) for _ in range(2))
    await place.load()
    await other.load()
    await place.begin(1)
    answers: Answers = []
    place.put(b"vote", answers.append)
    await settled(databases)
    with pytest.raises(StorageAltered):
        await other.begin(2)
    assert answers == [None]
    assert await kept(databases) == Kept(1, b"vote")


async def test_a_full_place_says_so() -> None:
    databases = FakeIndexedDb()
    page = FakePage(databases)
    place = VitalPlace(page.browser, VITAL_NAME)
    await place.load()
    databases.fail_next = FakeJsError("QuotaExceededError")
    answers: Answers = []
    place.put(b"vote", answers.append)
    with pytest.raises(StorageFull):
        await place.begin(1)
    assert isinstance(answers[0], StorageFull)
    await place.close()
    assert page.proxies == set()


async def test_it_is_told_of_a_loss() -> None:
    databases = FakeIndexedDb()
    losses: list[Exception] = []
    place = VitalPlace(fake_browser(databases), VITAL_NAME, lost=losses.append)
    await place.load()
    databases.evict(VITAL_NAME)
    assert len(losses) == 1


@pytest.mark.parametrize(
    "block, message",
    [
        (Records(1, 0, [b"record"]), "there are records in it"),
        (Checkpoint(1, b"noise"), "its content is strange"),
    ],
)
async def test_what_no_place_wrote_is_damage(block: Records | Checkpoint, message: str) -> None:
    databases = FakeIndexedDb()
    await kept(databases)
    databases.stored[VITAL_NAME].data[1] = FakeUint8Array(encode_block(block))
    with pytest.raises(StorageDamaged, match=message):
        await kept(databases)
