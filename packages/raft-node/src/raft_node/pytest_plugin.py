"""The pytest fixture `raft_cluster`: live clusters in a test, gone without a trace when it ends.

pytest finds it by itself where `raft-node[pytest]` is installed. WebRTC, which
takes a while to load, waits until a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from raft_core import State
    from raft_node.testing import Cluster

    MakeCluster = Callable[..., Awaitable[Cluster[Any, Any]]]


@pytest.fixture
async def raft_cluster(tmp_path: Path) -> AsyncIterator[MakeCluster]:
    """Make clusters in a test. Each call gives one, complete and ready.

    `cluster = await raft_cluster(size=3, state=MyState)`: it takes what `raft_node.testing.Cluster`
    takes, but for the folder. Without a state it is the key/value store of `raft_core.keyvalue`.
    For async tests on asyncio that anyio's plugin runs, which is there wherever raft-core is; with
    another runner use `Cluster` itself.
    """
    from raft_core.keyvalue import KeyValue  # noqa: PLC0415  not before a test asks for it
    from raft_node.testing import Cluster  # noqa: PLC0415  nor this

    numbers = count()
    async with AsyncExitStack() as stack:

        async def make(
            size: int = 3, state: Callable[[], State[Any, Any]] = KeyValue, **options: Any
        ) -> Cluster[Any, Any]:
            folder = tmp_path / f"cluster-{next(numbers)}"
            cluster = Cluster(state, folder=folder, size=size, **options)
            return await stack.enter_async_context(cluster)

        yield make
