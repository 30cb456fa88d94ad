import pytest

from storage_localstorage.errors import StorageDamaged
from storage_localstorage.fake import FakeArea, Missing
from storage_localstorage.journal import decode_record, encode_checkpoint, read_journal
from storage_localstorage.packing import pack
from tests.unit.storage_localstorage.support import PREFIX


def area_with(**items: str) -> FakeArea:
    """An area with a journal of these keys and values, and an owner unless one is given."""
    area = FakeArea()
    for name, value in ({"owner": "1 x"} | items).items():
        area.setItem(PREFIX + name, value)
    return area


R1, R2, R3, R4 = (f"r{number:012d}" for number in range(1, 5))


def test_an_empty_area_is_an_empty_journal() -> None:
    found = read_journal(FakeArea(), PREFIX)
    assert (found.journal.records, found.journal.checkpoint) == ([], None)
    assert (found.first, found.last, found.units) == (1, 0, 0)


def test_an_owner_alone_is_an_empty_journal() -> None:
    found = read_journal(area_with(), PREFIX)
    assert (found.journal.records, found.first, found.last) == ([], 1, 0)


def test_records_come_in_the_order_of_their_numbers() -> None:
    area = area_with(
        **{R2: "b\xff", R3: pack(b"packed"), R1: "", "checkpoint": encode_checkpoint(0, b"c")}
    )
    found = read_journal(area, PREFIX)
    assert found.journal.records == [b"", b"b\xff", b"packed"]
    assert found.journal.checkpoint == b"c"
    assert not found.journal.may_tear
    assert (found.first, found.last) == (1, 3)


def test_records_that_the_checkpoint_covers_are_passed_over() -> None:
    # Number 1 is gone already and 2 is not: what a crash leaves that came right after `setItem`.
    area = area_with(
        **{"checkpoint": encode_checkpoint(2, b"c"), R2: "\u20ac", R3: "three", R4: "four"}
    )
    found = read_journal(area, PREFIX)
    assert found.journal.checkpoint == b"c"
    assert found.journal.records == [b"three", b"four"]
    assert (found.first, found.last) == (3, 4)
    assert found.superseded == [PREFIX + R2]


def test_an_empty_checkpoint_is_one() -> None:
    found = read_journal(area_with(checkpoint=encode_checkpoint(7, b"")), PREFIX)
    assert found.journal.checkpoint == b""
    assert (found.first, found.last) == (8, 7)


def test_neighbours_are_not_ours() -> None:
    area = FakeArea()
    area.setItem(PREFIX[:-1] + "0/" + R1, "longer id")
    area.setItem("x" + PREFIX + R1, "longer prefix")
    assert read_journal(area, PREFIX).journal.records == []


@pytest.mark.parametrize(
    "items,key,what",
    [
        ({R1: "a", R3: "c"}, R2, "missing, and later ones are there"),
        ({R2: "b"}, R1, "missing"),
        ({"checkpoint": encode_checkpoint(2, b""), R4: "d"}, R3, "missing"),
        ({R1: "\u20ac"}, R1, "not what a member writes"),
        ({R1: "\u0101\u0101"}, R1, "not what a member writes"),
        ({"checkpoint": "000000000001"}, "checkpoint", "not what a member writes"),
        ({"checkpoint": "1" + pack(b"x")}, "checkpoint", "not what a member writes"),
        (
            {"checkpoint": "00000000000\u0663" + pack(b"x")},
            "checkpoint",
            "not what a member writes",
        ),
        ({"checkpoint": "000000000001\u20ac"}, "checkpoint", "not what a member writes"),
        ({R1: "a", "r1": "b"}, "r1", "no key of a journal"),
        ({"r000000000000": "b"}, "r000000000000", "no key of a journal"),
        ({"notes": "b"}, "notes", "no key of a journal"),
        ({"owner": "2 x", R1: "a"}, "owner", "of format '2', and this program reads '1'"),
        ({"owner": "", R1: "a"}, "owner", "of format ''"),
    ],
)
def test_damage_is_named_and_nothing_changes(items: dict[str, str], key: str, what: str) -> None:
    area = area_with(**items)
    before = dict(area.items)
    with pytest.raises(StorageDamaged) as raised:
        read_journal(area, PREFIX)
    message = str(raised.value)
    assert f"at the key {PREFIX}{key}: " in message
    assert what in message
    assert "clear its storage" in message
    assert area.items == before


def test_a_journal_without_an_owner_was_removed_in_part() -> None:
    area = area_with(**{R1: "a"})
    area.removeItem(PREFIX + "owner")
    with pytest.raises(StorageDamaged, match=r"owner: it is missing, so .* removed in part"):
        read_journal(area, PREFIX)


def test_a_value_that_is_gone_when_it_is_read() -> None:
    with pytest.raises(StorageDamaged, match="at the key k: it is missing"):
        decode_record("k", Missing())


@pytest.mark.parametrize("name", ["checkpoint", R1])
def test_a_key_that_goes_while_the_journal_is_read(name: str) -> None:
    class Fleeting(FakeArea):
        def getItem(self, key: str) -> str | Missing:  # noqa: N802
            return Missing() if key.endswith(name) else super().getItem(key)

    area = Fleeting()
    area.items = area_with(**{R1: "a", "checkpoint": encode_checkpoint(0, b"c")}).items
    with pytest.raises(StorageDamaged, match=f"{name}: it is missing"):
        read_journal(area, PREFIX)


def test_units_are_those_of_the_quota() -> None:
    area = area_with(
        **{R3: "abc", R4: pack(b"\x3d\xd8\x00\xde"), "checkpoint": encode_checkpoint(2, b"1234")}
    )
    found = read_journal(area, PREFIX)
    owner = len(PREFIX + "owner" + "1 x")
    assert found.units == area.used - owner
    assert found.checkpoint_units == len(PREFIX + "checkpoint") + 12 + 3
