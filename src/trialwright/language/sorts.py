"""Which sort an expanded expression is: truth, number or category; and whether its parts fit."""

from __future__ import annotations

from typing import Literal

from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n

Sort = Literal["truth", "number", "category"]


class SortError(TrialwrightError):
    """A part of another sort than its place needs."""


def sort_of(node: n.Expression) -> Sort:
    """The sort of an expanded expression.  Raises SortError where a part does not fit."""
    match node:
        case n.ValueOf(part="category"):
            return "category"
        case n.ValueOf() | n.Count() | n.Quantity():
            return "number"
        case n.Spell() | n.Extent():
            if isinstance(node, n.Spell) and node.threshold is not None:
                _need(node.threshold, "number", "a run")
            whole_days(node.window)
            return "number"
        case n.Arithmetic(operator, arguments):
            if operator not in ("years", "months", "days"):
                for argument in arguments:
                    _need(argument, "number", f"`{operator}`")  # type: ignore[arg-type]
            return "number"
        case n.Score(items=items, recorded=recorded):
            for item in items:
                _need(item.points, "number", f"the points of {item.id}")
                _need(item.condition, "truth", f"the condition of {item.id}")
            if recorded is not None:
                _need(recorded, "number", "a recorded total")
            return "number"
        case n.Grade(rungs):
            for grade, condition in rungs:
                _need(condition, "truth", f"grade {grade}")
            return "number"
        case n.Compare(left, operator, right):
            _need(left, "number", f"`{operator}`")
            _need(right, "number", f"`{operator}`")
            return "truth"
        case n.In(category):
            if not isinstance(category, n.ValueOf):
                raise SortError("only a recorded value can be `in (...)`, `is`, positive or negative")
            _need(category, "category", "`in`")
            return "truth"
        case n.AtLeast(_, parts):
            for part in parts:
                _need(part, "truth", "and, or, at least")
            return "truth"
        case n.Not(part):
            _need(part, "truth", "not")
            return "truth"
        case n.If(condition, then, otherwise):
            return _branches(condition, then, otherwise)
        case n.FirstKnown(parts):
            sorts = {sort_of(part) for part in parts}
            if len(sorts) != 1 or sorts == {"category"}:
                raise SortError("`first known of` takes truths only or numbers only")
            return sorts.pop()
        case n.Ask(gives=gives):
            return "truth" if gives == "truth" else "number"
        case n.Unsupported():
            return "truth"
    raise TypeError(f"no rule for {type(node).__name__}")


def _branches(condition: n.Expression, then: n.Expression, otherwise: n.Expression | None) -> Sort:
    _need(condition, "truth", "if")
    sort = sort_of(then)
    if sort == "category":
        raise SortError("`if` chooses between truths or between numbers")
    if otherwise is None:
        if sort != "truth":
            raise SortError("`if` over numbers needs an `else`")
    else:
        _need(otherwise, sort, "else")
    return sort


def _need(node: n.Expression, sort: Sort, place: str) -> None:
    found = sort_of(node)
    if found != sort:
        raise SortError(f"{place} needs a {sort}, not a {found}")


def whole_days(window: n.Window) -> None:
    """A time line is made of days.  Raises SortError for a window that is counted on the clock."""
    for instant in (window.start, window.end):
        while isinstance(instant, n.Offset):
            if instant.unit in ("hours", "minutes"):
                raise SortError("doses and runs are counted in days; give their window in days")
            instant = instant.instant
