"""For a numeric threshold, how many people would be eligible, undetermined and ineligible with another value there.

A threshold is a number that a criterion compares with, outside of scores and of "any record".  Where one criterion
repeats it for each of many drugs, all of them move together.  Only people whom no other criterion excludes can change
their verdict, so only their facts are read, once, for all values of all thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from trialwright.language import nodes as n
from trialwright.language.describe import describe
from trialwright.language.vocabulary import Vocabulary
from trialwright.query.plan import is_elapsed, parts
from trialwright.query.screening import Screening
from trialwright.query.study import Criterion
from trialwright.query.verdicts import VERDICTS
from trialwright.screening.again import decide_again
from trialwright.screening.standing import counts, judge, number_of, standing

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
    known = screening.study.trials[number_of(screening, at.trial.id)]
    chosen = [
        (criterion, threshold, values(threshold.value))
        for criterion in at.trial.criteria
        if criteria is None or criterion.id in criteria
        for threshold in thresholds(criterion)
        if len(threshold.nodes) <= alike
    ]
    fails = at.excludes.sum(axis=1)
    places = sorted({at.place(criterion.id) for criterion, _, _ in chosen})
    rows = (fails == 0) | ((fails == 1) & at.excludes[:, places].any(axis=1))
    variants = [
        replace(criterion, id=f"c{i}_{k}", expression=with_value(criterion.expression, threshold, value))
        for i, (criterion, threshold, points) in enumerate(chosen)
        for k, value in enumerate(points)
    ]
    if not variants or not rows.any():
        return ()
    found = decide_again(screening, known, variants, at, rows)
    out, first = [], 0
    excludes, holds = at.excludes[rows].copy(), at.holds[rows].copy()
    outside = at.size - int(rows.sum())
    for criterion, threshold, points in chosen:
        place = at.place(criterion.id)
        kept = excludes[:, place].copy(), holds[:, place].copy()
        tally: dict[str, list[int]] = {name: [] for name in VERDICTS}
        for k in range(len(points)):
            excludes[:, place], holds[:, place] = found.excludes[:, first + k], found.holds[:, first + k]
            for name, count in counts(judge(excludes, holds)).items():
                tally[name].append(count + (outside if name == "ineligible" else 0))
        excludes[:, place], holds[:, place] = kept
        first += len(points)
        out.append(
            Curve(
                at.trial.id,
                criterion.id,
                _text(threshold, vocabulary),
                threshold.operator,
                threshold.unit,
                float(threshold.value),
                tuple(map(float, points)),
                tuple(tally["eligible"]),
                tuple(tally["undetermined"]),
                tuple(tally["ineligible"]),
            )
        )
    return tuple(out)


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
