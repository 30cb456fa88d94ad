"""Bugs by which a leader with a lease shows old state: see ``known_bugs`` and ``raft_core.lease``.

Where ``caught_by`` is empty it takes many histories until one shows the bug; the scenario scripts
show all of them.
"""

from tests.simulation.known_bugs import Bug

STALE = ("linearizable reads", "linearizability")

LEASE_BUGS = (
    Bug(
        "a lease that lasts longer than a voter's promise",
        "lease",
        "Lease.holds",
        "raft.now - since < raft.config.read_lease",
        "raft.now - since < 1.5 * raft.config.election_timeout",
        (),
        "leases",
    ),
    Bug(
        "a lease from the answer on, not from the question",
        "_leader",
        "on_append_reply",
        "raft.reads.on_answer(sender, message.read_round)",
        "raft.reads.on_answer(sender, message.read_round)\n"
        "        raft.reads.lease.begin(message.read_round, raft.now, raft.config.read_lease)",
        (),
        "leases",
    ),
    Bug(
        "a lease that a transfer does not end",
        "_transfer",
        "go_on",
        "raft.reads.lease.end()",
        "pass",
        STALE,
        "leases",
    ),
    Bug(
        "a lease before an entry of its own term is committed",
        "lease",
        "Lease.holds",
        "self._over or raft.commit_index < raft.term_start",
        "self._over",
        STALE,
        "leases",
    ),
    Bug(
        "a lease by a minority",
        "lease",
        "Lease.holds",
        "number <= answered",
        "True",
        STALE,
        "leases",
    ),
    Bug(
        "a learner's answers renew the lease",
        "reads",
        "Reads.answered_by_quorum",
        "return int(quorum_value(raft.configuration, answered))",
        "return max(self._answered.values(), default=self.round)",
        STALE,
        "leases",
    ),
    Bug(
        "a lease of a leader that is no voter any more",
        "lease",
        "Lease.holds",
        "if raft.node_id not in raft.configuration.all_voters:",
        "if False:",
        (),
        "leases",
    ),
    Bug(
        "a voter that restarts votes at once",
        "raft",
        "Raft._begin_waiting",
        "self.now if self.config.read_lease and not alone else -inf",
        "-inf",
        (),
        "leases",
    ),
    Bug(
        "a newer term frees a voter of its promise",
        "raft",
        "Raft.hears_leader",
        "self.leader is not None or self.config.read_lease > 0",
        "self.leader is not None",
        (),
        "leases",
    ),
    Bug(
        "a voter keeps its promise in newer terms, and not in its own",
        "_follower",
        "on_request_vote",
        "and (message.transfer or not raft.hears_leader())",
        "",
        (),
        "leases",
    ),
    Bug(
        "a caller who is told that time is out, and reads, asks before the look at the clock",
        "driver",
        "Driver._pump",
        "now = self._now = self.clock()  # for those who were told",
        "pass  # for those who were told",
        (),
        shown_by="test_driver_reads:"
        "test_a_caller_who_is_told_that_time_is_out_and_reads_asks_after_the_look_at_the_clock",
    ),
)
