"""Bugs of a thrifty leader: see ``known_bugs`` and ``raft_core.thrift``.

None of them can break safety. The simulator sees those by which something waits for too long, or
waits although no quorum has it; the scripts show the others.
"""

from tests.simulation.known_bugs import Bug

PROMPT = ("promptness",)

THRIFT_BUGS = (
    Bug(
        "the few may be as late as they like",
        "thrift",
        "Thrift._judge",
        "late = now > self._due",
        "late = False",
        (),
    ),
    Bug(
        "a learner is one of the few",
        "thrift",
        "Thrift._choose",
        "in (configuration.voters, configuration.outgoing)",
        "in (sorted(configuration.members - {*configuration.outgoing}), configuration.outgoing)",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the few are a quorum of one half only, while the configuration is joint",
        "thrift",
        "Thrift._choose",
        "in (configuration.voters, configuration.outgoing)",
        "in (configuration.voters,)",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the few stay when the members change",
        "thrift",
        "Thrift._judge",
        "if late or raft.configuration is not self._configuration:",
        "if late:",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the rest get what is new with the next heartbeat only",
        "thrift",
        "Thrift.end",
        "raft.rest_deadline = raft.now + raft.config.thrifty_delay",
        "pass",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the rest wait until nothing new comes",
        "thrift",
        "Thrift.end",
        "if raft.rest_deadline == inf:",
        "if True:",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "who is behind waits, too",
        "thrift",
        "Thrift.spares",
        "progress.next_index > self.told",
        "True",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the rest wait for those whose window is full",
        "thrift",
        "Thrift._are_served",
        "return False",
        "pass",
        PROMPT,
        "thrifty",
    ),
    Bug(
        "the dead are as fast as they were",
        "thrift",
        "Pace.time",
        "return max(self._usual, now - self._awaited[0][1]) if self._awaited else self._usual",
        "return self._usual",
        (),
    ),
    Bug(
        "the leader takes its own storage for a fast one",
        "thrift",
        "Thrift._time",
        "return self._own.time(raft.now)",
        "return 0.0",
        (),
    ),
    Bug(
        "only the few ever hear of a question",
        "thrift",
        "Thrift.begin",
        "self._owes = True",
        "pass",
        (),
    ),
    Bug(
        "who is to read what is held back from it waits for the next batch",
        "reads",
        "Reads.on_asked",
        "raft.rest_deadline = raft.now",
        "pass",
        (),
        shown_by="test_thrift_questions:"
        "test_who_is_to_read_what_is_held_back_from_it_gets_it_at_once",
    ),
    Bug(
        "who is to read just one entry that is held back from it waits",
        "reads",
        "Reads.on_asked",
        "raft.progress[origin].next_index <= index",
        "raft.progress[origin].next_index < index",
        (),
        shown_by="test_thrift_questions:"
        "test_who_is_to_read_what_is_held_back_from_it_gets_it_at_once",
    ),
    Bug(
        "every question of a follower sends all that is held back",
        "reads",
        "Reads.on_asked",
        " and raft.progress[origin].next_index <= index",
        "",
        (),
        shown_by="test_thrift_questions:"
        "test_who_lacks_nothing_that_it_is_to_read_does_not_get_it_sooner",
    ),
    Bug(
        "a question of the leader's own callers is taken for one of a peer that lacks something",
        "reads",
        "Reads.on_asked",
        "raft.rest_deadline < inf and origin and raft.progress[origin].next_index <= index",
        "raft.rest_deadline < inf and "
        "min((each.next_index for each in raft.progress.values()), default=inf) <= index",
        (),
        shown_by="test_thrift_questions:test_the_leaders_own_question_sends_nothing_sooner",
    ),
    Bug(
        "what is held back is compacted",
        "_snapshots",
        "on_taken",
        "base = min(base, raft.thrift.told)",
        "pass",
        (),
    ),
)
