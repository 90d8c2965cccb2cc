"""For a numeric threshold, how many people would be eligible, undetermined and ineligible with another value there.

A threshold is a number that a criterion compares with, outside of scores and of "any record".  Where one criterion
repeats it for each of many drugs, all of them move together.  Only people whom no other criterion excludes can change
their verdict; of them alone the number that is compared is read, once, and every value is decided from it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from trialwright.language import nodes as n
from trialwright.language.describe import describe
from trialwright.language.vocabulary import Vocabulary
from trialwright.query.plan import is_elapsed, is_leaf, parts
from trialwright.query.screening import Screening
from trialwright.query.study import Criterion
from trialwright.query.verdicts import VERDICTS
from trialwright.screening.judge import Judge, outcome
from trialwright.screening.logic import Intervals, Truths, compare, fixed, times
from trialwright.screening.readings import FromFacts, from_facts
from trialwright.screening.standing import Bools, Standing, standing

ALIKE = 4
"""Of a threshold that is repeated more often ("for each of these drugs") no curve is drawn unless it is asked for."""
STEPS = 6
"""Values on each side of the registered one."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number in a criterion, and every comparison that has it."""

    criterion: str
    operator: str
    value: Decimal
    unit: str
    nodes: tuple[n.Compare, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """People by verdict on the record at each value of a threshold; `registered` is the value of the protocol."""

    trial: str
    criterion: str
    text: str
    operator: str
    unit: str
    registered: float
    values: tuple[float, ...]
    eligible: tuple[int, ...]
    undetermined: tuple[int, ...]
    ineligible: tuple[int, ...]


def thresholds(criterion: Criterion) -> tuple[Threshold, ...]:
    """The numeric thresholds of a criterion, in its order."""
    found: dict[Any, list[n.Compare]] = {}
    for node in _compares(criterion.expression):
        limit = limit_of(node)
        if limit is None or node.alternative is not None or limit.value <= 0:
            continue
        if isinstance(node.left, n.Count) and limit.value == 1:
            continue
        shape = (type(node.left), getattr(node.left, "operator", None), isinstance(node.right, n.Quantity))
        key = (node.operator, limit, *shape)
        found.setdefault(key, []).append(node)
    return tuple(
        Threshold(criterion.id, operator, right.value, right.unit, tuple(dict.fromkeys(nodes)))
        for (operator, right, *_), nodes in found.items()
    )


def curves(
    screening: Screening,
    trial: str | None = None,
    vocabulary: Vocabulary | None = None,
    *,
    criteria: Collection[str] | None = None,
    alike: int = ALIKE,
) -> tuple[Curve, ...]:
    """The curve of every numeric threshold of a trial, or of some of its criteria, from a kept run."""
    at = standing(screening, trial)
    for name in criteria or ():
        at.place(name)
    chosen = [
        (criterion, threshold)
        for criterion in at.trial.criteria
        if criteria is None or criterion.id in criteria
        for threshold in thresholds(criterion)
        if len(threshold.nodes) <= alike
    ]
    fails = at.excludes.sum(axis=1)
    places = sorted({at.place(criterion.id) for criterion, _ in chosen})
    rows = (fails == 0) | ((fails == 1) & at.excludes[:, places].any(axis=1))
    if not chosen or not rows.any():
        return ()
    judge = Judge(screening, at, rows)
    judge.read([criterion.expression for criterion in {criterion.id: criterion for criterion, _ in chosen}.values()])
    others = _Others(at, rows)
    drawn = []
    for criterion, threshold, points, truths in moved_truths(screening, judge, at.trial.id, chosen):
        place = at.place(criterion.id)
        found = [others.with_column(place, *outcome(criterion, moved)[:2]) for moved in truths]
        told = {name: tuple(counts[name] for counts in found) for name in VERDICTS}
        text, steps = _text(threshold, vocabulary), tuple(map(float, points))
        registered = float(threshold.value)
        drawn.append(
            Curve(at.trial.id, criterion.id, text, threshold.operator, threshold.unit, registered, steps, **told)
        )
    return tuple(drawn)


class _Others:
    """The verdicts of everybody, with the column of one criterion given anew for some people."""

    def __init__(self, at: Standing, rows: Bools) -> None:
        self._excludes, self._holds = at.excludes[rows], at.holds[rows]
        self._fails, self._open = (m.sum(axis=1, dtype=np.int16) for m in (self._excludes, self._holds))
        self._outside = at.size - len(self._fails)
        self._place, self._out, self._held = -1, self._excludes[:, 0], self._holds[:, 0]

    def with_column(self, place: int, excludes: Bools, holds: Bools) -> dict[str, int]:
        """How many people have each verdict; those who are not among the chosen are ineligible whatever it says."""
        if place != self._place:
            self._place = place
            self._out = self._fails > self._excludes[:, place]
            self._held = self._open > self._holds[:, place]
        out = excludes | self._out
        ineligible = int(np.count_nonzero(out))
        undetermined = int(np.count_nonzero((holds | self._held) & ~out))
        eligible = len(out) - ineligible - undetermined
        return dict(zip(VERDICTS, (ineligible + self._outside, eligible, undetermined), strict=True))


Chosen = tuple[Criterion, Threshold]


def moved_truths(
    screening: Screening, judge: Judge, trial: str, chosen: Sequence[Chosen]
) -> Iterator[tuple[Criterion, Threshold, tuple[Decimal, ...], Iterator[Truths]]]:
    """Each threshold with its values, and the truth of its criterion at each; the judge has `read` the criteria."""
    below = list(dict.fromkeys(node for _, threshold in chosen for node in threshold.nodes if is_leaf(node)))
    with contextlib.ExitStack() as open_:
        facts = open_.enter_context(from_facts(screening, trial, below, judge.persons)) if below else None
        for criterion, threshold in chosen:
            sides = {node: _sides(node, judge, facts if is_leaf(node) else None) for node in threshold.nodes}
            points = values(threshold.value)
            yield criterion, threshold, points, _moved(judge, criterion, sides, points)


def _sides(node: n.Compare, judge: Judge, facts: FromFacts | None) -> tuple[Intervals, Intervals | None]:
    """What a comparison compares: its left side, and the limit of normal on its right where there is one."""
    normal = node.right.arguments[1] if isinstance(node.right, n.Arithmetic) else None
    if facts is None:
        return judge.sides[node][0], None if normal is None else judge.run.numbers([normal])[0]  # type: ignore[list-item]
    return facts.number(node.left), None if normal is None else facts.number(normal)  # type: ignore[arg-type]


def _moved(
    judge: Judge,
    criterion: Criterion,
    sides: Mapping[n.Compare, tuple[Intervals, Intervals | None]],
    points: Sequence[Decimal],
) -> Iterator[Truths]:
    places = [node for node in _compares(criterion.expression) if node in sides]
    for value in points:
        number = float(value)
        truths = {
            node: compare(left, node.operator, fixed(number, judge.size) if normal is None else times(number, normal))
            for node, (left, normal) in sides.items()
        }
        yield judge.truth(criterion.expression, {id(place): truths[place] for place in places})


def values(registered: Decimal) -> tuple[Decimal, ...]:
    """Round values around the registered one, which is among them; none is negative."""
    span = float(registered) / STEPS
    power = 10.0 ** math.floor(math.log10(span))
    step = Decimal(str(next(f * power for f in (1, 2, 5, 10) if f * power >= span * 0.75))).normalize()
    if registered == registered.to_integral_value() and registered > 3 and step < 1:
        step = Decimal(1)
    found = [registered + k * step for k in range(-STEPS, STEPS + 1)]
    return tuple(value for value in found if value >= 0)


def with_value(expression: n.Expression, threshold: Threshold, value: Decimal) -> n.Expression:
    """The criterion with another number at the threshold."""
    new: Mapping[n.Compare, n.Compare] = {
        node: replace(node, right=_with_limit(node.right, n.Quantity(value, threshold.unit)))
        for node in threshold.nodes
    }
    found: n.Expression = _replaced(expression, new)
    return found


def limit_of(node: n.Compare) -> n.Quantity | None:
    """The number that a comparison has on its right: itself, or the factor of a limit of normal ("3 x ULN")."""
    match node.right:
        case n.Quantity():
            return node.right
        case n.Arithmetic("*", (n.Quantity() as factor, n.ValueOf(part="uln" | "lln"))):
            return factor
    return None


def _with_limit(right: n.Expression, limit: n.Quantity) -> n.Expression:
    return limit if isinstance(right, n.Quantity) else replace(right, arguments=(limit, right.arguments[1]))  # type: ignore[union-attr,arg-type]


def _replaced(node: Any, new: Mapping[n.Compare, n.Compare]) -> Any:
    """The tree with some comparisons replaced, wherever truths stand."""
    if isinstance(node, n.Compare) and node in new:
        return new[node]
    if isinstance(node, tuple):
        return tuple(_replaced(part, new) for part in node)
    if isinstance(node, n.AtLeast | n.Not | n.If | n.FirstKnown) and is_dataclass(node):
        return type(node)(**{f.name: _replaced(getattr(node, f.name), new) for f in fields(node)})
    return node


def _compares(node: n.Expression) -> Iterator[n.Compare]:
    """Comparisons where truths stand, not those inside scores and selections."""
    if isinstance(node, n.Compare):
        yield node
    elif isinstance(node, n.AtLeast | n.Not | n.If | n.FirstKnown) and not is_elapsed(node):
        for part in parts(node):
            yield from _compares(part)


def _text(threshold: Threshold, vocabulary: Vocabulary | None) -> str:
    first = threshold.nodes[0]
    text = describe(first, vocabulary).splitlines()[0] if vocabulary else f"{threshold.operator} {threshold.value}"
    more = len(threshold.nodes) - 1
    return f"{text.rstrip('.')}; and for {more} more" if more else text.rstrip(".")
