"""More of ``known_bugs``: slips in what callers are promised, reads and commands applied once."""

from tests.simulation.known_bugs import Bug

READS = ("linearizable reads",)

CLIENT_BUGS = (
    Bug(
        "a read without the quorum's round",
        "reads",
        "Reads.confirm",
        "confirmed = quorum_value(raft.configuration, answered)",
        "confirmed = self.round",
        READS,
        "reading",
    ),
    Bug(
        "an answer to an earlier round confirms a later read",
        "reads",
        "Reads.on_answer",
        "self._answered[peer] = answered",
        "self._answered[peer] = self.round",
        READS,
        "reading",
    ),
    Bug(
        "a new leader reads what it knows to be committed, before it has committed anything",
        "reads",
        "Reads.on_asked",
        "index = max(raft.commit_index, raft.term_start)",
        "index = raft.commit_index",
        READS,
        "crashing",
    ),
    Bug(
        "a read is answered before its index is applied here",
        "reads",
        "Reads.valid",
        "if index <= applied_index]",
        "]",
        READS,
        "slow-storage",
    ),
    Bug(
        "rounds that are not counted anew in each term",
        "reads",
        "Reads.lead",
        "self._answered = {}",
        "pass",
        READS,
        "reading",
    ),
    Bug(
        "a leader that lost its office goes on confirming",
        "reads",
        "Reads.end",
        "self._waiting.clear()",
        "self._confirmed += [(index, number) for _, index, origin, number in self._waiting]",
        READS,
        "reading",
    ),
    Bug(
        "a follower reads at once",
        "reads",
        "Reads.on_asked",
        "raft.send((raft.leader,), ReadIndex(request))",
        "self._confirmed.append((raft.commit_index, request))",
        READS,
        "reading",
    ),
    Bug(
        "an answer to a question of an earlier life is taken for one of now",
        "driver",
        "Driver.__init__",
        "first=raft.rng.getrandbits(47)",
        "first=1",
        READS,
        "reading",
    ),
)
