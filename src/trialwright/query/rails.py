"""Each value as a set of SQL expressions, its rails: met and not met, lower and upper, reasons, notes.

Unknown is neither met nor not met, so three-valued logic needs no NULL; a column that is NULL never reaches a rail.
The rules mirror `language/interpret.py` one by one.  Where leaves come from (columns, bits of a mask, the fact that a
`where` looks at) is the business of a `Source`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Protocol

from trialwright.errors import TrialwrightError
from trialwright.language.nodes import (
    Arithmetic,
    Ask,
    AtLeast,
    Compare,
    Expression,
    FirstKnown,
    Grade,
    If,
    Item,
    Not,
    Quantity,
    Score,
    Unsupported,
)
from trialwright.query import formulas, sql
from trialwright.query.sql import FALSE, TRUE, ZERO, Tree, both, either, integer, negate, when


@dataclass(frozen=True, slots=True)
class TruthRail:
    """A three-valued truth; unknown is neither `met` nor `not_met`.  Reasons are 0 where it is known."""

    met: Tree
    not_met: Tree
    reasons: Tree = ZERO
    notes: Tree = ZERO
    not_applicable: Tree = FALSE

    @property
    def unknown(self) -> Tree:
        return negate(either(self.met, self.not_met))


@dataclass(frozen=True, slots=True)
class NumberRail:
    """An interval; open bounds are excluded."""

    lower: Tree
    upper: Tree
    lower_open: Tree = FALSE
    upper_open: Tree = FALSE
    reasons: Tree = ZERO
    notes: Tree = ZERO

    @property
    def is_point(self) -> Tree:
        return sql.eq(self.lower, self.upper)


Rail = TruthRail | NumberRail


class Source(Protocol):
    """Answers for the leaves of an expression; None for a node that is no leaf here."""

    def leaf(self, node: Expression) -> Rail | None: ...

    def keep(self, node: Expression, rail: Rail) -> Rail:
        """The rail of an inner node, perhaps put into columns of its own."""
        ...

    def name(self, tree: Tree) -> Tree:
        """An expression that is used several times, perhaps put into a column of its own."""
        ...


def rail(node: Expression, source: Source) -> Rail:
    """The rails of an expression."""
    found = source.leaf(node)
    return found if found is not None else source.keep(node, build(node, source))


def truth(node: Expression, source: Source) -> TruthRail:
    found = rail(node, source)
    if not isinstance(found, TruthRail):
        raise TypeError(f"{type(node).__name__} is not a truth")
    return found


def number(node: Expression, source: Source) -> NumberRail:
    found = rail(node, source)
    if not isinstance(found, NumberRail):
        raise TypeError(f"{type(node).__name__} is not a number")
    return found


def constant(value: float) -> NumberRail:
    literal = sql.double(value)
    return NumberRail(literal, literal)


@singledispatch
def build(node: Expression, source: Source) -> Rail:
    raise TypeError(f"no rule for {type(node).__name__} here")


@build.register
def _(node: Quantity, source: Source) -> Rail:
    return constant(float(node.value))


@build.register
def _(node: Unsupported, source: Source) -> Rail:
    return TruthRail(FALSE, FALSE, integer(sql.reason("unsupported")))


@build.register
def _(node: Ask, source: Source) -> Rail:
    raise TrialwrightError(f"ask {node.id!r} stands where no person can be asked; move it out of the `where`")


@build.register
def _(node: Arithmetic, source: Source) -> Rail:
    inner = _formula(node, source)
    return replace(
        inner,
        lower=source.name(sql.round6(source.name(inner.lower))),
        upper=source.name(sql.round6(source.name(inner.upper))),
    )


def _formula(node: Arithmetic, source: Source) -> NumberRail:
    """The formula before rounding; inner formulas are not rounded."""
    parts = [
        _formula(part, source) if _inner(part) else number(part, source)  # type: ignore[arg-type]
        for part in node.arguments
    ]
    reasons = source.name(sql.bits(*(p.reasons for p in parts)))
    notes = sql.bits(*(p.notes for p in parts))
    bounds = formulas.apply(node.operator, [_named(p, source) for p in parts])
    bounds = replace(
        bounds,
        lower=source.name(bounds.lower),
        upper=bounds.lower if bounds.upper is bounds.lower else source.name(bounds.upper),
        undefined=source.name(bounds.undefined),
    )
    if bounds.undefined is FALSE:
        lower, upper = bounds.lower, bounds.upper
    else:
        lower = when((bounds.undefined, sql.double(-math.inf)), otherwise=bounds.lower)
        upper = when((bounds.undefined, sql.double(math.inf)), otherwise=bounds.upper)
    failed = when((sql.eq(reasons, ZERO), integer(sql.reason("unsupported"))), otherwise=reasons)
    if sql.is_zero(reasons):
        failed = integer(sql.reason("unsupported"))
    why = when((bounds.undefined, failed), (sql.lt(bounds.lower, bounds.upper), reasons), otherwise=ZERO)
    return NumberRail(lower, upper, reasons=why, notes=notes)


def _named(part: NumberRail, source: Source) -> tuple[Tree, Tree]:
    if part.lower is part.upper:
        both_ends = source.name(part.lower)
        return both_ends, both_ends
    return source.name(part.lower), source.name(part.upper)


def _inner(part: object) -> bool:
    return isinstance(part, Arithmetic) and part.operator not in ("years", "months", "days")


@build.register
def _(node: Compare, source: Source) -> Rail:
    left, right = (_short(number(side, source), source) for side in (node.left, node.right))
    return compare(left, node.operator, right)


def _short(side: NumberRail, source: Source) -> NumberRail:
    lower, upper = _named(side, source)
    opens = source.name(side.lower_open), source.name(side.upper_open)
    return NumberRail(lower, upper, *opens, source.name(side.reasons), source.name(side.notes))


def compare(left: NumberRail, operator: str, right: NumberRail) -> TruthRail:
    """True or false where every pair of values in the two intervals agrees."""
    met, not_met = decide(left, operator, right)
    reasons = sql.bits(left.reasons, right.reasons)
    conflict = integer(sql.reason("conflict"))
    why = conflict if sql.is_zero(reasons) else when((sql.eq(reasons, ZERO), conflict), otherwise=reasons)
    result = TruthRail(met, not_met, why, sql.bits(left.notes, right.notes))
    return replace(result, reasons=when((result.unknown, why), otherwise=ZERO))


def decide(left: NumberRail, operator: str, right: NumberRail) -> tuple[Tree, Tree]:
    """When the comparison is met and when it is not."""
    match operator:
        case "<":
            return _below(left, right), _not_above(right, left)
        case "<=":
            return _not_above(left, right), _below(right, left)
        case ">":
            return decide(right, "<", left)
        case ">=":
            return decide(right, "<=", left)
        case "=":
            points = both(left.is_point, right.is_point)
            same = sql.eq(left.lower, right.lower)
            apart = either(both(points, negate(same)), both(negate(points), _below(left, right)))
            return both(points, same), either(apart, both(negate(points), _below(right, left)))
        case "!=":
            met, not_met = decide(left, "=", right)
            return not_met, met
    raise TypeError(f"no rule for {operator}")


def _below(a: NumberRail, b: NumberRail) -> Tree:
    touching = both(sql.eq(a.upper, b.lower), either(a.upper_open, b.lower_open))
    return either(sql.lt(a.upper, b.lower), touching)


def _not_above(a: NumberRail, b: NumberRail) -> Tree:
    return sql.le(a.upper, b.lower)


@build.register
def _(node: AtLeast, source: Source) -> Rail:
    parts = [truth(part, source) for part in node.parts]
    spare = len(parts) - node.count
    if node.count <= 0:
        met, not_met = TRUE, FALSE
    elif spare < 0:
        met, not_met = FALSE, TRUE
    elif spare == 0:
        met, not_met = both(*(p.met for p in parts)), either(*(p.not_met for p in parts))
    elif node.count == 1:
        met, not_met = either(*(p.met for p in parts)), both(*(p.not_met for p in parts))
    else:
        met = sql.le(integer(node.count), _number_of([p.met for p in parts]))
        not_met = sql.lt(integer(spare), _number_of([p.not_met for p in parts]))
    return _undecided(
        TruthRail(met, not_met, notes=sql.bits(*(p.notes for p in parts))),
        [p.reasons for p in parts],
        both(met, *(p.not_applicable for p in parts)) if parts else FALSE,
    )


def _number_of(states: Sequence[Tree]) -> Tree:
    return sql.add(*(when((s, integer(1)), otherwise=ZERO) for s in states))


def _undecided(result: TruthRail, reasons: Sequence[Tree], not_applicable: Tree = FALSE) -> TruthRail:
    """With the reasons of its parts where it is unknown."""
    why = when((result.unknown, sql.bits(*reasons)), otherwise=ZERO)
    return replace(result, reasons=why, not_applicable=not_applicable)


@build.register
def _(node: Not, source: Source) -> Rail:
    part = truth(node.part, source)
    return replace(part, met=part.not_met, not_met=part.met, not_applicable=FALSE)


@build.register
def _(node: If, source: Source) -> Rail:
    condition, then = truth(node.condition, source), rail(node.then, source)
    if isinstance(then, NumberRail):
        return _if_number(node, condition, then, source)
    other = truth(node.otherwise, source) if node.otherwise is not None else TruthRail(TRUE, FALSE, not_applicable=TRUE)
    met = either(
        both(condition.met, then.met), both(condition.not_met, other.met), both(then.met, other.met, condition.unknown)
    )
    not_met = either(
        both(condition.met, then.not_met),
        both(condition.not_met, other.not_met),
        both(then.not_met, other.not_met, condition.unknown),
    )
    result = TruthRail(met, not_met, notes=sql.bits(condition.notes, then.notes, other.notes))
    why = when(
        (condition.met, then.reasons),
        (condition.not_met, other.reasons),
        (result.unknown, sql.bits(condition.reasons, then.reasons, other.reasons)),
        otherwise=ZERO,
    )
    not_applicable = either(both(condition.met, then.not_applicable), both(condition.not_met, other.not_applicable))
    return replace(result, reasons=why, not_applicable=not_applicable)


def _if_number(node: If, condition: TruthRail, then: NumberRail, source: Source) -> NumberRail:
    if node.otherwise is None:
        raise TypeError("`if` over numbers needs an `else`")
    other = number(node.otherwise, source)
    lower, upper = sql.least(then.lower, other.lower), sql.greatest(then.upper, other.upper)
    every = sql.bits(condition.reasons, then.reasons, other.reasons)

    def pick(a: Tree, b: Tree, unsure: Tree) -> Tree:
        return when((condition.met, a), (condition.not_met, b), otherwise=unsure)

    return NumberRail(
        pick(then.lower, other.lower, lower),
        pick(then.upper, other.upper, upper),
        pick(then.lower_open, other.lower_open, FALSE),
        pick(then.upper_open, other.upper_open, FALSE),
        pick(then.reasons, other.reasons, when((sql.lt(lower, upper), every), otherwise=ZERO)),
        sql.bits(condition.notes, then.notes, other.notes),
    )


@build.register
def _(node: FirstKnown, source: Source) -> Rail:
    parts = [rail(part, source) for part in node.parts]
    notes = sql.bits(*(p.notes for p in parts))
    every = sql.bits(*(p.reasons for p in parts))
    if all(isinstance(p, TruthRail) for p in parts):
        truths = [p for p in parts if isinstance(p, TruthRail)]
        known = [either(p.met, p.not_met) for p in truths]

        def first(name: str) -> Tree:
            branches = [(k, getattr(p, name)) for k, p in zip(known[:-1], truths, strict=False)]
            return when(*branches, otherwise=getattr(truths[-1], name))

        result = TruthRail(first("met"), first("not_met"), notes=notes)
        return _undecided(result, [every], first("not_applicable"))
    numbers = [p for p in parts if isinstance(p, NumberRail)]
    if len(numbers) < len(parts):
        raise TypeError("`first known` needs parts of one sort")
    points = [p.is_point for p in numbers]

    def choose(name: str, otherwise: Tree) -> Tree:
        branches = [(k, getattr(p, name)) for k, p in zip(points, numbers, strict=True)]
        return when(*branches, otherwise=otherwise)

    last = numbers[-1]
    return NumberRail(
        choose("lower", last.lower),
        choose("upper", last.upper),
        choose("lower_open", last.lower_open),
        choose("upper_open", last.upper_open),
        choose("reasons", every),
        notes,
    )


@build.register
def _(node: Grade, source: Source) -> Rail:
    rungs = sorted(((g, truth(c, source)) for g, c in node.rungs), key=lambda r: -r[0])
    positive = [(g, t) for g, t in rungs if g > 0] or []
    least = min((g for g, _ in rungs), default=0)
    if least < 0:
        raise TypeError("a grade is not negative")
    lower = when(*((t.met, sql.double(g)) for g, t in positive), otherwise=sql.double(0))
    upper = when(*((negate(t.not_met), sql.double(g)) for g, t in positive), otherwise=sql.double(0))
    lower, upper = source.name(lower), source.name(upper)
    why = sql.bits(*(when((sql.lt(lower, sql.double(g)), t.reasons), otherwise=ZERO) for g, t in rungs))
    reasons = when((sql.lt(lower, upper), why), otherwise=ZERO)
    return NumberRail(lower, upper, reasons=reasons, notes=sql.bits(*(t.notes for _, t in rungs)))


@build.register
def _(node: Score, source: Source) -> Rail:
    states = [(item, truth(item.condition, source), number(item.points, source)) for item in node.items]
    chosen = [s for s in states if not node.subset or s[0].id in node.subset]
    rest = [s for s in states if node.subset and s[0].id not in node.subset]
    lower, upper = (source.name(b) for b in _points(node, chosen, source))
    total = number(node.recorded, source) if node.recorded is not None else None
    notes = sql.bits(*(t.notes for _, t, _ in states), *(p.notes for _, _, p in states), total.notes if total else ZERO)
    every = sql.bits(*(t.reasons for _, t, _ in chosen), *(p.reasons for _, _, p in chosen))
    if total is None:
        why = when((sql.lt(lower, upper), every), otherwise=ZERO)
        return NumberRail(lower, upper, reasons=why, notes=notes)
    rest_lower, rest_upper = _points(node, rest, source)
    low = source.name(sql.greatest(lower, sql.minus(total.lower, rest_upper)))
    high = source.name(sql.least(upper, sql.minus(total.upper, rest_lower)))
    contradicted = sql.lt(high, low)
    why = when(
        (contradicted, integer(sql.reason("conflict"))),
        (sql.lt(low, high), every),
        otherwise=ZERO,
    )
    return NumberRail(
        when((contradicted, sql.least(lower, high)), otherwise=low),
        when((contradicted, sql.greatest(upper, low)), otherwise=high),
        reasons=why,
        notes=notes,
    )


def _points(node: Score, states: Sequence[tuple[Item, TruthRail, NumberRail]], source: Source) -> tuple[Tree, Tree]:
    """Sum over domains; in a domain of `maxima` only the highest item counts."""
    zero = sql.double(0)
    domains: dict[str, list[tuple[Tree, Tree]]] = {}
    for item, held, points in states:
        name = item.domain if item.domain in node.maxima else f"item:{item.id}"
        value = sql.literal(points.lower)
        if value is not None and points.lower is points.upper:
            # a fixed number of points is gained unless not met, or only where met
            gained, kept = (
                when((held.met, points.lower), otherwise=zero),
                when((held.not_met, zero), otherwise=points.lower),
            )
            lower, upper = (gained, kept) if value >= 0 else (kept, gained)
        else:
            lower = when((held.met, points.lower), (held.not_met, zero), otherwise=_bound("LEAST", points.lower, min))
            upper = when(
                (held.met, points.upper), (held.not_met, zero), otherwise=_bound("GREATEST", points.upper, max)
            )
        domains.setdefault(name, []).append((lower, upper))
    if not domains:
        return zero, zero
    lowers = [sql.greatest(*(b[0] for b in bounds)) for bounds in domains.values()]
    uppers = [sql.greatest(*(b[1] for b in bounds)) for bounds in domains.values()]
    whole = all((v := sql.literal(p.lower)) is not None and v == int(v) for _, _, p in states)
    if whole:
        return sql.add(*lowers), sql.add(*uppers)
    return sql.round6(source.name(sql.add(*lowers))), sql.round6(source.name(sql.add(*uppers)))


def _bound(name: str, tree: Tree, fold: Callable[[float, float], float]) -> Tree:
    """The value or zero, whichever is further out."""
    value = sql.literal(tree)
    return sql.call(name, sql.double(0), tree) if value is None else sql.double(fold(0.0, value))
