"""Suites for plug-in authors: one class in a test file shows whether an adapter keeps its promises.

The tests are plain ``async def test_...`` methods with plain asserts; pytest with anyio's plug-in
runs them. What a medium cannot be made to do is skipped, and the reason says which hook is missing.
"""

from raft_core.testing.conformance.forgetful import ForgetfulStorageConformance
from raft_core.testing.conformance.state import StateConformance
from raft_core.testing.conformance.storage import StorageConformance
from raft_core.testing.conformance.transport import TransportConformance

__all__ = [
    "ForgetfulStorageConformance",
    "StateConformance",
    "StorageConformance",
    "TransportConformance",
]
