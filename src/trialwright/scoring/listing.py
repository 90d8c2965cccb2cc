"""Every instrument, grade and definition that can be scored, with its items and what it may be given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trialwright.catalog import Catalog
from trialwright.language import nodes as n
from trialwright.language.check import walk
from trialwright.language.expand import expand
from trialwright.scoring.instrument import gives

SCREENING = n.Anchor("screening")


def instruments(catalog: Catalog) -> list[dict[str, Any]]:
    """One entry each: id, label, kind, version, citation, licence, range, items, sub-scores, parameters, traps."""
    return [
        *(_instrument(catalog, name) for name in catalog.instruments),
        *(_grade(catalog, name) for name in catalog.grades),
        *(_definition(catalog, name) for name in catalog.definition_models),
    ]


def names(catalog: Catalog) -> tuple[str, ...]:
    """The ids of all that can be scored: instruments, grades, definitions."""
    return (*catalog.instruments, *catalog.grades, *catalog.definition_models)


def _instrument(catalog: Catalog, name: str) -> dict[str, Any]:
    model = catalog.instruments[name]
    return {
        "id": name,
        "label": model.label,
        "kind": model.kind,
        "version": model.version,
        "citation": list(model.citation),
        "licence": model.licence,
        "range": [float(bound) for bound in model.range] if model.range else None,
        "items": [
            {
                "id": item.id,
                "label": item.label,
                "points": item.points,
                "domain": item.domain or None,
                "range": [float(bound) for bound in item.range] if item.range else None,
                "when": item.when,
            }
            for item in model.items
        ],
        "subscores": {part: list(found.items) for part, found in model.subscores.items()},
        "parameters": dict(model.parameters),
        "total": model.total,
        "notes": list(model.notes),
        "traps": list(model.traps),
    }


def _grade(catalog: Catalog, name: str) -> dict[str, Any]:
    model = catalog.grades[name]
    rungs = [
        {
            "id": f"grade_{r.grade}",
            "label": r.label,
            "points": str(r.grade),
            "domain": None,
            "range": None,
            "when": r.when,
        }
        for r in model.rungs
    ]
    top = float(max(rung.grade for rung in model.rungs))
    head = {"id": name, "label": model.label, "kind": "grade", "version": model.version, "citation": [model.source]}
    rest = {"parameters": dict(model.parameters), "total": None, "notes": list(model.notes), "traps": list(model.traps)}
    return head | {"licence": "", "range": [0.0, top], "items": rungs, "subscores": {}} | rest


def _definition(catalog: Catalog, name: str) -> dict[str, Any]:
    model = catalog.definition_models[name]
    kind = "formula" if gives(name, catalog) == "number" else "definition"
    head = {"id": name, "label": model.label, "kind": kind, "version": model.version, "citation": [model.source]}
    items = [
        {"id": used, "label": label, "points": None, "domain": None, "range": None, "when": None}
        for used, label in inputs(catalog, name)
    ]
    rest = {"parameters": dict(model.parameters), "total": None, "notes": list(model.notes), "traps": list(model.traps)}
    return head | {"licence": "", "range": None, "items": items, "subscores": {}, "unit": model.unit} | rest


def inputs(catalog: Catalog, name: str) -> Sequence[tuple[str, str]]:
    """The concepts and questions that an expression looks at, in the order of reading."""
    found: dict[str, str] = {}
    for node in walk(expand(n.Ref(name), catalog, SCREENING, want=gives(name, catalog))):
        if isinstance(node, n.Ask):
            found.setdefault(node.id, node.text)
        elif isinstance(node, n.Facts):
            for id in node.concepts[:1]:
                concept = catalog.concept(id)
                found.setdefault("age" if id == "birth" else id, concept.label if concept else id)
    return tuple(found.items())
