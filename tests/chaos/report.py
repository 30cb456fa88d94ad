"""What a run gave, on one page that needs nothing else: verdict, time line, faults, command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from pathlib import Path

import msgspec

from raft_core.testing.linearizability import Result, picture_of
from tests.chaos.outcome import Outcome
from tests.chaos.timeline import describe, draw

STYLE = Path(__file__).with_name("report.css")
KEY = (
    ("fault", "a fault"),
    ("back", "coming back from it"),
    ("m0", "leads (each member in its colour)"),
    ("follower", "follows"),
    ("suspect", "may have forgotten something"),
    ("stopped", "has stopped"),
    ("no-answer", "does not answer"),
    ("done", "answers"),
    ("refused", "refused, not done"),
    ("unknown", "outcome unknown"),
)

HEALED = (
    "Faults end at {:.0f} s; then all is healed. What is coloured says more when the pointer rests "
    "on it."
)
AGAIN = (
    "The faults are the same ones in the same order; the moments are not, since a busy machine "
    "takes its time."
)


def write(outcome: Outcome, folder: Path) -> Path:
    """Write the page into the folder, and beside it what it was made of; the page's path."""
    page = folder / "report.html"
    page.write_text(html(outcome), encoding="utf-8")
    data = {
        "occurrences": outcome.occurrences,
        "findings": outcome.judgement.findings,
        "samples": outcome.samples,
    }
    (folder / "run.json").write_bytes(msgspec.json.encode(data))
    failure = folder / "failure.html"
    failure.unlink(missing_ok=True)
    if outcome.judgement.verdict.result is Result.NOT_LINEARIZABLE:
        failure.write_text(picture_of(outcome.judgement.verdict), encoding="utf-8")
    return page


def html(outcome: Outcome) -> str:
    """The page."""
    picture = draw(
        outcome.names, outcome.samples, outcome.occurrences, outcome.entries, outcome.seconds
    )
    key = "".join(
        f'<span><svg width="12" height="12"><rect class="{kind}" width="12" height="12" rx="2"/>'
        f"</svg>{text}</span>"
        for kind, text in KEY
    )
    parts = [
        f"<h1>Chaos, seed {outcome.options.seed}</h1>",
        f'<p class="soft">{escape(_headline(outcome))}</p>',
        _verdict(outcome),
        "<h2>What happened</h2>",
        f'<div class="line">{picture.labels}',
        f'<div class="scroll" tabindex="0">{picture.drawing}</div></div>',
        f'<div class="key">{key}</div>',
        f'<p class="soft">{HEALED.format(outcome.healed_at)}</p>',
        "<h2>In numbers</h2>",
        _facts(_numbers(outcome)),
        "<h2>Not drawn</h2>",
        "<p>What this mode does not promise to survive, or what cannot be done here:</p>",
        _list(outcome.setting.left_out()),
        "<h2>Once more</h2>",
        f"<p><code>{escape(command(outcome))}</code></p>",
        f'<p class="soft">{AGAIN}</p>',
        "<h2>Faults</h2>",
        _faults(outcome),
        _complaints(outcome),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Chaos, seed {outcome.options.seed}: {_word(outcome)}</title>"
        f"<style>{STYLE.read_text(encoding='utf-8')}</style><body><main>"
        + "\n".join(parts)
        + "</main></body></html>\n"
    )


def command(outcome: Outcome) -> str:
    """What repeats it."""
    options = outcome.options
    who = "".join(kind[0] for kind in options.members)
    if options.kills:
        what = f"KILLS_OF_ALL={options.kills}" if options.everyone else f"KILLS={options.kills}"
    elif options.steps:
        what = f"CHAOS='--steps {options.steps}'"
    else:
        what = f"MINUTES={options.seconds / 60:g}"
    return f"make chaos DURABILITY={options.durability} BROWSERS={who} {what} SEED={options.seed}"


def _word(outcome: Outcome) -> str:
    return "all was kept" if outcome.judgement.holds else "a promise was broken"


def _headline(outcome: Outcome) -> str:
    mode = outcome.options.durability
    return f"mode “{mode}”, {', '.join(outcome.names)}; {outcome.versions}; {outcome.revision}"


def _verdict(outcome: Outcome) -> str:
    lines = []
    for finding in outcome.judgement.findings:
        kind, mark = ("", "✓") if finding.holds else (' class="bad"', "✗")
        lines.append(
            f'<li{kind}><span class="mark">{mark}</span><b>{escape(finding.rule)}.</b> '
            f"{escape(finding.sentence)}</li>"
        )
    more = ""
    if outcome.judgement.verdict.result is Result.NOT_LINEARIZABLE:
        more = '<p><a href="failure.html">The history that has no order, drawn</a></p>'
    kind = "verdict" if outcome.judgement.holds else "verdict bad"
    word = _word(outcome).capitalize()
    return (
        f'<section class="{kind}"><strong>{word}</strong><ul>{"".join(lines)}</ul>{more}</section>'
    )


def _numbers(outcome: Outcome) -> Iterator[tuple[str, str]]:
    entries = outcome.entries
    kinds = Counter(each.outcome for each in entries)
    writes = sum(each.writes is not None for each in entries)
    occurred = [each for each in outcome.occurrences if not each.left_out]
    faults = Counter(str(each.part.fault) for each in occurred)
    terms = {(each.term, each.leader) for each in outcome.samples if each.leader is not None}
    gap = _longest_gap(outcome)
    yield "lasted", f"{outcome.seconds:.0f} s, with faults for {outcome.healed_at:.0f} s"
    yield (
        "operations",
        (
            f"{len(entries)}: {kinds['done']} answered, {kinds['refused']} refused, "
            f"{kinds['unknown']} of unknown outcome"
        ),
    )
    yield "acknowledged writes", str(writes)
    yield (
        "faults",
        f"{len(occurred)}: "
        + ", ".join(f"{fault} {count}" for fault, count in faults.most_common()),
    )
    yield "left out", str(len(outcome.occurrences) - len(occurred))
    yield "leaders", f"{len(terms)}"
    yield "longest time without an answer", f"{gap:.1f} s"


def _longest_gap(outcome: Outcome) -> float:
    times = sorted(each.returned for each in outcome.entries if each.outcome == "done")
    return max((late - early for early, late in pairwise(times)), default=0.0)


def _faults(outcome: Outcome) -> str:
    rows = []
    for each in outcome.occurrences:
        lasted = "" if each.ended is None else f"{each.ended - each.began:.1f}"
        back = "" if each.back is None or each.ended is None else f"{each.back - each.ended:.1f}"
        rows.append(
            f'<tr><td class="number">{each.step}<td class="number">{each.began:.1f}'
            f'<td>{escape(describe(each, outcome.names))}<td class="number">{lasted}'
            f'<td class="number">{back}'
        )
    return (
        '<table><tr><th class="number">step<th class="number">at, s<th>fault'
        '<th class="number">lasted, s<th class="number">then back in, s'
        + "".join(rows)
        + "</table>"
    )


def _complaints(outcome: Outcome) -> str:
    texts = []
    for name, complaints in outcome.complaints.items():
        for text, count in Counter(complaints).most_common():
            times = f"{count} times " if count > 1 else ""
            texts.append(f"<p>{escape(name)}, {times}</p><pre>{escape(text)}</pre>")
    if not texts:
        return ""
    return (
        f"<details><summary>What pages said on their consoles</summary>{''.join(texts)}</details>"
    )


def _facts(pairs: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(k)}<dd>{escape(v)}" for k, v in pairs) + "</dl>"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
