"""People of a population followed with an instrument: a course each, what derives from it, and all of them together.

Days are counted from an origin of each person (the first infusion, or a date).  Baseline is the last known value before
another one (the first day of lymphodepletion); who has none is counted from the day before the origin.  Visits are the
days that the caller names, or those on which the instrument was assessed: on which an item or a score was recorded, and
where it has none of them, a measurement that it rests on.  Nothing is said of days after the observed period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from trialwright.catalog import Catalog, load_catalog
from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.facts import DAY, Record, Span, day_number
from trialwright.population import Population
from trialwright.scoring import course as c
from trialwright.scoring.response import Limit, response_of

NOTHING = c.Bounds(None, None, "there is no course")
UNSEEN = c.Bounds(None, None, "the person is not observed up to that day")
TRIED = 4
"""How many assessments before the treatment are tried for one that is fully known."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a course: all of it is the caller's choice, and stated in the outcome.

    `response` is a limit of the value ("<= 4") or of its change from baseline ("change <= -4"); of a response of the
    catalog it is that it is met.  `days` are visits counted from the origin, none for all that were assessed.  Each is
    the assessment nearest to it, at most `window` days away (the later of two), or with a window of 0 the record as
    it stands on that day.  `until` ends the area and the days without glucocorticoid (default: the last visit).
    """

    origin: str = "car_t_infusion"
    before: str = "lymphodepletion"
    days: tuple[int, ...] = ()
    window: int = 14
    response: str | None = None
    sustained: int = 60
    rise: float = 3
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """One person's course; days are counted from the origin.  `named` gives the visit of each day that was asked for.

    `reason` says why there is no course.
    """

    person: str
    origin: dt.date | None = None
    baseline: c.Visit | None = None
    visits: tuple[c.Visit, ...] = ()
    named: Mapping[int, int] = field(default_factory=dict)
    changes: Mapping[int, c.Bounds] | None = None
    responses: tuple[tuple[int, bool | None], ...] = ()
    time_to_response: c.Bounds = NOTHING
    sustained: bool | None = None
    flares: c.Bounds = NOTHING
    area: c.Bounds = NOTHING
    steroid_free_days: c.Bounds = NOTHING
    reason: str = ""

    @property
    def responded(self) -> bool | None:
        """Whether there is a response at any visit; None while one may be."""
        states = [state for _, state in self.responses]
        return True if True in states else None if None in states or not states else False


def follow(
    name: str,
    population: Population,
    rules: Rules,
    people: Sequence[str] | None = None,
    catalog: Catalog | None = None,
) -> Iterator[Followed]:
    """The course of each person, one after the other.

    Raises TrialwrightError for an instrument, a person, a concept or a response that is not there.
    """
    catalog = catalog or load_catalog()
    tree = c.tree_of(name, catalog)
    test = response_of(rules.response, name, catalog)
    origin, before = (_instant(text, catalog) for text in (rules.origin, rules.before))
    chosen = population.persons() if people is None else people
    if unknown := population.absent(chosen):
        population.person(unknown[0])
    dated = assessed(tree, catalog)
    for person in chosen:
        _, _, _, observed = population.person(person)
        last = day_number(population.extracted) if observed is None else observed
        yield _followed(person, population.record(person), last, tree, dated, rules, test, origin, before, catalog)


def _followed(
    person: str,
    record: Record,
    seen: int,
    tree: n.Expression,
    dated: frozenset[str],
    rules: Rules,
    test: Limit | None,
    origin: str | int,
    before: str | int,
    catalog: Catalog,
) -> Followed:
    zero = _day(record, origin)
    if isinstance(zero, str):
        return Followed(person, reason=zero)
    treated = _day(record, before)
    last = (treated if isinstance(treated, int) else zero) - 1
    days = sorted(
        {
            fact.start.first_day
            for concept in dated
            for fact in record.facts.get(concept, ())
            if fact.start.first_day == fact.start.last_day
        }
    )
    earlier = [day for day in days if day <= last][-TRIED:]
    moved = _anchored(record, zero, treated, earlier[-1] if earlier else last)
    tried = [c.visit_on(tree, moved, day) for day in earlier or [last]]
    base = c.baseline_of(tried, last)
    named = {day: at for day in rules.days if (at := _nearest(zero + day, days, rules.window, last, seen)) is not None}
    wanted = set(named.values()) if rules.days else {day for day in days if last < day <= seen}
    later = [c.visit_on(tree, moved, day) for day in sorted(wanted)]
    visits = ([base] if base else []) + later
    start, end = (base.day if base else zero), (later[-1].day if later else zero)
    end = zero + rules.until if rules.until is not None else end
    found = Followed(
        person,
        dt.date(1970, 1, 1) + dt.timedelta(days=zero),
        replace(base, day=base.day - zero) if base else None,
        tuple(replace(visit, day=visit.day - zero) for visit in later),
        {day: at - zero for day, at in named.items()},
        {day - zero: change for day, change in c.change_from_baseline(visits, last).items()},
        flares=c.flares(visits, rules.rise),
        area=c.area(visits, start, end),
        steroid_free_days=c.steroid_free_days(record, zero, end, catalog) if zero <= end <= seen else UNSEEN,
        reason="" if later else "no visit after the baseline",
    )
    if test is None:
        why = c.Bounds(None, None, "no response was named")
        return replace(found, time_to_response=why)
    judged = partial(test, baseline=base.value if base else None)
    after = max(last, zero - 1)
    return replace(
        found,
        responses=tuple((day - zero, state) for day, state in c.responds(later, judged, after)),
        time_to_response=_since(c.time_to_response(later, judged, after), zero - after),
        sustained=c.sustained(later, judged, after, rules.sustained),
    )


def _nearest(target: int, days: Sequence[int], window: int, last: int, seen: int) -> int | None:
    """The day of the visit that is meant by a day: after the baseline, inside the observed period."""
    if window == 0:
        return target if last < target <= seen else None
    near = [day for day in days if abs(day - target) <= window and last < day <= seen]
    return min(near, key=lambda day: (abs(day - target), -day), default=None)


def _since(bounds: c.Bounds, shift: int) -> c.Bounds:
    """Days counted from the origin rather than from the day after which visits count."""
    low, high = (None if bound is None else bound - shift for bound in (bounds.lower, bounds.upper))
    return replace(bounds, lower=low, upper=high)


def _anchored(record: Record, zero: int, treated: int | str, baseline: int) -> Record:
    """The record with the person's own instants: what compares with baseline does so with the last assessment."""
    known = {"infusion": zero, "baseline": baseline, "lymphodepletion": treated}
    spans = {name: Span(day * DAY, day * DAY + DAY - 1) for name, day in known.items() if isinstance(day, int)}
    return replace(record, anchors={**record.anchors, **spans})


