"""ADEFF: disease activity and response at baseline and at every visit, and the endpoints of the protocol.

Values come from the instruments and definitions of the catalog through the interpreter, so that they are those of
`score` and `screen` on the same day.  What is not fully known keeps its bounds (AVALLO, AVALHI) and its reason.  A
response at a visit that is due counts by the named rule in CRIT1FL; AVALC is what was observed.  A visit is due when
its window is over by the cut, or an assessment was made in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trialwright.analysis.subjects.adlb import BASELINE, BASELINE_NUMBER
from trialwright.analysis.subjects.assess import Assessment, Question, at_visit, baseline, days_of, none, on_day
from trialwright.analysis.subjects.plan import EVENT_DOMAIN, Endpoint, Measure
from trialwright.analysis.subjects.rules import Missing
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset
from trialwright.analysis.subjects.subject import Subject
from trialwright.analysis.subjects.visits import Due
from trialwright.language.facts import DAY, Record, Span, date_of

RULES = {
    Missing.NON_RESPONDER: "missing is non-responder",
    Missing.OBSERVED: "observed cases",
}
VALUES = ("AVAL", "AVALLO", "AVALHI", "AVALC", "CHG", "CHGLO", "CHGHI")
MOST_BASELINES = 4
"""How many assessments before lymphodepletion are tried for a baseline that a comparison can use."""
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("PARAMCD", "Parameter Code"),
    Variable("PARAM", "Parameter"),
    Variable("PARCAT1", "Measure or Endpoint of the Protocol"),
    Variable("PARNAME", "Name in the Results"),
    Variable("PARTYPE", "Number or Truth"),
    Variable("AVAL", "Analysis Value", "number"),
    Variable("AVALLO", "Lower Bound of the Value", "number"),
    Variable("AVALHI", "Upper Bound of the Value", "number"),
    Variable("AVALC", "Response as Observed"),
    Variable("AVALU", "Analysis Value Unit"),
    Variable("AVISIT", "Analysis Visit"),
    Variable("AVISITN", "Analysis Visit (N)", "integer"),
    Variable("ADT", "Analysis Date", "date"),
    Variable("ADY", "Analysis Relative Day", "integer"),
    Variable("ARELDY", "Days from Infusion (Day 0)", "integer"),
    Variable("AWTDIFF", "Days from the Target Day", "integer"),
    Variable("DUEFL", "Visit Due by the Cut"),
    Variable("ABLFL", "Baseline Record Flag"),
    Variable("BASE", "Baseline Value", "number"),
    Variable("CHG", "Change from Baseline", "number"),
    Variable("CHGLO", "Lower Bound of the Change", "number"),
    Variable("CHGHI", "Upper Bound of the Change", "number"),
    Variable("CRIT1", "Response"),
    Variable("CRIT1FL", "Response by the Rule"),
    Variable("RULE", "Rule for What Is Missing"),
    Variable("REASON", "Why It Is Not Known"),
)


def adeff(subjects: Sequence[Subject]) -> Dataset:
    """All measures and endpoints of all subjects."""
    rows = [row for subject in subjects for row in _subject(subject)]
    return dataset("ADEFF", "Efficacy Analysis Dataset", VARIABLES, rows)


def _subject(subject: Subject) -> Iterator[dict[str, Any]]:
    for measure in subject.plan.measures:
        yield from _measure(subject, measure)
    for endpoint in subject.plan.endpoints:
        yield _endpoint(subject, endpoint)


@dataclass(frozen=True, slots=True)
class _Named:
    """What the columns of a parameter say, of a measure or an endpoint."""

    code: str
    label: str
    category: str
    name: str
    gives: str
    unit: str


# --- measures


def _measure(subject: Subject, measure: Measure) -> Iterator[dict[str, Any]]:
    named = _Named(measure.code, measure.label, "MEASURE", measure.name, measure.gives, measure.unit)
    start = base_of(subject, measure.asked) if measure.gives == "number" else None
    if start is not None:
        yield {
            **_row(subject, named, start, None),
            "AVISIT": BASELINE,
            "AVISITN": BASELINE_NUMBER,
            "ABLFL": "Y",
            "BASE": start.value,
            "REASON": start.reason or None,
        }
    applies = _applies(subject, measure)
    for visit in subject.visits:
        if visit.day <= 0:
            continue
        found = at(subject, measure.asked, visit, measure.compares)
        due = found.day is not None or visit.last <= subject.cut_day
        row = _row(subject, named, found, visit.target)
        row |= {"AVISIT": visit.label, "AVISITN": visit.day, "DUEFL": "Y" if due else "N"}
        if start is not None:
            row |= _change(found, start)
        row |= _response(subject, named, found, due, applies, visit)
        yield row


def base_of(subject: Subject, asked: Question) -> Assessment:
    """The last known assessment before lymphodepletion; for a value without assessments, that of the day before."""
    if subject.before is None:
        return none("neither lymphodepletion nor infusion is recorded, so there is no baseline")
    return baseline(asked, subject.record, subject.before - subject.plan.rules.baseline_days, subject.before)


def at(subject: Subject, asked: Question, visit: Due, compares: bool) -> Assessment:
    """The assessment of a visit; one that compares with baseline takes the last baseline that makes it known."""
    last = min(visit.last, subject.cut_day)
    if visit.first > last:
        return none("the visit is not due by the cut")
    found = none("no assessment in the window of the visit")
    for record in _records(subject, asked) if compares else [subject.record]:
        tried = _read(subject, asked, record, visit, last)
        if tried.known:
            return tried
        found = found if found.day is not None else tried
    if found.day is None and subject.ended is not None and subject.ended[0] < visit.last:
        return none(f"{subject.ended[1]} on day {subject.relative(subject.ended[0])}, no assessment in the window")
    return found


def _read(subject: Subject, asked: Question, record: Record, visit: Due, last: int) -> Assessment:
    if asked.by_day:
        return at_visit(asked, record, visit.first, last, visit.target, visit.id)
    made = [day for day in subject.contacts if visit.first <= day <= last]
    day = min(made, key=lambda d: (abs(d - visit.target), -d), default=min(visit.target, last))
    if not made and (visit.target > last or not subject.followed(day)):
        return none("not followed to the day of the visit")
    return on_day(asked, record, day, visit.id)


def _records(subject: Subject, asked: Question) -> list[Record]:
    """The record with the baseline on each of the last assessments before lymphodepletion, the latest first."""
    before = subject.before
    if before is None:
        return [subject.record]
    first = before - subject.plan.rules.baseline_days
    days = [day for day in days_of(subject.record, asked.dated) if first <= day < before][::-1][:MOST_BASELINES]
    return [_based(subject.record, day) for day in days or [before - 1]]


def _based(record: Record, day: int) -> Record:
    return replace(record, anchors={**record.anchors, "baseline": Span(day * DAY, day * DAY + DAY - 1)})


def _applies(subject: Subject, measure: Measure | Endpoint) -> bool | None:
    """Whether the measure or endpoint is for this person, as known at baseline; None where that is not known."""
    if measure.applies is None:
        return True
    if subject.before is None:
        return None
    found = on_day(measure.applies, subject.record, subject.before - 1)
    return bool(found.lower) if found.known else None


def _change(found: Assessment, start: Assessment) -> dict[str, Any]:
    if found.day is None or start.day is None:
        return {"BASE": start.value}
    (low, high), (a, b) = found.bounds, start.bounds
    lower = low - b if low is not None and b is not None else None
    upper = high - a if high is not None and a is not None else None
    known = found.known and start.known
    return {"BASE": start.value, "CHG": lower if known else None, "CHGLO": lower, "CHGHI": upper}


def _response(
    subject: Subject, named: _Named, found: Assessment, due: bool, applies: bool | None, visit: Due | None
) -> dict[str, Any]:
    """AVALC, CRIT1FL by the rule, and the reason where it is not known."""
    why = found.reason or None
    if not due:
        return {"REASON": why if visit is None or found.day is not None else "the visit is not due by the cut"}
    if applies is not True:
        said = "does not apply to this subject" if applies is False else "whether it applies is not known"
        return {**dict.fromkeys(VALUES), "REASON": said, "DUEFL": "N"}
    if named.gives != "truth":
        return {"REASON": why}
    rule = subject.plan.rules.missing
    observed = {1.0: "Y", 0.0: "N"}.get(found.lower) if found.known else None
    counted = observed or ("N" if rule is Missing.NON_RESPONDER else None)
    return {"AVALC": observed, "CRIT1": named.label, "CRIT1FL": counted, "RULE": RULES[rule], "REASON": why}


def _row(subject: Subject, named: _Named, found: Assessment, target: int | None) -> dict[str, Any]:
    low, high = found.bounds if found.day is not None else (None, None)
    day = found.day
    return {
        "STUDYID": subject.plan.protocol.id,
        "USUBJID": subject.id,
        "DOSELVL": subject.level,
        "PARAMCD": named.code,
        "PARAM": named.label,
        "PARCAT1": named.category,
        "PARNAME": named.name,
        "PARTYPE": named.gives,
        "AVAL": found.value,
        "AVALLO": low,
        "AVALHI": high,
        "AVALC": ({1.0: "Y", 0.0: "N"}.get(found.lower) if found.known else None) if named.gives == "truth" else None,
        "AVALU": named.unit or None,
        "ADT": None if day is None else date_of(day),
        "ADY": None if day is None else subject.study_day(day),
        "ARELDY": None if day is None else subject.relative(day),
        "AWTDIFF": None if day is None or target is None else day - target,
    }


# --- endpoints of the protocol


def _endpoint(subject: Subject, endpoint: Endpoint) -> dict[str, Any]:
    named = _Named(endpoint.code, endpoint.label, "ENDPOINT", endpoint.id, endpoint.gives, "")
    visit = next((v for v in subject.visits if v.id == endpoint.visit), None)
    asked = endpoint.asked
    if visit is not None and not endpoint.harm:
        found = at(subject, asked, visit, endpoint.compares)
        due = found.day is not None or visit.last <= subject.cut_day
    else:
        found, due = _fixed(subject, endpoint, visit)
    row = _row(subject, named, found, None if visit is None else visit.target)
    row |= {
        "AVISIT": visit.label if visit else None,
        "AVISITN": visit.day if visit else endpoint.days,
        "DUEFL": "Y" if due else "N",
    }
    return row | _response(subject, named, found, due, _applies(subject, endpoint), visit)


def _fixed(subject: Subject, endpoint: Endpoint, visit: Due | None) -> tuple[Assessment, bool]:
    """An endpoint over a period after the infusion: read on its last day, or at the cut where that is earlier."""
    if "infusion" not in subject.days:
        return none("no infusion is recorded by the cut"), False
    start = subject.days["infusion"]
    end = start + max(endpoint.days or 0, visit.day if visit else 0)
    record = subject.record
    seen = subject.last_contact
    if visit is not None and any(map(visit.holds, subject.contacts)):
        seen = max(seen or 0, end)  # the visit that ends the period was made, a few days early perhaps
    if endpoint.harm and seen is not None:
        record = replace(record, observed={**record.observed, EVENT_DOMAIN: (_first(subject), seen)})
    # a period that reaches beyond the cut stays open: the interpreter says what of it is decided already
    found = on_day(endpoint.asked, record, min(end, subject.cut_day), visit.id if visit else None)
    if not found.known and not subject.followed(end):
        last = None if subject.last_contact is None else subject.relative(subject.last_contact)
        found = replace(found, reason=f"seen to day {last} only" if last is not None else "never seen")
    return found, end <= subject.cut_day


def _first(subject: Subject) -> int:
    """The first day on which adverse events are asked for."""
    return min(subject.days.values())
