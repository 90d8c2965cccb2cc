"""Notation to nodes: what each written form means, with classes, units, windows and half-lives from the catalog.

`expand(tree, vocabulary)` gives an expression of nodes alone, every quantity in the unit of what it is compared with.
The anchor in force is `screening` unless another is given; `now` in a definition names it, and `X at A` moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import units
from trialwright.language.exposure import REFILL_DAYS
from trialwright.language.fact_sets import exists, facts_of
from trialwright.language.half_lives import windows_in_half_lives
from trialwright.language.moments import default_window_of, instant_of, window_of
from trialwright.language.notation import Tree
from trialwright.language.scope import (
    DOSE_UNIT,
    SCREENING,
    ExpandError,
    NoAttribute,
    Scope,
    concept,
    flat_names,
    in_unit,
    share_unit,
    subject,
    unit_of,
)
from trialwright.language.vocabulary import Concept, Vocabulary


def expand(
    tree: Tree,
    vocabulary: Vocabulary,
    anchor: n.Instant = SCREENING,
    parameters: Mapping[str, Tree] | None = None,
    want: str = "truth",
) -> n.Expression:
    """The expression of nodes that a tree stands for: a truth, or what `want` says (number, category).

    Raises ExpandError.
    """
    return _expand(tree, Scope(vocabulary, anchor, parameters=parameters or {}), want, None)


def _expand(tree: Tree, scope: Scope, want: str, unit: str | None) -> n.Expression:
    """`want` is truth, number or category; numbers come in `unit` (None: as they are)."""
    match tree:
        case n.Quantity(value, given):
            return n.Quantity(in_unit(value, given, unit, scope), unit or given)
        case n.Ref():
            return _name(tree, scope, want, unit)
        case n.Arithmetic(operator, arguments):
            inner = unit if operator in ("+", "-", "min", "max", "abs") else None
            return n.Arithmetic(operator, tuple(_expand(cast(Tree, a), scope, "number", inner) for a in arguments))
        case n.Compare():
            return _compare(tree, scope)
        case n.In(category, members):
            return n.In(_expand(category, scope, "category", None), members)
        case n.AtLeast(count, parts):
            return n.AtLeast(count, tuple(_expand(p, scope, "truth", None) for p in parts))
        case n.Not(part):
            return n.Not(_expand(part, scope, "truth", None))
        case n.If(condition, then, otherwise):
            test = _expand(condition, scope, "truth", None)
            if isinstance(test, n.Compare) and otherwise is not None and (fixed := _constant(test)) is not None:
                return _expand(then if fixed else otherwise, scope, want, unit)
            other = None if otherwise is None else _expand(otherwise, scope, want, unit)
            return n.If(test, _expand(then, scope, want, unit), other)
        case n.FirstKnown(parts):
            return n.FirstKnown(tuple(_expand(p, scope, want, unit) for p in parts))
        case n.Score():
            return _score(tree, scope)
        case n.Grade(rungs):
            return n.Grade(tuple((grade, _expand(condition, scope, "truth", None)) for grade, condition in rungs))
        case n.Ask() | n.Unsupported():
            return tree
        case s.NoRestriction():
            return n.ALWAYS
        case s.Reading() | s.This():
            return _reading(tree, scope, want, unit)
        case s.Has():
            return _has(tree, scope)
        case s.On(names, window):
            here = n.Window(scope.anchor, scope.anchor)
            return exists(names, window_of(window, scope) if window else here, scope)
        case s.Dose():
            return _dose(tree, scope)
        case s.Run():
            return _run(tree, scope)
        case s.Stable():
            return _stable(tree, scope)
        case s.Change():
            return _change(tree, scope)
        case s.Polarity(names, polarity, window):
            parts = tuple(
                n.In(_reading(s.Reading(n.Ref(name), window=window), scope, "category", None), (polarity,))
                for name in flat_names(names, scope)
            )
            return n.all_of(*parts) if names.every else n.any_of(*parts)
        case s.Between(number, low, high):
            low, high = share_unit(low, high)
            bounds = (n.Compare(number, ">=", low), n.Compare(number, "<=", high))
            return n.AtLeast(2, tuple(_compare(c, scope) for c in bounds))
        case s.Each():
            return _each(tree, scope)
        case s.Elapsed(step, start, end):
            return n.Arithmetic(step, (instant_of(start, scope), instant_of(end, scope)))
        case s.Age(at):
            born = n.TimeOf(n.Select(n.Facts(("birth",), "demographic", n.Window(None, scope.anchor)), "latest"))
            return n.Arithmetic("years", (born, instant_of(at, scope) if at is not None else scope.anchor))
        case s.At(expression, instant):
            return _expand(expression, replace(scope, anchor=instant_of(instant, scope)), want, unit)
        case s.CountOf():
            return _count(tree, scope)
        case s.TimesLimit():
            return _times_limit(tree, scope)
        case n.ValueOf() | n.Count() | n.Spell() | n.Extent():
            return tree
    raise TypeError(f"no rule for {type(tree).__name__}")


# --- names


def _name(ref: n.Ref, scope: Scope, want: str, unit: str | None) -> n.Expression:
    if ref.name in scope.parameters and not ref.parameters:
        return _expand(scope.parameters[ref.name], scope, want, unit)
    definition = scope.vocabulary.definition(ref.name) if ref.name != "it" else None
    if definition is None:
        found = concept(ref.name, scope)
        if ref.parameters:
            raise ExpandError(f"{ref.name} is recorded, not defined, and takes no parameters")
        if want == "truth" and found.domain in ("condition", "procedure", "drug"):
            return _has(s.Has(s.Names((ref.name,))), scope)
        if want == "truth":
            raise ExpandError(f"{ref.name} is a value; compare it, or ask whether it is positive")
        return _reading(s.Reading(ref), scope, want, unit)
    if ref.name in scope.open:
        raise ExpandError(f"the definition of {ref.name} uses itself")
    given = {name: _passed_on(value, scope) for name, value in ref.parameters}
    strange = sorted(set(given) - set(definition.parameters))
    if strange:
        allowed = ", ".join(definition.parameters) or "none"
        raise ExpandError(f"{ref.name} has no parameter {strange[0]}; it has {allowed}")
    inner = replace(
        scope,
        parameters=dict(definition.parameters) | given,
        open=(*scope.open, ref.name),
        own_limits=scope.own_limits or definition.own_limits,
        subject=None,
        this=None,
    )
    body = _expand(definition.body, inner, want, definition.unit)
    if unit and definition.unit and want == "number":
        return _scaled(body, definition.unit, unit, ref.name)
    return body


def _passed_on(value: Tree, scope: Scope) -> Tree:
    """A parameter given as a parameter of the definition around it is that one's value."""
    if isinstance(value, n.Ref) and not value.parameters:
        return scope.parameters.get(value.name, value)
    return value


