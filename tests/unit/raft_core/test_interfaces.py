"""Shape is enough: the adapters in memory satisfy the Protocols, and mypy checks that here."""

import pytest

from raft_core.interfaces import (
    ForgetfulJournal,
    Journal,
    State,
    Storage,
    TearingStorage,
    Transport,
)
from raft_core.keyvalue import KeyValue, KeyValueCommand
from raft_core.memory import MemoryNetwork, MemoryStorage


def test_a_journal_is_empty_whole_and_untorn_unless_it_says_otherwise() -> None:
    journal = Journal([])
    assert (journal.records, journal.checkpoint, journal.may_tear) == ([], None, False)
    assert (journal.suspect, journal.vital) == (False, None)


def test_the_adapters_in_memory_have_the_shapes() -> None:
    transport: Transport = MemoryNetwork().transport()
    storage: Storage = MemoryStorage()
    state: State[KeyValueCommand, str | None] = KeyValue()
    assert transport.max_payload > 0
    for thing in (transport, storage, state):
        assert thing is not None


class Plain:
    """A storage that tears nothing."""

    async def load(self) -> Journal:
        return Journal([])


class Torn(Plain):
    """A storage that does."""

    def drop_last(self) -> None: ...


@pytest.mark.parametrize("storage,tears", [(Plain(), False), (Torn(), True)])
def test_a_tearing_storage_is_told_by_its_method(storage: Plain, tears: bool) -> None:
    assert isinstance(storage, TearingStorage) is tears


def test_a_journal_that_may_lack_records_is_told_by_what_it_says() -> None:
    assert isinstance(Journal([]), ForgetfulJournal)
    assert not isinstance(Torn(), ForgetfulJournal)
