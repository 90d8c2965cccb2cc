"""One person, criterion by criterion: the state, why, the facts it rests on, and what to ask next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from trialwright.language.facts import FOREVER, Fact, Record, date_of
from trialwright.language.interpret import decide
from trialwright.language.values import OUT_OF_RECORD, SHOWN, Truth
from trialwright.language.vocabulary import Vocabulary
from trialwright.query.study import Criterion, Trial
from trialwright.screening.fewest import each_once, fewest
from trialwright.screening.questions import Question

STATES = {True: "met", False: "not met", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that a criterion rests on, in the unit of the catalog."""

    concept: str
    date: str
    value: str | float | None
    unit: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A criterion for one person."""

    id: str
    kind: str
    state: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    not_applicable: bool
    evidence: tuple[Evidence, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """A person and a trial: verdict on the record, strict verdict, every criterion, and the next questions."""

    person: str
    trial: str
    verdict: str
    strict_verdict: str
    criteria: tuple[Answer, ...]
    next_questions: tuple[Question, ...]


def why(person: str, trial: Trial, record: Record, vocabulary: Vocabulary) -> Why:
    """Decide every criterion of the trial for one person with the reference interpreter."""
    truths = [(criterion, decide(criterion.expression, record)) for criterion in trial.criteria]
    answers = tuple(_answer(criterion, truth, record, vocabulary) for criterion, truth in truths)
    strict = verdict(truths)
    on_record = verdict((c, t) for c, t in truths if not (t.state is None and (c.later or t.reasons <= OUT_OF_RECORD)))
    decided = on_record == "ineligible"
    needed = () if decided else each_once(q for a in answers for q in a.questions)
    return Why(person, trial.id, on_record, strict, answers, needed)


def verdict(truths: Iterable[tuple[Criterion, Truth]]) -> str:
    """Ineligible when a criterion fails, undetermined when one is unknown, else eligible.

    An inclusion fails when it is not met, an exclusion when it is met.
    """
    states = [(truth.state if c.kind == "inclusion" or truth.state is None else not truth.state) for c, truth in truths]
    if False in states:
        return "ineligible"
    return "undetermined" if None in states else "eligible"


def shown(reasons: Iterable[str]) -> tuple[str, ...]:
    """Reasons in the words that users see."""
    return tuple(sorted({SHOWN[reason] for reason in reasons}))


def _answer(criterion: Criterion, truth: Truth, record: Record, vocabulary: Vocabulary) -> Answer:
    facts = sorted(truth.facts, key=lambda f: (f.concept, f.start.lower, f.source))
    return Answer(
        criterion.id,
        criterion.kind,
        STATES[truth.state],
        shown(truth.reasons),
        tuple(sorted(truth.notes)),
        truth.not_applicable,
        tuple(evidence_of(fact, vocabulary) for fact in facts),
        fewest(criterion.expression, criterion.kind == "inclusion", record, vocabulary) if truth.state is None else (),
    )


def evidence_of(fact: Fact, vocabulary: Vocabulary) -> Evidence:
    """The fact as a row of evidence: a partial date as far as it is known, a bound with its comparator."""
    found = vocabulary.concept(fact.concept)
    unit = found.unit if found and fact.lower is not None else None
    return Evidence(
        fact.concept, partial_date(fact.start.first_day, fact.start.last_day), value_of(fact), unit, fact.source
    )


def partial_date(first: int, last: int) -> str:
    """ISO 8601 as far as the interval is a day, a month or a year; else both ends."""
    if first == last:
        return date_of(first).isoformat()
    if abs(first) * 1440 >= FOREVER or abs(last) * 1440 >= FOREVER:
        return "unknown"
    a, b = date_of(first), date_of(last)
    following = b + dt.timedelta(days=1)
    if a.day == 1 and following.day == 1 and (a.year, a.month) == (b.year, b.month):
        return f"{a:%Y-%m}"
    if (a.month, a.day, following.month, following.day) == (1, 1, 1, 1) and a.year == b.year:
        return f"{a:%Y}"
    return f"{a.isoformat()}/{b.isoformat()}"


def value_of(fact: Fact) -> str | float | None:
    """The number, the bound ("<20"), or the categories; "absent" for a stated absence."""
    if not fact.present:
        return "absent"
    if fact.lower is None or fact.upper is None:
        return ", ".join(sorted(fact.categories)) if fact.categories else None
    if fact.lower == fact.upper:
        return fact.lower
    if fact.upper == float("inf"):
        return f"{'>' if fact.lower_open else '>='}{fact.lower:g}"
    if fact.lower <= 0:
        return f"{'<' if fact.upper_open else '<='}{fact.upper:g}"
    return f"{fact.lower:g} to {fact.upper:g}"
