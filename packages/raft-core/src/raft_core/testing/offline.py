"""The real recovery on the kit's journals: what they take is durable at once, so no loop is needed.

See ``raft_core.recovery``.
"""

from collections.abc import Callable

from raft_core.interfaces import Journal
from raft_core.recovery import Recovery, recover_from_survivor
from raft_core.types import NodeId


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
    recovering = recover_from_survivor(storage, node_id, others_are_gone_for_ever=True)
    try:
        recovering.send(None)
    except StopIteration as end:
        recovery: Recovery = end.value
        return recovery
    raise RuntimeError("the recovery waits, although all is durable at once")
