"""The page of a run: it says what came of it, and needs nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from raft_core.keyvalue import Put
from raft_core.types import Role
from tests.chaos import report
from tests.chaos.fury import Occurrence
from tests.chaos.history import Entry
from tests.chaos.judge import Final, Sample, judge
from tests.chaos.outcome import Options, Outcome
from tests.chaos.plan import Fault, Kind, Part, Setting
from tests.chaos.timeline import draw
from transport_webrtc.session import Durability

MEMBERS = (Kind.CHROMIUM, Kind.FIREFOX, Kind.HEADLESS)
NAMES = ("a (chromium)", "b (firefox)", "c (headless)")
OCCURRENCES = [
    Occurrence(1, Part(Fault.FREEZE, 0, 3.0), 2.0, 5.0, 5.1),
    Occurrence(2, Part(Fault.ONE_WAY, 1, 2.0, peer=2), 6.0, 8.0, 8.0),
    Occurrence(3, Part(Fault.INTRODUCER, seconds=2.0), 9.0, 11.0, 11.0),
    Occurrence(4, Part(Fault.CLEAR, 2), 12.0, 12.0, 12.0, "left out: b <is> not whole"),
]
SAMPLES = [
    Sample(0.5 * at, member, Role.LEADER if member == 0 else Role.FOLLOWER, f"id{member}", 1, "id0")
    for at in range(40)
    for member in range(3)
]


def outcome(entries: list[Entry], items: dict[str, str], *, kills: int = 0) -> Outcome:
    finals = [Final(name, items, True) for name in NAMES]
    options = Options(
        seed=42,
        members=MEMBERS,
        durability=Durability.BROWSER,
        seconds=90.0,
        kills=kills,
        rate=20.0,
        site=Path("site"),
        out=Path("out"),
    )
    return Outcome(
        options=options,
        setting=Setting(MEMBERS, Durability.BROWSER),
        names=NAMES,
        versions="Chromium 1",
        revision="abc",
        seconds=20.0,
        healed_at=15.0,
        entries=entries,
        samples=SAMPLES,
        occurrences=OCCURRENCES,
        finals=finals,
        judgement=judge(entries, SAMPLES, finals),
        complaints={"a (chromium)": ["<error> & more"]},
    )


@pytest.fixture
def good() -> Outcome:
    return outcome([Entry("a1", "a", Put("k", "1"), 1.0, 2.0, "done")], {"k": "1"})


@pytest.fixture
def bad() -> Outcome:
    entries = [
        Entry("a1", "a", Put("k", "1"), 1.0, 2.0, "done"),
        Entry("a1", "a", Put("k", "2"), 3.0, 4.0, "done", None),
    ]
    return outcome(entries, {"k": "1"})


def text_of(page: str) -> str:
    return re.sub(r"<[^>]*>", " ", page.partition("<main>")[2])


def test_it_says_that_all_was_kept_and_how_to_run_it_again(good: Outcome) -> None:
    text = text_of(report.html(good))
    assert "All was kept" in text
    assert "make chaos DURABILITY=browser BROWSERS=cfh MINUTES=1.5 SEED=42" in text
    assert "1 writes were acknowledged, and all are there." in text


def test_it_says_which_promise_was_broken(bad: Outcome) -> None:
    text = text_of(report.html(bad))
    assert "A promise was broken" in text
    assert "one of them was lost" in text


def test_the_history_without_an_order_is_drawn_beside_it(
    bad: Outcome, good: Outcome, tmp_path: Path
) -> None:
    page = report.write(bad, tmp_path)
    assert 'href="failure.html"' in page.read_text()
    assert (tmp_path / "failure.html").exists()
    report.write(good, tmp_path)
    assert not (tmp_path / "failure.html").exists()


def test_it_names_each_fault_and_what_is_not_drawn(good: Outcome) -> None:
    text = text_of(report.html(good))
    for words in ("freeze of a (chromium)", "one-way cut of b (firefox) to c (headless)"):
        assert words in text
    for sentence in good.setting.left_out():
        assert sentence in text
    assert "left out: b &lt;is&gt; not whole" in text


def test_what_others_said_is_no_markup(good: Outcome) -> None:
    assert "&lt;error&gt; &amp; more" in report.html(good)


def test_it_asks_for_nothing_else(good: Outcome) -> None:
    page = report.html(good)
    assert not re.findall(r'(?:src|href)="(?!failure\.html)', page)
    assert "url(" not in page
    assert "prefers-color-scheme: dark" in page


def test_kills_are_repeated_as_kills(good: Outcome) -> None:
    killed = replace(good, options=replace(good.options, kills=20))
    assert "KILLS=20 SEED=42" in report.command(killed)
    everyone = replace(good.options, kills=10, everyone=True)
    assert "KILLS_OF_ALL=10" in report.command(replace(good, options=everyone))


def boxes(drawing: str, kind: str) -> list[ET.Element]:
    return [each for each in ET.fromstring(drawing).iter() if each.get("class") == kind]


def test_the_time_line_has_leader_faults_and_answers(good: Outcome) -> None:
    _, drawing = draw(NAMES, SAMPLES, OCCURRENCES, good.entries, 20.0)
    assert len(boxes(drawing, "fault")) == 2
    assert len(boxes(drawing, "introducer")) == 1
    assert len(boxes(drawing, "left-out")) == 1
    assert len(boxes(drawing, "done")) == 1
    leads = boxes(drawing, "m0")
    assert [each.findtext("title") for each in leads] == [
        "a (chromium) leads in term 1",
        "a (chromium): leader",
    ]


def test_where_nobody_leads_the_row_is_empty() -> None:
    samples = [
        Sample(at, 0, Role.LEADER if at != 2.0 else Role.FOLLOWER, "id0", 1)
        for at in (0.0, 1.0, 2.0, 3.0, 4.0)
    ]
    _, drawing = draw(NAMES[:1], samples, [], [], 5.0)
    rows = [each for each in boxes(drawing, "m0") if "leads" in (each.findtext("title") or "")]
    assert len(rows) == 2
