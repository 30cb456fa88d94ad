"""What is really done to journals before a member runs, on the kit's: a recovery, a start's number.

What the kit's journals take is durable at once, so no loop is needed.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from raft_core.beginning import begin_start
from raft_core.interfaces import Journal
from raft_core.journal import Restored
from raft_core.recovery import Recovery, recover_from_survivor
from raft_core.types import NodeId

T = TypeVar("T")


class OfflineStorage:
    """The journal of a member that does not run, as the tool for the recovery opens it.

    :param store: takes a record
    :param drop_last: forgets the last one, which is torn
    """

    def __init__(
        self,
        load: Callable[[], Journal],
        store: Callable[[bytes], None],
        drop_last: Callable[[], object],
    ) -> None:
        self._load = load
        self._store = store
        self.drop_last = drop_last

    async def load(self) -> Journal:
        """See ``Storage.load``."""
        return self._load()

    def append(
        self,
        record: bytes,
        done: Callable[[Exception | None], None],
        *,
        vital: bool = False,  # noqa: ARG002
    ) -> None:
        """See ``Storage.append``."""
        self._store(record)
        done(None)

    def checkpoint(
        self,
        record: bytes,  # noqa: ARG002
        done: Callable[[Exception | None], None],  # noqa: ARG002
    ) -> None:
        """A recovery writes none.

        :raises TypeError: always
        """
        raise TypeError("a recovery writes one record, and no checkpoint")

    async def close(self) -> None:
        """Nothing is held."""


def recover(storage: OfflineStorage, node_id: NodeId) -> Recovery:
    """All others are gone for ever.

    :raises RecoveryRefused: see ``recover_from_survivor``
    """
    return _run(recover_from_survivor(storage, node_id, others_are_gone_for_ever=True))


def count_start(storage: OfflineStorage, restored: Restored, nonce: str) -> None:
    """Count a start of this member, as one does whose transport notices that a member runs twice.

    :param restored: what was loaded; it is brought up to date
    """
    _run(begin_start(storage, restored, nonce))


def _run(waiting: Coroutine[Any, Any, T]) -> T:
    try:
        waiting.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it waits, although all is durable at once")
