"""`trialwright analyse`: participants of a trial as of a data cut: datasets, one table of results, tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.subjects import (
    Analysis,
    Baseline,
    Missing,
    Rules,
    Windows,
    analyse_trial,
    summary,
    write_analysis,
)
from trialwright.cli.analyse_text import render
from trialwright.cli.common import Day, catalog_option, emit, existing_store, json_option
from trialwright.errors import TrialwrightError

FORMATS = ("html", "rtf", "csv", "xpt")


class Formats(click.ParamType):  # type: ignore[type-arg]
    """Forms of the tables, separated by commas."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        named = tuple(dict.fromkeys(part.strip() for part in str(value).split(",") if part.strip()))
        if strange := [part for part in named if part not in FORMATS]:
            self.fail(f"{strange[0]!r} is no form of tables; choose of {', '.join(FORMATS)}", param, ctx)
        return named


@click.command("analyse")
@click.argument("protocol")
@click.option("--population", required=True, type=click.Path(path_type=Path), help="The store that `load` made.")
@click.option("--cut", type=Day(), help="Day of the data cut; nothing later is used (default: the extraction).")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for datasets, results and tables."
)
@click.option(
    "--formats", type=Formats(), default="html,csv", show_default=True, help="Forms of the tables: html, rtf, csv, xpt."
)
@click.option(
    "--subjects", type=click.Path(path_type=Path), help="CSV with a column person: only these, of those who take part."
)
@click.option(
    "--baseline",
    type=click.Choice([rule.value for rule in Baseline]),
    default=Baseline.LYMPHODEPLETION.value,
    show_default=True,
    help="Before which day the last known value is the baseline.",
)
@click.option(
    "--windows",
    type=click.Choice([rule.value for rule in Windows]),
    default=Windows.STATED.value,
    show_default=True,
    help="Days of a visit: as the protocol states them, or all days nearest to it.",
)
@click.option(
    "--missing",
    type=click.Choice([rule.value for rule in Missing]),
    default=Missing.NON_RESPONDER.value,
    show_default=True,
    help="What a response is that is not known at a visit which is due.",
)
@click.option("--dlt-days", type=click.IntRange(1), help="Window of dose-limiting toxicity (default: the protocol's).")
@click.option(
    "--emergent-days", type=click.IntRange(1), default=28, show_default=True, help="Last day of treatment emergence."
)
@click.option("--b-cells", type=float, default=20.0, show_default=True, help="Depleted below this many per uL.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level of every interval.")
@catalog_option
@json_option
def command(
    protocol: str,
    population: Path,
    cut: dt.date | None,
    out: Path | None,
    formats: tuple[str, ...],
    subjects: Path | None,
    baseline: str,
    windows: str,
    missing: str,
    dlt_days: int | None,
    emergent_days: int,
    b_cells: float,
    level: float,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Analyse the participants of PROTOCOL (an id of the catalog or a file) as of a data cut."""
    rules = Rules(
        Baseline(baseline),
        Windows(windows),
        Missing(missing),
        emergent_days=emergent_days,
        dlt_days=dlt_days,
        depleted_below=b_cells,
        level=level,
    )
    only = None if subjects is None else read_subjects(subjects)
    analysis = analyse_trial(protocol, existing_store(population), cut, rules=rules, subjects=only, catalog=catalog)
    written = (
        [] if out is None else write_all(analysis, out, formats, _command(protocol, population, analysis.cut, out))
    )
    if as_json:
        emit(summary(analysis) | {"results": [dict(row) | {"cut": row["cut"].isoformat()} for row in analysis.results]})
    else:
        render(analysis)
    for path in dict.fromkeys(p if p.suffix == ".html" else p.parent for p in written if p.suffix in (".html", ".rtf")):
        click.echo(f"Tables: {path}", err=as_json)
    if out is not None:
        click.echo(f"Datasets and results written to {out}", err=as_json)


def write_all(analysis: Analysis, out: Path, formats: Sequence[str], command: str = "") -> list[Path]:
    """Tables in each of the formats below OUT/tables; then datasets, results and the run's record."""
    made: list[Path] = []
    if formats:
        from trialwright.report.analysis import render as render_tables

        datasets = dict(analysis.datasets) | {"REMARKS": analysis.remarks}
        title = analysis.plan.protocol.title
        made = render_tables(datasets, analysis.results, out / "tables", formats, title=title, command=command)
    return [*write_analysis(analysis, out), *made]


def read_subjects(path: Path) -> list[str]:
    """The ids in the column person (or the only column).  Raises TrialwrightError naming the file and the remedy."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise TrialwrightError(f"{path}: is not UTF-8 text; save it as CSV with a column person") from None
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    head = [cell.strip().lower() for cell in rows[0]] if rows else []
    if "person" not in head:
        raise TrialwrightError(f"{path}: line 1: has no column person; name the column of the ids so")
    at = head.index("person")
    found = dict.fromkeys(row[at].strip() for row in rows[1:] if len(row) > at and row[at].strip())
    if not found:
        raise TrialwrightError(f"{path}: names nobody below its header; write one id in a line")
    return list(found)


def _command(protocol: str, population: Path, cut: dt.date, out: Path) -> str:
    """The command line that makes the same again."""
    words = [protocol, "--population", str(population), "--cut", cut.isoformat(), "--out", str(out)]
    return " ".join(["trialwright analyse", *map(shlex.quote, words)])
