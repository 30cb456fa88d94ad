"""Tells whether a single copy of the data could have shown a history of operations.

Record what clients did (``Recorder``), say what a single copy does (``Model``), and ``check``:

    recorder = Recorder()
    call = recorder.called("client 1", "x", Put("x", "1"))
    recorder.returned(call, None)
    verdict = check(KeyValueModel(), recorder.operations)
    assert verdict.result is Result.LINEARIZABLE, verdict

A history that fails can be looked at: ``picture_of(verdict)`` is one HTML file, as text.
"""

from raft_core.testing.linearizability.checker import Result, Verdict, check
from raft_core.testing.linearizability.models import (
    Append,
    CounterModel,
    Get,
    KeyValueModel,
    ListModel,
    Model,
    ReadAll,
    SequentialModel,
    StateModel,
)
from raft_core.testing.linearizability.operations import UNKNOWN, Operation, Recorder, Unknown
from raft_core.testing.linearizability.picture import picture_of

__all__ = [
    "UNKNOWN",
    "Append",
    "CounterModel",
    "Get",
    "KeyValueModel",
    "ListModel",
    "Model",
    "Operation",
    "ReadAll",
    "Recorder",
    "Result",
    "SequentialModel",
    "StateModel",
    "Unknown",
    "Verdict",
    "check",
    "picture_of",
]
