"""The next question: what would have to be known to decide an undetermined criterion of one person.

A question is asked only where its answer can still change something: of the unknown parts of unknown parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialwright.language import nodes as n
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Number, Truth
from trialwright.language.vocabulary import Vocabulary

ABOUT = {
    "no_data": "nothing is recorded",
    "stale": "the last record is too old",
    "unit_mismatch": "the recorded unit cannot be read",
    "no_range": "the record has no limit of normal",
    "censored": "the recorded value is only a bound",
    "partial_date": "a date is known only in part",
    "conflict": "records contradict each other",
    "not_yet": "it is decided later",
    "ambiguous_text": "the record does not decide",
    "broader_only": "only a broader or unlisted code is recorded",
    "unsupported": "the protocol does not say enough",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What to find out: of a person (`ask`), or a record of `about` (a concept), and why it is not known."""

    about: str
    text: str
    kind: str
    reasons: tuple[str, ...] = ()


def questions(expression: n.Expression, record: Record, vocabulary: Vocabulary) -> tuple[Question, ...]:
    """The questions that could decide an unknown criterion, each once, in the order of its clauses."""
    interpreter = Interpreter(record)
    found = _of_truth(expression, interpreter, vocabulary)
    return tuple(dict.fromkeys(found))


def _of_truth(node: n.Expression, at: Interpreter, vocabulary: Vocabulary) -> Iterator[Question]:
    value = at.value(node)
    if not isinstance(value, Truth):
        yield from _of_number(node, at, vocabulary)
        return
    if value.state is not None:
        return
    match node:
        case n.AtLeast(_, parts) | n.FirstKnown(parts):
            for part in parts:
                yield from _of_truth(part, at, vocabulary)
        case n.Not(part):
            yield from _of_truth(part, at, vocabulary)
        case n.If(condition, then, otherwise):
            for part in (condition, then, *((otherwise,) if otherwise is not None else ())):
                yield from _of_truth(part, at, vocabulary)
        case n.Compare(left, _, right):
            yield from _of_number(left, at, vocabulary)
            yield from _of_number(right, at, vocabulary)
        case n.In(category):
            yield from _of_leaf(category, value.reasons, vocabulary)
        case n.Ask(id, text, kind):
            yield Question(id, text, kind, tuple(sorted(value.reasons)))
        case n.Unsupported(text, why):
            yield Question("protocol", f"{text}: {why}" if why else text, "unsupported", ("unsupported",))


def _of_number(node: n.Expression, at: Interpreter, vocabulary: Vocabulary) -> Iterator[Question]:
    value = at.value(node)
    if not isinstance(value, Number) or value.is_point:
        return
    match node:
        case n.ValueOf() | n.Count() | n.Spell() | n.Extent():
            yield from _of_leaf(node, value.reasons, vocabulary)
        case n.Arithmetic("years" | "months" | "days", arguments):
            for instant in arguments:
                if isinstance(instant, n.TimeOf):
                    yield from _of_facts(instant.selection.facts, value.reasons, vocabulary, "look_up")
        case n.Arithmetic(_, arguments):
            for argument in arguments:
                yield from _of_number(argument, at, vocabulary)  # type: ignore[arg-type]
        case n.Score(items=items, recorded=recorded):
            if recorded is not None:
                yield from _of_number(recorded, at, vocabulary)
            for item in items:
                yield from _of_truth(item.condition, at, vocabulary)
                yield from _of_number(item.points, at, vocabulary)
        case n.Grade(rungs):
            for _, condition in rungs:
                yield from _of_truth(condition, at, vocabulary)
        case n.If(condition, then, otherwise):
            yield from _of_truth(condition, at, vocabulary)
            for part in (then, otherwise):
                if part is not None:
                    yield from _of_number(part, at, vocabulary)
        case n.FirstKnown(parts):
            for part in parts:
                yield from _of_number(part, at, vocabulary)
        case n.Ask(id, text, kind):
            yield Question(id, text, kind, tuple(sorted(value.reasons)))


def _of_leaf(node: n.Expression, reasons: frozenset[str], vocabulary: Vocabulary) -> Iterator[Question]:
    match node:
        case n.ValueOf(n.Select(facts)):
            yield from _of_facts(facts, reasons, vocabulary, "measure" if facts.domain == "measurement" else "look_up")
        case n.Count(facts) | n.Spell(n.Timeline(facts)) | n.Extent(n.Timeline(facts)):
            yield from _of_facts(facts, reasons, vocabulary, "look_up")


def _of_facts(facts: n.Facts, reasons: frozenset[str], vocabulary: Vocabulary, kind: str) -> Iterator[Question]:
    name = facts.concepts[0]
    found = vocabulary.concept(name)
    label = found.label if found else name
    why = "; ".join(ABOUT[r] for r in sorted(reasons) if r in ABOUT)
    yield Question(name, f"{label} ({why})" if why else label, kind, tuple(sorted(reasons)))
