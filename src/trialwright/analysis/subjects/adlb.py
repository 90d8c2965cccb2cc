"""ADLB: laboratory results by visit, with baseline, change and CTCAE grade.

Every result from `baseline_days` before lymphodepletion to the cut is a row.  At a visit the known result nearest the
target day is the one analysed (ANL01FL), of two equally near the later.  Grades are those of the catalog, at the day
of the result; without the limit of normal of the record there is no grade, and the reason says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from trialwright.analysis.subjects.assess import on_day
from trialwright.analysis.subjects.plan import laboratory
from trialwright.analysis.subjects.reading import day_of, mixed_units, place_of, read, shown
from trialwright.analysis.subjects.series import agreed, disagreeing, nearest
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset
from trialwright.analysis.subjects.subject import Remark, Subject
from trialwright.analysis.subjects.visits import visit_on
from trialwright.language.facts import Fact, date_of

BASELINE, BASELINE_NUMBER = "Baseline", -1
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("PARAMCD", "Parameter Code"),
    Variable("PARAM", "Parameter"),
    Variable("AVAL", "Analysis Value", "number"),
    Variable("AVALC", "Analysis Value as Text"),
    Variable("AVALU", "Analysis Value Unit"),
    Variable("AVALX", "Why There Is No Analysis Value"),
    Variable("ADT", "Analysis Date", "date"),
    Variable("ADY", "Analysis Relative Day", "integer"),
    Variable("ARELDY", "Days from Infusion (Day 0)", "integer"),
    Variable("AVISIT", "Analysis Visit"),
    Variable("AVISITN", "Analysis Visit (N)", "integer"),
    Variable("ANL01FL", "Analysed at Its Visit"),
    Variable("ABLFL", "Baseline Record Flag"),
    Variable("BASE", "Baseline Value", "number"),
    Variable("CHG", "Change from Baseline", "number"),
    Variable("ANRLO", "Normal Range Lower Limit", "number"),
    Variable("ANRHI", "Normal Range Upper Limit", "number"),
    Variable("ATOXGR", "Toxicity Grade", "integer"),
    Variable("ATOXGRX", "Why There Is No Grade"),
    Variable("DTYPE", "Derivation Type"),
    Variable("SRCREF", "Source Records"),
)


def adlb(subjects: Sequence[Subject]) -> tuple[Dataset, list[Remark]]:
    """All results of all subjects, by subject, parameter and time."""
    remarks: list[Remark] = []
    rows = [row for subject in subjects for name in laboratory() for row in _rows(subject, name, remarks)]
    return dataset("ADLB", "Laboratory Analysis Dataset", VARIABLES, rows), remarks


def _rows(subject: Subject, name: str, remarks: list[Remark]) -> Iterator[dict[str, Any]]:
    concept = subject.plan.catalog.concept(name)
    if concept is None:
        return
    before = subject.before
    first = None if before is None else before - subject.plan.rules.baseline_days
    facts = [f for f in subject.facts(name) if first is None or f.start.last_day >= first]
    base = _baseline(facts, before)
    for fact in disagreeing(facts):
        said = f"{concept.label}: results of one time disagree; neither is analysed at a visit or as baseline"
        remarks.append(Remark(subject.id, "ADLB", place_of(fact), said))
    chosen = nearest(subject, facts)
    entry = laboratory()[name]
    if units := mixed_units(facts):
        remarks.append(Remark(subject.id, "ADLB", name, f"recorded in several units, converted: {units}"))
    for fact in facts:
        found, day = read(fact), day_of(fact)
        visit = None if day is None or subject.relative(day) is None else visit_on(subject.visits, day)
        is_base = base is fact
        value = found.value
        start = read(base).value if base is not None else None
        after = day is not None and before is not None and day >= before
        grade, no_grade = _grade(subject, entry, day) if value is not None and day is not None else (None, found.reason)
        if found.reason and found.below is None:
            said = f"{concept.label}: {found.reason}; the row is kept without a value"
            remarks.append(Remark(subject.id, "ADLB", place_of(fact), said))
        if day is None:
            said = f"{concept.label}: the date is known only in part; it is in no visit"
            remarks.append(Remark(subject.id, "ADLB", place_of(fact), said))
        yield {
            "STUDYID": subject.plan.protocol.id,
            "USUBJID": subject.id,
            "DOSELVL": subject.level,
            "PARAMCD": entry["code"],
            "PARAM": f"{concept.label} ({shown(concept.unit)})",
            "AVAL": value,
            "AVALC": found.text,
            "AVALU": shown(concept.unit),
            "AVALX": found.reason,
            "ADT": None if day is None else date_of(day),
            "ADY": None if day is None else subject.study_day(day),
            "ARELDY": None if day is None else subject.relative(day),
            "AVISIT": BASELINE if is_base else visit.label if visit else None,
            "AVISITN": BASELINE_NUMBER if is_base else visit.day if visit else None,
            "ANL01FL": "Y" if is_base or fact in chosen else None,
            "ABLFL": "Y" if is_base else None,
            "BASE": start,
            "CHG": value - start if value is not None and start is not None and after else None,
            "ANRLO": fact.low_normal,
            "ANRHI": fact.high_normal,
            "ATOXGR": grade,
            "ATOXGRX": no_grade if grade is None else None,
            "SRCREF": fact.source or None,
        }  # fmt: skip


def _baseline(facts: Sequence[Fact], before: int | None) -> Fact | None:
    """The last known result before lymphodepletion by day and clock; None where two of that time disagree."""
    if before is None:
        return None
    known = [f for f in facts if read(f).value is not None and f.start.last_day < before and day_of(f) is not None]
    return agreed(known, lambda f: -f.start.lower)


def _grade(subject: Subject, entry: Any, day: int) -> tuple[int | None, str | None]:
    """The worse of the grades in both directions; None with the reason where one of them cannot be had."""
    grades: list[int] = []
    for direction in ("low", "high"):
        if direction not in entry:
            continue
        found = on_day(subject.plan.grades[entry[direction]], subject.record, day)
        if not found.known:
            return None, found.reason or "the grade is not decided"
        grades.append(int(found.lower))
    return (max(grades), None) if grades else (None, None)
