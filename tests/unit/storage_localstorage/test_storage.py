import pytest

from storage_localstorage import LocalStorage, journal_prefix
from storage_localstorage.errors import (
    InvalidName,
    LocalStorageError,
    StorageAltered,
    StorageClosed,
    StorageDamaged,
    StorageFull,
    StorageRefused,
)
from storage_localstorage.fake import FakeArea, FakeJsError, Missing
from storage_localstorage.packing import is_packed
from tests.unit.storage_localstorage.support import (
    APP,
    MEMBER,
    OTHER_MEMBER,
    PREFIX,
    SESSION,
    Answers,
    append,
    checkpoint,
    fails,
    loaded,
    opened,
    run,
    without_owner,
)

FIRST = f"{PREFIX}r000000000001"


def test_what_was_appended_is_loaded_in_order() -> None:
    area = FakeArea()
    storage = opened(area)
    records = [bytes(range(256)), b"", b"x"]
    assert [append(storage, record) for record in records] == [None] * 3
    assert loaded(area).records == records
    assert loaded(area).checkpoint is None


def test_a_record_is_one_key_and_one_byte_a_code_unit() -> None:
    area = FakeArea()
    storage = opened(area)
    storage.append(b"a\xff", Answers(), vital=True)
    assert without_owner(area) == {FIRST: "a\xff"}


def test_a_later_storage_goes_on_where_the_earlier_ended() -> None:
    area = FakeArea()
    append(opened(area), b"1")
    append(opened(area), b"2")
    assert loaded(area).records == [b"1", b"2"]


def test_a_checkpoint_replaces_all_before_it() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, b"1")
    append(storage, b"2")
    assert checkpoint(storage, b"one") is None
    assert append(storage, b"3") is None
    assert (loaded(area).checkpoint, loaded(area).records) == (b"one", [b"3"])
    again = opened(area)
    append(again, b"4")
    assert checkpoint(again, b"two") is None
    assert (loaded(area).checkpoint, loaded(area).records) == (b"two", [])
    assert list(without_owner(area)) == [f"{PREFIX}checkpoint"]


def test_a_checkpoint_can_come_first() -> None:
    area = FakeArea()
    storage = opened(area)
    assert checkpoint(storage, b"") is None
    append(storage, b"1")
    assert (loaded(area).checkpoint, loaded(area).records) == (b"", [b"1"])


def test_done_may_append() -> None:
    area = FakeArea()
    storage = opened(area)
    answers = Answers()

    def then(error: Exception | None) -> None:
        answers(error)
        storage.append(b"2", answers)

    storage.append(b"1", then)
    assert answers == [None, None]
    assert loaded(area).records == [b"1", b"2"]


def test_what_done_raises_comes_out() -> None:
    def done(error: Exception | None) -> None:
        raise KeyError(error)

    storage = opened(FakeArea())
    with pytest.raises(KeyError):
        storage.append(b"1", done)
    assert append(storage, b"2") is None


def test_what_is_no_record_is_the_callers_error() -> None:
    storage = opened(FakeArea())
    for other in (None, "text", bytearray(b"2")):
        with pytest.raises(TypeError, match="a record is bytes, not"):
            storage.append(other, Answers())  # type: ignore[arg-type]
    assert append(storage, b"1") is None


def test_members_of_one_origin_do_not_meet() -> None:
    area = FakeArea()
    other = journal_prefix(APP, SESSION, OTHER_MEMBER)
    append(opened(area), b"mine")
    append(opened(area, other), b"theirs")
    checkpoint(opened(area, other), b"all theirs")
    assert loaded(area).records == [b"mine"]
    assert loaded(area, other).checkpoint == b"all theirs"


def test_units_are_those_of_the_quota() -> None:
    area = FakeArea()
    storage = opened(area)
    assert storage.units == area.used > 0
    append(storage, b"\xff" * 10)
    assert storage.units == area.used
    checkpoint(storage, b"\x3d\xd8\x00\xde!")
    append(storage, b"")
    assert storage.units == area.used
    assert opened(area).units == area.used


