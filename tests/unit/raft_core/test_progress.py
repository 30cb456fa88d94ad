"""One peer in the eyes of the leader: what was sent, what is answered, what is to be found out."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from raft_core.progress import PROBE, REPLICATE, SNAPSHOT, PeerProgress
from raft_core.snapshot import Image

WIDE = (100, 10_000)


def replicating(match: int = 5) -> PeerProgress:
    """A peer that has all up to ``match``."""
    progress = PeerProgress(match + 1, now=0.0)
    progress.accepted(match)
    assert progress.state is REPLICATE
    return progress


def test_it_begins_with_a_probe() -> None:
    progress = PeerProgress(7, now=3.0)
    assert (progress.state, progress.match_index, progress.next_index) == (PROBE, 0, 7)
    assert progress.last_heard == 3.0
    assert progress.inflight_messages == 0


def test_a_probe_is_one_message_at_a_time_and_moves_nothing() -> None:
    progress = PeerProgress(7, now=0.0)
    assert progress.may_send(*WIDE)
    progress.sent(9, 30)
    assert not progress.may_send(*WIDE)
    assert (progress.next_index, progress.inflight_messages, progress.inflight_bytes) == (7, 0, 0)


def test_a_probe_that_is_accepted_opens_the_window() -> None:
    progress = PeerProgress(7, now=0.0)
    progress.sent(9, 30)
    assert progress.accepted(9)
    assert (progress.state, progress.match_index, progress.next_index) == (REPLICATE, 9, 10)
    assert progress.may_send(*WIDE)


def test_an_answer_below_what_is_probed_opens_nothing() -> None:
    progress = PeerProgress(7, now=0.0)
    assert progress.accepted(3)
    assert (progress.state, progress.match_index, progress.next_index) == (PROBE, 3, 7)


def test_messages_follow_each_other_until_the_window_is_full() -> None:
    progress = replicating(5)
    progress.sent(7, 10)
    progress.sent(9, 10)
    assert (progress.next_index, progress.inflight_messages, progress.inflight_bytes) == (10, 2, 20)
    assert progress.may_send(3, 21)
    assert not progress.may_send(2, 21)
    assert not progress.may_send(3, 20)


def test_an_answer_frees_all_messages_that_it_covers() -> None:
    progress = replicating(5)
    for last in (6, 7, 9):
        progress.sent(last, 10)
    assert progress.accepted(7)
    assert (progress.match_index, progress.next_index) == (7, 10)
    assert (progress.inflight_messages, progress.inflight_bytes) == (1, 10)


def test_an_old_answer_arriving_late_is_no_news() -> None:
    progress = replicating(5)
    progress.sent(7, 10)
    progress.accepted(7)
    assert not progress.accepted(6)
    assert not progress.accepted(7)
    assert (progress.match_index, progress.next_index) == (7, 8)


def test_an_answer_from_before_the_probe_can_be_above_what_is_next() -> None:
    progress = replicating(5)
    progress.sent(9, 10)
    progress.probe(6)
    assert progress.accepted(9)
    assert (progress.state, progress.match_index, progress.next_index) == (REPLICATE, 9, 10)


def test_a_refused_probe_moves_back_to_where_both_may_agree() -> None:
    progress = PeerProgress(9, now=0.0)
    progress.sent(9, 10)
    assert progress.refused(8, 3)
    assert (progress.state, progress.next_index) == (PROBE, 4)
    assert progress.may_send(*WIDE)


def test_a_refusal_always_moves_back_but_never_behind_what_matches() -> None:
    progress = PeerProgress(9, now=0.0)
    assert progress.refused(8, 8)
    assert progress.next_index == 8
    progress.accepted(5)
    assert progress.refused(7, 0)
    assert progress.next_index == 6


def test_a_refusal_of_another_probe_is_out_of_date() -> None:
    progress = PeerProgress(9, now=0.0)
    progress.sent(9, 10)
    for prev in (7, 9):
        assert not progress.refused(prev, 0)
    assert progress.next_index == 9
    assert not progress.may_send(*WIDE)


def test_a_refusal_while_replicating_means_loss_and_leads_to_a_probe() -> None:
    progress = replicating(5)
    progress.sent(7, 10)
    progress.sent(9, 10)
    assert progress.refused(7, 5)
    assert (progress.state, progress.next_index) == (PROBE, 6)
    assert (progress.inflight_messages, progress.inflight_bytes) == (0, 0)
    assert progress.may_send(*WIDE)


def test_a_message_that_was_not_sent_goes_again_later_and_what_went_before_stays() -> None:
    progress = replicating(5)
    for last in (6, 7, 9):
        progress.sent(last, 10)
    progress.unsent(7)
    assert (progress.state, progress.match_index, progress.next_index) == (REPLICATE, 5, 7)
    assert (progress.inflight_messages, progress.inflight_bytes) == (1, 10)
    assert not progress.may_send(*WIDE)
    progress.accepted(6)
    assert progress.may_send(*WIDE)
    assert (progress.next_index, progress.inflight_messages) == (7, 0)


def test_nothing_unanswered_counts_when_nobody_knows_what_was_not_sent() -> None:
    progress = replicating(5)
    progress.sent(7, 10)
    progress.unsent(0)
    assert (progress.next_index, progress.inflight_messages) == (6, 0)


def test_a_probe_that_was_not_sent_stays_where_it_was() -> None:
    progress = PeerProgress(7, now=0.0)
    progress.unsent(7)
    assert (progress.state, progress.next_index) == (PROBE, 7)
    assert not progress.may_send(*WIDE)


def test_a_peer_that_lost_what_it_acknowledged_gets_it_again() -> None:
    progress = replicating(5)
    progress.probe(6)
    assert progress.refused(5, 2)
    assert (progress.match_index, progress.next_index) == (2, 3)
    assert progress.may_send(*WIDE)


def test_a_refusal_of_what_is_known_to_match_is_out_of_date() -> None:
    progress = replicating(5)
    progress.sent(7, 10)
    assert not progress.refused(5, 0)
    assert (progress.state, progress.next_index) == (REPLICATE, 8)


# --- a snapshot ---------------------------------------------------------------------------------

IMAGE = Image(9, 2, b"payload", b"digest")


def receiving() -> PeerProgress:
    """A peer that is being sent the snapshot of entry 9."""
    progress = replicating(5)
    progress.sent(7, 20)
    progress.send_snapshot(IMAGE)
    return progress


def test_while_it_is_sent_a_snapshot_no_entries_leave() -> None:
    progress = receiving()
    assert (progress.state, progress.next_index, progress.inflight_messages) == (SNAPSHOT, 10, 0)
    assert not progress.may_send(*WIDE)


def test_with_the_snapshot_it_follows_from_there() -> None:
    progress = receiving()
    assert progress.accepted(9)
    assert (progress.state, progress.match_index, progress.next_index) == (REPLICATE, 9, 10)
    assert progress.transfer is None
    assert progress.may_send(*WIDE)


def test_answers_to_what_was_sent_before_do_not_end_it() -> None:
    progress = receiving()
    assert progress.accepted(7)
    assert not progress.refused(5, 0)
    progress.unsent(6)
    assert (progress.state, progress.match_index, progress.next_index) == (SNAPSHOT, 7, 10)


def test_on_a_new_link_it_is_asked_how_far_it_is() -> None:
    progress = receiving()
    assert progress.transfer is not None
    progress.transfer.asks = False
    progress.probe(3)
    assert progress.transfer.asks
    assert (progress.state, progress.next_index) == (SNAPSHOT, 10)


class AnyOrder(RuleBasedStateMachine):
    """Whatever arrives in whatever order, the drawn invariants hold."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 5
        self.progress = PeerProgress(5, now=0.0)
        self.match = 0

    @rule(count=st.integers(1, 4))
    def append(self, count: int) -> None:
        self.last += count

    @rule(data=st.data())
    def send(self, data: st.DataObject) -> None:
        progress = self.progress
        if progress.next_index <= self.last and progress.may_send(3, 50):
            progress.sent(data.draw(st.integers(progress.next_index, self.last)), 20)

    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        match = data.draw(st.integers(0, self.last))
        assert self.progress.accepted(match) == (match > self.match)
        self.match = max(match, self.match)

    @rule(prev=st.integers(0, 30), agreement=st.integers(0, 30))
    def refuse(self, prev: int, agreement: int) -> None:
        asked = self.progress.state is PROBE and prev == self.progress.next_index - 1
        self.progress.refused(prev, agreement)
        if asked and 0 < prev <= self.match:
            self.match = min(prev - 1, agreement)

    @rule()
    def lose(self) -> None:
        self.progress.probe(self.progress.match_index + 1)

    @rule(next_index=st.integers(0, 30))
    def fail_to_send(self, next_index: int) -> None:
        before = self.progress.next_index
        self.progress.unsent(next_index)
        assert self.progress.next_index <= before
        assert not self.progress.may_send(*WIDE)

    @invariant()
    def what_always_holds(self) -> None:
        progress = self.progress
        assert progress.match_index == self.match
        assert 0 <= progress.match_index < progress.next_index <= self.last + 1
        assert progress.inflight_bytes == 20 * progress.inflight_messages
        assert progress.inflight_messages <= 3
        if progress.state is PROBE:
            assert progress.inflight_messages == 0


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=50, stateful_step_count=30)


def test_what_a_peer_may_have_forgotten_is_probed_for() -> None:
    progress = replicating(5)
    progress.sent(9, 40)
    progress.sent_commit = 5
    progress.forget(8)
    assert (progress.state, progress.match_index, progress.next_index) == (PROBE, 0, 8)
    assert (progress.sent_commit, progress.inflight_bytes) == (0, 0)


def test_one_that_is_sent_a_snapshot_goes_on_with_that() -> None:
    progress = receiving()
    progress.forget(1)
    assert (progress.state, progress.match_index) == (SNAPSHOT, 0)
