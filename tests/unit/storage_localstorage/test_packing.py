import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage_localstorage.area import code_units
from storage_localstorage.packing import is_packed, pack, packed_units, unpack


@given(st.binary())
@example(b"\x00\xd8\x00\xdc")  # two surrogates that are one character
@example(b"\x00\xdc\x00\xd8")  # two that are none
@example(b"\x00\xd8")
@example(b"")
@example(b"\x00")
def test_packing_loses_nothing(data: bytes) -> None:
    text = pack(data)
    assert is_packed(text)
    assert code_units(text) == packed_units(len(data))
    assert unpack(text) == data


@given(st.binary())
def test_plain_text_is_one_byte_a_code_unit(data: bytes) -> None:
    text = data.decode("latin-1")
    assert not is_packed(text)
    assert code_units(text) == len(data)
    assert unpack(text) == data


def test_packing_halves_the_room() -> None:
    assert packed_units(1000) == 501
    assert packed_units(1001) == 502


@pytest.mark.parametrize(
    "text", ["\u20ac", "a\u0100", "\U0001f600", "\ud800", "\u0101", "\u0101ab\u0100"]
)
def test_what_is_neither(text: str) -> None:
    with pytest.raises(ValueError, match=r"ordinal|surrogates|half a code unit"):
        unpack(text)
