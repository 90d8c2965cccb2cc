"""Time lines: what was taken or measured on each day of a window, and runs, totals and extremes over them.

A day is *surely* covered when every reading of the record's dates covers it and *possibly* when some reading does;
doses carry a lower and an upper bound; the answers are intervals of days or doses.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from trialwright.language.exposure import resolve
from trialwright.language.facts import DAY, FOREVER, Fact, Record
from trialwright.language.nodes import Extent, Facts, Spell, Timeline
from trialwright.language.selection import Found, Frame
from trialwright.language.values import NONE, Strings, round6

LONG_AGO = -200_000
"""A day before any record: where a time line without a start begins."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days `first` to `last` on which the time line does not change.

    `sure`/`possible`: covered for sure, perhaps.  `identity` names the records that make the value, when they
    surely cover the whole stretch: two stretches of one identity have the same value, whatever it is.
    """

    first: int
    last: int
    lower: float
    upper: float
    sure: bool
    possible: bool
    identity: frozenset[Fact] | None
    reasons: Strings


def settled(facts: Facts, record: Record) -> Record:
    """The record with the overlapping records of the drugs resolved, before a window or a test looks at them."""
    if facts.domain != "drug":
        return record
    return replace(record, facts={c: resolve(record.facts.get(c, ())) for c in facts.concepts})


def stretches(node: Timeline, found: Found, first: int, last: int) -> list[Stretch]:
    """The time line over the days `first` to `last`, without gaps."""
    if last < first:
        return []
    if node.of == "value":
        return _measured(node, found.possible, set(found.sure), first, last)
    factors = dict(node.factors)
    records = found.possible
    edges = {first, last + 1}
    for record in records:
        a, b, c, d = _days(record)
        edges |= {day for day in (a, b, c + 1, d + 1) if first < day <= last}
    days = sorted(edges)
    return [_dose(records, factors, a, b - 1, found.silent) for a, b in itertools.pairwise(days)]


def _days(fact: Fact) -> tuple[int, int, int, int]:
    a, b, c, d = (minute // DAY for minute in fact.extent)
    return a, b, c, d


def _dose(records: Sequence[Fact], factors: dict[str, Decimal | None], first: int, last: int, silent: bool) -> Stretch:
    lower = upper = 0.0
    sure = False
    reasons: set[str] = set()
    covering = []
    for record in records:
        a, b, c, d = _days(record)
        if not a <= first <= last <= d:
            continue
        covering.append(record)
        certain = record.certain and b <= first and last <= c
        sure = sure or certain
        factor = factors.get(record.concept) if factors else Decimal(1)
        known = record.lower is not None and record.upper is not None and factor is not None
        if known:
            assert record.lower is not None
            assert record.upper is not None
            assert factor is not None
            times = float(factor)
            lower += round6(times * record.lower) if certain else 0.0
            upper += round6(times * record.upper)
        else:
            upper = math.inf
        reasons |= doubts(record, known, certain)
    if not silent:
        upper = math.inf
        reasons.add("no_data")
    steady = all(r.certain and _days(r)[1] <= first and last <= _days(r)[2] for r in covering)
    identity = frozenset(covering) if steady and silent else None
    return Stretch(
        first,
        last,
        round6(lower),
        round6(upper),
        sure,
        bool(covering) or not silent,
        identity,
        frozenset(reasons),
    )


def doubts(record: Fact, known: bool, certain: bool) -> set[str]:
    """Why a record's contribution to a day is not one number."""
    reasons: set[str] = set()
    if not known:
        reasons.add(record.problem or "no_data")
    elif record.lower != record.upper:
        reasons.add(record.problem or "censored")
    if not certain:
        reasons.add("partial_date" if record.certain else record.problem or "broader_only")
    return reasons


def _measured(node: Timeline, facts: Sequence[Fact], sure: set[Fact], first: int, last: int) -> list[Stretch]:
    """The lowest value of each measured day; days between two of them lie on a line when close enough.

    A reading that is not sure (of a partial date, a look-alike code, a value that cannot be read) measures no day, but
    it may be lower than what was measured on a day on which it may lie.
    """
    readings: dict[int, tuple[float, float]] = {}
    vague: list[Fact] = []
    for fact in facts:
        if fact not in sure or fact.start.first_day != fact.start.last_day or fact.lower is None:
            vague.append(fact)
            continue
        low, high = readings.get(fact.start.first_day, (math.inf, math.inf))
        assert fact.upper is not None
        readings[fact.start.first_day] = (min(low, fact.lower), min(high, fact.upper))
    days = sorted(readings)
    filled: dict[int, tuple[float, float]] = dict(readings)
    for a, b in itertools.pairwise(days):
        if 1 < b - a <= node.interpolate_days:
            for day in range(a + 1, b):
                share = (day - a) / (b - a)
                low, high = (x + (y - x) * share for x, y in zip(readings[a], readings[b], strict=True))
                filled[day] = (round6(low), round6(high))
    measured = {day: low for day, (low, _) in filled.items()}
    doubtful: dict[int, set[str]] = {}
    for fact in vague:
        lowest = -math.inf if fact.lower is None else fact.lower
        for day in filled:
            if fact.start.first_day <= day <= fact.start.last_day and lowest < measured[day]:
                filled[day] = (min(lowest, filled[day][0]), filled[day][1])
                exact = fact in sure and fact.start.first_day == fact.start.last_day
                doubtful.setdefault(day, set()).update(doubts(fact, fact.lower is not None, exact))
    start = max(first, min(filled, default=last))
    result = []
    if start > first:
        result.append(_unmeasured(first, start - 1))
    for day in range(start, last + 1):
        if day in filled:
            low, high = filled[day]
            reasons = NONE if low == high else frozenset(doubtful.get(day) or {"censored"})
            result.append(Stretch(day, day, low, high, True, True, None, reasons))
        else:
            result.append(_unmeasured(day, day))
    return result


