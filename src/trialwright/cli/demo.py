"""`trialwright demo`: the whole chain on synthetic people, from FHIR files to funnels and to the day-90 analysis."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from trialwright.catalog import load_catalog
from trialwright.cli.common import Day
from trialwright.cli.screen import render
from trialwright.population.load import load
from trialwright.population.synthetic import AT, write_answers, write_cohort
from trialwright.population.synthetic.treated import write_treated
from trialwright.report.screening import write_screening_report
from trialwright.screening import screen
from trialwright.screening.study import asks_of, trial_of

TRIALS = ("nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc")
LUPUS, SCLEROSIS = 0.30, 0.10
"""Shares of a rheumatology centre, so that every criterion meets people whom it concerns."""
TREATED = 12
"""Participants of the first trial, at the doses of its protocol, so that an interim analysis has something to say."""


@click.command("demo")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True)
@click.option("--people", type=click.IntRange(50, 1_000_000), default=3000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--at", type=Day(), default=AT.isoformat(), show_default=True, help="Screening date.")
def command(out: Path, people: int, seed: int, at: dt.date) -> None:
    """Make synthetic people as FHIR files, load and screen them for four trials, and analyse participants of one."""
    out.mkdir(parents=True, exist_ok=True)
    click.echo(
        f"1. {people:,} synthetic people (seed {seed}; nobody of them exists), as FHIR ndjson and answers to asks"
    )
    cohort = write_cohort(out / "cohort", people, seed, "fhir", at, lupus=LUPUS, ssc=SCLEROSIS)
    known = load_catalog()
    asks = {
        name: {ask.id for found in asks_of(trial_of(known.protocol(name), known)).values() for ask in found}
        for name in TRIALS
    }
    answers = out / "answers.csv"
    count = write_answers(answers, asks, people, seed, at, lupus=LUPUS, ssc=SCLEROSIS)
    click.echo(f"   {cohort} and {answers} ({count:,} answers)")
    store = out / "population.duckdb"
    report = load([cohort], store, replace=True)
    totals = report.as_json()
    kept = totals["kept"] if isinstance(totals.get("kept"), int) else ""
    click.echo(f"2. Loaded through the FHIR reader into {store}: {kept} records kept; every record is accounted for")
    click.echo(f"3. Screened for {', '.join(TRIALS)} as of {at}")
    screening = screen(TRIALS, store, at=at, answers=answers, out=out / "screening")
    render(screening)
    report_page = write_screening_report(screening, out / "screening", TRIALS, tables=out / "screening")
    person = next(
        (row["person"] for row in screening.verdicts().to_pylist() if row["verdict"] == "undetermined"), "PERSON"
    )
    click.echo(f"\nTables of the run: {out / 'screening'} (verdicts, criteria, evidence, funnel, worklist)")
    click.echo(f"Report: {report_page}")
    click.echo(f"One person's reasons: trialwright why {person} {TRIALS[0]} --population {store} --answers {answers}")
    analyse(out, seed, at)


def analyse(out: Path, seed: int, at: dt.date) -> None:
    """Treat some participants of the first trial, read them back from FHIR, and analyse them as of the cut `at`."""
    from trialwright.analysis.subjects import analyse_trial
    from trialwright.cli.analyse import write_all
    from trialwright.cli.analyse_text import render as render_analysis

    trial, store = TRIALS[0], out / "treated.duckdb"
    click.echo(f"\n4. {TREATED} synthetic participants of {trial}, treated at its doses, analysed with a cut on {at}")
    treated = write_treated(out / "treated", trial, TREATED, seed, "fhir", at)
    load([treated.path], store, replace=True)
    analysis = analyse_trial(trial, store, at)
    command = f"trialwright analyse {trial} --population {store} --cut {at} --out {out / 'analysis'}"
    written = write_all(analysis, out / "analysis", ("html",), command)
    render_analysis(analysis)
    for page in (path for path in written if path.suffix == ".html"):
        click.echo(f"Tables and figures: {page}")
    click.echo(f"Again, with your own choices: {command}")
