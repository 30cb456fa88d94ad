"""The log as a strip: terms, borders and members by their places in percent."""

from typing import Any

from bench.strip import LEAST, Log, Segment, log
from raft_core.status import PeerStatus
from tests.unit.statuses import make_status

NAMES = {"b": "bob", "c": "carol"}


def picture(reported: dict[str, tuple[int, float | None]] | None = None, **changes: Any) -> Log:
    fields: dict[str, Any] = {
        "last_log_index": 100,
        "commit_index": 80,
        "applied_index": 75,
        "log_terms": ((1, 1), (51, 7)),
    }
    return log(make_status(**{**fields, **changes}), reported or {}, NAMES)


def progress(**match: int) -> dict[str, PeerStatus]:
    return {peer: PeerStatus(index, index + 1, 1, "replicate") for peer, index in match.items()}


def test_the_whole_log_is_coloured_by_term() -> None:
    whole = picture().whole
    assert (whole.first, whole.last) == (1, 100)
    assert whole.segments == (Segment(0, 50, 1, 1), Segment(50, 50, 7, 1))
    assert (whole.committed, whole.applied, whole.snapshot) == (80, 75, None)


def test_the_end_shows_where_members_differ() -> None:
    end = picture().end
    assert end.last - end.first + 1 == LEAST
    assert end.committed == round(100 * (80 - 36) / 64, 2)
    assert [segment.term for segment in end.segments] == [1, 7]
    assert end.segments[0].left == 0


def test_the_end_widens_until_the_slowest_is_in_sight_in_steps() -> None:
    status: dict[str, Any] = {"last_log_index": 1000, "commit_index": 990}
    end = picture(progress=progress(b=240, c=990), **status).end
    assert end.last - end.first + 1 == 1000, "there is no more than the log has"
    nearer = picture(progress=progress(b=900, c=990), **status).end
    assert nearer.last - nearer.first + 1 == 256
    compacted = picture(progress=progress(b=240, c=990), first_log_index=900, **status).end
    assert compacted.last - compacted.first + 1 == 256, "there is nothing before it to be seen"


def test_a_leader_knows_how_far_the_others_are() -> None:
    rails = picture({"b": (5, 1.0)}, progress=progress(b=97, c=100)).rails
    assert [(rail.name, rail.text, rail.source) for rail in rails] == [
        ("bob", "97, 3 behind", "known to this leader"),
        ("carol", "100", "known to this leader"),
    ]


def test_what_a_new_leader_does_not_know_yet_it_says_so() -> None:
    drawn = picture(progress=progress(b=0, c=100), last_log_index=1000, commit_index=1000)
    assert (drawn.rails[0].text, drawn.rails[0].position) == ("not known yet", 0)
    assert drawn.rails[1].text == "100, 900 behind"


def test_a_follower_has_their_own_word_which_is_some_time_old() -> None:
    drawn = picture({"c": (10, 5.0), "b": (103, None), "a": (1, 1.0)})
    assert [(rail.member, rail.text, rail.source, rail.position) for rail in drawn.rails] == [
        ("b", "103", "reported some time ago", 100),
        ("c", "10", "reported 5 s ago", 0),
    ]
    assert drawn.end.last - drawn.end.first + 1 == LEAST, "an old word does not widen it"


def test_what_is_compacted_is_marked_where_the_log_begins() -> None:
    status: dict[str, Any] = {"snapshot_index": 50, "first_log_index": 41, "log_terms": ((41, 7),)}
    whole = picture(**status).whole
    assert whole.first == 41
    assert whole.snapshot == round(100 * 10 / 60, 2)
    assert whole.segments == (Segment(0, 100, 7, 1),)


def test_an_empty_log_can_be_drawn() -> None:
    drawn = picture(last_log_index=0, commit_index=0, applied_index=0, log_terms=())
    assert (drawn.end.first, drawn.end.last, drawn.end.segments) == (1, 1, ())
    assert drawn.end.committed is None


def test_a_log_behind_its_snapshot_can_be_drawn() -> None:
    """A member that just took a snapshot from the leader has nothing after it."""
    drawn = picture(
        last_log_index=500, commit_index=500, snapshot_index=500, first_log_index=501, log_terms=()
    )
    assert (drawn.whole.first, drawn.whole.last) == (500, 500)
    assert drawn.whole.snapshot == 100


def test_all_of_it_is_said_in_words() -> None:
    words = picture(progress=progress(b=97), snapshot_index=50).words
    assert words == (
        "The log ends at entry 100; committed up to 80; applied up to 75; compacted up to 50; "
        "terms 1 to 7; bob at 97, 3 behind."
    )
