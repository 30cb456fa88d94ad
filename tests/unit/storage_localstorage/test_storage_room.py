"""How much room there is, and whether a checkpoint fits: counted, not tried."""

from storage_localstorage import journal_prefix
from storage_localstorage.area import QUOTA
from storage_localstorage.errors import StorageFull
from storage_localstorage.fake import FakeArea
from storage_localstorage.packing import is_packed
from tests.unit.storage_localstorage.support import (
    APP,
    MEMBER,
    OTHER_SESSION,
    append,
    checkpoint,
    fails,
    opened,
)


def test_room_is_what_others_and_the_journal_leave_of_the_quota() -> None:
    area = FakeArea()
    area.setItem("theirs", "x" * 1000)
    storage = opened(area)
    append(storage, b"r" * 500)
    assert storage.room() == QUOTA - len("theirs") - 1000 - storage.units
    before = storage.room()
    append(storage, b"r" * 500)
    assert before - storage.room() >= 500


def test_room_gets_less_by_what_another_window_of_the_origin_stores() -> None:
    area = FakeArea()
    one, other = opened(area), opened(area, journal_prefix(APP, OTHER_SESSION, MEMBER))
    before = one.room()
    for _ in range(30):
        append(other, bytes(100_000))
    for _ in range(11):
        append(one, bytes(100_000))
    assert before - one.room() > 4_100_000


def test_a_checkpoint_fits_if_it_does_beside_packed_records() -> None:
    area = FakeArea()
    storage = opened(area)
    for _ in range(30):
        append(storage, bytes(100_000))
    size = 2 * (QUOTA - storage.units // 2) - 5000
    assert storage.takes_checkpoint(size)
    assert not storage.takes_checkpoint(size + 10_000)
    assert checkpoint(storage, bytes(size)) is None
    assert storage.takes_checkpoint(size + 1000)


def test_records_that_are_packed_already_make_no_more_room_for_a_checkpoint() -> None:
    """A crash came, or the refusal of a checkpoint, after they were packed."""
    area = FakeArea()
    storage = opened(area)
    for _ in range(30):
        append(storage, bytes(100_000))
    fails(area, "set", "checkpoint", "QuotaExceededError")
    assert isinstance(checkpoint(storage, bytes(1_000_000)), StorageFull)
    area.before_change = None
    stored = dict(area.items)
    assert 0 < sum(map(is_packed, stored.values())) < 30
    # The largest that it says fits.
    size = 2 * QUOTA
    storage = opened(area)
    while not storage.takes_checkpoint(size):
        size -= 1000
    assert checkpoint(storage, bytes(size)) is None
    area.items = stored
    assert isinstance(checkpoint(opened(area), bytes(size + 10_000)), StorageFull)


def test_a_checkpoint_makes_room_of_what_was_packed_before_it() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, bytes(3_000_000))
    assert checkpoint(storage, bytes(5_000_000)) is None
    append(storage, bytes(100_000))
    size = 2 * QUOTA - 110_000
    assert storage.takes_checkpoint(size)
    assert checkpoint(storage, bytes(size)) is None
