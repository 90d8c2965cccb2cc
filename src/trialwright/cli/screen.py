"""`trialwright screen`: everybody of a population against one or several protocols."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from trialwright.cli.common import Day, catalog_option, emit, existing_store, json_option
from trialwright.query.screening import Screening
from trialwright.query.verdicts import Summary
from trialwright.screening import screen


@click.command("screen")
@click.argument("protocols", nargs=-1, required=True)
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--at", type=Day(), help="Screening date (default: the day of the extraction).")
@click.option("--answers", type=click.Path(path_type=Path), help="CSV of answers: person, trial, clause, answer.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the tables of the run.")
@click.option("--full", is_flag=True, help="Write criteria and evidence of everybody, however many.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option("--memory", metavar="SIZE", help="Limit of the engine's memory, such as 2GB.")
@catalog_option
@json_option
def command(
    protocols: tuple[str, ...],
    population: Path,
    at: dt.date | None,
    answers: Path | None,
    out: Path | None,
    full: bool,
    engine: str,
    memory: str | None,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Screen a population for PROTOCOLS (ids of the catalog or files)."""
    screening = screen(
        protocols,
        existing_store(population),
        at=at,
        answers=answers,
        out=out,
        full=full,
        engine=engine,
        catalog=catalog,
        memory_limit=memory,
        progress=True,
    )
    if as_json:
        emit(document(screening))
    else:
        render(screening)
    if out is not None:
        click.echo(f"\nTables written to {out}", err=as_json)


def document(screening: Screening) -> dict[str, Any]:
    """The counts of each trial; the first three are verdicts on the record."""
    return {"trials": [_trial(trial) for trial in screening.trials]}


def _trial(trial: Summary) -> dict[str, Any]:
    return {
        "id": trial.trial,
        "checkpoint": trial.checkpoint,
        "persons": trial.persons,
        **trial.record,
        "strict": trial.strict,
        "funnel": list(trial.funnel),
    }


def render(screening: Screening) -> None:
    """The funnel of each trial as a table."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for trial in screening.trials:
        counts = trial.record
        console.print(f"\n[bold]{trial.trial}[/bold]  {trial.persons:,} people at {trial.checkpoint}")
        console.print(
            f"  on the record: [green]{counts['eligible']:,} eligible[/green], {counts['undetermined']:,} undetermined, "
            f"{counts['ineligible']:,} ineligible   (strict: {trial.strict['eligible']:,} / "
            f"{trial.strict['undetermined']:,} / {trial.strict['ineligible']:,})"
        )
        table = Table("criterion", "kind", box=None, pad_edge=True)
        for name in ("met", "not met", "unknown", "only reason"):
            table.add_column(name, justify="right")
        for step in trial.funnel:
            numbers = (step.met, step.not_met, step.unknown, step.only_reason)
            table.add_row(step.criterion, step.kind, *(f"{number:,}" for number in numbers))
        console.print(table)
