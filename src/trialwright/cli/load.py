"""`trialwright load`: a site's records into a facts store, with an account of every record."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trialwright.cli.common import Memory

if TYPE_CHECKING:
    from trialwright.population.load import Progress


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--into", required=True, type=click.Path(path_type=Path), help="The store; one that is there is added to."
)
@click.option("--replace", is_flag=True, help="Start the store anew instead of adding to it.")
@click.option(
    "--map", "mapping", type=click.Path(path_type=Path), help="Your own codes: CSV system,code,concept[,certain]."
)
@click.option(
    "--observes", metavar="DOMAINS", help="Domains in which absence means no: condition,drug,procedure or none."
)
@click.option("--extracted", metavar="DATE", help="Day of the extraction (default: the latest recorded day).")
@click.option(
    "--refill-days", type=click.IntRange(0), metavar="N", help="Overlap of equal doses that is one course (14)."
)
@click.option("--catalog", multiple=True, type=click.Path(path_type=Path), metavar="DIR", help="Your own concepts.")
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Reading processes (default: one per core, at most 8)."
)
@click.option("--memory", type=Memory(), metavar="SIZE", help="Limit of the database engine's memory, such as 2GB.")
@click.option("--json", "as_json", is_flag=True, help="Print the load report as JSON.")
def command(
    sources: tuple[Path, ...],
    into: Path,
    replace: bool,
    mapping: Path | None,
    observes: str | None,
    extracted: str | None,
    refill_days: int | None,
    catalog: tuple[Path, ...],
    jobs: int | None,
    memory: str | None,
    as_json: bool,
) -> None:
    """Load FHIR R4, OMOP 5.4 or flat CSV data from files and folders into a facts store.

    Every record is accounted for: kept, unmapped (its code means no concept), or set aside with a reason. Where a file
    is damaged or cut off, the others are loaded, and the exit code is 2.
    """
    from trialwright.population.load import load
    from trialwright.population.report import damage, describe
    from trialwright.population.sources import read_observes

    with _progress() as progress:
        report = load(
            sources,
            into,
            catalog=catalog,
            mapping=mapping,
            observes=None if observes is None else read_observes(observes),
            extracted=_day(extracted),
            refill_days=refill_days,
            replace=replace,
            jobs=jobs,
            memory_limit=memory,
            progress=progress,
        )
    if as_json:
        import orjson

        click.echo(orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(describe(report, str(into)))
    if found := damage(report):
        click.echo(f"trialwright: {found}", err=True)
        sys.exit(2)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text} is no date; write it as 2026-11-30", param_hint="--extracted") from error


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=what)

        yield show
