"""Documents of one trial become one record: by registry number, else by title, sponsor and numbers.

The fullest document is followed; what it lacks comes from the others, and where two differ both values are in a
finding.  Documents that only resemble each other stay apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from trialwright.registry.criteria import walk
from trialwright.registry.document import plain_value
from trialwright.registry.records import Finding, Record

COMPARED = 500
"""Records up to which those without a number are compared with each other by title; beyond, only numbers merge."""

_PARTS = {
    "arms": ("label", ("type", "description", "interventions")),
    "interventions": ("name", ("type", "description")),
    "locations": ("facility", ("city", "country", "status", "state")),
    "sponsors": ("name", ("class_", "role")),
    "investigators": ("name", ("role", "affiliation")),
    "contacts": ("name", ("phone", "email", "role", "facility")),
}
_JOINED = {"keywords", "references", "other_ids", "countries", "sections", "outcomes"}
_APART = {"criteria", "criteria_text", "sources", "findings", "dose_levels"}


def merge_records(records: Sequence[Record]) -> list[Record]:
    """One record for each trial, in order of first appearance."""
    groups: list[list[Record]] = []
    numbered: dict[str, list[Record]] = {}
    for record in records:
        home = numbered.get(record.nct_id) if record.nct_id else None
        if home is None and len(records) <= COMPARED:
            home = next((group for group in groups if any(same_trial(record, member) for member in group)), None)
        if home is None:
            home = []
            groups.append(home)
        home.append(record)
        if record.nct_id:
            numbered.setdefault(record.nct_id, home)
    return [_merged(group) for group in groups]


def same_trial(one: Record, other: Record) -> bool:
    """Whether two records are surely of one trial: equal number, else equal title and nothing against it."""
    if one.nct_id and other.nct_id:
        return one.nct_id == other.nct_id
    if not _agree(_names(one), _names(other)):
        return False
    titles = _words(one.title), _words(other.title)
    alike = _overlap(_numbers(one), _numbers(other))
    if titles[0] and titles[1]:
        equal = titles[0] == titles[1] and len(titles[0]) >= 4
        near = (_overlap(Counter(titles[0]), Counter(titles[1])) or 0) >= 0.8
        return (equal and (alike is None or alike >= 0.5)) or (near and alike is not None and alike >= 0.9)
    mine, theirs = Counter(_criteria_words(one)), Counter(_criteria_words(other))
    return bool(sum(mine.values()) > 60 and sum(theirs.values()) > 60 and (_overlap(mine, theirs) or 0) >= 0.95)


def _merged(group: list[Record]) -> Record:
    if len(group) == 1:
        return group[0]
    order = sorted(group, key=lambda record: -_fullness(record))
    result = order[0]
    for other in order[1:]:
        result = _pair(result, other)
    sources = tuple(dict.fromkeys(source for record in group for source in record.sources))
    return replace(result, sources=sources, findings=tuple(dict.fromkeys(result.findings)))


def _pair(base: Record, other: Record) -> Record:
    changes: dict[str, Any] = {}
    findings = [*base.findings, *other.findings]
    names = _source(base), _source(other)
    for field in fields(Record):
        mine, theirs = getattr(base, field.name), getattr(other, field.name)
        if field.name in _APART or theirs in (None, (), ""):
            continue
        if mine in (None, (), ""):
            changes[field.name] = theirs
        elif field.name in _PARTS:
            changes[field.name] = _parts(field.name, mine, theirs, names, findings)
        elif field.name in _JOINED:
            changes[field.name] = tuple(dict.fromkeys((*mine, *theirs)))
        elif _same(mine) != _same(theirs):
            findings.append(_difference(field.name, mine, theirs, names))
    if not base.criteria and other.criteria:
        changes |= {"criteria": other.criteria, "criteria_text": other.criteria_text}
    elif other.criteria:
        findings += _criteria_differences(base, other, names)
    levels = {(level.value, level.per) for level in base.dose_levels}
    if not base.dose_levels:
        changes["dose_levels"] = other.dose_levels
    elif other.dose_levels and {(level.value, level.per) for level in other.dose_levels} != levels:
        findings.append(_difference("dose_levels", base.dose_levels, other.dose_levels, names))
    return replace(base, **changes, findings=tuple(findings))


def _parts(name: str, mine: Any, theirs: Any, names: tuple[str, str], findings: list[Finding]) -> tuple[Any, ...]:
    """Items of a list paired by their name: gaps are filled, what differs is found, what only one has is kept."""
    key, attributes = _PARTS[name]
    result = list(mine)
    for item in theirs:
        label = _same(getattr(item, key) or "")
        place = next((at for at, known in enumerate(result) if _same(getattr(known, key) or "") == label), None)
        if place is None:
            result.append(item)
            shown = getattr(item, key) or plain_value(item)
            findings.append(
                Finding("note", name, f"{shown!r} is named by {names[1]} and not by {names[0]}; it is kept")
            )
            continue
        changes = {}
        for attribute in attributes:
            here, there = getattr(result[place], attribute), getattr(item, attribute)
            if here in (None, ()) and there not in (None, ()):
                changes[attribute] = there
            elif there not in (None, ()) and _same(here) != _same(there):
                findings.append(
                    _difference(f"{name} {getattr(item, key)!r} {attribute.rstrip('_')}", here, there, names)
                )
        result[place] = replace(result[place], **changes)
    return tuple(result)


def _criteria_differences(base: Record, other: Record, names: tuple[str, str]) -> list[Finding]:
    """Criteria are compared word by word, so that another layout of the same words is no difference."""
    findings = []
    for kind in ("inclusion", "exclusion"):
        mine, theirs = ([c.text for c in walk(record.criteria) if c.kind == kind] for record in (base, other))
        if not mine or not theirs:
            if mine or theirs:
                only = names[0] if mine else names[1]
                findings.append(Finding("warning", "criteria", f"only {only} has {kind} criteria"))
            continue
        left, right = _same(" ".join(mine)), _same(" ".join(theirs))
        if left == right:
            continue
        for texts, text, names_ in ((mine, right, names), (theirs, left, names[::-1])):
            for words in texts:
                if _same(words) and _same(words) not in text:
                    message = f"{kind}: {names_[0]} says {words[:160]!r}, which {names_[1]} does not say in these words"
                    findings.append(Finding("warning", "criteria", message))
    return findings


def _difference(field: str, mine: Any, theirs: Any, names: tuple[str, str]) -> Finding:
    shown = [str(plain_value(value))[:160] for value in (mine, theirs)]
    return Finding("warning", field, f"{names[0]} says {shown[0]!r} and {names[1]} {shown[1]!r}; the first is used")


def _same(value: Any) -> str:
    """A value reduced to its words, so that case, escapes and punctuation make no difference."""
    text = value if isinstance(value, str) else str(plain_value(value))
    return " ".join(re.findall(r"[^\W_]+|[<>≤≥=%]", text.lower().replace("\\", "")))


def _words(text: str | None) -> list[str]:
    return re.findall(r"[^\W_]+", (text or "").lower())


def _criteria_words(record: Record) -> list[str]:
    return [word for criterion in walk(record.criteria) for word in _words(criterion.text)]


def _numbers(record: Record) -> Counter[str]:
    return Counter(n for c in walk(record.criteria) for n in re.findall(r"\d+(?:\.\d+)?", c.text))


def _names(record: Record) -> set[str]:
    return {" ".join(_words(sponsor.name)) for sponsor in record.sponsors if sponsor.role == "lead"}


def _agree(mine: set[str], theirs: set[str]) -> bool:
    return not mine or not theirs or bool(mine & theirs)


def _overlap(mine: Counter[str], theirs: Counter[str]) -> float | None:
    if not mine or not theirs:
        return None
    return sum((mine & theirs).values()) / sum((mine | theirs).values())


def _fullness(record: Record) -> int:
    filled = sum(
        getattr(record, field.name) not in (None, (), "") for field in fields(Record) if field.name != "findings"
    )
    return filled + (5 if record.nct_id else 0)


def _source(record: Record) -> str:
    return record.sources[0].name if record.sources else record.name
