"""How numbers, durations, names, instants and windows are written: the small words of the printer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.notation import Tree

SPELL_UNITS = frozenset({"minutes", "hours", "days", "weeks", "months", "years", "half_lives"})
Show = Callable[[Tree], str]


def number(value: Decimal) -> str:
    """Without an exponent where that is not absurd."""
    text = format(value, "f")
    return text if len(text) <= 20 else format(value, "e")


def quantity(tree: n.Quantity) -> str:
    return number(tree.value) if tree.unit == "1" else f"{number(tree.value)} {tree.unit}"


def in_two_units(tree: n.Quantity, other: n.Quantity) -> str:
    """2.5 mg/dL (221 umol/L)"""
    return f"{number(tree.value)} {tree.unit} ({number(other.value)} {other.unit})"


def duration(amount: Decimal, unit: str) -> str:
    """6 months, 1 week, 5 half-lives."""
    one = {"half_lives": "half-life"}.get(unit, unit.removesuffix("s"))
    many = {"half_lives": "half-lives"}.get(unit, unit)
    return f"{number(amount)} {one if amount == 1 else many}"


def names(tree: s.Names) -> str:
    """prednisone, oral glucocorticoid, any of (ana, anti_dsdna)."""
    route = f"{tree.route} " if tree.route else ""
    if len(tree.names) == 1 and not tree.every:
        return route + tree.names[0]
    return f"{'all' if tree.every else 'any'} of {route}({', '.join(tree.names)})"


def instant(tree: Tree, show: Show) -> str:
    match tree:
        case n.Anchor(name):
            return name
        case n.Offset(inner, amount, unit, direction):
            return f"{duration(amount, unit)} {direction} {instant(inner, show)}"
        case s.ResultOf(ref):
            return f"the {show(ref)} result"
        case s.Edge(which, name):
            return f"{which} {name}"
    return show(tree)


def window(tree: n.Window, show: Show) -> str:
    """within 30 days before screening, before screening, from after infusion to day_90, ever."""
    start, end = tree.start, tree.end
    if start is None and end is None:
        return "ever"
    if start is None:
        return f"{'before' if tree.end_open else 'by'} {instant(end, show)}"
    if end is None:
        return f"{'after' if tree.start_open else 'from'} {instant(start, show)}"
    if not tree.start_open and not tree.end_open:
        if isinstance(start, n.Offset) and start.instant == end and start.direction == "before":
            return f"within {duration(start.amount, start.unit)} before {instant(end, show)}"
        if isinstance(end, n.Offset) and end.instant == start and end.direction == "after":
            return f"within {duration(end.amount, end.unit)} after {instant(start, show)}"
    return (
        f"from {'after ' if tree.start_open else ''}{instant(start, show)}"
        f" to {'before ' if tree.end_open else ''}{instant(end, show)}"
    )
