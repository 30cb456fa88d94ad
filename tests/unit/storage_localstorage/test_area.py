import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from storage_localstorage.area import code_units, keys_under, local_area
from storage_localstorage.errors import StorageUnavailable
from storage_localstorage.fake import FakeArea, FakeJsError, Missing


def test_keys_under_a_prefix() -> None:
    area = FakeArea()
    for key in ("a/1", "a/2", "ab", "b/a/1", ""):
        area.setItem(key, "")
    assert sorted(keys_under(area, "a/")) == ["a/1", "a/2"]
    assert len(keys_under(area, "")) == 5


def test_an_area_that_can_list_its_keys_is_asked_once() -> None:
    class Listing(FakeArea):
        """As a proxy of a JavaScript object."""

        def object_keys(self) -> Any:
            return SimpleNamespace(to_py=lambda: list(self.items))

        def key(self, index: int) -> str | Missing:
            raise AssertionError(f"asked for key {index}")

    area = Listing()
    area.setItem("a/1", "")
    area.setItem("b", "")
    assert keys_under(area, "a/") == ["a/1"]


def test_code_units() -> None:
    assert [code_units(text) for text in ("", "abc", "\xff", "\ud800", "\U0001f600")] == [
        0,
        3,
        1,
        1,
        2,
    ]


def page(monkeypatch: pytest.MonkeyPatch, window: object) -> None:
    """Give this process a page's `js` module, as far as its window knows `localStorage`."""

    class Js(ModuleType):
        @property
        def localStorage(self) -> Any:  # noqa: N802
            return window.localStorage  # type: ignore[attr-defined]

    monkeypatch.setitem(sys.modules, "js", Js("js"))


def test_the_area_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    area = FakeArea()
    page(monkeypatch, SimpleNamespace(localStorage=area))
    assert local_area() is area


@pytest.mark.parametrize("window", [SimpleNamespace(), SimpleNamespace(localStorage=Missing())])
def test_a_page_without_a_storage(monkeypatch: pytest.MonkeyPatch, window: object) -> None:
    page(monkeypatch, window)
    with pytest.raises(StorageUnavailable, match="has no local storage"):
        local_area()


def test_a_page_that_is_kept_from_its_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    class Window:
        @property
        def localStorage(self) -> object:  # noqa: N802
            raise FakeJsError("SecurityError", "Access is denied")

    page(monkeypatch, Window())
    with pytest.raises(StorageUnavailable, match=r"Access is denied.*allow this site"):
        local_area()