def _scaled(body: n.Expression, have: str, need: str, name: str) -> n.Expression:
    """A defined number in the unit of what it is compared with."""
    factor = in_unit(Decimal(1), have, need, None, name)
    return body if factor == 1 else n.Arithmetic("*", (n.Quantity(factor), body))


# --- comparisons


def _compare(tree: n.Compare, scope: Scope) -> n.Expression:
    left_unit, right_unit = unit_of(tree.left, scope), unit_of(tree.right, scope)
    if isinstance(tree.left, s.Run) and isinstance(tree.right, n.Quantity) and tree.right.unit in ("months", "years"):
        return n.Compare(_run(tree.left, scope), tree.operator, _calendar_days(tree.left, tree.right, scope))
    about = subject(tree.left, scope) or subject(tree.right, scope)
    inner = replace(scope, this=about) if about else scope
    left = _expand(
        tree.left, scope if not isinstance(tree.left, n.Quantity) else inner, "number", left_unit or right_unit
    )
    if about and isinstance(left, n.ValueOf):
        inner = replace(inner, subject=left.selection)
    right = _expand(tree.right, inner, "number", left_unit or right_unit)
    alternative = tree.alternative
    if alternative is not None:
        code = units.canonical(alternative.unit)
        if code is None:
            raise ExpandError(f"{alternative.unit} is not a unit that can be read")
        alternative = replace(alternative, unit=code)
    return n.Compare(left, tree.operator, right, alternative)


