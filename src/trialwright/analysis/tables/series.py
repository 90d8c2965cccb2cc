"""What the figures show, as plain data taken from the datasets: lanes, paths and profiles, each subject with its group.

Days count from the infusion.  Nothing is derived here: a point stands where the dataset puts it, and a subject without
one is kept with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trialwright.analysis.subjects.shape import Dataset, Row

Datasets = Mapping[str, Dataset]


@dataclass(frozen=True, slots=True)
class Mark:
    """An event on a lane."""

    day: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One subject from the infusion to the last day known: ongoing at the cut or not.

    `unplaced` are events that have no place on it: before the infusion, or on a day that is not known.
    """

    subject: str
    group: str
    end: float | None
    ongoing: bool
    told: str
    marks: tuple[Mark, ...]
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a day; `below` when it was below the limit of quantification, `value` then being that limit."""

    day: float
    value: float
    below: bool = False
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """The points of one subject in order of days; `reason` says why there are none."""

    subject: str
    group: str
    points: tuple[Point, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One subject's change at one visit, or why there is none."""

    subject: str
    group: str
    value: float | None
    reason: str = ""


def subjects(datasets: Datasets) -> list[Row]:
    """The infused subjects in order of dose level and id."""
    treated = [row for row in datasets.get("ADSL", ()) if row.get("TRTSDT") is not None]
    return sorted(treated, key=lambda row: (row.get("DOSELVL") is None, row.get("DOSELVL") or 0, row["USUBJID"]))


def group_of(row: Row) -> str:
    """The dose level as the results name it."""
    level = row.get("DOSELVL")
    return str(row.get("TRT01A") or "treated") if level is None else f"dose level {level:g}"


def labels(rows: Sequence[Row]) -> dict[Any, str]:
    """What a figure has room for: ids without the beginning that all share, up to its last separator."""
    ids = {row["USUBJID"]: str(row.get("SUBJID") or row["USUBJID"]) for row in rows}
    first, last = min(ids.values(), default=""), max(ids.values(), default="")
    same = next((k for k, (a, b) in enumerate(zip(first, last)) if a != b), 0)
    cut = max(first[:same].rfind(mark) for mark in "-_./ ") + 1
    return {key: text[cut:] for key, text in ids.items()}


def lanes(datasets: Datasets, responses: Mapping[str, str]) -> list[Lane]:
    """The swimmer: time followed, with toxicities, the named responses (code to words) and the end."""
    events, effects = _by_subject(datasets, "ADAE"), _by_subject(datasets, "ADEFF")
    made, treated = [], subjects(datasets)
    names = labels(treated)
    for row in treated:
        end = _days(row, row.get("LSTVDT") or row.get("DCUTDT"))
        ended = str(row.get("EOSSTT") or "").upper()
        told_of = [(event, kind) for event in events.get(row["USUBJID"], ()) if (kind := _kind(event))]
        marks = [Mark(day, kind, _text(e)) for e, kind in told_of if (day := _days(row, e.get("ASTDT"))) is not None]
        unplaced = [f"day not known, {kind}: {_text(e)}" for e, kind in told_of if e.get("ASTDT") is None]
        unplaced += [f"day {m.day:g}, before the infusion, {m.kind}: {m.text}" for m in marks if m.day < 0]
        died = _days(row, row.get("DTHDT"))
        if died is not None and not any(mark.kind == "death" for mark in marks):
            marks.append(Mark(died, "death", "date of death"))
        for effect in effects.get(row["USUBJID"], ()):
            day, words = _day(effect), responses.get(effect["PARAMCD"])
            if words is not None and effect.get("AVALC") == "Y" and day is not None and day >= 0:
                marks.append(Mark(day, "response", f"{words} {effect.get('AVISIT') or ''}".strip()))
        told = str(row.get("EOSSTT") or "").lower() + (f": {row['DCSREAS']}" if row.get("DCSREAS") else "")
        ongoing = ended in ("ONGOING", "")
        shown = tuple(sorted((m for m in marks if m.day >= 0), key=lambda m: m.day))
        made.append(Lane(names[row["USUBJID"]], group_of(row), end, ongoing, told, shown, tuple(unplaced)))
    return made


