"""One measurement as a dataset shows it: the number where there is one, its bounds, its words, and what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from trialwright.language import units
from trialwright.language.facts import Fact, date_of
from trialwright.scoring.words import because

PROBLEMS = {
    "unit_mismatch": "the unit {unit} cannot be converted",
    "no_data": "no value is recorded",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """`value` None where it is not one number, with a `reason`; `below` the limit that it lies under (BLQ)."""

    value: float | None
    lower: float | None
    upper: float | None
    text: str | None
    below: float | None
    above: bool
    reason: str | None


def read(fact: Fact) -> Reading:
    """The value of a fact in the unit of its concept."""
    low, high = fact.lower, fact.upper
    if low is None or high is None or fact.problem is not None:
        shown = None if fact.recorded is None else f"{fact.recorded:g}" + (f" {fact.unit}" if fact.unit else "")
        why = PROBLEMS.get(fact.problem or "no_data") or because({fact.problem or "no_data"})
        return Reading(None, None, None, shown, None, False, why.format(unit=fact.unit or "that is recorded"))
    if low == high:
        if not fact.certain:
            return Reading(
                None, low, high, f"{low:g}", None, False, "a broader or look-alike code, which may mean something else"
            )
        return Reading(low, low, high, f"{low:g}", None, False, None)
    if math.isinf(high):
        return Reading(
            None, low, None, f"{'>' if fact.lower_open else '>='}{low:g}", None, True, "above the range of the assay"
        )
    if low <= 0:
        text = f"{'<' if fact.upper_open else '<='}{high:g}"
        return Reading(None, 0.0, high, text, high, False, "below the limit of quantification")
    return Reading(None, low, high, f"{low:g} to {high:g}", None, False, "known only between two bounds")


def shown(unit: str | None) -> str | None:
    """A unit as tables print it: without the braces of UCUM's annotations."""
    return unit.replace("{", "").replace("}", "") if unit else None


def day_of(fact: Fact) -> int | None:
    """The day of a fact, where it is known to the day."""
    return fact.start.first_day if fact.start.first_day == fact.start.last_day else None


def place_of(fact: Fact) -> str:
    """The source and the day of a fact, as a remark names it."""
    first, last = fact.start.first_day, fact.start.last_day
    when = f"{date_of(first)}" if first == last else f"{date_of(first)}/{date_of(last)}"
    return f"{fact.source or fact.concept}, {when}"


def mixed_units(facts: Iterable[Fact]) -> str | None:
    """The units of one series where there are several, else None; spellings of one unit count once."""
    seen = {units.canonical(fact.unit) or fact.unit: fact.unit for fact in facts if fact.unit}
    return ", ".join(sorted(seen.values())) if len(seen) > 1 else None
