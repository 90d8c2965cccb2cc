"""Dose levels of cells out of free text: 15x106 is 15 million cells, 1x10\\^6/kg is by weight, 10e6 is a million.

Sites lose the caret ("1 × 107/kg") and write "5.0 e5/ kg".  Counts per litre are laboratory values, not doses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from trialwright.registry.records import DoseLevel, Finding, Record, Span

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_POWER = r"(?:\\?\^|\*\*|[eE])?\s*(?:\{|\()?([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}|\d{1,2})(?:\}|\))?"
_DOSE = re.compile(
    rf"(?P<list>(?:{_NUMBER}\s*(?:,|、|/|，|-|–|~|to|and|or)\s*)*)"
    rf"(?:(?P<base>{_NUMBER})\s*[x×X✕*∙·]\s*10\s*{_POWER}"
    rf"|(?P<mantissa>{_NUMBER})\s?[eE]\+?(?P<e>\d{{1,2}})"
    rf"|(?<![\d.x×])10\s*(?:\\?\^|\*\*)\s*(?P<bare>\d{{1,2}})"
    rf"|(?P<million>{_NUMBER})\s*(?P<word>million|billion))(?![\d.]*\d)"
    r"(?P<unit>(?:\s*(?:viable|autologous|CAR[-\s]?(?:T|positive|\+)?|\+|T|NK|[\w+-]{0,12}[-\s]positive)){0,5}"
    r"\s*cells?)?(?:(?:\s*/\s*|\s+per\s+|\s*·\s*)(?P<per>kg|kilogram|L\b|[mμµu]L\b|ml\b|mm|litre|liter|day|dose|m2|m\^2))?",
    re.IGNORECASE,
)
_CELLS = re.compile(r"cell|\bCAR\b|CAR[-+T]|dose|infus|剂量|细胞", re.IGNORECASE)
_OTHER = re.compile(
    r"copies|vg\b|pfu|particles|vector genomes|IU\b|platelet|neutrophil|\bANC\b|leu[ck]ocyte|CD34", re.I
)
_BACKUP = re.compile(r"back[\s-]?up|de-?escalat\w* (?:dose|level)|(?:dose )?level\s*[-−–]\s?1\b", re.IGNORECASE)
_START = re.compile(r"\b(?:start(?:ing)?|initial|first)[\s-]+(?:dose|level)|起始剂量", re.IGNORECASE)
_ALTERNATIVE = re.compile(r"^[^,;、]{0,24}?[(（]?\s*(?:/|\bor\b|或)\s*$", re.IGNORECASE)
_LIST_BEFORE = re.compile(r"(?:doses|levels|groups|cohorts|[:：]|\bof|\bat|\bare)\s*$", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:level|day|cohort|group|phase|visit|week)s?\s*$", re.IGNORECASE)

_DESIGNS = (
    ("rolling-six", r"rolling[\s-]?(?:six|6)"),
    ("i3+3", r"\bi\s?3\s?\+\s?3"),
    ("3+3", r"(?<![i\d])3\s?\+\s?3\b"),
    ("boin12", r"\bBOIN[-\s]?12\b"),
    ("tite-boin", r"TITE[-\s]?BOIN"),
    ("boin", r"\bBOIN\b|Bayesian optimal interval"),
    ("keyboard", r"\bkeyboard\b"),
    ("mtpi2", r"\bmTPI[-\s]?2\b"),
    ("tite-crm", r"TITE[-\s]?CRM"),
    ("crm", r"\bCRM\b|continual reassessment"),
)


@dataclass(frozen=True, slots=True)
class _Hit:
    value: float
    per: str | None
    start: int
    end: int
    doubtful: bool = False


def with_doses(record: Record) -> Record:
    """The record with the dose levels and the escalation design that its texts name, and where they disagree."""
    named = [(field, read_doses(text, field)) for field, text in _texts(record)]
    levels = _joined([level for _, levels in sorted(named, key=lambda item: -len(item[1])) for level in levels])
    findings = list(record.findings)
    where = record.sources[0].name if record.sources else record.name
    for field, text in _texts(record):
        for span in re.findall(r"\b10[eE]\d{1,2}\b", text) if levels else []:
            findings.append(Finding("warning", f"{where}: {field}", f"{span} is read as 10^{span[3:]}; check the dose"))
    findings += _disagreements(where, [(field, found) for field, found in named if len(found) > 1])
    design = next((name for name, words in _DESIGNS if any(re.search(words, text) for _, text in _texts(record))), None)
    return replace(record, dose_levels=levels, dose_design=design, findings=tuple(dict.fromkeys(findings)))


def read_doses(text: str, field: str = "text") -> tuple[DoseLevel, ...]:
    """The doses of cells that a text names, in its order, with role and place.

    Value in cells; `per` is "kg" for a dose by weight.  A number of cells needs the word cell, CAR or dose nearby.
    """
    hits = list(_hits(text))
    levels: list[DoseLevel] = []
    for place, hit in enumerate(hits):
        before = text[hits[place - 1].end if place else max(0, hit.start - 60) : hit.start]
        after = text[hit.end : hits[place + 1].start if place + 1 < len(hits) else hit.end + 60]
        mine = re.split(r"[,，;；、.。]|\band\b", before)[-1] + " | " + re.split(r"[,，;；、.。]|\band\b", after)[0]
        role = "backup" if _BACKUP.search(mine) else "start" if _START.search(mine) else "level"
        instead = place > 0 and bool(_ALTERNATIVE.match(before))
        levels.append(DoseLevel(hit.value, "cells", hit.per, role, instead, (Span(hit.start, hit.end, field),)))
    return tuple(levels)


def _hits(text: str) -> Iterator[_Hit]:
    for found in _DOSE.finditer(text):
        per = (found["per"] or "").lower()
        if per and per not in ("kg", "kilogram", "dose"):
            continue
        around = text[max(0, found.start() - 80) : found.end() + 60]
        close = text[max(0, found.start() - 30) : found.end() + 16]
        if not (per == "kg" or found["unit"] or _CELLS.search(around)) or _OTHER.search(close):
            continue
        scale = _scale(found)
        if scale is None:
            continue
        factor, power = scale
        value = float(f"{factor}e{power}")
        if not 1e3 <= value <= 1e12:
            continue
        weight = "kg" if per in ("kg", "kilogram") else None
        start = found.start() + len(found["list"])
        listed = re.findall(_NUMBER, found["list"])
        numbers = [float(number) for number in (*listed, factor)]
        lead = text[max(0, found.start() - 20) : found.start()]
        ranged = re.fullmatch(rf"{_NUMBER}\s*(?:-|–|~)\s*", found["list"]) and not _ORDINAL.search(lead)
        if listed and numbers == sorted(set(numbers)) and (ranged or _LIST_BEFORE.search(lead)):
            for item in re.finditer(_NUMBER, found["list"]):
                here = found.start() + item.start()
                yield _Hit(float(f"{item[0]}e{power}"), weight, here, here + len(item[0]))
        yield _Hit(value, weight, start, found.end())


def _scale(found: re.Match[str]) -> tuple[str, int] | None:
    """(factor, power of ten); "10e6" is 10^6, as sites that print "10e6/kg" mean it."""
    if found["base"]:
        return found["base"], int(found[3].translate(_SUPERSCRIPT))
    if found["mantissa"]:
        return ("1" if found["mantissa"] == "10" else found["mantissa"]), int(found["e"])
    if found["bare"]:
        return "1", int(found["bare"])
    return found["million"], 6 if found["word"].lower() == "million" else 9


def _joined(levels: list[DoseLevel]) -> tuple[DoseLevel, ...]:
    """One level for each dose: a stated role outweighs none, and every place is kept."""
    result: dict[tuple[float, str | None], DoseLevel] = {}
    for level in levels:
        key = (level.value, level.per)
        known = result.get(key)
        if known is None:
            result[key] = level
            continue
        role = known.role if known.role != "level" else level.role
        result[key] = replace(known, role=role, spans=known.spans + level.spans)
    return tuple(result.values())


def _disagreements(where: str, named: list[tuple[str, tuple[DoseLevel, ...]]]) -> list[Finding]:
    findings = []
    for (field, levels), (other, others) in pairwise(named):
        mine, theirs = ({(level.value, level.per) for level in found} for found in (levels, others))
        if mine != theirs:
            findings.append(
                Finding(
                    "warning", f"{where}: {other}", f"{field} names doses {_listed(mine)}, {other} {_listed(theirs)}"
                )
            )
    return findings


def _listed(doses: set[tuple[float, str | None]]) -> str:
    return ", ".join(f"{value:.3g}{'/kg' if per else ''}" for value, per in sorted(doses, key=lambda dose: dose[0]))


def _texts(record: Record) -> Iterator[tuple[str, str]]:
    """The fields in which registries state doses, with their names."""
    for field in ("detailed_description", "brief_summary", "title", "official_title"):
        if text := getattr(record, field):
            yield field, text
    for place, arm in enumerate(record.arms):
        if text := "\n".join(part for part in (arm.label, arm.description) if part):
            yield f"arms[{place}]", text
    for place, item in enumerate(record.interventions):
        if text := "\n".join(part for part in (item.name, item.description) if part):
            yield f"interventions[{place}]", text