def _kind(event: Row) -> str:
    """What of an event the swimmer marks; empty where it does not."""
    if event.get("AETOXGR") == 5:
        return "death"
    if event.get("DLTFL") == "Y":
        return "DLT"
    if event.get("AESI") in ("CRS", "ICANS"):
        return str(event["AESI"])
    return "serious event" if event.get("AESER") == "Y" else ""


def _text(event: Row) -> str:
    grade = event.get("AETOXGR")
    return f"{event['AEDECOD']}, {'grade missing' if grade is None else f'grade {grade:g}'}"


def courses(datasets: Datasets, name: str, code: str, value: str = "AVAL") -> list[Course]:
    """The values of one parameter of every infused subject; those without any are kept with a reason."""
    found = _by_subject(datasets, name)
    made, treated = [], subjects(datasets)
    names = labels(treated)
    for row in treated:
        mine = [r for r in found.get(row["USUBJID"], ()) if r.get("PARAMCD") == code]
        points = sorted((p for r in mine if (p := _point(r, value)) is not None), key=lambda p: p.day)
        # of the values before the infusion the last one is drawn, so that the days after it have room
        before = [p for p in points if p.day < 0][-1:]
        drawn = (*before, *(p for p in points if p.day >= 0))
        reason = "" if drawn else "no sample" if not mine else "no usable value on a known day"
        made.append(Course(names[row["USUBJID"]], group_of(row), drawn, reason))
    return made


def _point(row: Row, value: str) -> Point | None:
    day = _day(row)
    if day is None or row.get("ANL01FL", "Y") != "Y":
        return None
    if value == "CHG" and row.get("ABLFL") == "Y":
        return Point(0.0, 0.0, False, "baseline")
    limit = row.get("LLOQ")
    if row.get("BLQFL") == "Y" and limit is not None:
        return Point(day, limit, True, str(row.get("AVISIT") or ""))
    number = row.get(value)
    if number is None:
        return None
    return Point(day, number, False, str(row.get("AVISIT") or ""))


def limits(datasets: Datasets, name: str, code: str) -> list[float]:
    """The limits of quantification that occur."""
    rows = datasets.get(name, ())
    return sorted({r["LLOQ"] for r in rows if r.get("PARAMCD") == code and r.get("LLOQ") is not None})


def unit(datasets: Datasets, name: str, code: str) -> str:
    """The unit of a parameter, empty when it has none or several."""
    rows = datasets.get(name, ())
    found = {r.get("AVALU") for r in rows if r.get("PARAMCD") == code and r.get("AVALU")}
    return str(found.pop()).replace("{", "").replace("}", "") if len(found) == 1 else ""


def bars(datasets: Datasets, code: str, day: int) -> list[Bar]:
    """The waterfall: the change at one visit of every infused subject, the largest rise first, those without last."""
    found = _by_subject(datasets, "ADEFF")
    made, treated = [], subjects(datasets)
    names = labels(treated)
    for row in treated:
        mine = [
            r for r in found.get(row["USUBJID"], ()) if r.get("PARAMCD") == code and r.get("AVISITN") == day
        ]  # one row per subject and visit
        value = mine[0].get("CHG") if mine else None
        reason = "" if value is not None else _why(mine[0]) if mine else "no visit in the window"
        made.append(Bar(names[row["USUBJID"]], group_of(row), value, reason))
    return sorted(made, key=lambda bar: (bar.value is None, -(bar.value or 0.0), bar.subject))


def _why(row: Row) -> str:
    low, high = row.get("CHGLO"), row.get("CHGHI")
    between = f"between {low:g} and {high:g}" if low is not None and high is not None else ""
    return "; ".join(text for text in (between, str(row.get("REASON") or "")) if text) or "not known"


def _day(row: Row) -> float | None:
    """Days from the infusion, which is day 0."""
    for name in ("ARRELTM", "ARELDY"):
        if row.get(name) is not None:
            return float(row[name])
    return None


def _by_subject(datasets: Datasets, name: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in datasets.get(name, ()):
        found.setdefault(row["USUBJID"], []).append(row)
    return found


def _days(row: Row, day: dt.date | None) -> float | None:
    start = row.get("TRTSDT")
    return None if day is None or start is None else float((day - start).days)
