"""An instrument over time: change from baseline, time to response, sustained response, flares, area, steroid-free days.

Each visit is scored with the same expression at its own day, as an interval where something is not known; what is
derived from the course is then an interval too, or None with the reason.  Days are counted from the origin that the
caller names, usually the infusion; baseline is the last known value on or before a day, usually lymphodepletion.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from trialwright.catalog import Catalog, load_catalog
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.facts import DAY, Record, Span
from trialwright.language.interpret import Interpreter
from trialwright.language.parse import parse
from trialwright.language.values import Number, Truth
from trialwright.scoring.instrument import gives

SCREENING = n.Anchor("screening")
Test = Callable[[Number], bool | None]


@dataclass(frozen=True, slots=True)
class Visit:
    """What an instrument gives on one day; truths count as 1 and 0."""

    day: int
    value: Number

    @property
    def known(self) -> bool:
        return self.value.is_point


@dataclass(frozen=True, slots=True)
class Bounds:
    """A derived number between two bounds, None where there is none; `reason` says why it is not one number."""

    lower: float | None
    upper: float | None
    reason: str = ""

    @property
    def value(self) -> float | None:
        return self.lower if self.lower == self.upper else None


def at_day(record: Record, day: int) -> Record:
    """The record as it stands on a day: the anchor in force is that day; facts after it lie outside of every window."""
    span = Span(day * DAY, day * DAY + DAY - 1)
    return replace(record, anchors={**record.anchors, "screening": span})


def course(name: str, record: Record, days: Sequence[int], catalog: Catalog | None = None) -> tuple[Visit, ...]:
    """The instrument on each day (days since 1970-01-01), in order of time.

    Raises TrialwrightError for an instrument that is not there.
    """
    found = tree_of(name, catalog or load_catalog())
    return tuple(visit_on(found, record, day) for day in sorted(days))


def tree_of(name: str, catalog: Catalog) -> n.Expression:
    """The expression of an instrument that a course asks for: of a response whether it is met, else the number."""
    want = gives(name, catalog)
    model = catalog.instruments.get(name)
    responds = model is not None and model.kind == "response"
    return expand(n.Ref(f"{name}.met" if responds else name), catalog, SCREENING, want="truth" if responds else want)


def visit_on(tree: n.Expression, record: Record, day: int) -> Visit:
    """What an expression gives on a day."""
    return Visit(day, _number(Interpreter(at_day(record, day)).value(tree)))


def _number(value: object) -> Number:
    if isinstance(value, Truth):
        low, high = (0.0, 1.0) if value.state is None else (float(value.state), float(value.state))
        return Number(low, high, reasons=value.reasons, notes=value.notes)
    assert isinstance(value, Number)
    return value


def baseline_of(visits: Sequence[Visit], before: int) -> Visit | None:
    """The last known visit on or before a day; None where there is none."""
    return next((visit for visit in reversed(visits) if visit.day <= before and visit.known), None)


def change_from_baseline(visits: Sequence[Visit], before: int) -> dict[int, Bounds]:
    """Follow-up minus baseline for each later visit."""
    start = baseline_of(visits, before)
    found = {}
    for visit in visits:
        if visit.day <= before:
            continue
        if start is None:
            found[visit.day] = Bounds(None, None, "no known value on or before baseline")
        else:
            low, high = visit.value.lower - start.value.upper, visit.value.upper - start.value.lower
            found[visit.day] = Bounds(low, high, "" if visit.known else "the visit is not fully known")
    return found


def responds(visits: Sequence[Visit], test: Test, after: int) -> list[tuple[int, bool | None]]:
    """Each visit after a day, and whether the response holds there."""
    return [(visit.day, test(visit.value)) for visit in visits if visit.day > after]


def time_to_response(visits: Sequence[Visit], test: Test, origin: int) -> Bounds:
    """Days from the origin to the first visit with the response; visits that could be it make it an interval."""
    states = responds(visits, test, origin)
    sure = next((day for day, state in states if state is True), None)
    maybe = next((day for day, state in states if state is not False), None)
    if maybe is None:
        return Bounds(None, None, "no response by the last visit")
    if sure is None:
        return Bounds(float(maybe - origin), None, "a visit is not fully known")
    return Bounds(float(maybe - origin), float(sure - origin), "" if maybe == sure else "an earlier visit is not known")


def sustained(visits: Sequence[Visit], test: Test, origin: int, days: int) -> bool | None:
    """Whether the response, once there, holds at every visit of so many days; None where a visit leaves it open.

    A course that ends earlier has not shown it: that is None too, unless it was lost before.
    """
    states = responds(visits, test, origin)
    answers = []
    for i, (first, state) in enumerate(states):
        if state is False:
            continue
        later = [(day, s) for day, s in states[i:] if day - first <= days]
        if any(s is False for _, s in later):
            answers.append(False if state is True else None)
            continue
        reached = any(day - first >= days for day, _ in states[i:])
        answers.append(True if reached and all(s is True for _, s in later) else None)
        if answers[-1] is True:
            return True
    return None if None in answers else False


def flares(visits: Sequence[Visit], rise: float = 3, after: int | None = None) -> Bounds:
    """How often the score rises by at least so much from one visit to the next."""
    chosen = [visit for visit in visits if after is None or visit.day >= after]
    sure = possible = 0
    for a, b in itertools.pairwise(chosen):
        sure += b.value.lower - a.value.upper >= rise
        possible += b.value.upper - a.value.lower >= rise
    return Bounds(float(sure), float(possible), "" if sure == possible else "visits are not fully known")


def area(visits: Sequence[Visit], start: int, end: int) -> Bounds:
    """Area under the curve by the trapezoid rule in score x days, from a day to a day.

    Between visits the course is a line; it must have visits at or beyond both ends.  Divide by the days for the mean.
    """
    if end <= start or not visits or visits[0].day > start or visits[-1].day < end:
        return Bounds(None, None, "the course does not reach from the first day to the last")
    inside = [_between(visits, start), *(v for v in visits if start < v.day < end), _between(visits, end)]
    pairs = list(itertools.pairwise(inside))
    low = sum((b.day - a.day) * (a.value.lower + b.value.lower) / 2 for a, b in pairs)
    high = sum((b.day - a.day) * (a.value.upper + b.value.upper) / 2 for a, b in pairs)
    if not (math.isfinite(low) and math.isfinite(high)):
        return Bounds(None, None, "a visit has no bounds")
    return Bounds(low, high, "" if low == high else "visits are not fully known")


def _between(visits: Sequence[Visit], day: int) -> Visit:
    """The course on a day, on the line between the visits around it."""
    earlier = next(visit for visit in reversed(visits) if visit.day <= day)
    later = next(visit for visit in visits if visit.day >= day)
    if earlier.day == later.day or not (_bounded(earlier) and _bounded(later)):
        return later if earlier.day == later.day else Visit(day, Number(-math.inf, math.inf))
    share = (day - earlier.day) / (later.day - earlier.day)
    low, high = (
        a + share * (b - a)
        for a, b in ((earlier.value.lower, later.value.lower), (earlier.value.upper, later.value.upper))
    )
    return Visit(day, Number(low, high))


def _bounded(visit: Visit) -> bool:
    return math.isfinite(visit.value.lower) and math.isfinite(visit.value.upper)


def steroid_free(catalog: Catalog) -> n.Expression:
    """The days without a systemic glucocorticoid from the anchor `baseline` to now."""
    text = "total days of (dose of systemic glucocorticoid (prednisone equivalent) <= 0 mg/d) from baseline to now"
    return expand(parse(text), catalog, SCREENING, want="number")


def steroid_free_days(record: Record, start: int, end: int, catalog: Catalog | None = None) -> Bounds:
    """Days from `start` to `end` without any systemic glucocorticoid."""
    tree = steroid_free(catalog or load_catalog())
    moved = at_day(record, end)
    anchors = {**moved.anchors, "baseline": Span(start * DAY, start * DAY + DAY - 1)}
    found = Interpreter(replace(moved, anchors=anchors)).number(tree)
    return Bounds(found.lower, found.upper, "" if found.is_point else "exposure is not fully known")