class TestRefusal:
    def test_a_full_storage_keeps_what_it_has_and_takes_no_more(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        area.quota = area.used + 60
        before = dict(area.items)
        refused = append(storage, b"much" * 100)
        assert isinstance(refused, StorageFull)
        assert "is full" in str(refused)
        assert area.items == before
        # This one would fit, and would leave a gap.
        assert append(storage, b"2") is refused
        assert checkpoint(storage, b"") is refused
        assert area.items == before
        # Room comes back, and with a new storage the member does.
        area.quota = 10_000
        assert append(storage, b"2") is refused
        assert append(opened(area), b"3") is None
        assert loaded(area).records == [b"1", b"3"]

    def test_any_other_error_refuses_too(self) -> None:
        area = FakeArea()
        storage = opened(area)
        fails(area, "set", "/r", "UnknownError")
        refused = append(storage, b"1")
        assert isinstance(refused, StorageRefused)
        assert "because" in str(refused)
        area.before_change = None
        assert append(storage, b"2") is refused
        assert loaded(area).records == []

    def test_a_storage_too_full_to_be_taken_over_is_read_nonetheless(self) -> None:
        area = FakeArea(quota=10)
        storage = LocalStorage(area, PREFIX)
        assert run(storage.load()).records == []
        assert isinstance(append(storage, b"1"), StorageFull)
        assert area.items == {}

    def test_an_area_that_cannot_be_read(self) -> None:
        class Closed(FakeArea):
            def key(self, index: int) -> str | Missing:
                raise FakeJsError("SecurityError", f"not you: {index}")

        area = Closed()
        area.setItem("k", "v")
        storage = LocalStorage(area, PREFIX)
        with pytest.raises(StorageRefused, match="not you"):
            run(storage.load())
        assert isinstance(append(storage, b""), StorageClosed)

    def test_a_check_that_fails_refuses(self) -> None:
        area = FakeArea()
        storage = opened(area)
        del area.items  # every access fails now
        assert isinstance(append(storage, b"1"), StorageRefused)

    def test_a_refused_checkpoint_leaves_the_journal_and_ends_it(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        fails(area, "set", "checkpoint")
        refused = checkpoint(storage, b"all")
        assert isinstance(refused, StorageRefused)
        area.before_change = None
        assert append(storage, b"2") is refused
        assert (loaded(area).checkpoint, loaded(area).records) == (None, [b"1"])

    def test_a_checkpoint_is_in_force_though_what_it_covers_cannot_be_removed(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        fails(area, "remove", "/r")
        assert checkpoint(storage, b"all") is None
        assert isinstance(append(storage, b"2"), StorageRefused)
        assert FIRST in area.items
        fails(area, "remove", "nothing")
        assert (loaded(area).checkpoint, loaded(area).records) == (b"all", [])
        assert FIRST not in area.items

    def test_a_load_is_good_though_leftovers_cannot_be_removed(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        fails(area, "remove", "/r")
        checkpoint(storage, b"all")
        storage = LocalStorage(area, PREFIX)
        assert run(storage.load()).checkpoint == b"all"
        assert isinstance(append(storage, b"2"), StorageRefused)


class TestRoom:
    """A checkpoint that does not fit beside what it replaces."""

    def full(self, records: int = 40, size: int = 100) -> tuple[FakeArea, LocalStorage]:
        area = FakeArea()
        storage = opened(area)
        for number in range(records):
            append(storage, bytes([number]) * size)
        area.quota = area.used
        return area, storage

    def test_records_are_packed_until_it_fits(self) -> None:
        area, storage = self.full()
        steps: list[tuple[str, str]] = []
        area.before_change = lambda *step: steps.append(step)
        assert checkpoint(storage, b"\xff" * 1000) is None
        assert loaded(area).checkpoint == b"\xff" * 1000
        packed = [key for operation, key in steps if operation == "set" and "/r" in key]
        # 501 code units, 12 digits and a key are wanted; each record of 100 bytes gives 49
        assert len(packed) == -(-(501 + 12 + len(f"{PREFIX}checkpoint")) // 49)
        assert storage.units == len(f"{PREFIX}owner1 0123456789abcdef") + 501 + 12 + len(
            f"{PREFIX}checkpoint"
        )

    def test_packed_records_are_the_same_records(self) -> None:
        area, storage = self.full()
        before = loaded(area).records
        storage = opened(area)
        fails(area, "set", "checkpoint", "QuotaExceededError")
        assert isinstance(checkpoint(storage, b"\xff" * 1000), StorageFull)
        assert any(map(is_packed, area.items.values()))
        assert storage.units == area.used
        area.before_change = None
        assert loaded(area).records == before
        storage = opened(area)
        assert storage.units == area.used
        assert append(storage, b"more") is None
        # A second attempt packs only what is not packed yet.
        assert checkpoint(storage, b"\xff" * 1900) is None
        assert loaded(area).checkpoint == b"\xff" * 1900

    def test_it_takes_the_place_of_the_last_checkpoint(self) -> None:
        area = FakeArea()
        storage = opened(area)
        checkpoint(storage, b"a" * 1000)
        append(storage, b"1" * 50)
        area.quota = area.used
        assert checkpoint(storage, b"b" * 1000) is None
        assert loaded(area).checkpoint == b"b" * 1000
        assert loaded(area).records == []

    def test_what_never_fits_is_refused_and_all_is_intact(self) -> None:
        area, storage = self.full()
        before = loaded(area).records
        storage = opened(area)
        refused = checkpoint(storage, b"\xff" * 20_000)
        assert isinstance(refused, StorageFull)
        assert append(storage, b"") is refused
        assert (loaded(area).checkpoint, loaded(area).records) == (None, before)

    def test_records_that_packing_does_not_shorten_stay_plain(self) -> None:
        area, storage = self.full(size=3)
        before = {key: value for key, value in area.items.items() if "/r" in key}
        assert isinstance(checkpoint(storage, b"\xff" * 1000), StorageFull)
        assert before.items() <= area.items.items()

    def test_a_record_that_is_gone_is_noticed(self) -> None:
        area, storage = self.full()
        area.removeItem(FIRST)
        refused = checkpoint(storage, b"\xff" * 1000)
        assert isinstance(refused, StorageDamaged)
        assert FIRST in str(refused)
        assert append(storage, b"") is refused


class TestOthers:
    """Someone else writes while we live."""

    def test_a_cleared_storage_is_noticed(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        area.clear()
        refused = append(storage, b"2")
        assert isinstance(refused, StorageAltered)
        assert "was removed" in str(refused)
        assert append(storage, b"3") is refused
        assert area.items == {}

    def test_a_cleared_storage_gets_no_checkpoint(self) -> None:
        area = FakeArea()
        storage = opened(area)
        area.clear()
        assert isinstance(checkpoint(storage, b"all"), StorageAltered)
        assert area.items == {}

    def test_the_last_one_to_load_writes_on(self) -> None:
        area = FakeArea()
        early, late = opened(area), opened(area)
        assert append(late, b"1") is None
        refused = append(early, b"2")
        assert isinstance(refused, StorageAltered)
        assert "Another window" in str(refused)
        assert checkpoint(opened(area), b"all") is None
        assert isinstance(append(late, b"2"), StorageAltered)
        assert loaded(area).checkpoint == b"all"

    def test_damage_is_not_taken_over(self) -> None:
        area = FakeArea()
        append(opened(area), b"1")
        area.setItem(FIRST, "\u20ac")
        before = dict(area.items)
        storage = LocalStorage(area, PREFIX)
        with pytest.raises(StorageDamaged):
            run(storage.load())
        assert isinstance(append(storage, b"2"), StorageClosed)
        assert area.items == before


class TestUse:
    def test_the_prefix_must_be_one(self) -> None:
        with pytest.raises(InvalidName):
            LocalStorage(FakeArea(), f"raft/{APP}/{SESSION}/{MEMBER}")

    def test_nothing_is_written_before_it_is_loaded(self) -> None:
        area = FakeArea()
        storage = LocalStorage(area, PREFIX)
        assert isinstance(append(storage, b"1"), StorageClosed)
        assert isinstance(checkpoint(storage, b"1"), StorageClosed)
        assert area.items == {}
        run(storage.load())
        assert append(storage, b"1") is None

    def test_nothing_is_written_after_it_was_closed(self) -> None:
        area = FakeArea()
        storage = opened(area)
        append(storage, b"1")
        run(storage.close())
        run(storage.close())
        assert isinstance(append(storage, b"2"), StorageClosed)
        assert isinstance(checkpoint(storage, b"2"), StorageClosed)
        assert loaded(area).records == [b"1"]

    @pytest.mark.parametrize("close", [False, True])
    def test_it_loads_once(self, close: bool) -> None:
        storage = LocalStorage(FakeArea(), PREFIX)
        run(storage.close() if close else storage.load())
        with pytest.raises(RuntimeError, match="make a new one"):
            run(storage.load())

    def test_every_refusal_is_an_error_of_this_package(self) -> None:
        assert isinstance(append(LocalStorage(FakeArea(), PREFIX), b""), LocalStorageError)

    def test_damage_is_told_without_a_cause_of_its_own(self) -> None:
        area = FakeArea()
        area.setItem(FIRST, "x")
        with pytest.raises(StorageDamaged) as raised:
            run(LocalStorage(area, PREFIX).load())
        assert raised.value.__cause__ is None


def test_a_word_left_at_the_end_comes_back_with_the_journal_that_it_was_left_with() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, b"one")
    storage.stop("start 7, in order")
    assert loaded(area).mark == "start 7, in order"
    assert loaded(area).mark is None, "whoever loads it runs, and has not stopped"


def test_a_word_does_not_come_back_with_another_journal() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, b"one")
    before = dict(area.items)
    append(storage, b"two")
    storage.stop("start 7")
    owner = {key: value for key, value in area.items.items() if key.endswith("/owner")}
    area.items = {**before, **owner}
    assert loaded(area).mark is None


def test_after_the_word_nothing_is_written() -> None:
    area = FakeArea()
    storage = opened(area)
    storage.stop("start 7")
    assert isinstance(append(storage, b"late"), StorageClosed)
    assert storage.problem is not None
    checkpoint(storage, b"late")
    storage.stop("start 8")
    assert loaded(area).mark == "start 7"


def test_a_storage_that_refuses_writes_leaves_no_word() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, b"one")
    fails(area, "set", "owner")
    storage.stop("start 7")
    assert isinstance(storage.problem, StorageRefused)
    area.before_change = None
    assert loaded(area).mark is None
    taken_over = opened(area)
    opened(area)
    taken_over.stop("start 8")
    assert loaded(area).mark is None