def _unmeasured(first: int, last: int) -> Stretch:
    return Stretch(first, last, -math.inf, math.inf, False, True, None, frozenset({"no_data"}))


class Windows(NamedTuple):
    """The days of the shortest and of the longest windows that a frame can mean."""

    narrow: list[tuple[int, int]]
    wide: list[tuple[int, int]]


def windows(frame: Frame, each_end: bool = False) -> Windows:
    """First and last days; `each_end` for what hangs on the very last day: one window for each day that it can be."""
    lasts = range(frame.end.lower, frame.end.upper + 1) if each_end else (frame.end.lower, frame.end.upper)
    shortest = lasts if each_end else lasts[:1]
    longest = lasts if each_end else lasts[1:]
    first, latest = clip(frame.start.lower), clip(frame.start.upper)
    return Windows([(latest, clip(day)) for day in shortest], [(first, clip(day)) for day in longest])


def spell(node: Spell, line: Sequence[Stretch], hold: Sequence[bool | None], last: int) -> tuple[int, int]:
    """Least and greatest number of days; `hold` says of each stretch whether the condition stands."""
    return _run(node, [s for s, h in zip(line, hold, strict=True) if h is True], last), _run(
        node, [s for s, h in zip(line, hold, strict=True) if h is not False], last
    )


def _run(node: Spell, held: Sequence[Stretch], last: int) -> int:
    if node.measure == "total":
        return sum(s.last - s.first + 1 for s in held)
    runs: list[tuple[int, int]] = []
    for stretch in held:
        if runs and stretch.first - runs[-1][1] - 1 <= node.bridge_days:
            runs[-1] = (runs[-1][0], stretch.last)
        else:
            runs.append((stretch.first, stretch.last))
    if node.measure == "current":
        return next((b - a + 1 for a, b in runs if b == last), 0)
    return max((b - a + 1 for a, b in runs), default=0)


def extent(node: Extent, line: Sequence[Stretch]) -> tuple[float, float]:
    """Lower and upper bound of the highest, lowest, range or mean over the days of the window."""
    if node.timeline.of == "value":
        line = [s for s in line if s.sure]
    if not line:
        return -math.inf, math.inf
    lowers, uppers = [s.lower for s in line], [s.upper for s in line]
    match node.which:
        case "highest":
            return max(lowers), max(uppers)
        case "lowest":
            return min(lowers), min(uppers)
        case "mean":
            days = sum(s.last - s.first + 1 for s in line)
            weigh = [s.last - s.first + 1 for s in line]
            low = math.fsum(w * v for w, v in zip(weigh, lowers, strict=True)) / days
            high = math.fsum(w * v for w, v in zip(weigh, uppers, strict=True)) / days
            return round6(low), round6(high)
        case "range":
            return _range(line)
    raise TypeError(f"no rule for {node.which}")


def _range(line: Sequence[Stretch]) -> tuple[float, float]:
    """Highest minus lowest; stretches made by the same records do not differ."""
    parts: list[tuple[frozenset[Fact] | None, float, float]] = []
    for stretch in line:
        entry = (stretch.identity, stretch.lower, stretch.upper)
        if stretch.identity is None or entry not in parts:
            parts.append(entry)
    lower = max(0.0, max(p[1] for p in parts) - min(p[2] for p in parts))
    upper = 0.0
    for i, (identity, _, high) in enumerate(parts):
        for j, (_, low, _) in enumerate(parts):
            if i != j or identity is None:
                upper = max(upper, high - low)
    if math.isnan(lower):
        lower = 0.0
    return round6(lower), round6(upper) if not math.isnan(upper) else math.inf


def clip(day: int) -> int:
    """Unbounded ends as days that can be counted."""
    if day <= -FOREVER:
        return LONG_AGO
    return min(day, FOREVER // DAY)
