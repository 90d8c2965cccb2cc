"""Instants and windows as written, made into those of the nodes: defaults, `now`, half-lives."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any, cast

from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language.half_lives import in_half_lives
from trialwright.language.notation import Tree
from trialwright.language.scope import ExpandError, NoAttribute, Scope, concept
from trialwright.language.vocabulary import Concept

TRIAL_ANCHORS = frozenset({"leukapheresis", "lymphodepletion", "infusion", "enrollment", "consent"})
"""Instants of a person's own trial; a concept of the same name is meant only by `first NAME` and `last NAME`."""


def instant_of(tree: Tree, scope: Scope) -> n.Instant:
    match tree:
        case n.Anchor("now"):
            return scope.anchor
        case n.Anchor(name):
            found = None if name in TRIAL_ANCHORS else scope.vocabulary.concept(name)
            return tree if found is None else _edge(name, "earliest", scope)
        case n.Offset(instant, amount, unit, direction):
            if unit == "half_lives":
                amount, unit = _half_lives(amount, scope), "days"
            return n.Offset(instant_of(instant, scope), amount, unit, direction)
        case s.ResultOf(ref):
            found = concept(ref.name, scope)
            return n.TimeOf(n.Select(all_facts(found, default_window_of(found, scope)), "latest"))
        case s.Edge(which, of):
            return _edge(of, "earliest" if which == "first" else "latest", scope)
        case n.TimeOf():
            return tree
    raise TypeError(f"no rule for {type(tree).__name__}")


def _half_lives(amount: Decimal, scope: Scope) -> Decimal:
    if scope.member is None:
        raise ExpandError("half-lives need `each member of CLASS:`, which says whose")
    drug = concept("it", scope)
    if drug.half_life_days is None:
        raise NoAttribute(f"{drug.label}: no half-life is known to the catalog")
    return (amount * drug.half_life_days).to_integral_value(ROUND_CEILING)


def window_of(window: n.Window, scope: Scope) -> n.Window:
    """A window without an end ends at the anchor in force."""

    def endless(edge: Tree | None) -> bool:
        return scope.whole_record and in_half_lives(edge)

    start = None if window.start is None or endless(window.start) else instant_of(window.start, scope)
    end = scope.anchor if window.end is None else None if endless(window.end) else instant_of(window.end, scope)
    return n.Window(start, end, window.start_open, window.end_open)


def default_window_of(of: Concept, scope: Scope) -> n.Window:
    if of.look_back_days is None:
        return n.Window(None, scope.anchor)
    return n.Window(n.Offset(scope.anchor, Decimal(of.look_back_days), "days", "before"), scope.anchor)


def all_facts(of: Concept, window: n.Window) -> n.Facts:
    """The facts of a concept and of the members of its class."""
    return n.Facts((of.id, *(m for m in of.members if m != of.id)), of.domain, window)


def _edge(name: str, rule: str, scope: Scope) -> n.TimeOf:
    """The first or last fact of a name, up to the anchor in force."""
    return n.TimeOf(n.Select(all_facts(concept(name, scope), n.Window(None, scope.anchor)), cast(Any, rule)))
