"""`trialwright why`: one person, criterion by criterion."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from trialwright.catalog import load_protocol
from trialwright.cli.common import Day, catalog_option, emit, existing_store, json_option
from trialwright.screening import why
from trialwright.screening.questions import ABOUT
from trialwright.screening.screen import departed, late
from trialwright.screening.why import Answer, Why

REASONS = ABOUT | {"needs_person": "somebody has to be asked"}
NOTES = {
    "absence": "what is not recorded counts as no (an observed domain)",
    "ever": "none recorded since observation began",
    "projected": "as if consent and enrollment were on the screening date",
    "default_range": "with the catalog's limit of normal, for want of the laboratory's",
}
MARKS = {"met": "+", "not met": "-", "unknown": "?"}


@click.command("why")
@click.argument("person")
@click.argument("protocol")
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--at", type=Day(), help="Screening date (default: the day of the extraction).")
@click.option("--answers", type=click.Path(path_type=Path), help="CSV of answers: person, trial, clause, answer.")
@catalog_option
@json_option
def command(
    person: str,
    protocol: str,
    population: Path,
    at: dt.date | None,
    answers: Path | None,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say why PERSON fits PROTOCOL or not: every criterion with its evidence, and what to ask next."""
    found = why(person, protocol, existing_store(population), at=at, answers=answers, catalog=catalog)
    for said in filter(None, (late(population, at), departed(population, at, person))):
        click.echo(f"trialwright: {said}", err=True)
    labels = {criterion.id: criterion.label for criterion in load_protocol(protocol, *catalog).walk()}
    if as_json:
        emit(document(found, labels))
    else:
        click.echo("\n".join(lines(found, labels)))


def document(found: Why, labels: dict[str, str]) -> dict[str, object]:
    return {
        "person": found.person,
        "trial": found.trial,
        "verdict": found.verdict,
        "strict_verdict": found.strict_verdict,
        "criteria": [{"label": labels.get(a.id, ""), **_criterion(a)} for a in found.criteria],
        "next_questions": list(found.next_questions),
    }


def _criterion(answer: Answer) -> dict[str, object]:
    return {
        "id": answer.id,
        "kind": answer.kind,
        "state": answer.state,
        "reason": ", ".join(answer.reasons) or None,
        "reasons": answer.reasons,
        "not_applicable": answer.not_applicable,
        "notes": answer.notes,
        "evidence": answer.evidence,
    }


def lines(found: Why, labels: dict[str, str]) -> list[str]:
    """The answer as text."""
    out = [f"{found.person} and {found.trial}: {found.verdict} on the record, {found.strict_verdict} strictly", ""]
    for answer in found.criteria:
        about = "; ".join(
            [
                *(REASONS.get(word, word) for word in answer.reasons),
                *(NOTES.get(word, word) for word in answer.notes),
                *(["does not apply to this person"] if answer.not_applicable else []),
            ]
        )
        out.append(f"{MARKS[answer.state]} {answer.id:<6} {answer.state:<8} {labels.get(answer.id, '')}")
        if about:
            out.append(f"           {about}")
        out += [f"           {_fact(e.concept, e.date, e.value, e.unit, e.source)}" for e in answer.evidence[:6]]
        if len(answer.evidence) > 6:
            out.append(f"           and {len(answer.evidence) - 6} more facts (see --json)")
    if found.verdict == "ineligible":
        out += ["", "Nothing to ask: no answer can make this person eligible on the record as it stands."]
    if found.next_questions:
        out += ["", "What would decide:", *(f"  {q.kind}: {q.text}" for q in found.next_questions)]
    return out


def _fact(concept: str, date: str, value: object, unit: str | None, source: str) -> str:
    shown = f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
    return " ".join(part for part in (date, concept, shown, unit if unit != "1" else None, f"[{source}]") if part)
