"""What `trialwright formalize --json` prints: the shape is fixed by docs/formalize.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trialwright.catalog.catalog import Catalog
from trialwright.registry.formal.formalize import Formal, formalize
from trialwright.registry.formal.registered import ID, registered
from trialwright.registry.records import Record


def formal_document(record: Record, catalog: Catalog) -> dict[str, Any]:
    """{trial, criteria[..], coverage{..}} of one record."""
    found = formalize(record, catalog)
    return {
        "trial": record.nct_id or record.title or record.name,
        "criteria": [_criterion(formal) for top in found for formal in top.walk()],
        "coverage": coverage(found),
        "findings": [
            *({"severity": one.severity, "where": one.where, "message": one.message} for one in record.findings),
            *({"severity": "warning", "where": where, "message": text} for where, text in findings(found)),
            *(
                {
                    "severity": "note",
                    "where": ID,
                    "message": f"{said}; no criterion says it, and a draft has it as {ID}",
                }
                for said, _ in registered(record, found)
            ),
        ],
    }


def coverage(found: Sequence[Formal]) -> dict[str, int]:
    """Counts of criteria that say something themselves (headings are left out), and of their characters."""
    every = [formal for top in found for formal in top.walk()]
    own = [formal for formal in every if formal.clauses or not formal.children]
    states = [formal.state for formal in own]
    return {
        "criteria": len(own),
        "computed": states.count("computed"),
        "ask": states.count("ask"),
        "mixed": states.count("mixed"),
        "unsupported": states.count("unsupported"),
        "characters": sum(len(formal.text) for formal in every),
        "characters_understood": sum(formal.understood for formal in every),
    }


def findings(found: Sequence[Formal]) -> list[tuple[str, str]]:
    """(criterion, what is doubtful): lost comparators above all."""
    result: list[tuple[str, str]] = []
    for formal in (item for top in found for item in top.walk()):
        result += [(formal.id, note) for note in formal.notes if " read as " in note]
        for reading in formal.readings:
            if reading.op == "=?" and reading.kind in ("age", "value", "dose"):
                said = f"{reading.words[-60:].strip()} = {reading.low.text}".strip()
                result.append((formal.id, f"'{said}' has lost its comparator or means equality; look at the registry"))
    return result


def _criterion(formal: Formal) -> dict[str, Any]:
    return {
        "id": formal.id,
        "kind": formal.kind,
        "text": formal.text,
        "state": formal.state,
        "expression": formal.expression or (formal.whole if formal.children else ""),
        "left_over": list(formal.left_over),
        "join": formal.join if formal.children else None,
        "rules": list(dict.fromkeys(clause.rule for clause in formal.clauses)),
        "readings": [
            {
                "kind": reading.kind,
                "concepts": list(reading.subject),
                "words": reading.words,
                "operator": reading.op,
                "values": list(reading.values),
                "unit": reading.unit or None,
                "limit": reading.limit,
            }
            for reading in formal.readings
        ],
    }
