"""A formula or a definition for one record: its outcome, or the values that it lacks."""

from __future__ import annotations

from typing import Any

from trialwright.catalog import Catalog
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.interpret import Interpreter
from trialwright.language.selection import ENDLESS
from trialwright.language.values import Number, Strings, Truth
from trialwright.scoring import words
from trialwright.scoring.outcome import Score, finite


def of_formula(name: str, tree: n.Expression, run: Interpreter, catalog: Catalog) -> Score:
    """The outcome with the concepts and questions that are not known."""
    model = catalog.definition_models.get(name)
    definition = catalog.definition(name)
    assert definition is not None
    value = run.value(tree)
    unknown, reasons = _lacking(tree, run)
    met: bool | None = None
    lower = upper = None
    if isinstance(value, Number):
        lower, upper = finite(value.lower), finite(value.upper)
        known = value.is_point
    else:
        assert isinstance(value, Truth)
        met, known = value.state, value.state is not None
    outcome = None
    if known:
        outcome = words.plain(lower) if isinstance(value, Number) else "holds" if met else "does not hold"
    return Score(
        instrument=name,
        version=model.version if model else "",
        score=lower if isinstance(value, Number) and known else None,
        lower=lower,
        upper=upper,
        grade=None,
        met=met,
        subscores={},
        subscore_bounds={},
        items=(),
        unknown=() if known else unknown,
        reason=words.of_formula(outcome, unknown, value.reasons or reasons),
        unit=definition.unit,
        notes=tuple(sorted(value.notes)),
        value=value,
    )


def _lacking(tree: n.Expression, run: Interpreter) -> tuple[tuple[str, ...], Strings]:
    """The concepts and questions of a formula that nothing is known about."""
    names: dict[str, None] = {}
    reasons: set[str] = set()
    for node in walk(tree):
        if isinstance(node, n.Ask):
            value: Any = run.value(node)
            name = node.id
        elif isinstance(node, n.ValueOf) and node.selection is not None:
            value, name = run.value(node), _called(node)
        elif isinstance(node, n.TimeOf):
            if run.moment(node, ENDLESS).span is None:
                names["age" if node.selection.facts.concepts == ("birth",) else node.selection.facts.concepts[0]] = None
            continue
        elif isinstance(node, n.Count | n.Spell | n.Extent):
            value = run.value(node)
            facts = node.facts if isinstance(node, n.Count) else node.timeline.facts
            name = facts.concepts[0]
        else:
            continue
        if value.reasons:
            names[name] = None
            reasons |= value.reasons
    return tuple(names), frozenset(reasons)


def _called(node: n.ValueOf) -> str:
    assert node.selection is not None
    facts = node.selection.facts
    end = facts.window.end
    part = "" if node.part in ("value", "category") else f"{node.part.upper()} of "
    where = f" at {end.name}" if isinstance(end, n.Anchor) and end.name != "screening" else ""
    return f"{part}{facts.concepts[0]}{where}"
