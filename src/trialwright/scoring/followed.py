"""Courses as documents: one person's, and what a population's come to.

Nothing is imputed: `mean` is that of the values that are known, `mean_of_all` lies between the means of the lower and
of the upper bounds, and there is none where a bound is missing.  Counts of responses keep who is open apart.  The time
to response is that of people who responded; curves with censoring are those of `trialwright analyse`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from trialwright.scoring import course as c
from trialwright.scoring.follow import Followed

MEASURES = ("time_to_response", "flares", "area", "steroid_free_days")


def document(found: Followed) -> dict[str, Any]:
    """One person as JSON: absent is null."""

    def bounds(b: c.Bounds) -> dict[str, Any]:
        return {"lower": b.lower, "upper": b.upper, "reason": b.reason or None}

    def visit(v: c.Visit) -> dict[str, Any]:
        low, high = (None if abs(x) == float("inf") else x for x in (v.value.lower, v.value.upper))
        change = (found.changes or {}).get(v.day)
        answer = dict(found.responses).get(v.day)
        known = {"day": v.day, "value": low if v.known else None, "lower": low, "upper": high}
        return known | {"change": bounds(change) if change else None, "response": answer}

    return {
        "person": found.person,
        "origin": found.origin.isoformat() if found.origin else None,
        "baseline": visit(found.baseline) if found.baseline else None,
        "visits": [visit(v) for v in found.visits],
        "days": {str(day): at for day, at in found.named.items()},
        "responded": found.responded,
        "time_to_response": bounds(found.time_to_response),
        "sustained": found.sustained,
        "flares": bounds(found.flares),
        "area": bounds(found.area),
        "steroid_free_days": bounds(found.steroid_free_days),
        "reason": found.reason or None,
    }


def summary(people: Sequence[Followed], days: Sequence[int] = ()) -> dict[str, Any]:
    """All people together: responses, derived measures, and each named day (those without a visit on it apart)."""
    followed = [one for one in people if one.visits]
    return {
        "people": len(people),
        "followed": len(followed),
        "not_followed": _counted(one.reason for one in people if not one.visits),
        "baseline": _known(one.baseline.value.lower if one.baseline else None for one in followed),
        "responded": _states(one.responded for one in followed),
        "sustained": _states(one.sustained for one in followed),
        **{name: _bounded(getattr(one, name) for one in followed) for name in MEASURES},
        "days": [_day(followed, day) for day in days],
    }


def _day(people: Sequence[Followed], day: int) -> dict[str, Any]:
    """One day of the courses."""
    visits = [(one, visit) for one in people for visit in one.visits if visit.day == one.named.get(day)]
    values = (c.Bounds(v.value.lower, v.value.upper) for _, v in visits)
    changes = ((one.changes or {}).get(v.day, c.Bounds(None, None)) for one, v in visits)
    return {
        "day": day,
        "people": len(visits),
        "no_visit": len(people) - len(visits),
        "value": _bounded(values),
        "change": _bounded(changes),
        "response": _states(dict(one.responses).get(v.day) for one, v in visits),
    }


def _states(states: Iterable[bool | None]) -> dict[str, int]:
    found = list(states)
    return {"yes": found.count(True), "no": found.count(False), "open": found.count(None)}


def _known(values: Iterable[float | None]) -> dict[str, Any]:
    return _bounded(c.Bounds(value, value) for value in values)


def _bounded(given: Iterable[c.Bounds]) -> dict[str, Any]:
    """How many are known, their mean, median, least and most; the mean of all between its bounds."""
    found = list(given)
    known = [b.lower for b in found if b.lower is not None and b.lower == b.upper and math.isfinite(b.lower)]
    ends = [(b.lower, b.upper) for b in found]
    sure = bool(ends) and all(
        a is not None and b is not None and math.isfinite(a) and math.isfinite(b) for a, b in ends
    )
    return {
        "known": len(known),
        "not_known": len(found) - len(known),
        "mean": statistics.fmean(known) if known else None,
        "median": statistics.median(known) if known else None,
        "least": min(known, default=None),
        "most": max(known, default=None),
        "mean_of_all": [statistics.fmean(a or 0 for a, _ in ends), statistics.fmean(b or 0 for _, b in ends)]
        if sure
        else None,
    }


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason in reasons:
        found[reason] = found.get(reason, 0) + 1
    return found
