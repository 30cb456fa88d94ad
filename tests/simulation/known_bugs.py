"""Bugs that are known to break Raft, and a way to put one into the core for a while.

A bug is a piece of a function's source and what stands there instead. So each reads as the slip it
would be, and one whose place is gone from the core fails its test instead of testing nothing.
"""

import __future__

import inspect
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NamedTuple


class Bug(NamedTuple):
    """``wrong`` for ``right`` in ``function`` (of a class: ``Class.method``) of ``module``."""

    name: str
    module: str
    function: str
    right: str
    wrong: str
    caught_by: tuple[str, ...]
    """The invariants of which one must catch it; none: the scenario scripts show it."""
    profile: str | None = None
    """The profile it shows under soonest; None: all in turn."""
    shown_by: str = ""
    """``test_file:test`` in ``tests/unit/raft_core``, where neither simulator nor scripts go."""


@contextmanager
def put_in(bug: Bug) -> Iterator[None]:
    """The core has this bug, wherever the function is imported, until the context ends.

    :raises LookupError: its place is gone from the core: say where it is now
    """
    module = import_module(f"raft_core.{bug.module}")
    owner: Any = module
    *path, name = bug.function.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = vars(owner)[name]
    source = textwrap.dedent(inspect.getsource(original))
    found = source.count(bug.right)
    if found != 1:
        raise LookupError(f"{bug.right!r} stands {found} times in {bug.module}.{bug.function}")
    made: dict[str, Any] = {}
    code = compile(
        source.replace(bug.right, bug.wrong),
        f"<{bug.name}>",
        "exec",
        flags=__future__.annotations.compiler_flag,
    )
    exec(code, vars(module), made)
    places = [
        other
        for other_name, other in list(sys.modules.items())
        if other_name.startswith("raft_core.") and vars(other).get(name) is original
    ]
    for place in places or [owner]:
        setattr(place, name, made[name])
    try:
        yield
    finally:
        for place in places or [owner]:
            setattr(place, name, original)


VOTES = ("vote stability", "election safety", "a configuration's majorities")
COMMITTED = (
    "leader completeness",
    "state machine safety",
    "a configuration's majorities",
    "exactly once",
    "running",
)

