"""ADTTE: times from the infusion to an event, as the visits know them.

An event seen at a visit happened after the last visit without it: LEFT < time <= RIGHT.  AVAL is RIGHT for an event
and the last visit still without it for a censored subject (CNSR 1).  Nothing after the cut is used, so whoever is free
of the event at the cut is censored there or before.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from trialwright.analysis.pharmacodynamics.bcells import Count, Depletion, DepletionRule, derive_depletion
from trialwright.analysis.pharmacodynamics.crossing import first_crossing
from trialwright.analysis.subjects.plan import Plan
from trialwright.analysis.subjects.shape import Dataset, Row, Variable, by_subject, dataset
from trialwright.analysis.subjects.subject import Remark, Subject
from trialwright.language.facts import date_of

FLARE_RISE = 3
"""A flare is a rise of SLEDAI-2K by at least so much from one assessment to the next (as in SELENA)."""
RESPONSES = {
    "SLEDAI4": ("TTRESP", "Time to first response: SLEDAI-2K at least 4 points below baseline"),
    "MRSSRESP": ("TTRESP", "Time to first response: skin score at least 5 points and 25 % below baseline"),
}
VARIABLES = (
    Variable("STUDYID", "Study Identifier"),
    Variable("USUBJID", "Unique Subject Identifier"),
    Variable("DOSELVL", "Dose Level", "integer"),
    Variable("PARAMCD", "Parameter Code"),
    Variable("PARAM", "Parameter"),
    Variable("AVAL", "Analysis Value", "number"),
    Variable("AVALU", "Analysis Value Unit"),
    Variable("CNSR", "Censored (1) or Event (0)", "integer"),
    Variable("STARTDT", "Time to Event Origin Date", "date"),
    Variable("ADT", "Analysis Date", "date"),
    Variable("LEFT", "Event Later than (Days)", "number"),
    Variable("RIGHT", "Event Not Later than (Days)", "number"),
    Variable("EVNTDESC", "Event Description"),
    Variable("CNSDTDSC", "Censoring Description"),
    Variable("REASON", "Why There Is No Time"),
)


def rule_of(plan: Plan) -> DepletionRule:
    """Depletion and recovery of B cells as the plan has them."""
    return DepletionRule(plan.rules.depleted_below, confirm_recovery=plan.rules.recovery_visits)


def adtte(subjects: Sequence[Subject], samples: Dataset, effects: Dataset) -> tuple[Dataset, list[Remark]]:
    """All times of everybody infused."""
    remarks: list[Remark] = []
    sampled, assessed = by_subject(samples), by_subject(effects)
    rows = [
        row
        for subject in subjects
        if subject.infusion is not None
        for row in _rows(subject, sampled.get(subject.id, []), assessed.get(subject.id, []), remarks)
    ]
    return dataset("ADTTE", "Time-to-Event Analysis Dataset", VARIABLES, rows), remarks


def depletion_of(subject: Subject, samples: Sequence[Row]) -> Depletion | None:
    """B cells of one subject from the rows of ADPC; None where no day can be counted."""
    if "infusion" not in subject.days:
        return None
    counts = [
        Count(row["ARRELTM"], row["AVAL"] if row["AVAL"] is not None else row["LLOQ"], row["AVAL"] is None)
        for row in samples
        if row["PARAMCD"] == "BCELL" and row["ANL01FL"] == "Y" and (row["AVAL"] is not None or row["LLOQ"] is not None)
    ]
    start = subject.relative(subject.before) if subject.before is not None else 0
    return derive_depletion(subject.id, counts, rule_of(subject.plan), float(start or 0))


def _rows(subject: Subject, samples: Sequence[Row], effects: Sequence[Row], remarks: list[Remark]) -> Iterator[Row]:
    yield from _b_cells(subject, samples, remarks)
    for code, (param, label) in RESPONSES.items():
        states = [
            (row["ARELDY"], row["AVALC"]) for row in effects if row["PARAMCD"] == code and row["ARELDY"] is not None
        ]
        if any(row["PARAMCD"] == code for row in effects):
            given = [(float(day), {"Y": True, "N": False}.get(state)) for day, state in states]
            yield _crossed(subject, param, label, given, "first response", "no response at the last assessment")
    flares = _flares([row for row in effects if row["PARAMCD"] == "SLEDAI2K"])
    if flares is not None:
        label = f"Time to first flare: SLEDAI-2K up by {FLARE_RISE} or more from one assessment to the next"
        yield _crossed(subject, "FLARE", label, flares, "first flare", "no flare at the last assessment")
    yield _death(subject)


def _b_cells(subject: Subject, samples: Sequence[Row], remarks: list[Remark]) -> Iterator[Row]:
    found = depletion_of(subject, samples)
    limit = subject.plan.rules.depleted_below
    label = f"Time to B-cell recovery: {limit:g} per uL or more, after depletion"
    if found is None:
        yield _row(subject, "BCELLREC", label, "the day of the infusion is known only in part")
        return
    for flag in found.flags:
        remarks.append(Remark(subject.id, "ADTTE", "BCELLREC", f"B cells: {flag}"))
    if found.recovery is None:
        yield _row(subject, "BCELLREC", label, found.reason or "no confirmed depletion")
        return
    yield _interval(
        subject,
        "BCELLREC",
        label,
        found.recovery.left,
        found.recovery.right,
        "B cells back",
        "B cells still depleted at the last count",
    )


def _crossed(
    subject: Subject, code: str, label: str, given: Sequence[tuple[float, bool | None]], event: str, free: str
) -> Row:
    ordered = sorted((day, state) for day, state in given if day > 0)
    if not any(state is not None for _, state in ordered):
        return _row(subject, code, label, "no assessment after the infusion decides")
    found = first_crossing([day for day, _ in ordered], [state for _, state in ordered], True, 1, 0.0)
    return _interval(subject, code, label, found.left, found.right, event, free)


def _flares(rows: Sequence[Row]) -> list[tuple[float, bool | None]] | None:
    """At each assessment after the infusion, whether the score rose from the one before; None without assessments."""
    seen = sorted((row for row in rows if row["ARELDY"] is not None), key=lambda row: row["ARELDY"])
    if not seen:
        return None
    states: list[tuple[float, bool | None]] = []
    for a, b in itertools.pairwise(seen):
        bounds = (a["AVALLO"], a["AVALHI"], b["AVALLO"], b["AVALHI"])
        if None in bounds:
            states.append((float(b["ARELDY"]), None))
            continue
        sure, possible = bounds[2] - bounds[1] >= FLARE_RISE, bounds[3] - bounds[0] >= FLARE_RISE
        states.append((float(b["ARELDY"]), True if sure else None if possible else False))
    return states


def _death(subject: Subject) -> Row:
    label = "Time to death"
    if "infusion" not in subject.days:
        return _row(subject, "DEATH", label, "the day of the infusion is known only in part")
    dead = subject.latest("death")
    if dead is not None:
        first, latest = (day - subject.days["infusion"] for day in (dead.start.first_day, dead.start.last_day))
        if latest < 0:
            return _row(subject, "DEATH", label, "death is recorded before the infusion; check both dates")
        return _interval(subject, "DEATH", label, float(max(first, 0)), float(latest), "death", "")
    last = None if subject.last_contact is None else subject.relative(subject.last_contact)
    if last is None or last < 0:
        return _row(subject, "DEATH", label, "nothing is recorded after the infusion")
    return _interval(subject, "DEATH", label, float(last), math.inf, "", "alive at the last contact")


def _interval(subject: Subject, code: str, label: str, left: float, right: float, event: str, free: str) -> Row:
    happened = math.isfinite(right)
    time = right if happened else left
    day = subject.days["infusion"] + math.floor(time)
    return {
        **_row(subject, code, label, None),
        "AVAL": time,
        "CNSR": 0 if happened else 1,
        "ADT": date_of(day),
        "LEFT": left,
        "RIGHT": right if happened else None,
        "EVNTDESC": event if happened else None,
        "CNSDTDSC": None if happened else free,
    }


def _row(subject: Subject, code: str, label: str, reason: str | None) -> dict[str, Any]:
    start = subject.days.get("infusion")
    return {
        "STUDYID": subject.plan.protocol.id,
        "USUBJID": subject.id,
        "DOSELVL": subject.level,
        "PARAMCD": code,
        "PARAM": label,
        "AVALU": "DAYS",
        "STARTDT": None if start is None else date_of(start),
        "REASON": reason,
    }
