"""What is asked: the expanded criteria of some trials, and the instants and answers that they hang on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trialwright.language.facts import PROJECTED, Span, day_span
from trialwright.language.nodes import Expression


@dataclass(frozen=True, slots=True)
class Criterion:
    """One registered criterion, expanded; an exclusion is stated as registered and negated by the verdict.

    `later` marks one of a later checkpoint: while it is unknown, the verdict on the record leaves it out.
    """

    id: str
    kind: Literal["inclusion", "exclusion"]
    expression: Expression
    later: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """The criteria of one trial at one checkpoint, in the order of the page."""

    id: str
    criteria: tuple[Criterion, ...]
    checkpoint: str = "screening"


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answered to an ask of a trial; `value` None is "asked, not known"."""

    person: str
    trial: str
    clause: str
    value: bool | float | None
    who: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """An instant of one person's own trial, such as the day of the infusion."""

    person: str
    anchor: str
    span: Span
    projected: bool = False


@dataclass(frozen=True, slots=True)
class Study:
    """Everything that is asked of a population in one run.

    `anchors` are the instants that are the same for everybody; `moved` gives those of single people.  An anchor that
    neither names has not happened (`not_yet`).
    """

    trials: tuple[Trial, ...]
    anchors: Mapping[str, Span] = field(default_factory=dict)
    projected: frozenset[str] = frozenset()
    moved: tuple[Moved, ...] = ()
    replies: tuple[Reply, ...] = ()


def at_screening(trials: Sequence[Trial], at: dt.date, replies: Sequence[Reply] = ()) -> Study:
    """Screening on the day `at`: consent and enrollment are projected onto it, later anchors have not happened."""
    day = day_span(at)
    anchors = {"screening": day} | dict.fromkeys(sorted(PROJECTED), day)
    return Study(tuple(trials), anchors, PROJECTED, (), tuple(replies))
