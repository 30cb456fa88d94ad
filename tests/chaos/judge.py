"""Says of a run whether what was promised was kept: plain rules over what was seen.

Each rule gives a `Finding`, with a sentence that names what is wrong. The rules overlap on purpose:
that the history is linearizable covers lost writes as well, but says it less plainly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from raft_core.testing.linearizability import KeyValueModel, Result, Verdict, check
from raft_core.types import Role
from tests.chaos.history import Entry, operations


class Sample(msgspec.Struct, frozen=True):
    """How a member was in one moment; no role: it did not answer, and has no id here."""

    at: float
    member: int
    role: Role | None = None
    node_id: str = ""
    term: int = 0
    leader: str | None = None
    commit_index: int = 0
    suspect: bool = False
    problem: str | None = None


class Final(msgspec.Struct, frozen=True):
    """A member after all faults are healed and all is quiet."""

    name: str
    items: Mapping[str, str] | None
    """All that it has; None: it did not answer."""
    wrote: bool
    """A write through it was acknowledged."""
    complaint: str = ""
    """What keeps it from being whole: it stopped, it is no voter, it shows an error."""


class Excuse(NamedTuple):
    """A time in which a member had a reason to stop: no room, or its storage was gone."""

    member: int
    begin: float
    end: float


class Finding(msgspec.Struct, frozen=True):
    """What came of a rule."""

    rule: str
    holds: bool
    sentence: str


class Judgement(msgspec.Struct, frozen=True):
    """All findings, and the proof of the one about linearizability."""

    findings: tuple[Finding, ...]
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether all was kept."""
        return all(finding.holds for finding in self.findings)


def judge(
    entries: Sequence[Entry],
    samples: Sequence[Sample],
    finals: Sequence[Final],
    excuses: Sequence[Excuse] = (),
) -> Judgement:
    """Judge a run. The entries include reads of every key after all was healed."""
    verdict = check(KeyValueModel(), operations(entries))
    return Judgement(
        (
            _linearizable(verdict),
            _nothing_lost(entries, finals),
            _one_leader_a_term(samples),
            _nobody_stopped(samples, excuses),
            _equal(finals),
            _alive(finals),
        ),
        verdict,
    )


def _linearizable(verdict: Verdict) -> Finding:
    return Finding(
        "The history is linearizable", verdict.result is Result.LINEARIZABLE, f"{verdict}."
    )


def _nothing_lost(entries: Sequence[Entry], finals: Sequence[Final]) -> Finding:
    """The last value of a key is not older than any write of it that was acknowledged.

    That is asked of members that are whole; of others, that they are not so is said elsewhere.
    Nor do two acknowledged writes say that they replaced the same value: values are unique, so one
    of the two was forgotten when the other came.
    """
    rule = "No acknowledged write is lost"
    by_key: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.may_write is not None:
            by_key[entry.key].append(entry)
    acknowledged = sum(entry.writes is not None for each in by_key.values() for entry in each)
    for key, writes in by_key.items():
        if (branch := _branch(writes)) is not None:
            return Finding(rule, False, branch)
        for final in finals:
            if final.complaint or final.items is None:
                continue
            if lost := _lost(writes, final.items.get(key)):
                value = final.items.get(key)
                return Finding(
                    rule,
                    False,
                    f"{lost.writes} of {lost.client} to key {key} was acknowledged at "
                    f"{lost.returned:.2f} s, and in the end {final.name} has "
                    f"{'nothing' if value is None else value}.",
                )
    return Finding(rule, True, f"{acknowledged} writes were acknowledged, and all are there.")


def _branch(writes: Sequence[Entry]) -> str | None:
    found: dict[str | None, Entry] = {}
    for entry in writes:
        if entry.writes is None:
            continue
        other = found.setdefault(entry.output, entry)
        if other is not entry:
            before = "that there was nothing" if entry.output is None else f"{entry.output} before"
            return (
                f"{other.writes} of {other.client} and {entry.writes} of {entry.client} both "
                f"found {before} in key {entry.key}: one of them was lost."
            )
    return None


def _lost(writes: Sequence[Entry], value: str | None) -> Entry | None:
    """An acknowledged write that the final value cannot come after."""
    last = next((entry for entry in writes if entry.may_write == value), None)
    for entry in writes:
        if entry.writes is None or entry is last:
            continue
        # One of unknown outcome may take effect at any time after it was asked for.
        if last is None or (last.writes is not None and last.returned < entry.called):
            return entry
    return None


def _one_leader_a_term(samples: Iterable[Sample]) -> Finding:
    rule = "A term has one leader"
    leaders: dict[int, str] = {}
    for sample in samples:
        if sample.role is Role.LEADER:
            other = leaders.setdefault(sample.term, sample.node_id)
            if other != sample.node_id:
                sentence = f"{other} and {sample.node_id} both led in term {sample.term}."
                return Finding(rule, False, sentence)
    return Finding(rule, True, f"{len(leaders)} terms were seen with a leader.")


def _nobody_stopped(samples: Iterable[Sample], excuses: Sequence[Excuse]) -> Finding:
    """A broken invariant stops a member loudly, and so does damage: neither may be overlooked."""
    rule = "No member stopped by itself"
    for sample in samples:
        if sample.problem is not None and not any(
            excuse.member == sample.member and excuse.begin <= sample.at <= excuse.end
            for excuse in excuses
        ):
            who = sample.node_id or f"member {sample.member + 1}"
            sentence = f"{who} had stopped at {sample.at:.1f} s: {sample.problem}"
            return Finding(rule, False, sentence)
    return Finding(rule, True, "Whoever stopped had no room, or no storage any more.")


def _equal(finals: Sequence[Final]) -> Finding:
    rule = "All members are equal"
    there = [final for final in finals if final.items is not None]
    if len(there) < len(finals):
        missing = ", ".join(final.name for final in finals if final.items is None)
        return Finding(rule, False, f"Nobody knows what these have: {missing}.")
    for final in there[1:]:
        one, other = there[0].items or {}, final.items or {}
        if one != other:
            key = next(key for key in {**one, **other} if one.get(key) != other.get(key))
            return Finding(
                rule,
                False,
                f"Key {key} is {one.get(key)} on {there[0].name} and {other.get(key)} on "
                f"{final.name}.",
            )
    return Finding(
        rule, True, f"{len(there)} members have the same {len(there[0].items or {})} keys."
    )


def _alive(finals: Sequence[Final]) -> Finding:
    rule = "The cluster is alive"
    bad = [
        f"{final.name}: {final.complaint or 'no write through it was acknowledged'}"
        for final in finals
        if final.complaint or not final.wrote
    ]
    if bad:
        return Finding(rule, False, "; ".join(bad) + ".")
    return Finding(rule, True, "After the last fault all members are whole and take writes.")
