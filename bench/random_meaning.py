"""Whether two expressions mean the same: the same truth for many random people, and both truths seen.

People have facts of the concepts that both name, values near the limits, dates in and out of the windows, questions
answered or not.  Expressions are never compared as strings.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.facts import Answer, Fact, Record, Span, day_number, day_span
from trialwright.language.interpret import decide

AT = dt.date(2025, 6, 1)


def equal_meaning(left: str, right: str, catalog: Catalog, people: int = 400, seed: int = 1) -> bool:
    """Both expressions give the same truth for every one of many random people, and not always the same one."""
    if left == right:
        return True
    try:
        a, b = (expand(read_expression(text), catalog) for text in (left, right))
    except Exception:
        return False
    rng = random.Random(seed)
    facts = [*facts_of(a), *facts_of(b)]
    limits = sorted({*quantities(a), *quantities(b)})
    asks = [item.id for tree in (a, b) for item in _walk(tree) if isinstance(item, n.Ask)]
    seen: set[str] = set()
    for _ in range(people):
        person = random_person(facts, limits, catalog, rng)
        reply = rng.choice((True, False, None))
        if reply is not None:
            person = replace(person, answers=dict.fromkeys(asks, Answer(reply)))
        one, other = decide(a, person).state, decide(b, person).state
        if one != other:
            return False
        seen.add(str(one))
    return len(seen) > 1


def _walk(node: Any) -> list[Any]:
    found, stack = [], [node]
    while stack:
        item = stack.pop()
        if hasattr(item, "__dataclass_fields__"):
            found.append(item)
            stack += [getattr(item, name) for name in item.__dataclass_fields__]
        elif isinstance(item, tuple | list):
            stack += list(item)
    return found


def facts_of(node: n.Expression) -> list[n.Facts]:
    return [item for item in _walk(node) if isinstance(item, n.Facts)]


def quantities(node: n.Expression) -> list[float]:
    return [float(item.value) for item in _walk(node) if isinstance(item, n.Quantity)]


def random_person(facts: list[n.Facts], limits: list[float], catalog: Catalog, rng: random.Random) -> Record:
    """A person with facts of the named concepts: values near the limits, dates in and out of every window.

    Classes are left out: records name their members, or the member that stands for an unnamed one.
    """
    today = day_number(AT)
    named = sorted({name for some in facts for name in some.concepts})
    names = [name for name in named if name not in catalog.models or not catalog.models[name].members]
    density = rng.choice((0.0, 0.5 / (1 + len(names)), 2 / (1 + len(names)), 0.3, 0.7))
    chosen = [name for name in names if rng.random() < density]
    made: list[Fact] = []
    for name in chosen:
        concept = catalog.concept(name)
        if concept is None:
            continue
        for _ in range(rng.choice((1, 1, 2, 3))):
            made.append(_fact(name, concept, limits, today, rng))
    birth = today - rng.choice((17, 18, 30, 50, 64, 65, 66, 70, 71)) * 365 - rng.randrange(400)
    made.append(Fact("birth", Span(birth * 1440, birth * 1440 + 1439)))
    if rng.random() < 0.95:
        made.append(
            Fact("sex", Span(birth * 1440, birth * 1440 + 1439), categories=frozenset({rng.choice(("female", "male"))}))
        )
    period = (today - 9000, today + 100)
    kinds = ("condition", "drug", "procedure", "observation") if rng.random() < 0.7 else ()
    anchors: dict[str, Span | None] = dict.fromkeys(("screening", "consent", "enrollment", "baseline"), day_span(AT))
    for name, after in (("screening_end", 14), ("leukapheresis", 20), ("lymphodepletion", 40), ("infusion", 45)):
        if rng.random() < 0.8:
            anchors[name] = day_span(AT + dt.timedelta(days=after))
    by_name: dict[str, list[Fact]] = {}
    for fact in made:
        by_name.setdefault(fact.concept, []).append(fact)
    return Record(by_name, anchors, dict.fromkeys(kinds, period))


_DAYS = (
    0,
    1,
    2,
    5,
    7,
    8,
    10,
    13,
    14,
    16,
    20,
    28,
    29,
    31,
    40,
    55,
    57,
    62,
    80,
    85,
    100,
    180,
    190,
    300,
    400,
    800,
    1700,
    2000,
    3000,
)


def _fact(name: str, concept: Any, limits: list[float], today: int, rng: random.Random) -> Fact:
    day = today - rng.choice(_DAYS) + rng.choice((0, 0, 0, 16, 41))
    start = Span(day * 1440, day * 1440 + 1439)
    end = None
    categories = None
    lower = None
    if concept.domain == "drug":
        length = rng.choice((0, 10, 20, 60, 200, 500))
        last = min(day + length, today + 60)
        end = Span(last * 1440, last * 1440 + 1439)
        lower = float(rng.choice((2.5, 5, 7.5, 10, 15, 30, 40, 100, 200)))
        categories = frozenset({rng.choice(("oral", "oral", "intravenous"))})
    elif concept.domain == "condition":
        if rng.random() < 0.5:
            end = Span((day + 30) * 1440, (day + 30) * 1440 + 1439)
    elif concept.categories:
        categories = frozenset({rng.choice(concept.categories)})
    if concept.domain == "measurement" and concept.unit:
        near = rng.choice(limits) if limits else 10.0
        lower = max(0.0, round(near * rng.choice((0.2, 0.9, 0.99, 1.0, 1.01, 1.1, 2, 5)), 4))
    high = round(rng.choice((0.5, 1.0, 40.0, 1.2)), 3) if concept.domain == "measurement" else None
    return Fact(
        name,
        start,
        end,
        lower,
        lower,
        categories=categories,
        high_normal=high,
        detection_limit=10.0,
        recorded=lower,
        unit=concept.unit,
    )
