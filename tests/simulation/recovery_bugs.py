"""Bugs of a recovery from one survivor, and of what keeps generations apart; see ``known_bugs``."""

from tests.simulation.known_bugs import Bug

KEPT = ("recovery",)
APART = (
    "leader completeness",
    "state machine safety",
    "log matching",
    "exactly once",
    "configuration safety",
    "running",
    "progress",
)

RECOVERY_BUGS = (
    Bug(
        "a recovery within the old generation",
        "recovery",
        "_plan",
        "term = next_generation(restored.term)",
        "term = restored.term + 1",
        KEPT,
        "recovery",
    ),
    Bug(
        "a recovery that gives up what is not known to be committed",
        "recovery",
        "_record",
        "restored.node_id, 0, (entry,), commit_index",
        "restored.node_id, restored.commit_index + 1, "
        "(replace(entry, index=restored.commit_index + 1),), commit_index",
        KEPT,
        "recovery",
    ),
    Bug(
        "a recovery that does not exclude who is lost",
        "recovery",
        "_plan",
        "excluded=before.excluding(gone)",
        "excluded=before.excluded",
        ("configuration safety",),
        "recovery",
    ),
    Bug(
        "a recovery that leaves the lost voters in their majority",
        "recovery",
        "_plan",
        "before.having([node_id], ())",
        "before",
        ("configuration safety",),
        "recovery",
    ),
    Bug(
        "what an old generation says of removals is believed",
        "_members",
        "_is_news",
        "said > own or (said == own and message.index > raft.commit_index)",
        "message.index > raft.commit_index",
        APART,
        "recovery",
    ),
    Bug(
        "an old member goes on with its log in the new cluster",
        "_members",
        "on_other_generation",
        "if raft.term:",
        "if False:",
        APART,
        "recovery",
    ),
    Bug(
        "an old member without a log goes on in the new cluster",
        "_members",
        "on_other_generation",
        "if raft.term:",
        "if raft.log.last_index:",
        ("linearizable reads",),
        "recovery",
    ),
    Bug(
        "a member of the new generation is out by the word of an old leader",
        "_members",
        "on_other_generation",
        "if message.term < raft.term:",
        "if message.term < raft.term and isinstance(message, RequestVote):",
        APART,
        "recovery",
    ),
)
