"""What the facts that could be the selected one say together: the hull of their values, and why it is not one value."""

from __future__ import annotations

import math
from dataclasses import replace

from trialwright.language.facts import Fact
from trialwright.language.nodes import ValueOf
from trialwright.language.values import NONE, Category, Number, Strings, point, round6, unknown_number


def part_of(
    node: ValueOf,
    chosen: tuple[Fact, ...],
    none_possible: bool,
    doubt: Strings,
    facts: frozenset[Fact],
) -> Number | Category:
    """The named part of the candidates; unknown where it is also possible that there is none."""
    if node.part == "category":
        sets = tuple(f.categories for f in chosen) + ((None,) if none_possible else ())
        silent = {
            f.problem or ("no_range" if f.lower is not None else "no_data") for f in chosen if f.categories is None
        }
        return Category(sets, doubt | silent, facts=facts)
    numbers = [limit_of(node, fact) for fact in chosen]
    if none_possible or not numbers:
        return unknown_number(*doubt, *(r for n in numbers for r in n.reasons), facts=facts)
    lower, upper = min(n.lower for n in numbers), max(n.upper for n in numbers)
    hull = Number(
        lower,
        upper,
        all(n.lower_open for n in numbers if n.lower == lower),
        all(n.upper_open for n in numbers if n.upper == upper),
        notes=frozenset().union(*(n.notes for n in numbers)),
        facts=facts,
    )
    if hull.is_point:
        return replace(hull, lower_open=False, upper_open=False)
    reasons = frozenset().union(*(n.reasons for n in numbers))
    return replace(hull, reasons=reasons | (doubt if len(numbers) > 1 else NONE))


def limit_of(node: ValueOf, fact: Fact) -> Number:
    """The named part of one fact."""
    if node.part == "value":
        if fact.lower is None or fact.upper is None:
            return unknown_number(fact.problem or "no_data")
        known = fact.lower == fact.upper
        reasons = NONE if known else frozenset({fact.problem or "censored"})
        return Number(fact.lower, fact.upper, fact.lower_open, fact.upper_open, reasons)
    bound = {"uln": fact.high_normal, "lln": fact.low_normal, "lod": fact.detection_limit}[node.part]
    if bound is not None:
        return point(bound)
    if node.default is not None:
        return replace(point(float(node.default)), notes=frozenset({"default_range"}))
    return unknown_number("no_range")


def mean_of(hull: Number, chosen: tuple[Fact, ...], doubt: Strings) -> Number:
    """The mean over all facts when it is sure which they are, else the hull."""
    if doubt - {"conflict"} or any(f.lower is None for f in chosen):
        return replace(hull, reasons=hull.reasons | doubt if not hull.is_point else NONE)
    lower = round6(math.fsum(f.lower for f in chosen if f.lower is not None) / len(chosen))
    upper = round6(math.fsum(f.upper for f in chosen if f.upper is not None) / len(chosen))
    return replace(hull, lower=lower, upper=upper, reasons=NONE if lower == upper else frozenset({"censored"}))
