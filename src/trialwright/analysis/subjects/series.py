"""One series of measurements by visit: of several results in a window, the one that the visit is analysed with."""

from __future__ import annotations

from collections.abc import Sequence

from trialwright.analysis.subjects.reading import day_of, read
from trialwright.analysis.subjects.subject import Subject
from trialwright.analysis.subjects.visits import visit_on
from trialwright.language.facts import Fact


def nearest(subject: Subject, facts: Sequence[Fact]) -> list[Fact]:
    """For each visit the readable result nearest its target day, of two equally near the later.

    A result below the limit of quantification is readable: it is knowledge.
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
    return [min(group, key=lambda f: _rank(f, targets[id])) for id, group in found.items()]


def _rank(fact: Fact, target: int) -> tuple[bool, int, int, str]:
    found = read(fact)
    unreadable = found.value is None and found.below is None
    return unreadable, abs(fact.start.first_day - target), -fact.start.lower, fact.source
