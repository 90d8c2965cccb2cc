"""Formulas over intervals in SQL: the bounds of the result, and where it is not defined.

The rules mirror `language/arithmetic.py`: doubles in the written order, no rounding here.  Time between instants is in
`times.py`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from trialwright.errors import TrialwrightError
from trialwright.query import sql
from trialwright.query.sql import FALSE, Tree, both, either, negate, when

Pair = tuple[Tree, Tree]
ZERO = sql.double(0)
INFINITY = sql.double(math.inf)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lower and upper bound, which mean nothing where `undefined` holds."""

    lower: Tree
    upper: Tree
    undefined: Tree = FALSE


def apply(operator: str, arguments: Sequence[Pair]) -> Bounds:
    """The interval of the formula.  Raises TypeError for an operator that is not in the language."""
    first = arguments[0]
    match operator:
        case "+":
            return _checked(_fold(exp.Add, [a[0] for a in arguments]), _fold(exp.Add, [a[1] for a in arguments]))
        case "-":
            second = arguments[1]
            return _checked(sql.minus(first[0], second[1]), sql.minus(first[1], second[0]))
        case "*":
            result = first
            for argument in arguments[1:]:
                result = _product(result, argument)
            return _checked(*result)
        case "/":
            low, high = arguments[1]
            quotient = _quotient(first, arguments[1])
            return Bounds(*quotient, both(sql.le(low, ZERO), sql.le(ZERO, high)))
        case "^":
            return _power(first, arguments[1])
        case "min":
            return Bounds(sql.least(*(a[0] for a in arguments)), sql.least(*(a[1] for a in arguments)))
        case "max":
            return Bounds(sql.greatest(*(a[0] for a in arguments)), sql.greatest(*(a[1] for a in arguments)))
        case "exp":
            return Bounds(_exp(first[0]), _exp(first[1]))
        case "ln":
            return Bounds(_ln(first[0]), _ln(first[1]), sql.le(first[0], ZERO))
        case "abs":
            low, high = sql.call("ABS", first[0]), sql.call("ABS", first[1])
            around = both(sql.le(first[0], ZERO), sql.le(ZERO, first[1]))
            return Bounds(when((around, ZERO), otherwise=sql.least(low, high)), sql.greatest(low, high))
        case "round":
            digits = 0 if len(arguments) == 1 else sql.literal(arguments[1][0])
            if digits is None:
                raise TrialwrightError("`round` takes a fixed number of digits; write it as a number")
            return Bounds(_half_up(first[0], int(digits)), _half_up(first[1], int(digits)))
    raise TypeError(f"no rule for {operator}")


def _fold(kind: type[exp.Expression], parts: Sequence[Tree]) -> Tree:
    result = parts[0]
    for part in parts[1:]:
        result = sql.operate(kind, result, part)
    return result


def _checked(lower: Tree, upper: Tree) -> Bounds:
    """Infinity minus infinity is no number."""
    return Bounds(lower, upper, either(sql.call("ISNAN", lower), sql.call("ISNAN", upper)))


def _corners(a: Pair, b: Pair, step: Callable[[Tree, Tree], Tree]) -> Pair:
    values = [step(x, y) for x, y in itertools.product(a, b)]
    return sql.least(*values), sql.greatest(*values)


def _product(a: Pair, b: Pair) -> Pair:
    for fixed, other in ((a, b), (b, a)):
        factor = sql.literal(fixed[0]) if fixed[0] is fixed[1] else None
        if factor is not None and factor != 0:
            ends = [sql.operate(exp.Mul, fixed[0], end) for end in other]
            return (ends[0], ends[1]) if factor > 0 else (ends[1], ends[0])
    return _corners(a, b, _times)


def _times(x: Tree, y: Tree) -> Tree:
    return when((either(sql.eq(x, ZERO), sql.eq(y, ZERO)), ZERO), otherwise=sql.operate(exp.Mul, x, y))


def _quotient(a: Pair, b: Pair) -> Pair:
    divisor = sql.literal(b[0]) if b[0] is b[1] else None
    if divisor:
        ends = [sql.operate(exp.Div, end, b[0]) for end in a]
        return (ends[0], ends[1]) if divisor > 0 else (ends[1], ends[0])
    return _corners(a, b, _over)


def _over(x: Tree, y: Tree) -> Tree:
    nothing = either(sql.eq(y, ZERO), sql.eq(sql.call("ABS", y), INFINITY))
    return when((nothing, ZERO), otherwise=sql.operate(exp.Div, x, y))


def _power(base: Pair, exponent: Pair) -> Bounds:
    """Of a positive base, or of any base with a whole exponent that is known."""
    positive = sql.lt(ZERO, base[0])
    lower, upper = _corners(base, exponent, _pow)
    n = exponent[0]
    known = sql.eq(exponent[0], exponent[1])
    whole = both(known, sql.eq(n, sql.call("FLOOR", n)), sql.le(ZERO, n), sql.lt(n, INFINITY))
    half = sql.operate(exp.Div, n, sql.double(2))
    even = sql.eq(half, sql.call("FLOOR", half))
    around = both(even, sql.le(ZERO, base[1]))
    least = when(
        (both(negate(positive), around), when((sql.eq(n, ZERO), sql.double(1)), otherwise=ZERO)), otherwise=lower
    )
    return Bounds(least, upper, both(negate(positive), negate(whole)))


def _pow(x: Tree, y: Tree) -> Tree:
    return sql.call("POWER", x, y)


def _exp(x: Tree) -> Tree:
    return when((sql.lt(sql.double(709.782712893384), x), INFINITY), otherwise=sql.call("EXP", x))


def _ln(x: Tree) -> Tree:
    return when((sql.le(x, ZERO), ZERO), otherwise=sql.call("LN", x))


def _half_up(value: Tree, digits: int) -> Tree:
    scale = sql.double(10.0**digits)
    size = sql.call("ABS", value)
    scaled = sql.add(sql.operate(exp.Mul, size, scale), sql.double(0.5))
    rounded = sql.operate(exp.Div, sql.call("FLOOR", scaled), scale)
    signed = when((sql.lt(value, ZERO), exp.Neg(this=exp.Paren(this=rounded))), otherwise=rounded)
    return when((sql.lt(size, INFINITY), signed), otherwise=value)