def _constant(test: n.Compare) -> bool | None:
    """The outcome of a comparison of two numbers, such as a parameter with a limit: it chooses a form once for all."""
    if not (isinstance(test.left, n.Quantity) and isinstance(test.right, n.Quantity)):
        return None
    left, right = test.left.value, test.right.value
    return {
        "<": left < right,
        "<=": left <= right,
        "=": left == right,
        "!=": left != right,
        ">=": left >= right,
        ">": left > right,
    }[test.operator]


def _calendar_days(run: s.Run, amount: n.Quantity, scope: Scope) -> n.Expression:
    """`for >= 2 months`: the days of the two calendar months that end with the window."""
    end = window_of(run.window, scope).end
    assert end is not None
    return n.Arithmetic("days", (n.Offset(end, amount.value, cast(Any, amount.unit), "before"), end))


def _times_limit(tree: s.TimesLimit, scope: Scope) -> n.Expression:
    if scope.subject is None or scope.this is None:
        raise ExpandError(f"x {tree.limit.upper()} needs a measured value on the other side of the comparison")
    limit = _limit(scope.subject, tree.limit, scope.this, scope)
    factor = _expand(tree.factor, replace(scope, subject=None), "number", None)
    if factor == n.Quantity(Decimal(1), "1"):
        return limit
    return n.Arithmetic("*", (factor, limit))


def _limit(select: n.Select, part: str, of: Concept, scope: Scope) -> n.Expression:
    default = None if scope.own_limits else {"uln": of.default_high, "lln": of.default_low, "lod": None}[part]
    return n.ValueOf(select, cast(Any, part), default)


# --- facts


def _facts(names: s.Names, window: n.Window, scope: Scope, where: Tree | None = None, counted: bool = False) -> n.Facts:
    flat = flat_names(names, scope)
    tests: tuple[n.Expression, ...] = ()
    if where is not None:
        tests = (_expand(where, replace(scope, this=concept(flat[0], scope)), "truth", None),)
    return facts_of(flat, names.route, window, scope, tests, counted)


def _reading(tree: s.Reading | s.This, scope: Scope, want: str, unit: str | None) -> n.Expression:
    part = "category" if want == "category" else "value"
    if isinstance(tree, s.This):
        if scope.this is None:
            raise ExpandError("`this` is used outside `where`")
        return n.ValueOf(None, cast(Any, part))
    name = tree.of.name
    if name in scope.parameters or (name != "it" and scope.vocabulary.definition(name) is not None):
        if tree.rule or tree.where:
            raise ExpandError(f"{name} is defined, not recorded; it has no {tree.rule or 'where'}")
        if tree.window is None or tree.window.start is not None or tree.window.end is None:
            raise ExpandError(f"{name} is defined, not recorded; say `{name} at ANCHOR` instead of a window")
        return _name(tree.of, replace(scope, anchor=instant_of(tree.window.end, scope)), want, unit)
    found = concept(name, scope)
    window = window_of(tree.window, scope) if tree.window is not None else default_window_of(found, scope)
    facts = _facts(s.Names((name,)), window, scope, tree.where)
    select = n.Select(facts, cast(Any, tree.rule or "latest"))
    if tree.part != "value":
        return _limit(select, tree.part, found, scope)
    return n.ValueOf(select, cast(Any, part))


