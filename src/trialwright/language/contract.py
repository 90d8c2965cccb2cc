"""Nodes back to the notation that they most likely came from: what `expand` did, undone where that is cheap.

`contract` looks at the top of a tree only; the printer and `describe` call it on every part that they meet.  What
expansion lost stays lost: a class is spelt out as its members unless `folded` names it again, and a default window is
said like any other.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, cast

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.exposure import REFILL_DAYS
from trialwright.language.notation import Tree
from trialwright.language.scope import ROUTES, SCREENING
from trialwright.language.vocabulary import Vocabulary

ONE = n.Quantity(Decimal(1))


def contract(tree: Tree) -> Tree:
    """The notation for a tree whose top only expansion makes; any other tree is itself."""
    match tree:
        case n.Compare():
            return _compare(tree)
        case n.AtLeast(2, (first, second)):
            return _pair(tree, first, second)
        case n.In(
            n.ValueOf(n.Select(n.Facts((name,), _, window, ()), "latest"), "category"), ("positive" | "negative",)
        ):
            return s.Polarity(s.Names((name,)), cast(Any, tree.members[0]), window)
        case n.ValueOf(None):
            return s.This()
        case n.ValueOf(n.Select() as select, part):
            reading = _selected(select)
            limit = part if part in ("uln", "lln", "lod") else "value"
            return replace(reading, part=cast(Any, limit)) if isinstance(reading, s.Reading) else reading
        case n.Count(facts, by, spacing):
            called, where = _names(facts)
            return s.CountOf(called, by, where, facts.window, spacing)
        case n.Spell() | n.Extent() | n.Timeline():
            return _line(tree)
        case n.Arithmetic("years", (n.TimeOf(n.Select(n.Facts(("birth",)))), at)):
            return s.Age() if at == SCREENING else s.Age(at)
        case n.TimeOf(select):
            return _moment(select)
        case n.Select():
            return replace(_selected(tree), rule=tree.rule)
        case n.Facts():
            return _selected(n.Select(tree))
    return tree


def folded(node: Any, vocabulary: Vocabulary) -> Any:
    """The same tree with each class named once in place of itself and all its members."""
    if isinstance(node, n.Facts):
        node = replace(node, concepts=_fold(node.concepts, vocabulary))
    if isinstance(node, tuple):
        return tuple(folded(part, vocabulary) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        changed = {f.name: folded(getattr(node, f.name), vocabulary) for f in fields(node)}
        return replace(node, **changed)
    return node


def _fold(concepts: tuple[str, ...], vocabulary: Vocabulary) -> tuple[str, ...]:
    result: list[str] = []
    rest = list(concepts)
    while rest:
        found = vocabulary.concept(rest[0])
        members = [m for m in found.members if m != found.id] if found else []
        result.append(rest.pop(0))
        if members and rest[: len(members)] == members:
            del rest[: len(members)]
    return tuple(result)


# --- names and readings


def _names(facts: n.Facts) -> tuple[s.Names, Tree | None]:
    """The names with their route, and what else the facts must pass."""
    route = None
    tests = list(facts.where)
    if tests and isinstance(tests[0], n.In) and tests[0].category == n.ValueOf(None, "category"):
        route = next((r for r, codes in ROUTES.items() if codes == tests[0].members), None)
        tests = tests[1:] if route else tests
    where = n.all_of(*tests) if tests else None
    return s.Names(facts.concepts, route=route), where


def _selected(select: n.Select) -> Tree:
    facts = select.facts
    called, where = _names(facts)
    name = called.names[0] if len(called.names) == 1 else f"any of ({', '.join(called.names)})"
    rule = None if select.rule == "latest" else select.rule
    return s.Reading(n.Ref(f"{called.route} {name}" if called.route else name), rule, "value", facts.window, where)


def _moment(select: n.Select) -> Tree:
    """`first X`, `last X` and `the X result`; the name of a class comes before its members."""
    facts = select.facts
    if facts.where or select.rule not in ("latest", "earliest"):
        return s.ResultOf(n.Ref(f"{select.rule} {' or '.join(facts.concepts)}"))
    if select.rule == "latest" and facts.window.start is not None:
        return s.ResultOf(n.Ref(facts.concepts[0]))
    return s.Edge("last" if select.rule == "latest" else "first", facts.concepts[0])


# --- comparisons


def _compare(tree: n.Compare) -> Tree:
    match tree.left, tree.operator, tree.right:
        case n.Count(facts, "fact", 0), ">=", n.Quantity(Decimal() as one, "1") if one == 1:
            return _exists(facts) or tree
        case n.Spell(), _, n.Arithmetic("days", (n.Offset(end, amount, unit, "before"), last)) if end == last:
            return replace(tree, right=n.Quantity(amount, unit))
        case n.ValueOf(n.Select() as select, "value"), _, n.ValueOf(same, "uln" | "lln" | "lod" as part) if (
            same == select
        ):
            return replace(tree, right=cast(Any, s.TimesLimit(ONE, part)))
        case n.ValueOf(n.Select() as select, "value"), _, n.Arithmetic("*", (factor, n.ValueOf(same, part))) if (
            same == select and part in ("uln", "lln", "lod")
        ):
            return replace(tree, right=cast(Any, s.TimesLimit(factor, cast(Any, part))))
        case n.Arithmetic("-", (n.ValueOf(n.Select() as one), n.ValueOf(n.Select() as other))), _, _:
            return _change(tree, one, other) or tree
    return tree


def _exists(facts: n.Facts) -> Tree | None:
    called, where = _names(facts)
    if where is not None:
        return None
    match facts.window:
        case n.Window(start, end, False, False) if start is not None and start == end:
            return s.On(called, None if end == SCREENING else facts.window)
        case n.Window(None, n.Anchor("screening"), False, False):
            return s.Has(called)
        case n.Window(None, n.Offset(before, amount, unit, "before"), _, is_open):
            return s.Has(called, None, s.Since(">" if is_open else ">=", s.Duration(amount, unit), before))
    return s.Has(called, facts.window)


def _change(tree: n.Compare, left: n.Select, right: n.Select) -> Tree | None:
    """The later value hangs on nothing, the earlier one ends before it (or belongs to the baseline)."""
    for direction, latest, earlier in (("rises", left, right), ("falls", right, left)):
        baseline = earlier.facts.window.end == n.Anchor("baseline")
        if earlier.facts.window.end != n.TimeOf(latest) and not baseline:
            continue
        if latest.facts.concepts != earlier.facts.concepts or latest.rule != "latest":
            continue
        start = "baseline" if baseline else {"earliest": "earliest", "latest": "previous"}.get(earlier.rule, "best")
        amount, relative = cast(Tree, tree.right), False
        match tree.right:
            case n.Arithmetic("*", (n.Quantity(share, "1"), n.ValueOf(same))) if same == earlier:
                amount, relative = n.Quantity((share * 100).normalize(), "%"), True
        name = n.Ref(" or ".join(latest.facts.concepts))
        window = latest.facts.window
        return s.Change(name, cast(Any, direction), tree.operator, amount, relative, cast(Any, start), window)
    return None


def _pair(tree: n.AtLeast, first: n.Expression, second: n.Expression) -> Tree:
    match first, second:
        case n.Compare(number, ">=", low, None), n.Compare(same, "<=", high, None) if number == same and _core(number):
            return s.Between(number, low, high)
        case (
            n.Compare(n.Extent(line, window, "range"), "<=", tolerance),
            n.Compare(n.Spell(measure="current"), ">=", n.Arithmetic("days", (start, end))),
        ) if window.start == start and window.end == end:
            return _stable(tree, line, start, tolerance)
    return tree


def _core(tree: n.Expression) -> bool:
    """Only expansion makes it, so that nobody wrote the two comparisons out."""
    years = isinstance(tree, n.Arithmetic) and tree.operator == "years"
    return years or isinstance(tree, n.ValueOf | n.Count | n.Extent | n.Spell)


def _stable(tree: n.AtLeast, line: n.Timeline, start: Any, tolerance: n.Expression) -> Tree:
    dose = _dose(line, "at", None)
    allowed = None if isinstance(tolerance, n.Quantity) and tolerance.value == 0 else tolerance
    match start:
        case n.Offset(n.Offset(end, amount, unit, "before"), Decimal() as one, "days", "before") if one == 1:
            return s.Stable(dose, ">", s.Duration(amount, unit), end, allowed)
        case n.Offset(end, amount, unit, "before"):
            return s.Stable(dose, ">=", s.Duration(amount, unit), end, allowed)
    return tree


# --- time lines


def _dose(line: n.Timeline, which: str, window: n.Window | None) -> s.Dose:
    called, _ = _names(line.facts)
    equivalent = next((name for name, factor in line.factors if factor == 1), None)
    return s.Dose(called, equivalent, cast(Any, which), window)


def _line(tree: n.Spell | n.Extent | n.Timeline) -> Tree:
    match tree:
        case n.Extent(line, n.Window(start, end), "highest") if start is not None and start == end:
            dose = _dose(line, "at", None)
            return dose if end == SCREENING else s.At(dose, end)
        case n.Extent(n.Timeline(of="dose") as line, window, which):
            return _dose(line, which, window)
        case n.Extent(n.Timeline(facts), window, which):
            return replace(_selected(n.Select(facts)), rule=which, window=window)
        case n.Spell(line, window, measure, operator, threshold, bridge):
            what = contract(line)
            usual = REFILL_DAYS if line.of == "presence" else 0
            if operator is not None and threshold is not None:
                what = n.Compare(what, operator, threshold)
            return s.Run(measure, what, window, None if bridge == usual else bridge, line.interpolate_days)
        case n.Timeline(facts, "presence"):
            return s.On(_names(facts)[0])
        case n.Timeline(facts, "value"):
            return n.Ref(" or ".join(facts.concepts))
    return _dose(tree, "at", None)
