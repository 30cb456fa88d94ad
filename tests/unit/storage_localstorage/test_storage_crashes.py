"""A tab may die before any change it makes; what was acknowledged is loaded, in order."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from storage_localstorage import (
    Journal,
    LocalStorage,
    StorageDamaged,
    StorageFull,
    clear,
    find_member,
)
from storage_localstorage.fake import FakeArea
from tests.unit.storage_localstorage.support import (
    APP,
    MEMBER,
    PREFIX,
    SESSION,
    append,
    checkpoint,
    loaded,
    opened,
    run,
)

FOREIGN = {"theme": "dark", "raft/todo2/x": "1", f"raft/todo/{SESSION}0/y": "2"}
Contents = tuple[bytes | None, tuple[bytes, ...]]

CONTENT = st.one_of(
    st.binary(max_size=8), st.binary(min_size=50, max_size=400), st.just(b"\x00\xd8\x00\xdc" * 40)
)


class Crash(BaseException):
    """The tab is gone: nothing after this runs, so no `except Exception` may see it."""


def contents(journal: Journal) -> Contents:
    assert not journal.may_tear
    return journal.checkpoint, tuple(journal.records)


class CrashingTab(RuleBasedStateMachine):
    """A member writes, checkpoints, runs full, dies and comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.area = FakeArea()
        self.area.items.update(FOREIGN)
        self.acknowledged: Contents = (None, ())
        self.refused = False

    @initialize()
    def start(self) -> None:
        self.storage = opened(self.area)

    def dies(self, changes: int, doing: Callable[[], object]) -> bool:
        """Whether the tab died doing it, being about to make one change too many."""
        left = changes

        def count(_operation: str, _key: str) -> None:
            nonlocal left
            if left == 0:
                raise Crash
            left -= 1

        self.area.before_change = count
        try:
            doing()
        except Crash:
            return True
        finally:
            self.area.before_change = None
        return False

    def come_back(self) -> Contents:
        self.storage = LocalStorage(self.area, PREFIX)
        self.refused = False
        return contents(run(self.storage.load()))

    def after(self, operation: str, content: bytes) -> Contents:
        old, records = self.acknowledged
        return (content, ()) if operation == "checkpoint" else (old, (*records, content))

    def write(self, operation: str, content: bytes) -> None:
        """Write, and hold the answer against what may come of it."""
        answer = {"append": append, "checkpoint": checkpoint}[operation](self.storage, content)
        if answer is None:
            assert not self.refused
            self.acknowledged = self.after(operation, content)
        else:
            assert isinstance(answer, StorageFull)
            self.refused = True

    @rule(content=CONTENT)
    def appends(self, content: bytes) -> None:
        self.write("append", content)

    @rule(content=CONTENT)
    def checkpoints(self, content: bytes) -> None:
        self.write("checkpoint", content)

    @rule(
        operation=st.sampled_from(["append", "checkpoint", "checkpoint"]),
        content=CONTENT,
        changes=st.integers(0, 12),
    )
    def dies_while_it_writes(self, operation: str, content: bytes, changes: int) -> None:
        before, after = self.acknowledged, self.after(operation, content)
        if not self.dies(changes, lambda: self.write(operation, content)):
            return
        # Nobody was told, so both are right; half of it is not.
        self.acknowledged = self.come_back()
        assert self.acknowledged in {before, after}

    @rule()
    def reloads(self) -> None:
        assert self.come_back() == self.acknowledged

    @rule(changes=st.integers(0, 6))
    def dies_while_it_loads(self, changes: int) -> None:
        self.dies(changes, self.come_back)
        assert self.come_back() == self.acknowledged

    @rule(changes=st.integers(0, 12))
    def is_cleared(self, changes: int) -> None:
        """A journal is cleared, or is known to be cleared in part: it is never a shorter one."""
        if self.dies(changes, lambda: clear(self.area, APP, SESSION)) and changes:
            if find_member(self.area, APP, SESSION) == MEMBER:
                with pytest.raises(StorageDamaged):
                    loaded(self.area)
            clear(self.area, APP, SESSION)
        elif changes:
            assert find_member(self.area, APP, SESSION) is None
        if changes:
            self.acknowledged = (None, ())
        assert self.come_back() == self.acknowledged

    @rule(room=st.integers(0, 700))
    def others_leave_little_room(self, room: int) -> None:
        self.area.quota = self.area.used + room

    @precondition(lambda self: self.area.quota < 1_000_000)
    @rule()
    def others_make_room(self) -> None:
        self.area.quota = 5_000_000

    @invariant()
    def nothing_of_others_is_touched(self) -> None:
        assert FOREIGN.items() <= self.area.items.items()

    @invariant()
    def the_room_taken_is_known(self) -> None:
        if hasattr(self, "storage") and f"{PREFIX}owner" in self.area.items:
            others = sum(len(key) + len(value) for key, value in FOREIGN.items())
            assert self.storage.units == self.area.used - others


CrashingTab.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCrashingTab = CrashingTab.TestCase


def test_a_checkpoint_survives_a_crash_at_every_change() -> None:
    """The same at every change of one long checkpoint, which random choices seldom reach."""
    records = [bytes([number]) * 100 for number in range(20)]
    outcomes = []
    for changes in range(60):
        machine = CrashingTab()
        machine.start()
        for record in records:
            append(machine.storage, record)
        machine.area.quota = machine.area.used
        if not machine.dies(changes, lambda: checkpoint(machine.storage, b"all" * 200)):  # noqa: B023
            break
        outcomes.append(machine.come_back())
    else:
        raise AssertionError("it never came to an end")
    packed_first = outcomes.index((b"all" * 200, ()))
    assert packed_first > 2
    assert set(outcomes[:packed_first]) == {(None, tuple(records))}
    assert set(outcomes[packed_first:]) == {(b"all" * 200, ())}
    assert len(outcomes) == packed_first + len(records)
