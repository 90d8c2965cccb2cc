"""Overlapping records of one drug in one person: which daily dose they can mean.

Records say when a prescription ran, not whether a new one replaces or adds to an old one.  Equal doses that overlap
by no more than the refill tolerance are one course; an open-ended record ends where the next one of that drug begins;
any other overlap may be replacement or addition, so the dose lies between the lowest single dose and the sum, with the
reason `conflict`.  A gap of at most the refill tolerance between equal doses may be a late refill or a real pause: the
first course possibly reaches to the second.  Resolving comes before any window or test looks at a record.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from trialwright.language.facts import DAY, FOREVER, Fact, Span

REFILL_DAYS = 14


def resolve(facts: Sequence[Fact], refill_days: int = REFILL_DAYS) -> list[Fact]:
    """Records of one drug so that no two of them can cover the same day; what does not overlap stays as it is.

    A stated absence is no course and stays too.  What is resolved stays as it is when resolved again.
    """
    stated = [f for f in facts if not f.present]
    taken = sorted((f for f in facts if f.present), key=_order)
    records = _merge_refills(_supersede(taken), refill_days)
    resolved: list[Fact] = []
    cluster: list[Fact] = []
    reach = -FOREVER
    for record in records:
        first, _, _, last = record.extent
        if cluster and first // DAY > reach // DAY:
            resolved += _split(cluster)
            cluster = []
            reach = -FOREVER
        cluster.append(record)
        reach = max(reach, last)
    resolved += _split(cluster) if cluster else []
    return _late_refills(resolved, refill_days) + stated


def _order(fact: Fact) -> tuple[object, ...]:
    first, latest, end_first, end_last = fact.extent
    return first, latest, end_last, end_first, fact.lower or 0.0, fact.upper or 0.0, fact.source


def _supersede(records: list[Fact]) -> list[Fact]:
    """An end that nobody recorded comes no later than the day before the next record of the drug surely begins."""
    closed = []
    for i, record in enumerate(records):
        end = record.end
        following = [r.start for r in records[i + 1 :] if r.start.first_day > record.start.last_day]
        if end is not None and end.upper >= FOREVER and following:
            latest = min(span.first_day for span in following) * DAY - 1
            record = replace(record, end=Span(min(end.lower, latest), latest))
        closed.append(record)
    return closed


def _merge_refills(records: list[Fact], refill_days: int) -> list[Fact]:
    merged: list[Fact] = []
    for record in records:
        last = merged[-1] if merged else None
        if last is not None and last.end is not None and _may_continue(last, record, refill_days):
            merged[-1] = _continued(last, record)
            merged.append(record)
        elif last is not None and _is_refill(last, record, refill_days):
            end = Span(max(last.extent[2], record.extent[2]), max(last.extent[3], record.extent[3]))
            merged[-1] = replace(last, end=end, source=f"{last.source} {record.source}".strip())
        else:
            merged.append(record)
    return merged


def _late_refills(pieces: list[Fact], refill_days: int) -> list[Fact]:
    """The pieces, where one that may have been refilled late possibly reaches to the next."""
    reaching = []
    for earlier, later in itertools.pairwise(pieces):
        late = earlier.end is not None and _may_continue(earlier, later, refill_days)
        reaching.append(_continued(earlier, later) if late else earlier)
    return reaching + pieces[-1:]


def _continued(earlier: Fact, later: Fact) -> Fact:
    """The earlier course, possibly reaching to the day before the later one."""
    assert earlier.end is not None
    return replace(earlier, end=Span(earlier.end.lower, later.start.first_day * DAY - 1))


def _may_continue(earlier: Fact, later: Fact, refill_days: int) -> bool:
    """A short gap between two equal doses."""
    gap = later.start.first_day - earlier.extent[3] // DAY - 1
    return _is_equal(earlier, later) and 0 < gap <= refill_days


def _is_refill(earlier: Fact, later: Fact, refill_days: int) -> bool:
    """A short overlap of two equal doses."""
    overlap = earlier.extent[3] // DAY - later.start.first_day + 1
    exact = earlier.extent[2] // DAY == earlier.extent[3] // DAY
    begun = later.start.last_day > earlier.start.first_day
    return _is_equal(earlier, later) and exact and begun and 0 < overlap <= refill_days


def _is_equal(earlier: Fact, later: Fact) -> bool:
    same = (earlier.lower, earlier.upper, earlier.categories, earlier.certain) == (
        later.lower,
        later.upper,
        later.categories,
        later.certain,
    )
    return same and earlier.lower is not None and earlier.lower == earlier.upper


def _split(cluster: list[Fact]) -> list[Fact]:
    if len(cluster) == 1:
        return cluster
    days = set()
    for record in cluster:
        first, latest, end_first, end_last = (minute // DAY for minute in record.extent)
        days |= {first, latest, end_first + 1, end_last + 1}
    edges = sorted(days)
    pieces = []
    for first, after in itertools.pairwise(edges):
        possible = [r for r in cluster if r.extent[0] // DAY <= first <= r.extent[3] // DAY]
        sure = [r for r in possible if r.certain and r.extent[1] // DAY <= first and r.extent[2] // DAY >= after - 1]
        if possible:
            pieces.append(_piece(first, after - 1, possible, bool(sure)))
    return pieces


def _piece(first: int, last: int, possible: list[Fact], sure: bool) -> Fact:
    start = Span(first * DAY, first * DAY + DAY - 1)
    end_last = FOREVER if last * DAY >= FOREVER - 2 * DAY else last * DAY + DAY - 1
    piece = replace(possible[0], start=start, end=Span(end_last - DAY + 1, end_last), certain=sure)
    if len(possible) == 1:
        return piece
    routes = [r.categories for r in possible]
    known = [r for r in possible if r.lower is not None and r.upper is not None]
    return replace(
        piece,
        lower=min(r.lower for r in known if r.lower is not None) if len(known) == len(possible) else None,
        upper=sum(r.upper for r in known if r.upper is not None) if len(known) == len(possible) else None,
        categories=frozenset().union(*(r for r in routes if r is not None)) if any(routes) else None,
        recorded=None,
        problem="conflict",
        source=" ".join(sorted({s for r in possible for s in r.source.split()})),
    )
