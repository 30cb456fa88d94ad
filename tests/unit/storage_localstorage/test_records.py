"""Records in an area that is not JavaScript's; `tests/browser/storage` has those of pages."""

import pytest

from storage_localstorage.fake import FakeArea, FakeJsError
from storage_localstorage.keys import OWNER, record_name
from storage_localstorage.records import Records, records_of
from tests.unit.storage_localstorage.support import PREFIX


def owned(area: FakeArea) -> Records:
    area.setItem(PREFIX + OWNER, "token")
    return records_of(area, PREFIX, "token")


def test_a_record_is_kept_byte_for_byte_under_its_number() -> None:
    area = FakeArea()
    assert owned(area).append(7, bytes(range(256)))
    text = area.getItem(PREFIX + record_name(7))
    assert isinstance(text, str)
    assert text.encode("latin-1") == bytes(range(256))


@pytest.mark.parametrize("there", ["another token", ""])
def test_without_its_token_nothing_is_stored(there: str) -> None:
    area = FakeArea()
    records = owned(area)
    area.setItem(PREFIX + OWNER, there)
    if not there:
        area.removeItem(PREFIX + OWNER)
    before = dict(area.items)
    assert not records.append(1, b"x")
    assert area.items == before


def test_what_the_area_raises_goes_on_to_the_caller() -> None:
    area = FakeArea()
    records = owned(area)
    area.quota = area.used
    with pytest.raises(FakeJsError):
        records.append(1, b"x")


def test_only_records_from_the_first_to_the_last_are_removed() -> None:
    area = FakeArea()
    records = owned(area)
    for sequence in range(1, 6):
        records.append(sequence, b"x")
    records.remove(2, 4)
    kept = {PREFIX + OWNER, PREFIX + record_name(1), PREFIX + record_name(5)}
    assert set(area.items) == kept
    records.remove(3, 2)
    assert set(area.items) == kept
