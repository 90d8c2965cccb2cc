"""Formulas over intervals: every value that the arguments can take gives a value inside the result.

Bounds are closed; a formula that is not defined over the whole of its arguments (x/0, ln 0) gives None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Bounds = tuple[float, float]


def apply(operator: str, arguments: Sequence[Bounds]) -> Bounds | None:
    """The interval of the formula.  Raises TypeError for an operator that is not in the language."""
    try:
        result = _apply(operator, arguments)
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    return None if result is None or any(math.isnan(bound) for bound in result) else result


def _apply(operator: str, arguments: Sequence[Bounds]) -> Bounds | None:
    first = arguments[0]
    match operator:
        case "+":
            return _fold(arguments, lambda a, b: (a[0] + b[0], a[1] + b[1]))
        case "-":
            return _fold(arguments, lambda a, b: (a[0] - b[1], a[1] - b[0]))
        case "*":
            return _fold(arguments, lambda a, b: _corners(a, b, _times))
        case "/":
            low, high = arguments[1]
            return None if low <= 0 <= high else _corners(first, arguments[1], _over)
        case "^":
            return _power(first, arguments[1])
        case "min":
            return min(a[0] for a in arguments), min(a[1] for a in arguments)
        case "max":
            return max(a[0] for a in arguments), max(a[1] for a in arguments)
        case "exp":
            return _exp(first[0]), _exp(first[1])
        case "ln":
            return None if first[0] <= 0 else (math.log(first[0]), math.log(first[1]))
        case "abs":
            low, high = abs(first[0]), abs(first[1])
            return (0.0 if first[0] <= 0 <= first[1] else min(low, high)), max(low, high)
        case "round":
            digits = int(arguments[1][0]) if len(arguments) > 1 else 0
            return half_up(first[0], digits), half_up(first[1], digits)
    raise TypeError(f"no rule for {operator}")


def _fold(arguments: Sequence[Bounds], step: Callable[[Bounds, Bounds], Bounds]) -> Bounds:
    result = arguments[0]
    for argument in arguments[1:]:
        result = step(result, argument)
    return result


def _corners(a: Bounds, b: Bounds, step: Callable[[float, float], float]) -> Bounds:
    values = [step(x, y) for x in a for y in b]
    return min(values), max(values)


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def _over(x: float, y: float) -> float:
    if math.isinf(y):
        return 0.0
    return x / y


def _power(base: Bounds, exponent: Bounds) -> Bounds | None:
    """Of a positive base, or of any base with a whole exponent that is known."""
    if base[0] > 0:
        return _corners(base, exponent, _pow)
    n = exponent[0]
    if exponent[0] != exponent[1] or n != int(n) or n < 0:
        return None
    low, high = _pow(base[0], n), _pow(base[1], n)
    if int(n) % 2 == 0 and base[0] <= 0 <= base[1]:
        return (0.0 if n else 1.0), max(low, high)
    return min(low, high), max(low, high)


def _pow(x: float, y: float) -> float:
    try:
        return float(x**y)
    except OverflowError:
        return math.inf


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def half_up(value: float, digits: int) -> float:
    """Half away from zero: 2.5 becomes 3, -2.5 becomes -3."""
    if not math.isfinite(value):
        return value
    scale = 10.0**digits
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)
