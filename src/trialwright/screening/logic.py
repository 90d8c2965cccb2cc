"""Three-valued truths of many people at once, and intervals against limits: the rules of meaning on arrays.

The rules mirror `language/interpret.py` and `query/rails.py` one by one.  Of the reasons of an unknown only one thing
is kept: whether any of them counts for the verdict on the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trialwright.language.values import OUT_OF_RECORD
from trialwright.query.sql import reason

Bools = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int16]
OUT = reason(*OUT_OF_RECORD)


@dataclass(frozen=True, slots=True)
class Truths:
    """One truth per person; unknown is neither `met` nor `not_met`, and `counted` where a reason of it counts."""

    met: Bools
    not_met: Bools
    counted: Bools

    @property
    def unknown(self) -> Bools:
        return ~(self.met | self.not_met)


@dataclass(frozen=True, slots=True)
class Intervals:
    """One number per person, known to lie between the bounds; open bounds are excluded.  `reasons` as bits."""

    lower: Doubles
    upper: Doubles
    lower_open: Bools
    upper_open: Bools
    reasons: Ints


def always(state: bool | None, size: int, counted: bool = False) -> Truths:
    """The same truth for everybody."""
    return Truths(np.full(size, state is True), np.full(size, state is False), np.full(size, state is None and counted))


def negated(part: Truths) -> Truths:
    return Truths(part.not_met, part.met, part.counted)


def at_least(count: int, parts: Sequence[Truths], size: int) -> Truths:
    """At least `count` of the parts hold; strong Kleene."""
    spare = len(parts) - count
    if count <= 0 or spare < 0:
        return always(count <= 0, size)
    if count == 1 or spare == 0:
        met, not_met = np.zeros(size, bool), np.zeros(size, bool)
        some, every = (met, not_met) if count == 1 else (not_met, met)
        every |= True
        for part in parts:
            one, other = (part.met, part.not_met) if count == 1 else (part.not_met, part.met)
            some |= one
            every &= other
    else:
        held, failed = np.zeros(size, np.int16), np.zeros(size, np.int16)
        for part in parts:
            held += part.met
            failed += part.not_met
        met, not_met = held >= count, failed > spare
    return _undecided(met, not_met, parts)


def _undecided(met: Bools, not_met: Bools, parts: Sequence[Truths]) -> Truths:
    """With the reasons of its parts where it is unknown."""
    counted = np.zeros(len(met), bool)
    for part in parts:
        counted |= part.counted
    return Truths(met, not_met, counted & ~(met | not_met))


def choose(condition: Truths, then: Truths, other: Truths) -> Truths:
    """`then` where the condition is met, `other` where it is not, both where it is unknown and they agree."""
    unsure = condition.unknown
    met = condition.met & then.met | condition.not_met & other.met | then.met & other.met & unsure
    not_met = condition.met & then.not_met | condition.not_met & other.not_met | then.not_met & other.not_met & unsure
    open_ = _undecided(met, not_met, (condition, then, other)).counted
    counted = np.where(condition.met, then.counted, np.where(condition.not_met, other.counted, open_))
    return Truths(met, not_met, counted)


def first_known(parts: Sequence[Truths]) -> Truths:
    """The first part that is known; unknown where none is."""
    met, not_met = parts[-1].met, parts[-1].not_met
    for part in reversed(parts[:-1]):
        unknown = part.unknown
        met, not_met = np.where(unknown, met, part.met), np.where(unknown, not_met, part.not_met)
    return _undecided(met, not_met, parts)


def fixed(value: float, size: int) -> Intervals:
    """The same known number for everybody."""
    number, closed = np.full(size, float(value)), np.zeros(size, bool)
    return Intervals(number, number, closed, closed, np.zeros(size, np.int16))


def times(factor: float, number: Intervals) -> Intervals:
    """A positive factor, or zero, times a number, rounded as formulas are; nothing times anything is nothing."""
    closed = np.zeros(len(number.lower), bool)
    if factor == 0:
        return fixed(0, len(closed))
    lower = _round6(factor * number.lower)
    upper, apart = lower.copy(), number.lower != number.upper
    upper[apart] = _round6(factor * number.upper[apart])
    return Intervals(lower, upper, closed, closed, np.where(lower < upper, number.reasons, 0))


def _round6(value: Doubles) -> Doubles:
    size = np.abs(value)
    rounded = np.copysign(np.floor(size * 1e6 + 0.5) / 1e6, value)
    result: Doubles = np.where(size < 1e9, rounded, value)
    return result


def compare(left: Intervals, operator: str, right: Intervals) -> Truths:
    """True or false where every pair of values in the two intervals agrees."""
    met, not_met = _decided(left, operator, right)
    unknown = ~(met | not_met)
    counted = np.zeros(len(unknown), bool)
    counted[unknown] = counts(left.reasons[unknown] | right.reasons[unknown])
    return Truths(met, not_met, counted)


def counts(reasons: Ints) -> Bools:
    """Whether an unknown with these reasons counts; one without a reason is a conflict, which does."""
    result: Bools = ((reasons & ~OUT) != 0) | (reasons == 0)
    return result


def _decided(left: Intervals, operator: str, right: Intervals) -> tuple[Bools, Bools]:
    match operator:
        case "<":
            return _below(left, right), right.upper <= left.lower
        case "<=":
            return left.upper <= right.lower, _below(right, left)
        case ">" | ">=":
            return _decided(right, "<" if operator == ">" else "<=", left)
        case "=":
            points = (left.lower == left.upper) & (right.lower == right.upper)
            same = left.lower == right.lower
            return points & same, np.where(points, ~same, _below(left, right) | _below(right, left))
        case "!=":
            met, not_met = _decided(left, "=", right)
            return not_met, met
    raise TypeError(f"no rule for {operator}")


def _below(a: Intervals, b: Intervals) -> Bools:
    below: Bools = a.upper < b.lower
    if a.upper_open.any() or b.lower_open.any():
        below |= (a.upper == b.lower) & (a.upper_open | b.lower_open)
    return below