def assessed(tree: n.Expression, catalog: Catalog) -> frozenset[str]:
    """The concepts that make a day one of assessment: items and scores that a person records, else measurements."""
    read = {
        name: node.domain
        for node in walk(tree)
        if isinstance(node, n.Facts) and node.domain in ("measurement", "observation")
        for name in node.concepts
    }
    concepts = {name: catalog.concept(name) for name in read}
    judged = {k for k, v in read.items() if v == "observation" or ((u := concepts[k]) and u.unit == "{score}")}
    return frozenset(judged or read)


def _instant(text: str, catalog: Catalog) -> str | int:
    """A concept whose first record is meant, or the day number of a date."""
    if catalog.concept(text) is not None:
        return text
    try:
        return day_number(dt.date.fromisoformat(text))
    except ValueError:
        near = ", ".join(catalog.suggestions(text)[:3])
        hint = f"; did you mean {near}?" if near else ""
        raise TrialwrightError(f"'{text}' is neither a concept nor a date as YYYY-MM-DD{hint}") from None


def _day(record: Record, instant: str | int) -> int | str:
    """The day of the first record of a concept, or why there is none."""
    if isinstance(instant, int):
        return instant
    starts = sorted((f.start for f in record.facts.get(instant, ()) if f.present), key=lambda s: (s.lower, s.upper))
    if not starts:
        return f"{instant.replace('_', ' ')}: nothing is recorded"
    first = starts[0].first_day
    exact = first == starts[0].last_day and all(span.first_day >= first for span in starts)
    return first if exact else f"{instant.replace('_', ' ')}: the day is known only in part"
