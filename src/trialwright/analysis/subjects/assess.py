"""What an expression gives at a visit and at baseline, by the definitions that screening and scoring use.

An assessment is a day on which a fact was recorded that the value rests on.  Where a person assesses (items, scores),
only what that person recorded makes one: a laboratory result in the window does not make an old score a new one.  At a
visit the known assessments come first, of them the one nearest the target day, then the later.  Baseline is the last
known assessment before lymphodepletion.  What is not fully known keeps its bounds and its reasons.  Values that rest on
courses of drugs alone (a daily dose) are read on the target day itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.facts import DAY, Fact, Record, Span
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Number, Truth
from trialwright.language.vocabulary import Vocabulary
from trialwright.scoring.words import because

POINTS = frozenset({"measurement", "observation"})
"""Domains whose facts are made on a day, as an assessment is; courses, diagnoses and procedures are not."""
SCORE = "{score}"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A value on a day: `lower` and `upper` bound it and are equal where it is known; truths count as 1 and 0.

    `day` None and a `reason` where there was no assessment; a bound that is not there is infinite.
    """

    day: int | None
    lower: float
    upper: float
    reason: str = ""
    facts: frozenset[Fact] = frozenset()

    @property
    def known(self) -> bool:
        return self.day is not None and self.lower == self.upper and math.isfinite(self.lower)

    @property
    def value(self) -> float | None:
        return self.lower if self.known else None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Lower and upper bound; None where there is none."""
        low = self.lower if math.isfinite(self.lower) else None
        high = self.upper if math.isfinite(self.upper) else None
        return low, high


def none(reason: str) -> Assessment:
    """No assessment, and why."""
    return Assessment(None, -math.inf, math.inf, reason)


@dataclass(frozen=True, slots=True)
class Question:
    """An expanded expression with the concepts whose facts make an assessment of it."""

    tree: n.Expression
    dated: frozenset[str]

    @property
    def by_day(self) -> bool:
        """Whether it rests on assessments; else it can be read on any day."""
        return bool(self.dated)


def question(tree: n.Expression, vocabulary: Vocabulary) -> Question:
    """The expression, ready to be asked on days."""
    read = {
        name: node.domain
        for node in walk(tree)
        if isinstance(node, n.Facts) and node.domain in POINTS
        for name in node.concepts
    }
    assessed = {name for name, domain in read.items() if domain == "observation" or _scored(name, vocabulary)}
    return Question(tree, frozenset(assessed or read))


def _scored(name: str, vocabulary: Vocabulary) -> bool:
    concept = vocabulary.concept(name)
    return concept is not None and concept.unit == SCORE


def days_of(record: Record, concepts: Iterable[str]) -> list[int]:
    """The exact days on which any of the concepts was recorded, rising.  A partial date is no day."""
    return sorted(
        {
            fact.start.first_day
            for name in concepts
            for fact in record.facts.get(name, ())
            if fact.start.first_day == fact.start.last_day
        }
    )


def on_day(asked: Question, record: Record, day: int, visit: str | None = None) -> Assessment:
    """The value as of a day: `screening`, the anchor in force, and the visit's own anchor are that day."""
    span = Span(day * DAY, day * DAY + DAY - 1)
    moved = {**record.anchors, "screening": span} | ({visit: span} if visit else {})
    value = Interpreter(replace(record, anchors=moved)).value(asked.tree)
    if isinstance(value, Truth):
        low, high = (0.0, 1.0) if value.state is None else (float(value.state), float(value.state))
        return Assessment(day, low, high, because(value.reasons) if value.state is None else "", value.facts)
    assert isinstance(value, Number)
    why = "" if value.is_point else because(value.reasons)
    return Assessment(day, value.lower, value.upper, why, value.facts)


def at_visit(asked: Question, record: Record, first: int, last: int, target: int, visit: str | None) -> Assessment:
    """The assessment of a visit made from day `first` to day `last`, both included."""
    if not asked.by_day:
        return on_day(asked, record, target, visit)
    found = list(_made(asked, record, [d for d in days_of(record, asked.dated) if first <= d <= last], visit))
    if not found:
        return none("no assessment in the window of the visit")
    return min(found, key=lambda a: (not a.known, abs((a.day or 0) - target), -(a.day or 0)))


def baseline(asked: Question, record: Record, first: int, before: int) -> Assessment:
    """The last known assessment from day `first` to the day before `before`; else the last one, with its bounds."""
    if not asked.by_day:
        return on_day(asked, record, before - 1)
    days = [day for day in days_of(record, asked.dated) if first <= day < before]
    last: Assessment | None = None
    for found in _made(asked, record, days[::-1], None):
        if found.known:
            return found
        last = last or found
    return last or none(f"no assessment in the {before - first} days before the baseline ends")


def _made(asked: Question, record: Record, days: Iterable[int], visit: str | None) -> Iterator[Assessment]:
    """The assessments among these days."""
    for day in days:
        found = on_day(asked, record, day, visit)
        if any(
            fact.start.first_day == day == fact.start.last_day and fact.concept in asked.dated for fact in found.facts
        ):
            yield found
