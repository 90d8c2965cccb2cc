"""What is recorded, taken, changed and positive, in plain English."""

from __future__ import annotations

from dataclasses import replace

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import speech
from trialwright.language.contract import contract
from trialwright.language.describe_values import timeline, value
from trialwright.language.exposure import REFILL_DAYS
from trialwright.language.notation import Tree
from trialwright.language.scope import SCREENING
from trialwright.language.speech import AMOUNTS, Context, called, label, long
from trialwright.language.words import SPELL_UNITS, duration


def fact(tree: s.Has | s.On, context: Context, denied: bool = False) -> str:
    """history of lupus nephritis; treated with rituximab in the 6 months before screening; no kidney biopsy ..."""
    names, window = tree.names, tree.window
    who = called(names, context)
    if isinstance(tree, s.On):
        when = speech.window(window, context) if window is not None else f"at {speech.instant(context.anchor, context)}"
        return f"{'not taking' if denied else 'taking'} {who} {when}"
    since = tree.since
    if since is not None:
        exactly = "" if since.operator == ">=" else "more than "
        begun = f"{who} was first recorded {exactly}{'at least ' if not exactly else ''}{long(since.duration)}"
        text = f"{begun} before {speech.instant(since.before, context)}"
        return f"no {text}" if denied else text
    ever = window is None or window == n.Window()
    up_to = "" if window is not None or context.anchor == SCREENING else _by(context)
    when = up_to if ever else f" {speech.window(window, context)}" if window is not None else ""
    kind = _kind(names, context)
    plain = who.removeprefix("any ") if denied else who
    if kind == "drug":
        if ever:
            return f"{'never' if denied else 'ever'} treated with {who}{when}"
        return f"{'not ' if denied else ''}treated with {who}{when}"
    if kind == "condition":
        if ever:
            return f"{'no ' if denied else ''}history of {who}{when}"
        return f"{'no ' if denied else ''}{plain} is present{when}"
    done = "done" if kind == "procedure" else "recorded"
    return f"{'no ' if denied else ''}{plain} was {'ever ' if ever else ''}{done}{when}"


def _by(context: Context) -> str:
    return f" up to {speech.instant(context.anchor, context)}"


def _kind(names: s.Names, context: Context) -> str:
    kinds = {concept.domain for name in names.names if (concept := context.vocabulary.concept(name)) is not None}
    if not kinds and names.names == ("it",):
        return "drug"
    return kinds.pop() if len(kinds) == 1 else ""


def each(tree: s.Each, context: Context) -> str | None:
    """Short for the wash-out of a class: not treated with any biologic in the 5 half-lives before enrollment."""
    match tree:
        case s.Each("each", of, n.Not(s.Has(s.Names(("it",), False, route), n.Window() as window, None))):
            drugs = called(s.Names((of,), route=route), context)
            own = ", each drug with its own half-life" if _half_lives(window) else ""
            return f"not treated with {drugs} {speech.window(window, context)}{own}"
    return None


def _half_lives(window: n.Window) -> bool:
    return any(isinstance(i, n.Offset) and i.unit == "half_lives" for i in (window.start, window.end))


def polarity(tree: s.Polarity, context: Context, denied: bool = False) -> str:
    names = [label(name, context) for name in tree.names.names]
    who = names[0] if len(names) == 1 else speech.listed(names, "and" if tree.names.every else "or")
    many = len(names) > 1
    verb = "are" if many and tree.names.every else "is"
    which = ("all of " if tree.names.every else "any of ") if many else ""
    if tree.window is not None:
        when = speech.window(tree.window, context)
    else:
        backs = {speech.look_back(context.vocabulary.concept(name), context) for name in tree.names.names}
        when = backs.pop() if len(backs) == 1 else "in the look-back of each"
    text = f"{which}{who} {verb} {tree.polarity} at the most recent test {when}"
    return f"not so: {text}" if denied else text


def change(tree: s.Change, context: Context) -> str:
    concept = context.vocabulary.concept(tree.of.name)
    amount = value(tree.amount, replace(context, unit=concept.unit if concept else None))
    if not tree.relative and isinstance(tree.amount, n.Quantity) and tree.amount.unit == "%":
        amount = f"{value(n.Quantity(tree.amount.value), context)} percentage points"
    elif not tree.relative and concept is not None and concept.unit == "{score}":
        amount += " points"
    best = "best (lowest)" if tree.direction == "rises" else "best (highest)"
    start = {
        "earliest": "the earliest value",
        "best": f"the {best} earlier value",
        "previous": "the value before",
        "baseline": "the baseline value",
    }[tree.start]
    share = f" of {start}" if tree.relative else ""
    when = speech.window(tree.window, context) if tree.window is not None else speech.look_back(concept, context)
    how = f"{AMOUNTS[tree.operator]} {amount}{share}"
    return f"{label(tree.of.name, context)} {tree.direction} by {how}, from {start} to the most recent, {when}"


def stable(tree: s.Stable, context: Context) -> str:
    drugs = called(tree.dose.names, context).removeprefix("any ")
    unit = f" (in {label(tree.dose.equivalent, context)} equivalents)" if tree.dose.equivalent else ""
    time = f"for {AMOUNTS[tree.operator]} {long(tree.duration)} before {speech.instant(tree.before, context)}"
    allowed = ""
    if tree.tolerance is not None:
        allowed = f" (changes of up to {value(tree.tolerance, replace(context, unit='mg/d'))} allowed)"
    return f"daily dose of {drugs}{unit} unchanged{allowed} and taken without interruption {time}"


def drug_run(left: Tree, operator: str, right: Tree, context: Context) -> str | None:
    """`C for >= N days W` as it is written, not as a comparison of a run."""
    if not isinstance(left, s.Run) or not isinstance(right, n.Quantity) or right.unit not in SPELL_UNITS:
        return None
    what, window = contract(left.what), left.window
    time = duration(right.value, right.unit)
    how_long = f"for {AMOUNTS[operator]} {time}"
    row = {"longest": " in a row", "current": " without a break", "total": " in total"}[left.measure]
    gaps = f" (gaps of up to {left.bridge_days} days bridged)" if left.bridge_days else ""
    if left.interpolate_days:
        gaps += f" (measurements up to {left.interpolate_days} days apart joined by a line)"
    when = speech.window(window, context)
    if left.measure == "current":
        end = window.end if window.end is not None else context.anchor
        when = f"up to {speech.instant(end, context)}" if window.start is None else f"to the end, {when}"
    if isinstance(what, s.On):
        gaps = gaps or f" (refill gaps of up to {REFILL_DAYS} days do not count)"
        return f"treated with {called(what.names, context)} {how_long}{row} {when}{gaps}"
    return f"{timeline(what, context)} {how_long}{row} {when}{gaps}"
