from itertools import zip_longest

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raft_core.batching import ITEM_OVERHEAD, batches, fitting
from raft_core.messages import Answer, Entry, ForwardedProposal

sizes = st.lists(st.integers(0, 100), max_size=30)


def of_sizes(sizes: list[int]) -> list[ForwardedProposal]:
    return [ForwardedProposal(number, bytes(size)) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    "sizes,limit,fit",
    [
        ([], 100, 0),
        ([10], 100, 1),
        ([1000], 100, 1),  # alone, since it must leave somehow
        ([1000, 1], 100, 1),
        ([1, 1000], 100, 1),
        ([10, 10, 10], 3 * (10 + ITEM_OVERHEAD), 3),
        ([10, 10, 10], 3 * (10 + ITEM_OVERHEAD) - 1, 2),
    ],
)
def test_how_many_fit(sizes: list[int], limit: int, fit: int) -> None:
    assert fitting(of_sizes(sizes), limit) == fit


@given(sizes, st.integers(1, 400))
def test_batches_keep_all_in_order_and_each_is_as_large_as_it_may(
    sizes: list[int], limit: int
) -> None:
    items = of_sizes(sizes)
    made = list(batches(items, limit))
    assert [item for batch in made for item in batch] == items
    for batch, after in zip_longest(made, made[1:], fillvalue=()):
        weight = sum(len(item.data) + ITEM_OVERHEAD for item in batch)
        assert batch
        assert weight <= limit or len(batch) == 1
        assert not after or weight + len(after[0].data) + ITEM_OVERHEAD > limit


@pytest.mark.parametrize("size", [0, 31, 32, 255, 256, 65535, 65536])
@pytest.mark.parametrize("number", [0, 2**32 - 1, 2**64 - 1])
def test_no_item_takes_more_on_the_wire_than_is_reckoned(size: int, number: int) -> None:
    data = bytes(size)
    for item in (Entry(number, number, 1, data), Answer(number, 4, data)):
        assert len(msgspec.msgpack.encode(item)) <= size + ITEM_OVERHEAD
    assert len(msgspec.msgpack.encode(ForwardedProposal(number, data))) <= size + ITEM_OVERHEAD
