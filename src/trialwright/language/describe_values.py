"""Numbers and categories in plain English: readings, doses, counts, runs, formulas."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import speech
from trialwright.language.contract import contract
from trialwright.language.notation import Tree
from trialwright.language.speech import AMOUNTS, LIMITS, Context, called, label, quantity

TRUTHS = (
    n.AtLeast | n.Not | n.Compare | n.In | n.Unsupported | n.Item
    | s.Between | s.Has | s.On | s.Polarity | s.Change | s.Stable | s.Each | s.NoRestriction
)  # fmt: skip
"""What is said as a condition, even where a number is expected."""


def value(tree: Tree, context: Context) -> str:
    """A number or a category as a noun phrase: `the most recent creatinine in the last 90 days`."""
    tree = contract(tree)
    match tree:
        case n.Quantity():
            return quantity(tree, context)
        case n.Ref(name, parameters):
            return _name(name, parameters, context)
        case s.Reading():
            return _reading(tree, context)
        case s.This():
            return "the value"
        case s.Dose(names, equivalent, which, window):
            return _dose(names, equivalent, which, window, context)
        case s.CountOf():
            return _count(tree, context)
        case s.Run(measure, what, window, bridge, joined):
            kind = {
                "longest": "the longest run of days with",
                "total": "the number of days with",
                "current": "the days, without a break up to the end, with",
            }[measure]
            gaps = f" (gaps of up to {bridge} days bridged)" if bridge else ""
            gaps += f" (measurements up to {joined} days apart joined by a line)" if joined else ""
            return f"{kind} {timeline(what, context)}{gaps} {speech.window(window, context)}"
        case s.Age(None):
            return speech.anchored("age", context)
        case s.Age(at):
            return f"age at {speech.instant(at, context)}"
        case s.Elapsed(unit, start, end):
            whole = "days" if unit == "days" else f"completed {unit}"
            return f"{whole} from {speech.instant(start, context)} to {speech.instant(end, context)}"
        case s.TimesLimit(n.Quantity(Decimal() as one, "1"), limit) if one == 1:
            return LIMITS[limit]
        case s.TimesLimit(factor, limit):
            return f"{_factor(factor, context)} times {LIMITS[limit]}"
        case s.At(expression, instant):
            return value(expression, speech.moved(context, instant))
        case n.Arithmetic():
            return _formula(tree, context)
        case n.If(condition, then, otherwise):
            other = f", otherwise {value(otherwise, context)}" if otherwise is not None else ""
            return f"({value(then, context)} if {context.truth(condition, context)}{other})"
        case n.FirstKnown(parts):
            return f"the first known of {speech.listed([value(p, context) for p in parts], 'and')}"
        case n.Score() | n.Grade():
            return "the score" if isinstance(tree, n.Score) else "the grade"
        case n.Ask(text=text, kind=kind):
            return f'the answer to "{text}" ({kind.replace("_", " ")})'
        case n.Anchor() | n.Offset() | s.ResultOf() | s.Edge():
            return speech.instant(tree, context)
        case n.Window():
            return speech.window(tree, context)
    if isinstance(tree, TRUTHS):
        return f"({context.truth(tree, context)})"
    raise TypeError(f"no rule for {type(tree).__name__}")


def _factor(tree: Tree, context: Context) -> str:
    return value(tree, replace(context, unit=None))


def _name(name: str, parameters: tuple[tuple[str, Tree], ...], context: Context) -> str:
    concept = context.vocabulary.concept(name)
    if concept is not None and concept.domain != "demographic":
        return f"most recent {label(name, context)} {speech.look_back(concept, context)}".strip()
    given = ", ".join(f"{key.replace('_', ' ')} {value(v, context)}" for key, v in parameters)
    text = label(name, context) + (f" (with {given})" if given else "")
    return text if concept is not None else speech.anchored(text, context)


def _reading(tree: s.Reading, context: Context) -> str:
    name = tree.of.name
    concept = context.vocabulary.concept(name)
    if concept is None and context.vocabulary.definition(name) is not None:
        return f"{label(name, context)} {speech.window(tree.window, context) if tree.window else ''}".strip()
    when = speech.window(tree.window, context) if tree.window else speech.look_back(concept, context)
    if tree.part != "value":
        return f"{LIMITS[tree.part]} of the most recent {label(name, context)} {when}".strip()
    rule = "most recent" if tree.rule in (None, "latest") else tree.rule
    rule = "mean of the" if rule == "mean" else "range of the" if rule == "range" else rule
    test = f" where {context.truth(tree.where, context)}" if tree.where is not None else ""
    return f"{rule} {label(name, context)}{test} {when}".strip()


def _dose(names: s.Names, equivalent: str | None, which: str, window: n.Window | None, context: Context) -> str:
    which = "" if which == "at" else "range of the " if which == "range" else f"{which} "
    drugs = called(names, context).removeprefix("any ")
    text = f"{which}daily dose of {drugs}"
    if equivalent:
        text += f", in {label(equivalent, context)} equivalents,"
    if window is None:
        return f"{text} at {speech.instant(context.anchor, context)}"
    return f"{text} {speech.window(window, context)}"


def _count(tree: s.CountOf, context: Context) -> str:
    of = {"fact": "number of records of", "day": "number of days with", "concept": "number of different"}[tree.by]
    names = called(tree.names, context).removeprefix("any ")
    test = f" where {context.truth(tree.where, context)}" if tree.where is not None else ""
    apart = f", at least {tree.spacing_days} days apart," if tree.spacing_days else ""
    up_to = f"up to {speech.instant(context.anchor, context)}"
    when = speech.window(tree.window, context) if tree.window is not None else up_to
    return f"{of} {names}{test}{apart} {when}"


def timeline(tree: Tree, context: Context) -> str:
    """The condition of a run, on one day: `a daily dose of prednisone of at least 20 mg/day`."""
    tree = contract(tree)
    match tree:
        case s.On(names):
            return f"{called(names, context)} taken"
        case n.Compare(left, operator, right):
            left = contract(left)
            amount = replace(context, unit=unit_of(left, context))
            limit = f"{AMOUNTS[operator]} {value(right, amount)}"
            match left:
                case s.Dose(names, equivalent):
                    drugs = called(names, context).removeprefix("any ")
                    in_units = f" (in {label(equivalent, context)} equivalents)" if equivalent else ""
                    return f"a daily dose of {drugs}{in_units} of {limit}"
                case n.Ref(name) | s.Reading(of=n.Ref(name)):
                    return f"{label(name, context)} of {limit}"
    return context.truth(tree, context)


def unit_of(tree: Tree, context: Context) -> str | None:
    """The unit that a bare number on the other side stands for."""
    match contract(tree):
        case n.Ref(name) | s.Reading(of=n.Ref(name)):
            found = context.vocabulary.concept(name) or context.vocabulary.definition(name)
            return found.unit if found is not None else None
        case s.At(expression=inner):
            return unit_of(inner, context)
        case s.Dose():
            return "mg/d"
        case s.Age() | s.Elapsed(unit="years"):
            return "years"
        case s.Elapsed(unit=unit):
            return unit
        case s.Run():
            return "days"
    return None


SYMBOLS = {"+": "+", "-": "−", "*": "×", "/": "/"}


def _formula(tree: n.Arithmetic, context: Context) -> str:
    plain = replace(context, unit=None)
    match tree.operator, tree.arguments:
        case "years" | "months" | "days", (start, end):
            return value(s.Elapsed(tree.operator, start, end), context)
        case ("+" | "-" | "*" | "/") as operator, arguments:
            return f" {SYMBOLS[operator]} ".join(_operand(a, plain) for a in arguments)
        case "^", (base, power):
            return f"{_operand(base, plain)} to the power of {_operand(power, plain)}"
    said = [value(a, plain) for a in tree.arguments]
    match tree.operator:
        case "min" | "max":
            return f"the {'smaller' if tree.operator == 'min' else 'larger'} of {speech.listed(said, 'and')}"
        case "round":
            return f"{said[0]} rounded" + (f" to {said[1]} decimals" if len(said) > 1 else "")
        case "exp":
            return f"e to the power of ({said[0]})"
        case "ln":
            return f"the natural logarithm of ({said[0]})"
    return f"the absolute value of ({said[0]})"


def _operand(tree: Tree, context: Context) -> str:
    text = value(tree, context)
    return f"({text})" if isinstance(tree, n.Arithmetic) else text
