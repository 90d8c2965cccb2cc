"""Which facts lie in a window, which one is selected, how many there are: what is sure and what is possible.

Clinical records carry dates known only in part and values recorded at the same time; each function here answers
with everything that could be true, never with a guess.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trialwright.language.facts import DAY, FOREVER, Fact, Record, Span
from trialwright.language.nodes import Count, Expression, Facts, Select
from trialwright.language.values import NONE, Number, Strings

UNBOUNDED = Span(-FOREVER, -FOREVER)
ENDLESS = Span(FOREVER, FOREVER)

Test = Callable[[Expression, Fact], bool | None]


@dataclass(frozen=True, slots=True)
class Moment:
    """An evaluated instant: the minutes that it can be, or None with the reasons why there is none."""

    span: Span | None
    reasons: Strings = NONE
    notes: Strings = NONE
    facts: frozenset[Fact] = frozenset()
    clock: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """An evaluated window, in minutes (`clock`) or in days; open ends are already moved inward."""

    start: Span
    end: Span
    clock: bool = False
    unbounded: bool = False

    @property
    def vague(self) -> bool:
        """An edge is known only in part."""
        return self.start.lower < self.start.upper or self.end.lower < self.end.upper

    def units(self, minute: int) -> int:
        return minute if self.clock or abs(minute) >= FOREVER else minute // DAY


def make_frame(start: Moment, end: Moment, start_open: bool, end_open: bool) -> Frame:
    """The window between two moments that exist."""
    assert start.span is not None
    assert end.span is not None
    clock = start.clock or end.clock
    scale = (lambda minute: minute) if clock else (lambda minute: _day(minute))
    first = Span(scale(start.span.lower) + start_open, scale(start.span.upper) + start_open)
    last = Span(scale(end.span.lower) - end_open, scale(end.span.upper) - end_open)
    return Frame(first, last, clock, start.span == UNBOUNDED)


def _day(minute: int) -> int:
    return minute if abs(minute) >= FOREVER else minute // DAY


@dataclass(frozen=True, slots=True)
class Found:
    """The facts in a window: `sure` in every reading, `possible` in some; and what the silence of the record means.

    `silent` is True where nothing more can be there: the source observes the domain over the whole window.
    """

    sure: tuple[Fact, ...]
    possible: tuple[Fact, ...]
    absent: tuple[Fact, ...]
    older: bool
    silent: bool
    ever: bool

    @property
    def doubt(self) -> Strings:
        """Why possible facts are not sure."""
        sure = set(self.sure)
        unsure = [f for f in self.possible if f not in sure]
        reasons = {"broader_only" for f in unsure if not f.certain}
        if any(f.certain for f in unsure):
            reasons.add("partial_date")
        return frozenset(reasons)


def find(facts: Facts, frame: Frame, record: Record, test: Test) -> Found:
    """The facts of `facts.concepts` that overlap the window and pass its tests, sure and possible."""
    sure, possible, absent = [], [], []
    older = False
    for concept in facts.concepts:
        for fact in record.facts.get(concept, ()):
            first, latest, end_first, end_last = (frame.units(minute) for minute in fact.extent)
            may = first <= frame.end.upper and end_last >= frame.start.lower
            must = latest <= frame.end.lower and end_first >= frame.start.upper
            if not may:
                older = older or end_last < frame.start.lower
                continue
            if not fact.present:
                if must and fact.certain:
                    absent.append(fact)
                continue
            verdicts = [test(expression, fact) for expression in facts.where]
            if False in verdicts:
                continue
            possible.append(fact)
            if must and fact.certain and None not in verdicts:
                sure.append(fact)
    observed = record.observed.get(facts.domain)
    silent = observed is not None and observes(observed, frame)
    return Found(tuple(sure), tuple(possible), tuple(absent), older, silent, frame.unbounded and silent)


def observes(observed: tuple[int, int], frame: Frame) -> bool:
    """Whether the source observes the whole window; a window without a start begins with the observation."""
    scale = DAY if frame.clock else 1
    starts = frame.unbounded or frame.start.lower >= observed[0] * scale
    return starts and frame.end.upper < (observed[1] + 1) * scale


def candidates(select: Select, found: Found, near: Span | None = None) -> tuple[tuple[Fact, ...], bool]:
    """The facts that could be the selected one, and whether it is also possible that there is none."""
    sure, possible = found.sure, found.possible
    if not sure:
        return possible, True
    match select.rule:
        case "latest":
            mark = max(f.start.lower for f in sure)
            chosen = [f for f in possible if f.start.upper >= mark]
        case "earliest":
            mark = min(f.start.upper for f in sure)
            chosen = [f for f in possible if f.start.lower <= mark]
        case "lowest":
            limit = min(upper_of(f) for f in sure)
            chosen = [f for f in possible if lower_of(f) <= limit]
        case "highest":
            limit = max(lower_of(f) for f in sure)
            chosen = [f for f in possible if upper_of(f) >= limit]
        case "mean":
            chosen = list(possible)
        case "nearest":
            assert near is not None
            limit = min(_distance(f.start, near)[1] for f in sure)
            chosen = [f for f in possible if _distance(f.start, near)[0] <= limit]
        case _:
            raise TypeError(f"no rule for {select.rule}")
    return tuple(chosen), False


def _distance(a: Span, b: Span) -> tuple[int, int]:
    """Least and greatest distance in days."""
    low = max(0, a.first_day - b.last_day, b.first_day - a.last_day)
    return low, max(abs(a.last_day - b.first_day), abs(b.last_day - a.first_day))


def lower_of(fact: Fact) -> float:
    return -math.inf if fact.lower is None else fact.lower


def upper_of(fact: Fact) -> float:
    return math.inf if fact.upper is None else fact.upper


def disagreement(chosen: Sequence[Fact], none_possible: bool, found: Found) -> Strings:
    """Why the selected fact is not one fact."""
    reasons: set[str] = set()
    if none_possible:
        if not chosen:
            return frozenset({"stale" if found.older else "no_data"})
        reasons |= found.doubt
    elif len(chosen) > 1:
        exact = all(f.start.first_day == f.start.last_day and f in found.sure for f in chosen)
        reasons |= {"conflict"} if exact else found.doubt | {"partial_date"}
    return frozenset(reasons)


def count(node: Count, found: Found) -> Number:
    """How many facts: [what is sure, what is possible]."""
    lower, upper = _tally(node, found.sure, False), float(_tally(node, found.possible, True))
    reasons: set[str] = set()
    notes: set[str] = set()
    if found.absent and found.sure:
        reasons.add("conflict")
        lower = 0
    stated = {f.concept for f in found.absent}
    if node.facts.domain in ("measurement", "observation") or not found.silent:
        if found.possible or not set(node.facts.concepts) <= stated:
            upper = math.inf
            reasons.add("no_data")
    elif not found.possible:
        notes |= {"absence"} | ({"ever"} if found.ever else set())
    if lower < upper:
        reasons |= found.doubt
    return Number(
        lower,
        upper,
        reasons=frozenset(reasons) if lower < upper else NONE,
        notes=frozenset(notes),
        facts=frozenset(found.possible) | frozenset(found.absent),
    )


def _tally(node: Count, facts: Sequence[Fact], generous: bool) -> int:
    """Facts, concepts or days; an inexact date counts as a day of its own only when generous."""
    if node.by == "concept":
        return len({f.concept for f in facts})
    if node.by == "fact" and not node.spacing_days:
        return len(facts)
    days = sorted({f.start.first_day for f in facts if f.start.first_day == f.start.last_day})
    vague = sum(f.start.first_day != f.start.last_day for f in facts)
    picked, last = 0, -FOREVER
    for day in days:
        if day - last >= max(node.spacing_days, 1):
            picked, last = picked + 1, day
    if generous:
        return picked + vague
    return picked or min(1, vague)
