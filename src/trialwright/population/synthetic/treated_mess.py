"""Deliberate mess, one of each: what goes wrong in real trials, with a list of it, so that none may pass in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialwright.language.facts import date_of
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.events import NO_VALUE, NONE, Events, Ints, join, unit_numbers
from trialwright.population.synthetic.spoken_units import to_canonical
from trialwright.population.synthetic.terms import numbers
from trialwright.population.synthetic.treated_cohort import TreatedCohort

Found = list[dict[str, Any]]
_COPIES = "car_t_transgene_copies"


def disordered(cohort: TreatedCohort, rng: np.random.Generator) -> tuple[Events, Found]:
    """The records with one of each kind of mess, in no order; and what was done to whom.

    An event without a grade; an infused dose that nobody wrote down; two samples with each other's date; a sample dated
    before the infusion; the same sample with two values; the same record twice; three profiles of mixed units, of which
    one unit cannot be converted.  Whoever lacks the records for one is left without it.
    """
    events, found = cohort.block.events, Found()
    treated = rng.permutation(cohort.subjects.person[cohort.subjects.treated])
    if not len(treated):
        return events, found

    def whose(i: int) -> int:
        return int(treated[i % len(treated)])

    def of(concept: str, person: int | None = None, quantified: bool = False) -> Ints:
        rows = events.concept == numbers()[concept]
        if person is not None:
            rows = rows & (events.person == person)
        return np.flatnonzero(rows & (events.comparator == NONE) if quantified else rows)

    def tell(kind: str, rows: Ints) -> None:
        for row in rows.tolist():
            person, day = person_id(int(events.person[row])), date_of(int(events.day[row])).isoformat()
            found.append({"what": kind, "person": person, "date": day})

    graded = of("adverse_event_grade")
    if len(graded):
        row = rng.choice(graded, 1)
        value = events.value.copy()
        value[row] = np.nan
        events = events.having(value=value)
        tell("adverse event without a grade", row)
        syndrome = np.isin(events.concept, [numbers()[c] for c in ("crs_grade", "icans_grade")])
        same = (events.person == events.person[row]) & (events.part == events.part[row])
        events = events.take(~(syndrome & same))
    dose = of("car_t_dose_infused", whose(0))
    events = _marked(events, dose, NO_VALUE)
    tell("infused dose not recorded", dose)
    copies = of(_COPIES, whose(1), quantified=True)
    if len(copies) >= 3:
        pair = copies[np.argsort(events.day[copies])][1:3]
        day, minute = events.day.copy(), events.minute.copy()
        day[pair], minute[pair] = day[pair[::-1]], minute[pair[::-1]]
        events = events.having(day=day, minute=minute)
        tell("two samples with each other's date", pair)
    copies = of(_COPIES, whose(2), quantified=True)
    if len(copies):
        early = copies[:1]
        day = events.day.copy()
        day[early] = _infusion(cohort, whose(2)) - 2
        events = events.having(day=day)
        tell("sample dated before the infusion", early)
    copies = of(_COPIES, whose(3), quantified=True)
    extra = []
    if len(copies):
        twice = events.take(copies[-1:])
        extra.append(twice.having(value=np.round(twice.value * 1.3)))
        tell("one sample with two values", copies[-1:])
    blood = of("hemoglobin", whose(4))[:1]
    extra.append(events.take(blood).having(copy=np.ones(len(blood), np.int8)))
    tell("the same record twice", blood)
    for i, (concept, unit) in enumerate((("creatinine", "umol/L"), ("cd19_b_cells", "10*6/L"), (_COPIES, "copies/mL"))):
        rows = of(concept, whose(5 + i))[1::2]
        events = _in_unit(events, rows, concept, unit)
        tell(f"{concept} in {unit}", rows)
    events = join([events, *extra])
    return events.take(rng.permutation(len(events))), found


def _infusion(cohort: TreatedCohort, person: int) -> int:
    return int(cohort.subjects.infusion[person - int(cohort.subjects.person[0])])


def _marked(events: Events, rows: Ints, status: int) -> Events:
    marks = events.status.copy()
    marks[rows] = status
    return events.having(status=marks)


def _in_unit(events: Events, rows: Ints, concept: str, unit: str) -> Events:
    """Values and limits in another unit; one that cannot be converted keeps the number and loses the limits."""
    number = unit_numbers()[unit]
    scale = to_canonical(numbers()[concept], number)
    columns = {name: getattr(events, name).copy() for name in ("value", "low", "high")}
    for name, column in columns.items():
        if scale is not None:
            column[rows] = np.round((column[rows] - scale[1]) / scale[0], 1)
        elif name != "value":
            column[rows] = np.nan
    written = events.unit.copy()
    written[rows] = number
    return events.having(unit=written, **columns)
