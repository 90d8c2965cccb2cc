"""`trialwright screen`: everybody of a population against one or several protocols."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from trialwright.catalog import load_protocol
from trialwright.cli.common import Day, Memory, catalog_option, emit, existing_store, json_option
from trialwright.errors import TrialwrightError
from trialwright.query.screening import Screening, open_run
from trialwright.query.verdicts import Summary
from trialwright.report.screening import write_screening_report
from trialwright.screening import screen
from trialwright.screening.screen import departed, idle_answers, late
from trialwright.screening.since import Changes, changed_since


@click.command("screen")
@click.argument("protocols", nargs=-1, required=True)
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--at", type=Day(), help="Screening date (default: the day of the extraction).")
@click.option("--answers", type=click.Path(path_type=Path), help="CSV of answers: person, trial, clause, answer.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the tables of the run.")
@click.option("--full", is_flag=True, help="Write criteria and evidence of everybody, however many.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True)
@click.option("--since", type=click.Path(file_okay=False, path_type=Path), help="An earlier --out: say who changed.")
@click.option("--report/--no-report", default=True, help="Write report.html into --out.  [default: report]")
@click.option("--no-people", is_flag=True, help="Leave rows of single people out of the report.")
@click.option(
    "--small-counts", type=click.IntRange(0), default=0, help="Keep back counts of people below N in the report."
)
@click.option("--memory", type=Memory(), metavar="SIZE", help="Limit of the engine's memory, such as 2GB.")
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
    since: Path | None,
    report: bool,
    no_people: bool,
    small_counts: int,
    memory: str | None,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Screen a population for PROTOCOLS (ids of the catalog or files)."""
    if since is not None and out is not None and since.resolve() == out.resolve():
        raise TrialwrightError(f"{out}: holds the earlier run; give the new one another --out")
    earlier = open_run(since) if since is not None else None
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
    for said in filter(None, (late(population, at), departed(population, at))):
        click.echo(f"trialwright: {said}", err=True)
    for line in idle_answers(answers, population, protocols, catalog) if answers is not None else ():
        click.echo(f"trialwright: {line}", err=True)
    changes = None if earlier is None else changed_since(earlier, screening)
    if as_json:
        emit(document(screening) | ({} if changes is None else {"changes": changes}))
    else:
        render(screening, labels_of(protocols, catalog))
        if changes is not None:
            click.echo("\n" + "\n".join(since_lines(changes)))
    if out is not None:
        if report:
            page = write_screening_report(
                screening,
                out,
                protocols,
                catalog=catalog,
                with_people=not no_people,
                small_counts=small_counts,
                command=_command(protocols, population, at, answers, out),
                tables=out,
            )
            click.echo(f"\nReport: {page}", err=as_json)
        click.echo(f"\nTables written to {out}", err=as_json)


def _command(protocols: tuple[str, ...], population: Path, at: dt.date | None, answers: Path | None, out: Path) -> str:
    """The command line that makes the same report again."""
    given = {"--population": population, "--at": at, "--answers": answers, "--out": out}
    words = [f"{name} {shlex.quote(str(value))}" for name, value in given.items() if value is not None]
    return " ".join(["trialwright screen", *map(shlex.quote, map(str, protocols)), *words])


def since_lines(changes: Changes, most: int = 20) -> list[str]:
    """Who changed verdict, and because of what, as text."""
    out = [f"Since the earlier run: {len(changes.people):,} changes of verdict"]
    out += [f"  {trial}: {n:,} from {a} to {b}" for trial, a, b, n in changes.counts]
    out += [f"  {name}: the protocol's criteria {', '.join(ids)} changed" for name, ids in changes.protocols.items()]
    for one in changes.people[:most]:
        out.append(f"  {one.person} {one.trial}: {one.before} -> {one.after} ({', '.join(one.because)})")
    if len(changes.people) > most:
        out.append(f"  and {len(changes.people) - most:,} more (--json has all)")
    return out


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


def render(screening: Screening, labels: Mapping[tuple[str, str], str] | None = None) -> None:
    """The funnel of each trial as a table; `labels` say what each criterion of a trial asks."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console = console if console.is_terminal else Console(width=120)
    labels = labels_of([trial.trial for trial in screening.trials]) if labels is None else labels
    for trial in screening.trials:
        console.print(f"\n[bold]{trial.trial}[/bold]  {trial.persons:,} people at {trial.checkpoint}")
        console.print(f"  on the record: {_counts(trial.record)}   (strict: {_counts(trial.strict)})")
        table = Table("criterion", box=None, pad_edge=True)
        table.add_column("")
        for name in ("kind", "met", "not met", "unknown", "only reason"):
            table.add_column(name, justify="left" if name == "kind" else "right", no_wrap=True)
        for step in trial.funnel:
            numbers = (step.met, step.not_met, step.unknown, step.only_reason)
            label = shortened(labels.get((trial.trial, step.criterion), ""), console.width - 62)
            table.add_row(step.criterion, escape(label), step.kind, *(f"{number:,}" for number in numbers))
        console.print(table)


def shortened(text: str, width: int) -> str:
    """The text, cut where a line of the table ends; nothing where there is no room for words."""
    return (
        "" if width < 12 else text if len(text) <= width else text[: width - 1].rstrip(" ,") + "\N{HORIZONTAL ELLIPSIS}"
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in ("eligible", "undetermined", "ineligible"))


def labels_of(protocols: Sequence[str], catalog: Sequence[Path] = ()) -> dict[tuple[str, str], str]:
    """What each criterion asks, by trial and criterion; nothing for a protocol that is only a name."""
    found: dict[tuple[str, str], str] = {}
    for name in protocols:
        try:
            protocol = load_protocol(name, *catalog)
        except TrialwrightError:
            continue
        found |= {(protocol.id, criterion.id): criterion.label for criterion in protocol.walk()}
    return found