def _has(tree: s.Has, scope: Scope) -> n.Expression:
    if tree.since is not None:
        before = instant_of(tree.since.before, scope)
        end = n.Offset(before, tree.since.duration.amount, cast(Any, tree.since.duration.unit), "before")
        if tree.since.operator not in (">", ">="):
            raise ExpandError("`since` takes >= or >: it says how long ago something began at the latest")
        return exists(tree.names, n.Window(None, end, end_open=tree.since.operator == ">"), scope)
    window = window_of(tree.window, scope) if tree.window is not None else n.Window(None, scope.anchor)
    return exists(tree.names, window, scope)


def _count(tree: s.CountOf, scope: Scope) -> n.Expression:
    window = window_of(tree.window, scope) if tree.window is not None else n.Window(None, scope.anchor)
    return n.Count(_facts(tree.names, window, scope, tree.where, counted=True), tree.by, tree.spacing_days)


def _each(tree: s.Each, scope: Scope) -> n.Expression:
    members = concept(tree.of, scope).members
    if not members:
        raise ExpandError(f"{tree.of} is not a class; it has no members to go through")
    parts = tuple(_member(tree.body, replace(scope, member=member)) for member in members)
    if tree.quantifier == "each":
        return n.all_of(*parts)
    return n.AtLeast(1 if tree.quantifier == "some" else int(tree.quantifier), parts)


def _member(body: Tree, scope: Scope) -> n.Expression:
    """The body for one member; without the half-life that it needs, only where the drug was never given."""
    try:
        return _expand(body, scope, "truth", None)
    except NoAttribute as missing:
        lack = n.Unsupported(concept("it", scope).label, str(missing))
        windows = windows_in_half_lives(body)
        if windows is None:
            return lack
        wide = replace(scope, whole_record=True)
        match body:
            case n.Not(s.Has(names, n.Window() as window, None)):
                return n.any_of(n.Not(exists(names, window_of(window, wide), wide)), lack)
        try:
            value = _expand(body, wide, "truth", None)
        except NoAttribute:
            return lack
        never = (n.Not(exists(s.Names(("it",)), window_of(window, wide), wide)) for window in windows)
        return n.If(n.all_of(*never), value, lack)


# --- time lines


def _line(tree: s.Dose, window: n.Window, scope: Scope, of: str = "dose") -> n.Timeline:
    facts = _facts(tree.names, window, scope)
    if facts.domain != "drug":
        raise ExpandError(f"only drugs have a dose; {tree.names.names[0]} is a {facts.domain}")
    factors: tuple[tuple[str, Decimal | None], ...] = ()
    if tree.equivalent is not None and of == "dose":
        factors = tuple((name, concept(name, scope).equivalents.get(tree.equivalent)) for name in facts.concepts)
        if all(factor is None for _, factor in factors):
            raise ExpandError(
                f"no drug of {', '.join(tree.names.names)} has a {tree.equivalent} equivalent in the catalog"
            )
    return n.Timeline(facts, cast(Any, of), factors)


def _dose(tree: s.Dose, scope: Scope) -> n.Expression:
    if tree.which == "at":
        window = n.Window(scope.anchor, scope.anchor)
        return n.Extent(_line(tree, window, scope), window, "highest")
    if tree.window is None:
        raise ExpandError(f"the {tree.which} dose needs a window: within ..., from ... to ...")
    window = window_of(tree.window, scope)
    return n.Extent(_line(tree, window, scope), window, tree.which)


