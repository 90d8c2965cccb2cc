"""What a page says only in its sentences: number of people, ages, arms, masking, phase, each with a finding.

A comparator that a site printed as "=" is never read: "aged = 18" may mean at least or at most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from trialwright.registry.criteria import walk
from trialwright.registry.enums import read_phases
from trialwright.registry.records import Criterion, Finding, Record
from trialwright.registry.typed import Age

_WHO = r"(?:\w[\w-]*\s+){0,4}?(?:participants?|patients?|subjects?|adults?|people|children|volunteers?|cases)"
_UP_TO = re.compile(rf"\bup to (\d{{1,5}}) {_WHO}", re.IGNORECASE)
_IN_ALL = re.compile(r"\b(\d{1,5})\s*(?:to|-|–|~)\s*(\d{1,5})(?: \w+)?\s+in (?:all|total)\b", re.IGNORECASE)
_RECRUIT = re.compile(rf"\b(?:recruit|enroll?|include|a total of)s?(?:ing|ed)?\s+(\d{{1,5}})\s+{_WHO}", re.IGNORECASE)
_OPEN = re.compile(r"\bopen[\s-]label|^open,|\bunblinded\b", re.IGNORECASE)
_SINGLE = re.compile(r"\b(?:single|one)[\s-]arm(?:ed)?\b", re.IGNORECASE)
_PHASE = re.compile(
    r"\bphase\s+(?:1|2|3|4|I{1,3}|IV)[ab]?(?:\s?[/-]\s?(?:phase\s*)?(?:1|2|3|4|I{1,3}|IV)[ab]?)?\b", re.I
)

_AGED = re.compile(
    r"\bage[ds]?\b|\badults?\b|years?[\s-]old|years? of age|years? or (?:more|older|above)|年龄|岁", re.I
)
_UNIT = r"\s*(years?|months?|weeks?|days?|yrs?|y\b|岁|周岁)?"
_RANGE = re.compile(
    rf"(\d{{1,3}}){_UNIT}(?:\s*old)?\s*(?:\(?inclusive\)?\s*)?"
    rf"(?:~|-|–|‐|‑|to|and|至|up to(?: and including)?|\\~)\s*(\d{{1,3}}){_UNIT}",
    re.IGNORECASE,
)
_LOW = re.compile(
    rf"(?:≥|>=|=>|at least|no(?:t)? (?:younger|less) than|older than or equal to)\s*(\d{{1,3}}){_UNIT}"
    rf"|(\d{{1,3}}){_UNIT}(?:\s*(?:old|of age))?\s*(?:or|and)\s*(?:more|older|above|over)",
    re.IGNORECASE,
)
_HIGH = re.compile(
    rf"(?:≤|<=|=<|at most|no(?:t)? (?:older|more) than|up to)\s*(\d{{1,3}}){_UNIT}"
    rf"|(\d{{1,3}}){_UNIT}(?:\s*(?:old|of age))?\s*(?:or|and)\s*(?:younger|under|below)",
    re.IGNORECASE,
)
_LOST = re.compile(r"(?<![<>≤≥=!])=\s*\d")
_PART = re.compile(
    r"childbearing|onset|diagnos|cohort|history|grade|^(?:for|if|in|when|those|children)\b", re.IGNORECASE
)
_UNITS = {"m": "Months", "w": "Weeks", "d": "Days"}


@dataclass(frozen=True, slots=True)
class AgeRange:
    """The age limits that a criterion states, None where it states none on that side."""

    criterion: str
    minimum: Age | None
    maximum: Age | None


def _place(said: str) -> str:
    return said if said.startswith("criterion ") else f"the words {said!r}"


def with_prose(record: Record, name: str) -> Record:
    """The record with the fields that only its sentences give; each is a finding, and no field is overwritten."""
    findings = list(record.findings)
    prose = "\n".join(text for text in (record.title, record.brief_summary, record.detailed_description) if text)
    changes: dict[str, object] = {}

    def take(field: str, value: object, said: str) -> None:
        if value is not None and not getattr(record, field):
            changes[field] = value
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            findings.append(
                Finding("note", f"{name}: {field}", f"the page has no such field; {shown} is read from {_place(said)}")
            )

    low, high, said = people(prose)
    take("enrollment", high, said)
    if low is not None and "enrollment" in changes:
        changes["enrollment_minimum"] = low
    if found := _OPEN.search(prose):
        take("masking", "NONE", found[0])
    if found := _SINGLE.search(prose):
        take("intervention_model", "SINGLE_GROUP", found[0])
    if found := _PHASE.search(prose):
        phases, known = read_phases(found[0])
        take("phases", phases if known else None, found[0])
    for ages in age_ranges(record.criteria):
        take("minimum_age", ages.minimum, f"criterion {ages.criterion}")
        take("maximum_age", ages.maximum, f"criterion {ages.criterion}")
        break
    return replace(record, **changes, findings=tuple(findings))  # type: ignore[arg-type]


def people(prose: str) -> tuple[int | None, int | None, str]:
    """(fewest, planned number, the words that say so) of "9 to 18 in all", "up to 18 participants", "recruit 6"."""
    if found := _IN_ALL.search(prose):
        return int(found[1]), int(found[2]), found[0]
    for pattern in (_UP_TO, _RECRUIT):
        if found := pattern.search(prose):
            return None, int(found[1]), found[0]
    return None, None, ""


def age_ranges(criteria: tuple[Criterion, ...]) -> list[AgeRange]:
    """The age limits that inclusion criteria state for everyone; those with a lost sign are left out."""
    ranges = []
    for criterion in walk([item for item in criteria if item.kind == "inclusion"]):
        words = criterion.text
        head = words[:90]
        if (
            not _AGED.search(head)
            or _LOST.search(head)
            or re.search(r"\b(?:wom[ae]n|female|male|men)\b.{0,20}age", head, re.I)
        ):
            continue
        if criterion.id.count(".") > 1 or _PART.search(head):
            continue
        low, high = read_range(head)
        if low or high:
            ranges.append(AgeRange(criterion.id, low, high))
    return ranges


def read_range(words: str) -> tuple[Age | None, Age | None]:
    """The lowest and highest age that words such as "18 to 70 years" or ">= 18 years, <= 65 years" allow.

    A number without a unit counts only close behind a word for age: "Grades 9-12" is none.
    """
    for found in _RANGE.finditer(words):
        low, high = int(found[1]), int(found[3])
        if low < high and (found[2] or found[4] or _aged_before(words, found.start())):
            return _age(low, found[2] or found[4]), _age(high, found[4])
    return _limit(_LOW, words), _limit(_HIGH, words)


def _limit(pattern: re.Pattern[str], words: str) -> Age | None:
    for found in pattern.finditer(words):
        unit = found[2] or found[4]
        if unit or _aged_before(words, found.start()):
            return _age(int(found[1] or found[3]), unit)
    return None


def _aged_before(words: str, place: int) -> bool:
    return bool(re.search(r"(?:\bage[ds]?|\badults?|年龄)\b.{0,22}$", words[max(0, place - 30) : place], re.IGNORECASE))


def _age(amount: int, unit: str | None) -> Age | None:
    return Age(amount, _UNITS.get((unit or "y")[0].lower(), "Years")) if amount <= 130 else None
