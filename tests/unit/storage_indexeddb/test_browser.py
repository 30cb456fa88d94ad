"""Against modules in the shape of Pyodide's; what a real page says is seen in a real one."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from storage_indexeddb.browser import this_browser
from storage_indexeddb.errors import StorageUnavailable


class Page(ModuleType):
    """The module `js`."""

    indexedDB: Any = SimpleNamespace(open=lambda name, version: None)  # noqa: N815
    IDBKeyRange = "the class"
    navigator: Any = SimpleNamespace(storage="the manager")
    Object = SimpleNamespace(fromEntries="as an object")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page("js")
    ffi = ModuleType("pyodide.ffi")
    ffi.create_proxy = lambda function: function  # type: ignore[attr-defined]
    ffi.to_js = lambda value, **options: (value, options)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "js", page)
    monkeypatch.setitem(sys.modules, "pyodide", ModuleType("pyodide"))
    monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
    return page


def test_a_page_has_all_that_is_needed(page: Page) -> None:
    browser = this_browser()
    assert browser.indexed_db is page.indexedDB
    assert browser.storage_manager == "the manager"
    assert browser.strict == ({"durability": "strict"}, {"dict_converter": "as an object"})


def test_without_a_storage_manager_nobody_knows_the_room(page: Page) -> None:
    page.navigator = SimpleNamespace()
    assert this_browser().storage_manager is None


def test_a_page_without_a_database_says_what_to_do(page: Page) -> None:
    page.indexedDB = None
    with pytest.raises(StorageUnavailable, match="private browsing"):
        this_browser()


def test_a_page_that_is_kept_from_it_says_why(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        @property
        def open(self) -> None:
            raise PermissionError("SecurityError: because")

    page.indexedDB = Kept()
    with pytest.raises(StorageUnavailable, match="because"):
        this_browser()