def _run(tree: s.Run, scope: Scope) -> n.Expression:
    window = window_of(tree.window, scope)
    match tree.what:
        case s.On(names, None):
            line = _line(s.Dose(names), window, scope, "presence")
            bridge = REFILL_DAYS if tree.bridge_days is None else tree.bridge_days
            return n.Spell(line, window, tree.measure, bridge_days=bridge)
        case n.Compare(s.Dose(which="at", window=None) as dose, operator, limit, None):
            line = _line(dose, window, scope)
            threshold = _expand(limit, scope, "number", DOSE_UNIT)
            return n.Spell(line, window, tree.measure, operator, threshold, tree.bridge_days or 0)
        case n.Compare((n.Ref() | s.Reading(rule=None, window=None, part="value")) as what, operator, limit, None):
            of = what if isinstance(what, n.Ref) else what.of
            found = concept(of.name, scope)
            where = what.where if isinstance(what, s.Reading) else None
            facts = _facts(s.Names((of.name,)), window, scope, where)
            threshold = _expand(limit, replace(scope, this=found), "number", found.unit)
            line = n.Timeline(facts, "value", interpolate_days=tree.interpolate_days)
            return n.Spell(line, window, tree.measure, operator, threshold, tree.bridge_days or 0)
    raise ExpandError("a run needs `on DRUG`, a dose or a recorded value compared with a limit")


def _stable(tree: s.Stable, scope: Scope) -> n.Expression:
    """No change and no interruption over the whole stretch; "> 2 weeks" is one day more than two weeks."""
    end = instant_of(tree.before, scope)
    start: n.Instant = n.Offset(end, tree.duration.amount, cast(Any, tree.duration.unit), "before")
    if tree.operator == ">":
        start = n.Offset(start, Decimal(1), "days", "before")
    elif tree.operator != ">=":
        raise ExpandError("`stable for` takes >= or >")
    window = n.Window(start, end, end_open=True)
    zero = n.Quantity(Decimal(0), DOSE_UNIT)
    tolerance = _expand(tree.tolerance, scope, "number", DOSE_UNIT) if tree.tolerance is not None else zero
    change = n.Extent(_line(tree.dose, window, scope), window, "range")
    taken = n.Spell(_line(tree.dose, window, scope, "presence"), window, "current", bridge_days=REFILL_DAYS)
    whole = n.Arithmetic("days", (start, end))
    return n.AtLeast(2, (n.Compare(change, "<=", tolerance), n.Compare(taken, ">=", whole)))


def _change(tree: s.Change, scope: Scope) -> n.Expression:
    found = concept(tree.of.name, scope)
    window = window_of(tree.window, scope) if tree.window is not None else default_window_of(found, scope)
    latest = n.Select(_facts(s.Names((tree.of.name,)), window, scope), "latest")
    if tree.start == "baseline":
        before = default_window_of(found, replace(scope, anchor=n.Anchor("baseline")))
        earlier = n.Select(_facts(s.Names((tree.of.name,)), before, scope), "latest")
    else:
        best = "lowest" if tree.direction == "rises" else "highest"
        rule = {"earliest": "earliest", "best": best, "previous": "latest"}[tree.start]
        past = n.Window(window.start, n.TimeOf(latest), window.start_open, end_open=True)
        earlier = n.Select(_facts(s.Names((tree.of.name,)), past, scope), cast(Any, rule))
    first, last = n.ValueOf(earlier), n.ValueOf(latest)
    difference = n.Arithmetic("-", (last, first) if tree.direction == "rises" else (first, last))
    if not tree.relative:
        amount = _expand(tree.amount, replace(scope, this=found), "number", found.unit)
        return n.Compare(difference, tree.operator, amount)
    if not isinstance(tree.amount, n.Quantity):
        raise ExpandError("a relative change is a percentage: `falls by > 10 %`")
    share = n.Quantity((tree.amount.value / 100).normalize())
    return n.Compare(difference, tree.operator, n.Arithmetic("*", (share, first)))


def _score(tree: n.Score, scope: Scope) -> n.Expression:
    items = tuple(
        n.Item(i.id, _expand(i.points, scope, "number", None), _expand(i.condition, scope, "truth", None), i.domain)
        for i in tree.items
    )
    recorded = None if tree.recorded is None else _expand(tree.recorded, scope, "number", None)
    return n.Score(items, tree.maxima, recorded, tree.subset)
