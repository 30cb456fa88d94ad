"""What the browser says of the storage of this site, and what a person is told."""

from types import SimpleNamespace
from typing import Any

import pytest

from raft_web.keeping import LOCAL_QUOTA, Keeping, Kept, rows, warning

GIGABYTE = 1024**3
MEGABYTE = 1024**2


class Manager:
    """A browser's `StorageManager`."""

    def __init__(self, *, promised: bool = False, promises: bool = True) -> None:
        self.promised = promised
        self.promises = promises
        self.asked = 0

    async def persisted(self) -> bool:
        return self.promised

    async def persist(self) -> bool:
        self.asked += 1
        self.promised = self.promises
        return self.promised

    async def estimate(self) -> Any:
        return SimpleNamespace(usage=3.0 * MEGABYTE, quota=10.0 * GIGABYTE)


class Permissions:
    """A browser's record of what a person has answered."""

    def __init__(self, state: str) -> None:
        self._state = state

    async def query(self, descriptor: object) -> Any:
        assert descriptor == "the permission"
        return SimpleNamespace(state=self._state)


def value(kept: Kept) -> list[str]:
    return [row.value for row in rows(kept)]


# --- asking -------------------------------------------------------------------------------------


async def test_it_says_what_is_used_and_granted_and_whether_it_is_kept() -> None:
    found = await Keeping(Manager(promised=True), None).look()
    assert found == Kept(True, 3 * MEGABYTE, 10 * GIGABYTE)
    assert value(found) == ["3.0 MB of 10.0 GB", "by nobody but you: the browser has promised it"]


async def test_a_browser_without_such_a_thing_says_nothing() -> None:
    keeping = Keeping(None, None)
    assert await keeping.look() == Kept()
    assert value(Kept()) == ["this browser does not say"] * 2
    await keeping.request("the permission")
    assert keeping.kept == Kept()


@pytest.mark.parametrize("state", ["prompt", "granted"])
@pytest.mark.parametrize("promises", [True, False])
async def test_it_is_asked_to_keep_it(state: str, promises: bool) -> None:
    manager = Manager(promises=promises)
    keeping = Keeping(manager, Permissions(state))
    await keeping.request("the permission")
    assert (manager.asked, keeping.kept.promised) == (1, promises)


async def test_it_is_not_asked_again_once_it_has_promised() -> None:
    manager = Manager(promised=True)
    await Keeping(manager, Permissions("prompt")).request("the permission")
    assert manager.asked == 0


async def test_a_person_who_said_no_is_not_asked_again() -> None:
    manager = Manager()
    await Keeping(manager, Permissions("denied")).request("the permission")
    assert manager.asked == 0


async def test_where_answers_are_not_told_it_is_asked() -> None:
    manager = Manager()
    await Keeping(manager, None).request("the permission")
    assert manager.asked == 1


# --- what a person is told ----------------------------------------------------------------------


def test_with_room_left_nothing_is_said() -> None:
    assert warning(Kept(), local_room=None) == ""
    assert warning(Kept(False, 9 * GIGABYTE, 10 * GIGABYTE), local_room=LOCAL_QUOTA // 2) == ""


@pytest.mark.parametrize(
    "left, warned",
    [(LOCAL_QUOTA // 10, False), (LOCAL_QUOTA // 10 - 1, True), (0, True), (-5, True)],
)
def test_local_storage_is_warned_of_before_it_is_full(left: int, warned: bool) -> None:
    said = warning(Kept(), local_room=left)
    assert ("local storage for this site is almost full" in said) is warned
    assert "-" not in said


@pytest.mark.parametrize(
    "used, granted, warned",
    [
        (10 * GIGABYTE - 101 * MEGABYTE, 10 * GIGABYTE, False),
        (10 * GIGABYTE - 99 * MEGABYTE, 10 * GIGABYTE, True),
        (89 * MEGABYTE, 100 * MEGABYTE, False),
        (91 * MEGABYTE, 100 * MEGABYTE, True),
        (120 * MEGABYTE, 100 * MEGABYTE, True),
    ],
)
def test_the_sites_quota_is_warned_of_before_it_is_used_up(
    used: int, granted: int, warned: bool
) -> None:
    said = warning(Kept(None, used, granted), local_room=None)
    assert ("little room left for this site" in said) is warned
    assert "-" not in said
