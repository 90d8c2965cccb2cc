"""A protocol, a definition or an instrument in plain English."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from trialwright.catalog import load_catalog, load_protocol
from trialwright.catalog.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.catalog.models.protocols import CriterionModel, DoseLevel, ProtocolModel
from trialwright.cli.common import catalog_option, emit, json_option
from trialwright.language.describe import describe
from trialwright.screening.study import ProtocolVocabulary, asks_of, trial_of


@click.command("show")
@click.argument("protocol")
@catalog_option
@click.option("--texts", is_flag=True, help="Show the text of each expression beside its English.")
@json_option
def command(protocol: str, catalog: tuple[Path, ...], texts: bool, as_json: bool) -> None:
    """Say what PROTOCOL (an id of the catalog or a file) asks, in plain English."""
    known = load_catalog(*catalog)
    model = load_protocol(protocol, *catalog)
    if as_json:
        emit(document(model, known))
        return
    click.echo("\n".join(lines(model, known, texts)))


def document(model: ProtocolModel, catalog: Catalog) -> dict[str, Any]:
    """The protocol with the English of each criterion."""
    vocabulary = ProtocolVocabulary(catalog, model.defaults)
    found = model.model_dump(mode="json")
    asks = asks_of(trial_of(model, catalog))
    found["criteria"] = [
        criterion.model_dump(mode="json", exclude={"children"})
        | {
            "english": describe(read_expression(criterion.text), vocabulary) if criterion.text else None,
            "asks": [{"id": a.id, "text": a.text, "kind": a.kind} for a in asks.get(criterion.id, ())],
        }
        for criterion in model.walk()
    ]
    return found


def lines(model: ProtocolModel, catalog: Catalog, texts: bool) -> list[str]:
    """The protocol as text: what it is, its doses, each criterion, what is read in which way."""
    vocabulary = ProtocolVocabulary(catalog, model.defaults)
    out = [f"{model.id}: {model.title}"]
    facts = [model.registry.nct_id, model.phase, f"{model.enrollment} participants" if model.enrollment else None]
    out += ["  " + ", ".join(fact for fact in facts if fact)]
    if model.dose_levels:
        out += ["", "Dose levels", *(f"  {dose(level)}" for level in model.dose_levels)]
    for kind, title in (("inclusion", "Inclusion"), ("exclusion", "Exclusion")):
        chosen = [criterion for criterion in model.walk() if criterion.kind == kind]
        if chosen:
            out += ["", title]
            out += [line for criterion in chosen for line in _criterion(criterion, vocabulary, texts)]
        elif kind == "exclusion":
            out += ["", "Exclusion", "  The page states no exclusion criteria."]
    if model.endpoints:
        out += ["", "Endpoints", *(f"  {e.type}: {e.label} ({e.anchor})" for e in model.endpoints)]
    if model.unsupported:
        out += ["", "Not said precisely enough", *(f"  {u.text}: {u.why}" for u in model.unsupported)]
    return out


def dose(level: DoseLevel) -> str:
    per = f"/{level.per}" if level.per else ""
    values = " or ".join(amount(float(value)) for value in (level.value, *level.alternatives))
    return f"{values} {level.unit}{per} ({level.role})"


def amount(value: float) -> str:
    """15000000 as clinicians write it: 15 x 10^6."""
    return f"{value / 1e6:g} x 10^6" if value >= 1e6 else f"{value:g}"


def _criterion(criterion: CriterionModel, vocabulary: ProtocolVocabulary, texts: bool) -> list[str]:
    out = [f"  {criterion.id:<6} {criterion.label}"]
    if criterion.text:
        tree = read_expression(criterion.text)
        out += [f"         {line}" for line in describe(tree, vocabulary).splitlines()]
        if texts:
            out += [f"         | {line}" for line in criterion.text.strip().splitlines()]
    for reading in criterion.readings:
        word = "read as" if reading.chosen else "not read as"
        out.append(f"         {word}: {reading.text} ({reading.why})")
    return out
