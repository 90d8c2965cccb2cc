"""Scores and grades as intervals: what the items that are known already say, and what the others can still add."""

from __future__ import annotations

from collections.abc import Sequence

from trialwright.language.facts import Fact
from trialwright.language.nodes import Item, Score
from trialwright.language.values import NONE, Number, Strings, Truth, round6

State = tuple[Item, Truth, Number]


def score(node: Score, states: Sequence[State], total: Number | None) -> Number:
    """The score, or the sub-score over `node.subset`, between what is sure and what is possible.

    A recorded total bounds it from both sides; a total that the items contradict makes it unknown for `conflict`.
    """
    chosen = [s for s in states if not node.subset or s[0].id in node.subset]
    rest = [s for s in states if node.subset and s[0].id not in node.subset]
    lower, upper = _points(node, chosen)
    everything = [*((t, p) for _, t, p in states)]
    notes = frozenset().union(*(t.notes | p.notes for t, p in everything), total.notes if total else NONE)
    facts = frozenset[Fact]().union(*(t.facts | p.facts for t, p in everything), total.facts if total else ())
    if total is not None:
        rest_lower, rest_upper = _points(node, rest)
        low, high = max(lower, total.lower - rest_upper), min(upper, total.upper - rest_lower)
        if low > high:
            return Number(
                min(lower, high),
                max(upper, low),
                reasons=frozenset({"conflict"}),
                notes=notes,
                facts=facts,
            )
        lower, upper = low, high
    reasons: Strings = NONE
    if lower < upper:
        reasons = frozenset().union(*(t.reasons | p.reasons for _, t, p in chosen))
    return Number(lower, upper, reasons=reasons, notes=notes, facts=facts)


def grade(rungs: Sequence[tuple[int, Truth]]) -> Number:
    """From the highest rung met to the highest rung not excluded; 0 where none is."""
    met = [grade for grade, t in rungs if t.state is True]
    open_ = [grade for grade, t in rungs if t.state is not False]
    lower, upper = max(met, default=0), max(open_, default=0)
    reasons = frozenset().union(*(t.reasons for g, t in rungs if t.state is None and g > lower))
    return Number(
        lower,
        upper,
        reasons=reasons if lower < upper else NONE,
        notes=frozenset().union(*(t.notes for _, t in rungs)),
        facts=frozenset[Fact]().union(*(t.facts for _, t in rungs)),
    )


def _points(node: Score, states: Sequence[State]) -> tuple[float, float]:
    """Sum over domains; in a domain of `maxima` only the highest item counts."""
    total_lower = total_upper = 0.0
    domains: dict[str, list[tuple[float, float]]] = {}
    for item, truth, points in states:
        name = item.domain if item.domain in node.maxima else f"item:{item.id}"
        domains.setdefault(name, []).append(_contribution(truth, points))
    for bounds in domains.values():
        total_lower += max(b[0] for b in bounds)
        total_upper += max(b[1] for b in bounds)
    return round6(total_lower), round6(total_upper)


def _contribution(truth: Truth, points: Number) -> tuple[float, float]:
    if truth.state is True:
        return points.lower, points.upper
    if truth.state is False:
        return 0.0, 0.0
    return min(0.0, points.lower), max(0.0, points.upper)
