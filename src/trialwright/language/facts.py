"""What is recorded about one person, as the language sees it: facts, observed periods, anchors, answers.

Time is in minutes since 1970-01-01; an exact day is [day * 1440, day * 1440 + 1439].  A partial date is the
interval of the days that it could be; a day is never invented.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DAY = 1440
PROJECTED = frozenset({"consent", "enrollment"})
"""Anchors that stand on the screening date until they have happened."""
FOREVER = 2_000_000_000
"""The last minute of an end that is not known, and minus this the first minute of an unbounded start."""


@dataclass(frozen=True, slots=True)
class Span:
    """The minutes between which an instant lies, both included."""

    lower: int
    upper: int

    @property
    def first_day(self) -> int:
        return self.lower // DAY

    @property
    def last_day(self) -> int:
        return self.upper // DAY


@dataclass(frozen=True, slots=True)
class Fact:
    """One recorded fact about one person, in the canonical unit of its concept.

    `end` is None for a point in time; an unknown end reaches to FOREVER.  `lower`/`upper` bound the value (drugs: the
    daily dose); both None means that no value was recorded or that it cannot be read, for the reason `problem`.
    `categories` are codes of the concept's own list (drugs: the route).  `present` False is a stated absence,
    `certain` False a broader or unlisted code that may mean this concept.  `recorded` and `unit` are as recorded.
    """

    concept: str
    start: Span
    end: Span | None = None
    lower: float | None = None
    upper: float | None = None
    lower_open: bool = False
    upper_open: bool = False
    categories: frozenset[str] | None = None
    low_normal: float | None = None
    high_normal: float | None = None
    detection_limit: float | None = None
    recorded: float | None = None
    unit: str | None = None
    problem: str | None = None
    present: bool = True
    certain: bool = True
    source: str = ""

    @property
    def extent(self) -> tuple[int, int, int, int]:
        """Earliest start, latest start, earliest end, latest end, in minutes."""
        end = self.end if self.end is not None else self.start
        return self.start.lower, self.start.upper, end.lower, end.upper


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered to an ask: True, False, a number, or None ("asked, not known")."""

    value: bool | float | None
    who: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything known about one person.

    `observed` maps a domain to the first and last day over which the source says it records the domain.
    `anchors` maps names to spans; a name that is missing or None has not happened.  `projected` names the anchors that
    stand on the screening date for want of their own.
    """

    facts: Mapping[str, Sequence[Fact]]
    anchors: Mapping[str, Span | None]
    observed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    projected: frozenset[str] = frozenset()


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return date.toordinal() - 719163


def date_of(day: int) -> dt.date:
    return dt.date.fromordinal(day + 719163)


def day_span(date: dt.date) -> Span:
    """The minutes of one exact day."""
    first = day_number(date) * DAY
    return Span(first, first + DAY - 1)


def measured(concept: str, date: dt.date, value: float | None, **rest: object) -> Fact:
    """A measurement on one exact day; None is a value that is not there."""
    problem = "no_data" if value is None or math.isnan(value) else None
    number = None if problem else value
    given: dict[str, object] = {
        "lower": number,
        "upper": number,
        "recorded": number,
        "problem": problem,
    } | rest
    return Fact(concept, day_span(date), **given)  # type: ignore[arg-type]