KNOWN_BUGS = (
    Bug(
        "a vote without the log check",
        "_follower",
        "on_request_vote",
        "newer = raft.log.is_up_to_date(message.last_log_index, message.last_log_term)",
        "newer = True",
        COMMITTED,
    ),
    Bug(
        "a vote that looks at the index before the term",
        "log",
        "Log.is_up_to_date",
        "return last_term > ours or (last_term == ours and last_index >= self.last_index)",
        "return last_index >= self.last_index",
        COMMITTED,
        "partitions",
    ),
    Bug(
        "two votes in one term",
        "_follower",
        "on_request_vote",
        "granted = newer and free",
        "granted = newer",
        VOTES,
    ),
    Bug(
        "a vote that is not written down",
        "raft",
        "Raft.vote_for",
        "self.unsaved.hard_state = True",
        "pass",
        ("nothing sent before its write", "progress", *VOTES),
    ),
    Bug(
        "a vote told before it is durable",
        "_follower",
        "on_request_vote",
        "VoteReply(term, granted, message.pre), durable=True",
        "VoteReply(term, granted, message.pre)",
        ("nothing sent before its write",),
    ),
    Bug(
        "a candidate that asks before its own vote is durable",
        "_candidate",
        "_request_votes",
        "durable=not pre",
        "durable=False",
        ("nothing sent before its write",),
    ),
    Bug(
        "entries acknowledged before they are durable",
        "raft",
        "Raft._accept",
        "self.send((self.leader,), reply, durable=True)",
        "self.send((self.leader,), reply)",
        ("nothing sent before its write",),
    ),
    Bug(
        "a leader that counts its own entries before they are durable",
        "_leader",
        "advance_commit",
        "= raft.durable_index",
        "= raft.log.last_index",
        ("a configuration's majorities",),
    ),
    Bug(
        "a candidate that counts its own vote before it is durable",
        "_candidate",
        "_is_decided",
        "raft.become_candidate()",
        "raft.become_candidate(); on_vote(raft, raft.node_id, granted=True)",
        ("a configuration's majorities", "nothing sent before its write"),
    ),
    Bug(
        "a minority elects",
        "quorum",
        "_majority_vote",
        "needed = len(voters) // 2 + 1",
        "needed = max(len(voters) // 2, 1)",
        VOTES,
    ),
    Bug(
        "votes of strangers and learners count",
        "quorum",
        "_majority_vote",
        "granted = sum(votes.get(voter) is True for voter in voters)",
        "granted = sum(votes.values())",
        VOTES,
        "churn",
    ),
    Bug(
        "one half elects while joint",
        "quorum",
        "vote_result",
        "if not configuration.outgoing:",
        "if True:",
        VOTES,
        "churn",
    ),
    Bug(
        "one half commits while joint",
        "quorum",
        "quorum_value",
        "if configuration.outgoing:",
        "if False:",
        COMMITTED,
        "churn",
    ),
    Bug(
        "a minority commits",
        "quorum",
        "majority_value",
        "reached[(len(reached) - 1) // 2]",
        "reached[-1]",
        COMMITTED,
    ),
    Bug(
        "an entry of an old term commits by counting (figure 8)",
        "_leader",
        "advance_commit",
        " and raft.log.term_at(index) == raft.term",
        "",
        ("a configuration's majorities",),
    ),
    Bug(
        "every answer counts for all that was sent",
        "_leader",
        "on_append_reply",
        "progress.accepted(message.match_index)",
        "progress.accepted(progress.next_index - 1)",
        ("progress", *COMMITTED),
    ),
    Bug(
        "an answer for all the log and not for what the message matched",
        "_follower",
        "on_append_entries",
        "raft.accepted_upto = max(raft.accepted_upto or 0, last)",
        "raft.accepted_upto = log.last_index",
        COMMITTED,
        "snapshots",
    ),
    Bug(
        "a follower that takes its own tail for committed",
        "_follower",
        "on_append_entries",
        "min(message.commit_index, last)",
        "min(message.commit_index, log.last_index)",
        COMMITTED,
        "partitions",
    ),
    Bug(
        "a conflict that stays",
        "_follower",
        "_merge",
        "if term != entry.term:",
        "if term is None:",
        ("log matching", *COMMITTED),
        "partitions",
    ),
    Bug(
        "an old message cuts off what a later one brought",
        "_follower",
        "_merge",
        "if term != entry.term:",
        "if True:",
        ("nothing sent before its write", *COMMITTED),
        "lossy",
    ),
    Bug(
        "entries taken without a look at the one before",
        "_follower",
        "on_append_entries",
        "if log.term_at(prev) != message.prev_log_term:",
        "if log.term_at(prev) is None:",
        ("log matching", *COMMITTED),
        "partitions",
    ),
    Bug(
        "a truncation that is not written down",
        "unsaved",
        "Unsaved.truncated",
        "self._truncated_from = min(self._truncated_from or index, index)",
        "pass",
        ("log matching", "running", "restart"),
        "partitions",
    ),
    Bug(
        "a leader that yields its log to a follower",
        "_leader",
        "on_append_reply",
        "progress.refused(message.match_index, agreement)",
        "raft.truncate_from(agreement + 1)",
        ("leader append-only", "running"),
    ),
    Bug(
        "a term that is forgotten at a restart",
        "journal",
        "_replay",
        "restored.term = record.term",
        "pass",
        ("restart",),
        "crashing",
    ),
    Bug(
        "the commit index goes back",
        "_follower",
        "on_append_entries",
        "raft.commit_index = max(raft.commit_index, min(message.commit_index, last))",
        "raft.commit_index = min(message.commit_index, last)",
        ("monotonic term and commit",),
        "lossy",
    ),
    Bug(
        "applied before committed",
        "raft",
        "Raft._collect_applicable",
        "limit = min(self.commit_index, self.durable_index)",
        "limit = self.durable_index",
        ("state machine safety",),
    ),
    Bug(
        "applied before durable",
        "raft",
        "Raft._collect_applicable",
        "limit = min(self.commit_index, self.durable_index)",
        "limit = self.commit_index",
        ("state machine safety",),
        "slow-storage",
    ),
    Bug(
        "a truncated entry is still taken for durable",
        "unsaved",
        "Unsaved.truncated",
        "self._under_way = deque((write, min(last, index - 1)) for write, last in self._under_way)",
        "pass",
        ("monotonic term and commit", "state machine safety", *COMMITTED),
        "slow-storage",
    ),
    Bug(
        "two changes of configuration at a time",
        "_members",
        "reconfigure",
        "if raft.commit_index < max(raft.term_start, raft.configuration_index):",
        "if raft.commit_index < raft.term_start:",
        ("a configuration's majorities",),
        "churn",
    ),
    Bug(
        "no entry at the start of a term: what is there never commits",
        "_leader",
        "begin",
        'raft.append((Entry(raft.term_start, raft.term, NOOP, b""),))',
        "pass",
        ("progress",),
        "crashing",
    ),
    Bug(
        "a configuration that stays when its entry is truncated",
        "_configured",
        "Configured.forget_configurations",
        "while self.configurations[-1][0] >= index:",
        "while False:",
        VOTES + COMMITTED,
        "churn",
    ),
    Bug(
        "a retried command applies twice",
        "sessions",
        "Sessions.earlier",
        "outcomes = session.outcomes",
        "outcomes = {}",
        ("exactly once",),
        "lossy",
    ),
    Bug(
        "an answer to an earlier life is taken for one of now",
        "proposals",
        "Proposals.__init__",
        "self._next = self._oldest = first",
        "self._next = self._oldest = 1",
        ("exactly once",),
        "crashing",
    ),
    Bug(
        "a snapshot without the session table",
        "machine",
        "Machine.snapshot",
        "_Saved(self.sessions, state)",
        "_Saved(Sessions(), state)",
        ("exactly once", "state machine safety", "linearizable reads"),
        "snapshots",
    ),
    Bug(
        "a snapshot taken for more than it holds",
        "_snapshots",
        "on_taken",
        "term = raft.log.term_at(item.index)",
        "item = SnapshotTaken(raft.log.last_index, item.data); term = raft.log.last_term",
        ("state machine safety", "exactly once", "running", *COMMITTED),
        "snapshots",
    ),
    Bug(
        "a snapshot that forgets the configuration",
        "_snapshots",
        "on_taken",
        "place for place in reversed(raft.configurations) if place[0] <= item.index",
        "place for place in reversed(raft.configurations)",
        ("state machine safety", *VOTES, *COMMITTED),
        "churn",
    ),
    Bug(
        "a snapshot acknowledged before it is durable",
        "unsaved",
        "Unsaved.installed",
        "self.durable_index = 0",
        "self.durable_index = 10**9",
        ("monotonic term and commit", "state machine safety", "nothing sent before its write"),
        "snapshots",
    ),
    Bug(
        "a snapshot installed over what is committed here",
        "_snapshots",
        "on_install_snapshot",
        "if index <= raft.commit_index or raft.log.term_at(index) == message.last_term:",
        "if raft.log.term_at(index) == message.last_term and index > raft.commit_index:",
        (),
    ),
    Bug(
        "a lost piece of a snapshot that never goes again",
        "snapshot",
        "Transfer.answered",
        "elif self._sent_after < question <= self._questions:",
        "elif False:",
        ("progress",),
        "snapshots",
    ),
    Bug(
        "a peer that needs compacted entries is sent what comes after them",
        "_follower",
        "on_append_entries",
        "elif log.term_at(prev) != message.prev_log_term:",
        "elif log.term_at(prev) not in (None, message.prev_log_term):",
        (
            "log matching",
            "running",
            "monotonic term and commit",
            "nothing sent before its write",
            *COMMITTED,
        ),
        "snapshots",
    ),
    Bug(
        "a member that starts with a snapshot and applies all again",
        "raft",
        "Raft._collect_applicable",
        "self.applied_index = self.snapshot.index",
        "self.applied_index = self.log.base_index",
        ("state machine safety", "exactly once", "running"),
        "snapshots",
    ),
)
