"""ADAE: one row per adverse event, put together from the facts of one record.

The event, its term, its grade, its seriousness, relation and toxicity are facts with the same source.  A fact of an
event that stands alone is an event too, with what is missing said in a column beside it.  Treatment-emergent is what
begins on the day of the infusion or up to `emergent_days` after it; a date that may lie there counts as lying there,
and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trialwright.analysis.subjects.cut import ongoing
from trialwright.analysis.subjects.plan import DLT
from trialwright.analysis.subjects.shape import Dataset, Row, Variable, dataset
from trialwright.analysis.subjects.subject import Remark, Subject
from trialwright.catalog.catalog import Catalog
from trialwright.language.facts import FOREVER, Fact, date_of

EVENT = "adverse_event"
GRADES = ("crs_grade", "icans_grade", "adverse_event_grade")
"""The scale of the event itself (ASTCT) counts before that of CTCAE."""
PARTS = (EVENT, *GRADES, "serious_adverse_event", "adverse_event_related", DLT)
UNCLASSIFIED = "Not classified"
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("AESEQ", "Sequence Number", "integer"),
    Variable("AEDECOD", "Dictionary-Derived Term"),
    Variable("AEBODSYS", "Body System or Organ Class"),
    Variable("AETOXGR", "Toxicity Grade", "integer"),
    Variable("AETOXGRX", "Why There Is No Grade"),
    Variable("AESCALE", "Scale of the Grade"),
    Variable("ASTDT", "Analysis Start Date", "date"),
    Variable("ASTDTX", "Start Date as Known"),
    Variable("AENDT", "Analysis End Date", "date"),
    Variable("AENDTX", "Why There Is No End Date"),
    Variable("ASTDY", "Analysis Start Relative Day", "integer"),
    Variable("AENDY", "Analysis End Relative Day", "integer"),
    Variable("ADURN", "Duration in Days", "integer"),
    Variable("TRTEMFL", "Treatment Emergent Flag"),
    Variable("APERIOD", "Period of the Onset"),
    Variable("AESER", "Serious Event"),
    Variable("AEREL", "Related to the Cells"),
    Variable("AESI", "Event of Special Interest"),
    Variable("DLTFL", "Dose-Limiting Toxicity Flag"),
    Variable("TRT01A", "Actual Treatment"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("SRCREF", "Source Records"),
)


def adae(subjects: Sequence[Subject]) -> tuple[Dataset, list[Remark]]:
    """The events of every subject in order of onset, and what was odd about them."""
    remarks: list[Remark] = []
    rows = [row for subject in subjects for row in events_of(subject, remarks)]
    return dataset("ADAE", "Adverse Events Analysis Dataset", VARIABLES, rows), remarks


def events_of(subject: Subject, remarks: list[Remark]) -> Iterator[Row]:
    """The events of one subject."""
    made = [_event(subject, group, remarks) for group in _groups(subject)]
    made.sort(key=lambda row: (str(row["ASTDTX"] or row["ASTDT"] or ""), row["AEDECOD"] or "", row["SRCREF"] or ""))
    for number, row in enumerate(made, start=1):
        yield {**row, "AESEQ": number}


def _groups(subject: Subject) -> list[dict[str, Fact]]:
    """The facts of each event by what they say; facts without a source stand alone."""
    by_source: dict[tuple[str, ...], dict[str, Fact]] = {}
    for name in PARTS:
        for number, fact in enumerate(subject.facts(name)):
            if name == EVENT and not _yes(fact):
                continue
            if name in ("serious_adverse_event", "adverse_event_related", DLT) and not _yes(fact) and not fact.source:
                continue
            key = (fact.source,) if fact.source else (name, str(number))
            by_source.setdefault(key, {})[name] = fact
    for name, facts in subject.record.facts.items():
        concept = subject.plan.catalog.concept(name)
        if concept is None or concept.domain != "condition":
            continue
        for fact in facts:
            if (fact.source,) in by_source and fact.source:
                by_source[(fact.source,)].setdefault("term", fact)
    return [group for group in by_source.values() if EVENT in group or any(_says(n, f) for n, f in group.items())]


def _says(name: str, fact: Fact) -> bool:
    """Whether a fact without its event shows that there was one; a stated absence shows nothing."""
    return name in GRADES or (name != "term" and _yes(fact))


def _yes(fact: Fact) -> bool:
    return fact.present and "absent" not in (fact.categories or ())


def _event(subject: Subject, group: Mapping[str, Fact], remarks: list[Remark]) -> dict[str, Any]:
    lead = group.get(EVENT) or group.get("term") or next(iter(group.values()))
    term = group.get("term")
    label = _label(subject.plan.catalog, term.concept) if term else "Term not recorded"
    grade, scale, why = _grade(group)
    first, last = lead.start.first_day, lead.start.last_day
    exact = first == last
    end, no_end = _end(subject, lead)
    emergent, period, doubt = _period(subject, first, last)
    place = lead.source or label
    if why:
        remarks.append(Remark(subject.id, "ADAE", place, f"{label}: {why}; counted as an event, in no grade"))
    if doubt:
        remarks.append(Remark(subject.id, "ADAE", place, f"{label}: {doubt}"))
    if term is None:
        remarks.append(Remark(subject.id, "ADAE", place, "the term of the event is not recorded; it is kept"))
    return {
        "STUDYID": subject.plan.protocol.id,
        "USUBJID": subject.id,
        "AEDECOD": label,
        "AEBODSYS": subject.plan.classes.get(term.concept, UNCLASSIFIED) if term else UNCLASSIFIED,
        "AETOXGR": grade,
        "AETOXGRX": why,
        "AESCALE": scale,
        "ASTDT": date_of(first) if exact else None,
        "ASTDTX": None if exact else f"{date_of(first)}/{date_of(last)}",
        "AENDT": None if end is None else date_of(end),
        "AENDTX": no_end,
        "ASTDY": subject.study_day(first) if exact else None,
        "AENDY": None if end is None else subject.study_day(end),
        "ADURN": end - first + 1 if end is not None and exact else None,
        "TRTEMFL": emergent,
        "APERIOD": period,
        "AESER": _flag(group.get("serious_adverse_event")),
        "AEREL": _flag(group.get("adverse_event_related")),
        "AESI": _interest(subject, term, group),
        "DLTFL": _flag(group.get(DLT)) or "N",
        "TRT01A": subject.treatment if subject.infusion else None,
        "DOSELVL": subject.level,
        "SRCREF": lead.source or None,
    }


def _grade(group: Mapping[str, Fact]) -> tuple[int | None, str | None, str | None]:
    for name in GRADES:
        fact = group.get(name)
        if fact is None or fact.lower is None:
            continue
        if fact.lower != fact.upper or fact.lower not in (1, 2, 3, 4, 5):
            return None, None, f"the grade {fact.recorded if fact.recorded is not None else ''} is none from 1 to 5"
        return int(fact.lower), "CTCAE" if name == "adverse_event_grade" else "ASTCT", None
    return None, None, "no grade is recorded"


def _end(subject: Subject, lead: Fact) -> tuple[int | None, str | None]:
    if lead.end is None:
        return None, "no end is recorded"
    if ongoing(lead, subject.cut) or lead.end.upper >= FOREVER:
        return None, "ongoing at the cut"
    if lead.end.first_day != lead.end.last_day:
        return None, f"ended between {date_of(lead.end.first_day)} and {date_of(lead.end.last_day)}"
    return lead.end.first_day, None


def _period(subject: Subject, first: int, last: int) -> tuple[str | None, str | None, str | None]:
    """(emergent flag, period of the onset, doubt)."""
    if "infusion" not in subject.days:
        return None, "not infused" if subject.infusion is None else None, None
    a, b = first - subject.days["infusion"], last - subject.days["infusion"]
    end = subject.plan.rules.emergent_days
    periods = [_part(subject, day, end) for day in sorted({a, b, min(max(0, a), b), min(max(end, a), b)})]
    if len(set(periods)) == 1:
        return "Y" if periods[0] == f"day 0 to {end}" else "N", periods[0], None
    emergent = f"day 0 to {end}"
    if emergent in periods:
        return (
            "Y",
            emergent,
            f"the onset is a partial date that may lie from day 0 to {end}, so it counts as lying there",
        )
    return "N", None, "the onset is a partial date; its period is not known"


def _part(subject: Subject, day: int, end: int) -> str:
    if day > end:
        return f"after day {end}"
    if day >= 0:
        return f"day 0 to {end}"
    start = subject.days.get("lymphodepletion")
    return "lymphodepletion" if start is not None and day >= start - subject.days["infusion"] else "before treatment"


def _flag(fact: Fact | None) -> str | None:
    return None if fact is None else "Y" if _yes(fact) else "N"


def _label(catalog: Catalog, name: str) -> str:
    found = catalog.concept(name)
    return found.label if found is not None else name


def _interest(subject: Subject, term: Fact | None, group: Mapping[str, Fact]) -> str | None:
    if "crs_grade" in group:
        return "CRS"
    if "icans_grade" in group:
        return "ICANS"
    return None if term is None else subject.plan.interests.get(term.concept)
