"""One series of measurements by visit: of several results in a window, the one that the visit is analysed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from trialwright.analysis.subjects.reading import day_of, read
from trialwright.analysis.subjects.subject import Subject
from trialwright.analysis.subjects.visits import visit_on
from trialwright.language.facts import Fact, Span


def nearest(subject: Subject, facts: Sequence[Fact]) -> list[Fact]:
    """For each visit the readable result nearest its target day, of two equally near the later.

    A result below the limit of quantification is readable: it is knowledge.  Results of one time that disagree are
    neither of them analysed.
    """
    if "infusion" not in subject.days:
        return []
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        day = day_of(fact)
        visit = None if day is None else visit_on(subject.visits, day)
        if visit is not None:
            found.setdefault(visit.id, []).append(fact)
    targets = {visit.id: visit.target for visit in subject.visits}
    chosen = (agreed(group, partial(_rank, target=targets[id])) for id, group in found.items())
    return [fact for fact in chosen if fact is not None]


def agreed(facts: Sequence[Fact], rank: Callable[[Fact], Any]) -> Fact | None:
    """The fact of the lowest rank; None where several of that rank disagree, or there is none."""
    if not facts:
        return None
    least = min(map(rank, facts))
    first = [fact for fact in facts if rank(fact) == least]
    return first[0] if len({_says(fact) for fact in first}) == 1 else None


def disagreeing(facts: Sequence[Fact]) -> list[Fact]:
    """The first of each group of results of one time that do not say the same."""
    by_time: dict[Span, list[Fact]] = {}
    for fact in facts:
        by_time.setdefault(fact.start, []).append(fact)
    return [group[0] for group in by_time.values() if len({_says(fact) for fact in group}) > 1]


def _says(fact: Fact) -> tuple[float | None, float | None]:
    found = read(fact)
    return found.value, found.below


def _rank(fact: Fact, target: int) -> tuple[bool, int, int]:
    found = read(fact)
    unreadable = found.value is None and found.below is None
    return unreadable, abs(fact.start.first_day - target), -fact.start.lower
