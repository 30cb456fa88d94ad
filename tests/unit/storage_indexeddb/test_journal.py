import pytest

from storage_indexeddb.errors import StorageDamaged
from storage_indexeddb.journal import Block, Checkpoint, Records, encode_block, read_blocks


def found(*blocks: Block) -> tuple[bytes | None, list[bytes], int, bool]:
    read = read_blocks("the name", [encode_block(block) for block in blocks])
    return read.journal.checkpoint, list(read.journal.records), read.last, read.refused


def test_blocks_are_put_together() -> None:
    assert found() == (None, [], 0, False)
    assert found(Records(1, 0, [b"a", b"b"]), Records(3, 2, [b"c"])) == (
        None,
        [b"a", b"b", b"c"],
        3,
        False,
    )


def test_a_checkpoint_comes_first_and_is_numbered_too() -> None:
    assert found(Checkpoint(7, b"sum"), Records(8, 6, [b"a"])) == (b"sum", [b"a"], 8, False)


def test_what_another_window_had_under_way_when_it_was_refused_is_left_out() -> None:
    """What it wrote before that was refused, since ours was there."""
    before, first = Records(1, 0, [b"a"], writer=1), Records(2, 1, [b"b", b"c"], writer=2)
    last = Records(4, 3, [b"d"], writer=2)
    for others in (Records(4, 1, [b"refused"], writer=3), Records(5, 1, [b"refused"], writer=1)):
        assert found(before, first, others) == (None, [b"a", b"b", b"c"], 3, True)
    inside = Records(3, 1, [b"refused"], writer=3)
    assert found(before, first, inside, last) == (None, [b"a", b"b", b"c", b"d"], 4, True)
    checkpoint = Checkpoint(3, b"sum", writer=2)
    assert found(checkpoint, Records(4, 1, [b"refused"], writer=3)) == (b"sum", [], 3, True)


def test_nothing_before_the_newest_checkpoint_is_in_force() -> None:
    after = (Checkpoint(9, b"sum"), Records(10, 9, [b"a"]))
    for before in ((Checkpoint(4, b""),), (Records(4, 3, [b"late"]), Records(7, 4, [b"later"]))):
        assert found(*before, *after) == (b"sum", [b"a"], 10, False)
    assert found(Checkpoint(1, b""), Checkpoint(2, b"sum")) == (b"sum", [], 2, False)


def test_what_nobody_was_told_of_is_left_out() -> None:
    assert found(Records(1, 0, [b"a"]), Records(4, 1, [b"c"]), Records(5, 1, [b"d"])) == (
        None,
        [b"a"],
        1,
        True,
    )
    assert found(Records(3, 0, [b"c"])) == (None, [], 0, True)


@pytest.mark.parametrize(
    "blocks",
    [
        (Records(1, 0, [b"a"]), Records(3, 2, [b"c"])),
        (Records(1, 0, [b"a"]), Records(3, 1, [b"c"]), Records(4, 2, [b"d"])),
        (Records(2, 1, [b"b"]),),
        (Records(1, 0, [b"a", b"b"]), Records(2, 0, [b"c"])),
        (Checkpoint(1, b"sum"), Records(3, 2, [b"c"])),
    ],
)
def test_what_cannot_have_come_about_is_damage(blocks: tuple[Block, ...]) -> None:
    with pytest.raises(StorageDamaged, match="the name"):
        found(*blocks)


@pytest.mark.parametrize("value", [b"", b"noise", encode_block(Records(1, 0, []))])
def test_strange_values_are_damage(value: bytes) -> None:
    with pytest.raises(StorageDamaged):
        read_blocks("the name", [value])
