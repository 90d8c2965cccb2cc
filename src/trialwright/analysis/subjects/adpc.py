"""ADPC: concentrations of the cells and of B cells, every sample as it was recorded.

Time is days from the infusion, by the clock where both clocks are known.  A sample that cannot be used is kept with the
reason: taken before the infusion, without a date, in a unit that cannot be read.  BLQ samples have no value and their
limit in LLOQ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trialwright.analysis.subjects.adsl import _clock
from trialwright.analysis.subjects.reading import day_of, mixed_units, place_of, read, shown
from trialwright.analysis.subjects.series import nearest
from trialwright.analysis.subjects.shape import Dataset, Variable, dataset
from trialwright.analysis.subjects.subject import Remark, Subject
from trialwright.analysis.subjects.visits import visit_on
from trialwright.language.facts import Fact, date_of

ANALYTES = {"car_t_transgene_copies": "TRANSGENE", "car_t_cells": "CARPOS", "cd19_b_cells": "BCELL"}
NAMES = {"TRANSGENE": "transgene", "CARPOS": "car+ cells", "BCELL": "b cells"}
BEFORE = "taken before the infusion"
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
    Variable("ADTM", "Analysis Time"),
    Variable("ADY", "Analysis Relative Day", "integer"),
    Variable("NRRELTM", "Nominal Day of the Visit Analysed", "number"),
    Variable("ARRELTM", "Actual Days from Infusion", "number"),
    Variable("LLOQ", "Lower Limit of Quantification", "number"),
    Variable("BLQFL", "Below Quantification Limit Flag"),
    Variable("DOSEA", "Actual Dose", "number"),
    Variable("ANL01FL", "Used in the Analysis"),
    Variable("ANL01X", "Why Not Used"),
    Variable("RECVAL", "Value as Recorded", "number"),
    Variable("RECUNIT", "Unit as Recorded"),
    Variable("SRCREF", "Source Records"),
)


def adpc(subjects: Sequence[Subject]) -> tuple[Dataset, list[Remark]]:
    """All samples of all subjects by analyte and time; B-cell counts before the infusion serve as their baseline."""
    remarks: list[Remark] = []
    rows = []
    for subject in subjects:
        for name, code in ANALYTES.items():
            facts = [f for f in subject.facts(name) if _recent(subject, f)]
            times = Counter(subject.days_exact(f) for f in facts)
            if units := mixed_units(facts):
                remarks.append(Remark(subject.id, "ADPC", name, f"recorded in several units: {units}"))
            chosen = nearest(subject, facts)
            rows += [_row(subject, name, code, fact, times, chosen, remarks) for fact in facts]
    return dataset("ADPC", "Concentrations Analysis Dataset", VARIABLES, rows), remarks


def _recent(subject: Subject, fact: Fact) -> bool:
    """Not older than a baseline may be."""
    return subject.before is None or fact.start.last_day >= subject.before - subject.plan.rules.baseline_days


def _row(
    subject: Subject,
    name: str,
    code: str,
    fact: Fact,
    times: Counter[float | None],
    chosen: list[Fact],
    remarks: list[Remark],
) -> dict[str, Any]:
    concept = subject.plan.catalog.concept(name)
    assert concept is not None
    found, day, time = read(fact), day_of(fact), subject.days_exact(fact)
    visit = visit_on(subject.visits, day) if day is not None and any(fact is one for one in chosen) else None
    why = _why(subject, code, found.reason if found.below is None else None, time)
    place = place_of(fact)
    # a sample drawn before the cells are given is usual where nothing is found in it, and a doubt where something is
    if why and subject.infusion is not None and (why != BEFORE or found.value):
        remarks.append(Remark(subject.id, "ADPC", place, f"{concept.label}: {why}; the sample is kept"))
    if time is not None and times[time] > 1:
        remarks.append(Remark(subject.id, "ADPC", place, f"{concept.label}: {times[time]} samples at day {time:g}"))
    clock = fact.start.lower == fact.start.upper
    return {
        "STUDYID": subject.plan.protocol.id,
        "USUBJID": subject.id,
        "DOSELVL": subject.level,
        "PARAMCD": code,
        "PARAM": f"{concept.label} ({shown(concept.unit)})",
        "AVAL": found.value,
        "AVALC": found.text,
        "AVALU": shown(concept.unit),
        "AVALX": found.reason,
        "ADT": None if day is None else date_of(day),
        "ADTM": _clock(fact.start.lower) if clock else None,
        "ADY": None if day is None else subject.study_day(day),
        "NRRELTM": None if visit is None else float(visit.day),
        "ARRELTM": time,
        "LLOQ": fact.detection_limit if fact.detection_limit is not None else found.below,
        "BLQFL": "Y" if found.below is not None or _zero(found.value) else "N" if found.value is not None else None,
        "DOSEA": subject.dose,
        "ANL01FL": None if why else "Y",
        "ANL01X": why,
        "RECVAL": fact.recorded,
        "RECUNIT": fact.unit,
        "SRCREF": fact.source or None,
    }


def _zero(value: float | None) -> bool:
    return value == 0


def _why(subject: Subject, code: str, reason: str | None, time: float | None) -> str | None:
    if subject.infusion is None:
        return "no infusion is recorded for this subject"
    if time is None:
        return "the date of the sample or of the infusion is known only in part"
    if reason is not None:
        return reason
    if time < 0 and code != "BCELL":
        return BEFORE
    return None
