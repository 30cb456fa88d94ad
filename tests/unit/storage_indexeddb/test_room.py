from msgspec.structs import replace

from storage_indexeddb.fake import FakeIndexedDb, FakePage
from storage_indexeddb.fake_javascript import FakeJsError, FakePromise
from storage_indexeddb.room import ASK_EVERY, Room
from tests.unit.storage_indexeddb.support import settled


class Estimating(FakeIndexedDb):
    """Counts how often it is asked."""

    asked = 0

    def estimate(self) -> FakePromise:
        self.asked += 1
        return super().estimate()


async def test_it_asks_again_only_when_much_was_written() -> None:
    databases = Estimating(quota=10 * ASK_EVERY)
    page = FakePage(databases)
    room = Room(page.browser)
    await room.ask()
    assert room.quota == 10 * ASK_EVERY
    for _ in range(100):
        assert room.left() == 10 * ASK_EVERY
    room.wrote(ASK_EVERY - 1)
    room.left()
    assert databases.asked == 1
    room.wrote(1)
    assert room.left() == 9 * ASK_EVERY
    room.left()
    assert databases.asked == 2
    await settled(databases)
    assert room.left() == 10 * ASK_EVERY, "the browser knows better what was written"
    room.close()
    room.close()
    assert page.proxies == set()
    assert room.left() is None


async def test_never_less_than_nothing() -> None:
    databases = FakeIndexedDb(quota=100)
    room = Room(FakePage(databases).browser)
    await room.ask()
    room.wrote(1000)
    assert room.left() == 0
    await settled(databases)
    room.close()


class Refusing(FakeIndexedDb):
    def estimate(self) -> FakePromise:
        return FakePromise(error=FakeJsError("TypeError", "because"))


async def test_a_browser_that_does_not_say_is_not_believed_to_be_full() -> None:
    for manager in (Refusing(), None):
        page = FakePage(FakeIndexedDb())
        room = Room(replace(page.browser, storage_manager=manager))
        await room.ask()
        assert room.left() is None
        assert room.quota is None
        room.close()
        assert page.proxies == set()


async def test_an_answer_that_comes_after_the_end_finds_nobody() -> None:
    databases = Estimating()
    room = Room(FakePage(databases).browser)
    await room.ask()
    room.wrote(ASK_EVERY)
    room.left()
    room.close()
    await settled(databases)
    room.close()
