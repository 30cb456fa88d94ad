import pytest

from storage_localstorage import QUOTA, journal_prefix
from storage_localstorage.errors import InvalidName, SeveralMembers, StorageAltered
from storage_localstorage.fake import FakeArea, Missing
from storage_localstorage.survey import (
    Cleared,
    Usage,
    clear,
    clear_app,
    find_member,
    room_beside,
    sessions,
    sweep,
    units_of_others,
    usage,
)
from tests.unit.storage_localstorage.support import (
    APP,
    MEMBER,
    OTHER_MEMBER,
    OTHER_SESSION,
    PREFIX,
    SESSION,
    append,
    checkpoint,
    loaded,
    opened,
)

FOREIGN = {
    "theme": "dark",
    "raft": "x",
    f"raft/{APP}2/{SESSION}/{MEMBER}/r000000000001": "x",
    f"xraft/{APP}/{SESSION}/{MEMBER}/r000000000001": "x",
}


def write(area: FakeArea, session: str, member: str, app: str = APP) -> None:
    append(opened(area, journal_prefix(app, session, member)), b"record")


def test_an_empty_origin_has_no_member() -> None:
    assert find_member(FakeArea(), APP, SESSION) is None
    assert sessions(FakeArea(), APP) == {}


def test_a_member_is_found_by_its_records() -> None:
    area = FakeArea()
    area.items.update(FOREIGN)
    write(area, SESSION, MEMBER)
    assert find_member(area, APP, SESSION) == MEMBER
    assert find_member(area, APP, OTHER_SESSION) is None
    assert find_member(area, "bench", SESSION) is None


def test_a_member_is_found_by_its_checkpoint() -> None:
    area = FakeArea()
    checkpoint(opened(area), b"all")
    assert find_member(area, APP, SESSION) == MEMBER


def test_a_member_that_stored_nothing_is_none() -> None:
    area = FakeArea()
    opened(area)
    assert area.length == 1
    assert find_member(area, APP, SESSION) is None
    assert sessions(area, APP) == {}
    # so a new one takes its place, and is not held for a second one
    write(area, SESSION, OTHER_MEMBER)
    assert find_member(area, APP, SESSION) == OTHER_MEMBER


def test_the_last_records_of_a_cleared_journal_are_nobodys_and_can_be_swept_away() -> None:
    area = FakeArea()
    area.items.update(FOREIGN)
    prefix = journal_prefix(APP, SESSION, MEMBER)
    area.items[f"{prefix}r000000000007"] = area.items[f"{prefix}r000000000008"] = "record"
    assert find_member(area, APP, SESSION) is None
    assert sessions(area, APP) == {}
    write(area, SESSION, OTHER_MEMBER)
    assert find_member(area, APP, SESSION) == OTHER_MEMBER
    assert sweep(area, APP, SESSION) == 2
    assert sweep(area, APP, SESSION) == 0
    assert find_member(area, APP, SESSION) == OTHER_MEMBER
    assert FOREIGN.items() <= area.items.items()


@pytest.mark.parametrize("name", ["owner", "checkpoint", "r000000000001"])
def test_what_may_be_read_or_mended_is_not_swept_away(name: str) -> None:
    area = FakeArea()
    prefix = journal_prefix(APP, SESSION, MEMBER)
    area.items[prefix + name] = area.items[f"{prefix}r000000000007"] = "something"
    assert find_member(area, APP, SESSION) == MEMBER
    assert sweep(area, APP, SESSION) == 0
    assert area.length == 2


def test_several_members_are_nobody() -> None:
    area = FakeArea()
    write(area, SESSION, MEMBER)
    write(area, SESSION, OTHER_MEMBER)
    with pytest.raises(SeveralMembers, match=f"2 members.*{MEMBER}, {OTHER_MEMBER}.*Clear"):
        find_member(area, APP, SESSION)


def test_sessions_and_their_members() -> None:
    area = FakeArea()
    area.items.update(FOREIGN)
    write(area, OTHER_SESSION, MEMBER)
    write(area, SESSION, OTHER_MEMBER)
    write(area, SESSION, MEMBER)
    write(area, SESSION, MEMBER, app="bench")
    area.setItem(f"raft/{APP}/odd", "x")
    assert sessions(area, APP) == {SESSION: (MEMBER, OTHER_MEMBER), OTHER_SESSION: (MEMBER,)}
    assert list(sessions(area, APP)) == [SESSION, OTHER_SESSION]


def test_usage() -> None:
    area = FakeArea()
    area.setItem("smile", "\U0001f600")
    write(area, SESSION, MEMBER)
    storage = opened(area)
    assert usage(area, PREFIX) == Usage(
        ours=storage.units, origin=storage.units + 7, quota=5_242_880
    )
    assert usage(area, "raft/none/") == Usage(ours=0, origin=area.used)


def test_to_count_what_others_take_no_value_of_ours_is_read() -> None:
    area = FakeArea()
    area.setItem("smile", "\U0001f600")
    write(area, SESSION, MEMBER)
    read = area.getItem
    seen: list[str] = []

    def watched(key: str) -> str | Missing:
        seen.append(key)
        return read(key)

    area.getItem = watched  # type: ignore[method-assign]
    assert units_of_others(area, PREFIX) == 7
    assert seen == ["smile"]


def test_clearing_a_session_leaves_everything_else() -> None:
    area = FakeArea()
    write(area, OTHER_SESSION, MEMBER)
    write(area, SESSION, MEMBER, app="bench")
    area.items.update(FOREIGN)
    rest = dict(area.items)
    write(area, SESSION, MEMBER)
    write(area, SESSION, OTHER_MEMBER)
    area.setItem(f"raft/{APP}/{SESSION}/odd", "x")
    assert clear(area, APP, SESSION) == Cleared(sessions=1, members=2, keys=5)
    assert area.items == rest
    assert clear(area, APP, SESSION) == Cleared(sessions=0, members=0, keys=0)


def test_clearing_an_app_leaves_everything_else() -> None:
    area = FakeArea()
    write(area, SESSION, MEMBER, app="bench")
    area.items.update(FOREIGN)
    rest = dict(area.items)
    write(area, SESSION, MEMBER)
    write(area, SESSION, OTHER_MEMBER)
    write(area, OTHER_SESSION, MEMBER)
    assert clear_app(area, APP) == Cleared(sessions=2, members=3, keys=6)
    assert area.items == rest


def test_a_living_member_notices() -> None:
    area = FakeArea()
    storage = opened(area)
    append(storage, b"1")
    clear(area, APP, SESSION)
    assert isinstance(append(storage, b"2"), StorageAltered)
    assert loaded(area).records == []


def test_owners_go_first() -> None:
    area = FakeArea()
    write(area, SESSION, MEMBER)
    write(area, SESSION, OTHER_MEMBER)
    removed: list[str] = []
    area.before_change = lambda _operation, key: removed.append(key.rpartition("/")[2])
    clear_app(area, APP)
    assert removed == ["owner", "owner", "r000000000001", "r000000000001"]


def test_names_are_checked() -> None:
    area = FakeArea()
    with pytest.raises(InvalidName):
        clear_app(area, "")
    with pytest.raises(InvalidName):
        clear(area, APP, "")
    with pytest.raises(InvalidName):
        find_member(area, "a/b", SESSION)


def test_room_is_what_others_and_the_session_leave() -> None:
    area = FakeArea()
    area.setItem("other", "12")
    area.setItem(f"{PREFIX}checkpoint", "is not read")
    assert room_beside(area, APP, SESSION, 1000) == QUOTA - len("other12") - 1000
