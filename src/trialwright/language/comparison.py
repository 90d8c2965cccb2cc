"""When one interval stands in a relation to another: decided only where every pair of values agrees."""

from __future__ import annotations

import math

from trialwright.language.facts import Fact
from trialwright.language.values import Number, point


def raw_number(fact: Fact) -> Number:
    """The value in the unit of the record, with its comparator."""
    assert fact.recorded is not None
    if fact.lower == fact.upper:
        return point(fact.recorded)
    if fact.upper is not None and math.isinf(fact.upper):
        return Number(fact.recorded, math.inf, fact.lower_open)
    return Number(0.0, fact.recorded, False, fact.upper_open)


def compare(left: Number, operator: str, right: Number) -> bool | None:
    """True or False when every pair of values in the two intervals agrees, else None."""
    match operator:
        case "<":
            if _below(left, right):
                return True
            return False if _not_above(right, left) else None
        case "<=":
            if _not_above(left, right):
                return True
            return False if _below(right, left) else None
        case ">":
            return compare(right, "<", left)
        case ">=":
            return compare(right, "<=", left)
        case "=":
            if left.is_point and right.is_point:
                return left.lower == right.lower
            return False if _below(left, right) or _below(right, left) else None
        case "!=":
            equal = compare(left, "=", right)
            return None if equal is None else not equal
    raise TypeError(f"no rule for {operator}")


def _below(a: Number, b: Number) -> bool:
    """Every value of `a` is less than every value of `b`."""
    return a.upper < b.lower or (a.upper == b.lower and (a.upper_open or b.lower_open))


def _not_above(a: Number, b: Number) -> bool:
    """Every value of `a` is at most every value of `b`."""
    return a.upper <= b.lower
