"""law: the random worlds reach every kind of node, every option of one, and every kind of answer.

A difference that no world can show is not looked for, so a world that no longer reaches something is a failure here.
"""

from __future__ import annotations

import math
import typing
from collections import Counter
from dataclasses import fields

import pytest
from tests.query.store import resolved
from tests.query.strategies import CONCEPTS, world

from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.interpret import Interpreter
from trialwright.language.values import NOTES, REASONS, Number
from trialwright.query.plan import is_elapsed, parts

SEEDS = range(1, 61)
EXPANDED_AWAY = {"Ref", "Offset.unit=half_lives"}
"""What no expanded expression holds."""
LEAST = 3
"""So often at least, that one change of the strategies does not make it never."""


def options() -> set[str]:
    """Every node of the closed set, and every value of a field that has a fixed list of them."""
    found = set()
    for kind in typing.get_args(n.Node):
        found.add(kind.__name__)
        for name, hint in typing.get_type_hints(kind).items():
            for part in (hint, *typing.get_args(hint)):
                if typing.get_origin(part) is typing.Literal:
                    found |= {f"{kind.__name__}.{name}={value}" for value in typing.get_args(part)}
            if hint is bool:
                found |= {f"{kind.__name__}.{name}={value}" for value in (True, False)}
    return found - EXPANDED_AWAY


TRUTHS = ("Compare", "In", "AtLeast", "Not", "If", "FirstKnown", "Ask")
NUMBERS = ("ValueOf", "Count", "Spell", "Extent", "Arithmetic", "Score", "Grade")
ANSWERS = {
    *(f"{kind} is {state}" for kind in TRUTHS for state in (True, False, None)),
    *(f"{kind} is {size}" for kind in NUMBERS for size in ("known", "bounded", "unbounded")),
    *(f"reason {name}" for name in REASONS),
    *(f"note {name}" for name in NOTES),
    "not applicable",
} - {"Grade is unbounded"}


def size(value: Number) -> str:
    if value.is_point:
        return "known"
    return "bounded" if math.isfinite(value.upper - value.lower) else "unbounded"


@pytest.fixture(scope="module")
def reached() -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        expressions, people = world(seed, 20, 4)
        records = [resolved(r, CONCEPTS) for r in people.values()]
        for expression in expressions:
            for node in walk(expression):
                name = type(node).__name__
                counts[name] += 1
                counts.update(f"{name}.{f.name}={getattr(node, f.name)}" for f in fields(node))
            for record in records:
                counts.update(answers(expression, Interpreter(record)))
    return counts


def answers(expression: n.Expression, interpreter: Interpreter) -> typing.Iterator[str]:
    truth = interpreter.truth(expression)
    yield from (f"reason {r}" for r in truth.reasons)
    yield from (f"note {r}" for r in truth.notes)
    if truth.not_applicable:
        yield "not applicable"
    for node in outside_of_selections(expression):
        value = interpreter.value(node)
        if isinstance(value, Number):
            yield f"{type(node).__name__} is {size(value)}"
        else:
            yield f"{type(node).__name__} is {getattr(value, 'state', None)}"


def outside_of_selections(node: typing.Any) -> typing.Iterator[typing.Any]:
    """The expressions that say something of the person, not of one fact."""
    yield node
    if not is_elapsed(node):
        for part in parts(node):
            yield from outside_of_selections(part)


def test_worlds_reach_everything_that_can_be_said(reached: Counter[str]) -> None:
    assert {o: reached[o] for o in options() if reached[o] < LEAST} == {}


def test_worlds_reach_every_kind_of_answer(reached: Counter[str]) -> None:
    assert {a: reached[a] for a in ANSWERS if reached[a] < LEAST} == {}
