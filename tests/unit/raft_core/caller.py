"""Somebody who proposes, for the tests of proposals."""

from raft_core.errors import RaftError
from raft_core.io import Proposed
from raft_core.messages import Answer, AnswerStatus
from raft_core.proposals import Proposals
from raft_core.sessions import Outcome

FIRST = 1000
TIMEOUT = 10.0
RETRY = 1.0


class Caller:
    """Proposes, and remembers what it was told. Time begins at 0."""

    def __init__(self, limit: int = 10) -> None:
        self.proposals = Proposals(
            "me",
            first=FIRST,
            retry_interval=RETRY,
            limit=limit,
            max_uncommitted=4096,
            batch_bytes=100,
        )
        self.told: dict[int, list[Outcome | RaftError]] = {}

    def propose(self, now: float = 0.0, timeout: float = TIMEOUT) -> Proposed:
        """One that travels alone."""
        self.add(now, timeout)
        return self.proposals.take(now, 0)

    def add(self, now: float = 0.0, timeout: float = TIMEOUT, command: bytes = b"command") -> int:
        """One that waits for a batch."""
        told: list[Outcome | RaftError] = []
        request = self.proposals.add(command, now, timeout, told.append)
        self.told[request] = told
        return request

    def answer(self, request: int, status: AnswerStatus, data: bytes = b"") -> None:
        self.proposals.answer([Answer(request, status, data)])
