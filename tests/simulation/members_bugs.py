"""Bugs of changes of members and of hand-overs; see ``known_bugs``."""

from tests.simulation.known_bugs import Bug

STEPS = ("configuration safety", "a configuration's majorities")
HANDED_OVER = ("leadership by the leader's word",)
REMOVED = ("configuration safety", "progress")

MEMBERS_BUGS = (
    Bug(
        "voters change without a joint configuration",
        "membership",
        "Configuration.entering",
        "if wanted.voters == self.voters:",
        "if True:",
        STEPS,
        "churn",
    ),
    Bug(
        "a joint configuration is left before it is committed",
        "_members",
        "reconfigure",
        "if raft.commit_index < max(raft.term_start, raft.configuration_index):",
        "if raft.commit_index < raft.configuration_index and not raft.configuration.is_joint:",
        STEPS,
        "churn",
    ),
    Bug(
        "a leader that counts learners",
        "quorum",
        "quorum_value",
        "value = majority_value(configuration.voters, value_of)",
        "value = majority_value(configuration.voters + configuration.learners, value_of)",
        ("a configuration's majorities",),
        "churn",
    ),
    Bug(
        "growth takes in again who was removed",
        "membership",
        "next_growth",
        " - set(configuration.excluded)",
        "",
        STEPS,
        "churn",
    ),
    Bug(
        "a change that forgets who was removed before",
        "changing",
        "wanted",
        "excluded += tuple(sorted(set(change.remove) - set(excluded)))",
        "excluded = tuple(sorted(change.remove))",
        STEPS,
        "churn",
    ),
    Bug(
        "a late copy of a change is made again",
        "_members",
        "on_change",
        "if configuration.change != asked.name and (",
        "if False and (",
        STEPS,
        "churn",
    ),
    Bug(
        "a removal counts before it is committed",
        "raft",
        "Raft._output",
        "if self.commit_index >= self.unsettled:",
        "if self.unsettled < inf:",
        STEPS,
        "churn",
    ),
    Bug(
        "a removal counts while the change is joint",
        "_configured",
        "Configured.settle",
        "if not self.configuration.is_joint:",
        "if True:",
        STEPS,
        "churn",
    ),
    Bug(
        "who was removed is never told",
        "_members",
        "dismiss",
        "raft.send((peer,), Removal(raft.commit_index, raft.term))",
        "pass",
        REMOVED,
        "churn",
    ),
    Bug(
        "who was removed is still heard",
        "raft",
        "Raft._receive",
        "if self.excluded and sender in self.excluded and sender != self.leader:",
        "if False:",
        STEPS,
        "churn",
    ),
    Bug(
        "a successor that lags is told to campaign",
        "_transfer",
        "go_on",
        "progress.match_index == raft.log.last_index",
        "True",
        HANDED_OVER,
        "churn",
    ),
    Bug(
        "one that ends leaves the office to anybody",
        "_transfer",
        "successor",
        "        and progress.match_index >= raft.commit_index\n    ]\n    return max(found)",
        "    ]\n    return min(found)",
        HANDED_OVER,
        "leaving",
    ),
    Bug(
        "the word of a leader of long ago makes a candidate",
        "raft",
        "Raft._receive",
        "if message.term != self.term and not self._accept_term(sender, message):",
        "if isinstance(message, TimeoutNow) and message.term < self.term:\n"
        "        _candidate.take_over(self)\n"
        "        return\n"
        "    if message.term != self.term and not self._accept_term(sender, message):",
        HANDED_OVER,
        "churn",
    ),
    Bug(
        "every candidate claims that the leader wants it",
        "_candidate",
        "_request_votes",
        "log.last_term, pre, transfer)",
        "log.last_term, pre, not pre)",
        HANDED_OVER,
    ),
)
