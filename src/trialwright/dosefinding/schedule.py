"""When the next infusion may take place: sentinel, stagger and DLT window on one calendar."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import ceil

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.outcomes import read_number


@dataclass(frozen=True, slots=True)
class Infused:
    """One infusion with its day, and the day of a DLT if there was one."""

    subject: str
    dose: int
    on: date
    dlt_on: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """DLT window of one participant as of a day: `state` is open, complete or dlt."""

    subject: str
    dose: int
    infused_on: date
    window_ends: date
    state: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """The next infusion: `place` in the cohort, not before `earliest` (None: it depends on open outcomes)."""

    dose: int | None
    place: int
    earliest: date | None
    decision_on: date | None
    reason: str
    windows: tuple[Window, ...]


def next_infusion(design: Design, infusions: Sequence[Infused], at: date, window_days: float) -> Schedule:
    """Earliest day of the next infusion as of `at`.  Infusions stand in order; the cohort is the last run at one dose.

    Within a cohort the sentinel interval follows its first infusion and the stagger interval the others.  After a
    full cohort the next dose is decided when the last DLT window has ended or a DLT closed it.
    """
    if not infusions:
        return Schedule(
            design.start, 1, at, None, f"nobody has been infused; the first infusion is at dose {design.start}.", ()
        )
    for earlier, later in pairwise(infusions):
        if later.on < earlier.on:
            raise DoseInputError(
                f"subject {later.subject} was infused before {earlier.subject}; order the rows by day."
            )
    if infusions[-1].on > at:
        raise DoseInputError(f"subject {infusions[-1].subject} was infused on {infusions[-1].on}, after {at}.")
    length = timedelta(days=ceil(window_days))
    windows = tuple(
        Window(
            item.subject,
            item.dose,
            item.on,
            item.on + length,
            "dlt" if item.dlt_on and item.dlt_on <= at else "complete" if item.on + length <= at else "open",
        )
        for item in infusions
    )
    last = infusions[-1]
    if not 1 <= last.dose <= design.doses:
        raise DoseInputError(f"subject {last.subject} had dose {last.dose}; the design has doses 1 to {design.doses}.")
    size = design.cohort_at(last.dose)
    run = 0
    for item in reversed(infusions):
        if item.dose != last.dose:
            break
        run += 1
    place = run % size or size
    cohort = infusions[-place:]
    toxic = [item.subject for item in cohort if item.dlt_on and item.dlt_on <= at]
    if place < size:
        days = _interval(design.sentinel_days if place == 1 else design.stagger_days, last.dose)
        kind = "sentinel" if place == 1 else "stagger"
        earliest = max(last.on + timedelta(days=ceil(days)), at)
        reason = (
            f"infusion {place + 1} of {size} at dose {last.dose}: {days:g} days ({kind}) after subject {last.subject}"
            f" on {last.on}."
        )
        if toxic:
            reason += f" Subject {', '.join(toxic)} had a DLT: review before the next infusion."
        return Schedule(last.dose, place + 1, earliest, None, reason, windows)
    ends = [item.dlt_on if item.dlt_on and item.dlt_on <= at else item.on + length for item in cohort]
    decision = max(ends)
    state = "is known" if decision <= at else "is not complete before then"
    reason = (
        f"the cohort of {size} at dose {last.dose} is full; its last outcome is known on {decision} and {state}:"
        " decide with `dose recommend`."
    )
    return Schedule(None, 1, decision if decision > at else at, decision, reason, windows)


def read_infused(text: str) -> tuple[Infused, ...]:
    """Read CSV with subject, dose, infused_on and, where there was one, dlt_on (ISO dates)."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    for needed in ("subject", "dose", "infused_on"):
        if needed not in (reader.fieldnames or []):
            raise DoseInputError(
                f"the table of infusions has no column {needed!r}; it needs subject, dose, infused_on."
            )
    result = []
    for line, row in enumerate(reader, 2):
        where = f"line {line}"
        on = _day(row["infused_on"], where, "infused_on")
        toxic = _day(row["dlt_on"], where, "dlt_on") if (row.get("dlt_on") or "").strip() else None
        if toxic is not None and toxic < on:
            raise DoseInputError(f"{where}: the DLT on {toxic} is before the infusion on {on}.")
        result.append(
            Infused(row["subject"].strip(), int(read_number(row["dose"], where, "dose", whole=True)), on, toxic)
        )
    return tuple(result)


def _day(text: str | None, where: str, column: str) -> date:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        raise DoseInputError(f"{where}: {column} is {text!r}; give a date such as 2026-03-01.") from None


def _interval(values: tuple[float, ...], dose: int) -> float:
    return values[0 if len(values) == 1 else dose - 1]
