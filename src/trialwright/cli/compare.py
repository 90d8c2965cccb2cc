"""`trialwright compare FIRST SECOND`: two protocols of one trial over the same people."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from trialwright.cli.common import Day, catalog_option, emit, existing_store, json_option
from trialwright.query.verdicts import VERDICTS
from trialwright.report.agreement import agreement_lines
from trialwright.screening.agreement import QUESTIONS, STATES, Agreement, Table, compare


@click.command("compare")
@click.argument("first")
@click.argument("second")
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--at", type=Day(), help="Screening date (default: the day of the extraction).")
@catalog_option
@json_option
def command(
    first: str, second: str, population: Path, at: dt.date | None, catalog: tuple[Path, ...], as_json: bool
) -> None:
    """Screen everybody for two protocols of one trial (ids of the catalog or files) and show where they agree.

    Made for a draft of `formalize` against a protocol written by hand, or a protocol before and after an edit.
    Criteria are compared by their id on the page (I4 with all below it).  Questions are treated alike on both sides:
    none answered, all answered so that the person gets in, all answered so that the person is kept out.
    """
    found = compare(first, second, existing_store(population), at=at, catalog=catalog, progress=True)
    if as_json:
        emit(document(found))
    else:
        click.echo("\n".join(agreement_lines(found)))


def document(found: Agreement) -> dict[str, Any]:
    """The comparison as JSON: states and verdicts by name, the first protocol outside, the second inside."""
    return {
        "first": found.first,
        "second": found.second,
        "persons": found.persons,
        "verdicts": {how: _named(found.verdicts[how], VERDICTS) for how in QUESTIONS},
        "same_verdict": {how: found.share(how) for how in QUESTIONS},
        "criteria": [
            {
                "id": item.id,
                "kind": item.kind,
                "states": {how: _named(item.states[how], STATES) for how in QUESTIONS},
                "same_state": {how: item.share(how) for how in QUESTIONS},
                "decides": item.decides,
            }
            for item in found.items
        ],
        "only_first": found.only_first,
        "only_second": found.only_second,
        "differences": [
            {
                "person": one.person,
                "questions": one.questions,
                "first": VERDICTS[one.first],
                "second": VERDICTS[one.second],
                "criteria": one.criteria,
            }
            for one in found.differences
        ],
    }


def _named(table: Table, names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, table, strict=True)}
