"""`trialwright kinetics`: non-compartmental analysis and model fits of concentration-time files."""

import csv
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import click
import numpy as np

from trialwright.analysis.kinetics.blq import blq_rule, needs_limit
from trialwright.analysis.kinetics.export import nonmem_table
from trialwright.analysis.kinetics.model_report import PRIORS, as_document, fit_profiles
from trialwright.analysis.kinetics.nca import Kinetics, analyse, parse_intervals
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.published import stein_2019
from trialwright.analysis.kinetics.reasons import TEXT, Reason
from trialwright.analysis.kinetics.samples import Columns, Finding, Samples, Status, read_samples, unit_column
from trialwright.analysis.kinetics.settings import (
    Acceptance,
    EndRule,
    Method,
    Route,
    Settings,
    Ties,
    Unaccepted,
)
from trialwright.analysis.kinetics.simulate import simulate as simulate_profiles
from trialwright.analysis.kinetics.summary import summarise_kinetics
from trialwright.analysis.kinetics.units import Units, conversion_factor
from trialwright.analysis.pharmacodynamics.bcells import DepletionRule
from trialwright.analysis.pharmacodynamics.records import as_document as depletion_document
from trialwright.analysis.pharmacodynamics.records import derive_all
from trialwright.errors import TrialwrightError


@click.group()
def command() -> None:
    """Cellular and drug kinetics of a trial."""


FILE = click.argument("file", type=click.Path(path_type=Path))
SUBJECT = click.option("--subject", required=True, metavar="COL", help="Column of subject ids.")
TIME = click.option("--time", "time_", required=True, metavar="COL", help="Column of times after the infusion.")
CONCENTRATION = click.option("--concentration", required=True, metavar="COL", help="Column of concentrations.")
LLOQ = click.option("--lloq", type=float, help="Lower limit of quantification; smaller values are BLQ.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def choices(names: Any) -> click.Choice[str]:
    """The members of a StrEnum as a choice of words."""
    return click.Choice([str(name) for name in names])


@command.command()
@FILE
@SUBJECT
@TIME
@CONCENTRATION
@click.option("--dose", type=float, help="Dose of every subject.")
@click.option("--dose-column", metavar="COL", help="Column of each subject's dose.")
@click.option("--route", type=choices(Route), default="extravascular", show_default=True)
@click.option("--duration", type=float, help="Length of the infusion, in the unit of the file's times.")
@click.option("--duration-column", metavar="COL", help="Column of each subject's infusion length.")
@click.option("--method", type=choices(Method), default="linear", show_default=True, help="Trapezoid rule.")
@LLOQ
@click.option("--lloq-column", metavar="COL", help="Column of each sample's LLOQ.")
@click.option(
    "--blq",
    default="keep-drop-keep",
    show_default=True,
    metavar="RULE",
    help="keep-drop-keep, keep, drop, keep-drop-drop, half-lloq, tmax, or before=keep,between=drop,after=0.",
)
@click.option("--intervals", default="0-inf", show_default=True, help="Such as 0-28,0-inf.")
@click.option(
    "--interval-end",
    type=choices(EndRule),
    default="observed",
    show_default=True,
    help="AUCINT when the last sample is before the end: no value, nothing after it, or lambda z.",
)
@click.option("--ties", type=choices(Ties), default="refuse", show_default=True, help="Two samples at one time.")
@click.option("--min-points", type=click.IntRange(2), default=3, show_default=True, help="Fewest for lambda z.")
@click.option("--tmax-in-lambda-z/--no-tmax-in-lambda-z", default=None, help="Default: for a bolus only.")
@click.option(
    "--min-r2adj", type=click.FloatRange(max=1), default=0.9, show_default=True, help="Acceptance of lambda z."
)
@click.option(
    "--min-span", type=click.FloatRange(0), default=2.0, show_default=True, help="Acceptance: half-lives in the window."
)
@click.option(
    "--max-extrapolated", type=click.FloatRange(0), default=20.0, show_default=True, help="Acceptance: % of AUC."
)
@click.option("--unaccepted", type=choices(Unaccepted), default="flag", show_default=True)
@click.option("--group", metavar="COL", help="Column of the dose level, for summaries.")
@click.option("--summary", is_flag=True, help="Summaries by group: geometric mean and CV, median and range.")
@click.option("--infusion", metavar="COL", help="Column of the infusion's time, on the clock of the times.")
@click.option("--unit-column", metavar="COL", help="Column of each concentration's unit.")
@click.option("--concentration-unit", help="Unit of concentrations (with --unit-column: the unit to report).")
@click.option("--time-unit", help="Unit of times, such as h or d.")
@click.option("--report-time-unit", help="Unit to convert times to; intervals are in it.")
@click.option("--dose-unit", help="Unit of doses, such as mg or cells.")
@JSON
def nca(file: Path, subject: str, time_: str, concentration: str, as_json: bool, **given: Any) -> None:
    """Non-compartmental analysis: every parameter for every subject, with the reason where there is none."""
    columns = Columns(
        subject,
        time_,
        concentration,
        dose=given["dose_column"],
        duration=given["duration_column"],
        group=given["group"],
        unit=given["unit_column"],
        lloq=given["lloq_column"],
        infusion=given["infusion"],
    )
    settings, intervals = _settings(given), parse_intervals(given["intervals"])
    labels = [interval.label for interval in intervals]
    if len(set(labels)) < len(labels):
        raise TrialwrightError(f"--intervals {given['intervals']} names an interval twice")
    samples = _read(file, columns, given["lloq"], given["concentration_unit"])
    _check_half_lloq(settings, samples, file)
    samples, time_unit, factor = _in_time_unit(samples, given["time_unit"], given["report_time_unit"])
    if settings.duration is not None:
        settings = replace(settings, duration=settings.duration * factor)
    if given["dose"] is not None:
        if not 0 < given["dose"] < float("inf"):
            raise TrialwrightError(f"--dose {given['dose']:g} is no dose; give a number above 0")
        samples = replace(samples, subjects=tuple(_dosed(s, given["dose"]) for s in samples.subjects))
    unit = given["concentration_unit"] or next((s.unit for s in samples.samples if s.unit), None)
    profiles, findings = build_profiles(samples, settings.ties, unit)
    units = Units(time_unit, unit, given["dose_unit"])
    kinetics = analyse(profiles, settings, intervals, units)
    summary = summarise_kinetics(kinetics) if given["summary"] or given["group"] else []
    for finding in findings:
        click.echo(_told(finding, file), err=True)
    if as_json:
        document = {
            "rows": list(kinetics.rows()),
            "findings": [asdict(finding) for finding in findings],
            "summary": summary,
            "settings": _as_json(settings),
        }
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        _print_table(kinetics, summary)


@command.command()
@FILE
@SUBJECT
@TIME
@CONCENTRATION
@LLOQ
@click.option("--prior", type=click.Choice(PRIORS), default="weak-stein", show_default=True, help="And the model.")
@click.option(
    "--random-effects",
    type=click.Choice(["variance", "sd"]),
    default="variance",
    show_default=True,
    help="How the random-effect column of Stein 2019 is read (not settled).",
)
@click.option(
    "--censoring",
    type=click.Choice(["m3", "ignore", "half"]),
    default="m3",
    show_default=True,
    help="BLQ samples: censored, left out, or half the LLOQ.",
)
@click.option("--population", is_flag=True, help="Estimate the population first and fit each subject under it.")
@click.option("--prior-weight", type=click.FloatRange(0), default=1.0, show_default=True, help="In participants.")
@click.option("--plots", type=click.Path(path_type=Path), help="Folder for fits.png and residuals.png.")
@JSON
def fit(
    file: Path, subject: str, time_: str, concentration: str, lloq: float | None, as_json: bool, **given: Any
) -> None:
    """Fit expansion, contraction and persistence to every subject (maximum a posteriori, BLQ as censored)."""
    samples = _read(file, Columns(subject, time_, concentration), lloq, None)
    profiles, findings = build_profiles(samples)
    result = fit_profiles(
        profiles,
        given["prior"],
        given["random_effects"],
        given["censoring"],
        given["population"],
        given["prior_weight"],
    )
    for finding in findings:
        click.echo(_told(finding, file), err=True)
    document = as_document(result)
    for text in document["prior"]["unsettled"]:
        click.echo(f"note: {text}", err=True)
    if document["population"] is not None and not document["population"]["converged"]:
        click.echo("note: the population estimate still moved when it stopped; read it with care", err=True)
    if given["plots"] is not None:
        from trialwright.analysis.kinetics.plots import plot_fits, plot_residuals

        given["plots"].mkdir(parents=True, exist_ok=True)
        plot_fits(result.subjects, result.observations, result.fits).savefig(given["plots"] / "fits.png")
        plot_residuals(result.observations, result.fits).savefig(given["plots"] / "residuals.png")
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
        return
    for one in document["subjects"]:
        found = "  ".join(f"{k} {v:.4g}" for k, v in one["parameters"].items() if v is not None)
        click.echo(f"{one['subject']}: {one['reason'] or found}")
        for warning in one["warnings"]:
            click.echo(f"    {warning}")


@command.command()
@FILE
@SUBJECT
@TIME
@CONCENTRATION
@LLOQ
@click.option("--dose", type=float, help="Dose of every subject.")
@click.option("--dose-column", metavar="COL", help="Column of each subject's dose.")
@click.option("--log/--no-log", default=False, show_default=True, help="DV as natural logarithm.")
def export(
    file: Path,
    subject: str,
    time_: str,
    concentration: str,
    lloq: float | None,
    dose: float | None,
    dose_column: str | None,
    log: bool,
) -> None:
    """Write the table that NONMEM, nlmixr2 and Monolix read (CENS, LIMIT, MDV, EVID) to standard output as CSV."""
    samples = _read(file, Columns(subject, time_, concentration, dose=dose_column), lloq, None)
    if dose is not None:
        samples = replace(samples, subjects=tuple(_dosed(s, dose) for s in samples.subjects))
    profiles, findings = build_profiles(samples)
    for finding in findings:
        click.echo(_told(finding, file), err=True)
    for profile, bar in zip(profiles.subjects, profiles.bar):
        if bar:
            raise TrialwrightError(f"{file}, subject {profile.id}: {TEXT[Reason(bar)]}")
    click.echo(nonmem_table(profiles, log), nl=False)


@command.command()
@FILE
@SUBJECT
@TIME
@click.option("--count", required=True, metavar="COL", help="Column of B-cell counts.")
@click.option("--threshold", type=float, required=True, help="Depleted below this.")
@click.option("--recovery", type=float, help="Recovered at this or above; default: the threshold.")
@click.option("--confirm", type=int, default=2, show_default=True, help="Visits in a row that make a recovery.")
@click.option("--confirm-depletion", type=int, default=1, show_default=True)
@click.option("--relative", is_flag=True, help="Thresholds are shares of the baseline.")
@click.option("--lymphodepletion", type=float, default=-5.0, show_default=True, help="Day; the baseline is before it.")
@click.option("--assay", default="CD19+ cells by flow cytometry", show_default=True)
@click.option("--unit", default="cells/uL", show_default=True)
@LLOQ
@JSON
def bcells(file: Path, subject: str, time_: str, count: str, lloq: float | None, as_json: bool, **given: Any) -> None:
    """B-cell depletion and recovery of every subject; a recovery lies between two visits."""
    rule = DepletionRule(
        given["threshold"],
        given["recovery"],
        given["confirm_depletion"],
        given["confirm"],
        given["relative"],
        given["assay"],
        given["unit"],
    )
    samples = _read(file, Columns(subject, time_, count), lloq, None)
    for finding in samples.findings:
        click.echo(_told(finding, file), err=True)
    document = depletion_document(derive_all(samples, rule, given["lymphodepletion"]), rule)
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=None if as_json else 2))


@command.command()
@click.option("--n", type=click.IntRange(1), default=12, show_default=True, help="Participants.")
@click.option("--times", default="0,1,3,5,7,9,11,14,17,21,28,42,60,90", show_default=True, help="Visits in days.")
@click.option("--lloq", type=float, default=50.0, show_default=True)
@click.option("--random-effects", type=click.Choice(["variance", "sd"]), required=True, help="Reading of Stein 2019.")
@click.option("--seed", type=click.IntRange(0), required=True)
def simulate(n: int, times: str, lloq: float, random_effects: Literal["variance", "sd"], seed: int) -> None:
    """Draw participants from Stein 2019 and print their samples as CSV: subject, time, concentration, true."""
    try:
        visits = [float(text) for text in times.split(",")]
    except ValueError as error:
        raise TrialwrightError(f'--times "{times}" are no numbers; write days such as 0,7,14,28') from error
    drawn = simulate_profiles(stein_2019(random_effects), n, visits, np.random.default_rng(seed), lloq)
    for text in drawn.unsettled:
        click.echo(f"note: {text}", err=True)
    click.echo("subject,time,concentration,true")
    for i in range(n):
        for t, measured, true, blq in zip(drawn.times, drawn.measured[i], drawn.true[i], drawn.blq[i]):
            click.echo(f"{i + 1},{t:g},{'BLQ' if blq else f'{measured:.6g}'},{true:.6g}")


def _settings(given: dict[str, Any]) -> Settings:
    if given["duration"] is not None and not 0 < given["duration"] < float("inf"):
        raise TrialwrightError(f"--duration {given['duration']:g} is no length of time; give a number above 0")
    route = Route(given["route"])
    timed = given["duration"] is not None or given["duration_column"] is not None
    if route is Route.INFUSION and not timed:
        raise TrialwrightError("an infusion needs its length: add --duration N or --duration-column COL")
    if route is not Route.INFUSION and timed:
        raise TrialwrightError(f"--duration belongs to --route infusion; the route is {route}")
    if given["dose"] is not None and given["dose_column"] is not None:
        raise TrialwrightError("--dose and --dose-column both say the dose; give one of them")
    if given["lloq"] is not None and not 0 <= given["lloq"] < float("inf"):
        raise TrialwrightError(f"--lloq {given['lloq']:g} is no limit; give a number of at least 0")
    for name in ("min_r2adj", "min_span", "max_extrapolated"):
        if not math.isfinite(given[name]):
            raise TrialwrightError(f"--{name.replace('_', '-')} {given[name]} is no number; leave the option out")
    return Settings(
        route,
        Method(given["method"]),
        blq_rule(given["blq"]),
        EndRule(given["interval_end"]),
        Ties(given["ties"]),
        given["duration"],
        given["min_points"],
        include_tmax=given["tmax_in_lambda_z"],
        acceptance=Acceptance(
            given["min_r2adj"], given["min_span"], given["max_extrapolated"], Unaccepted(given["unaccepted"])
        ),
    )


def _read(file: Path, columns: Columns, lloq: float | None, unit: str | None) -> Samples:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TrialwrightError(f"{file} is not UTF-8 text; save it as CSV in UTF-8") from error
    except OSError as error:
        raise TrialwrightError(f"{file} cannot be read: {error.strerror}") from error
    try:
        found = unit_column(text)
        if columns.unit is None and found is not None:
            click.echo(f'note: units are read from column "{found}"; --unit-column names another', err=True)
            columns = replace(columns, unit=found)
        return read_samples(text, columns, lloq, unit)
    except (TrialwrightError, csv.Error) as error:
        raise TrialwrightError(f"{file}: {error}") from error


def _check_half_lloq(settings: Settings, samples: Samples, file: Path) -> None:
    if not needs_limit(settings.blq):
        return
    for sample in samples.samples:
        if sample.status == Status.BLQ and sample.limit is None:
            raise TrialwrightError(
                f"{file}, row {sample.row}: the rule {settings.blq.name} needs the LLOQ of this BLQ sample; add --lloq"
            )


def _in_time_unit(samples: Samples, unit: str | None, wanted: str | None) -> tuple[Samples, str | None, float]:
    if wanted is None or wanted == unit:
        return samples, unit, 1.0
    if unit is None:
        raise TrialwrightError("--report-time-unit needs --time-unit, the unit of the times in the file")
    factor = conversion_factor(unit, wanted)
    if factor is None:
        raise TrialwrightError(f"{unit} cannot be converted to {wanted}: both must be units of time")
    converted = [replace(s, time=None if s.time is None else s.time * factor) for s in samples.samples]
    subjects = [replace(s, duration=None if s.duration is None else s.duration * factor) for s in samples.subjects]
    return Samples(tuple(converted), tuple(subjects), samples.findings), wanted, factor


def _dosed(subject: Any, dose: float) -> Any:
    return replace(subject, dose=dose)


def _told(finding: Finding, file: Path) -> str:
    place = f"{file}" + (f", row {finding.row}" if finding.row is not None else "")
    who = f", subject {finding.subject}" if finding.subject is not None else ""
    return f"{place}{who}: {finding.message}"


def _as_json(settings: Settings) -> dict[str, Any]:
    return {**asdict(settings), "blq": asdict(settings.blq), "acceptance": asdict(settings.acceptance)}


SHOWN = ("CMAX", "TMAX", "TLST", "AUCLST", "AUCINT", "AUCIFO", "LAMZHL", "LAMZNPT", "R2ADJ")


def _print_table(kinetics: Kinetics, summary: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 140)
    rows = list(kinetics.rows())
    for interval in dict.fromkeys(row["interval"] for row in rows):
        table = Table(title=f"interval {interval}")
        table.add_column("subject")
        of = {(r["subject"], r["parameter"]): r for r in rows if r["interval"] == interval}
        shown = [code for code in SHOWN if any(key[1] == code for key in of)]
        for code in shown:
            unit = next(r["unit"] for key, r in of.items() if key[1] == code)
            table.add_column(f"{code}\n{unit}" if unit else code, justify="right")
        for name in dict.fromkeys(key[0] for key in of):
            table.add_row(name, *(_cell(of[name, code]) for code in shown))
        console.print(table)
    notes = {(r["subject"], r["interval"], r["reason"] or r["flag"]): None for r in rows if r["parameter"] in SHOWN}
    for name, interval, note in notes:
        if note:
            console.print(f"{name}, {interval}: {note}", markup=False, highlight=False)
    for row in summary:
        if row["parameter"] in SHOWN:
            text = "  ".join(
                f"{key} {row[key]:.5g}"
                for key in ("geometric_mean", "geometric_cv", "median", "minimum", "maximum")
                if row[key] is not None
            )
            line = f"group {row['group'] or 'all'}, {row['interval']}, {row['parameter']}: n {row['n']}"
            console.print(f"{line}, missing {row['missing']}  {text}", markup=False, highlight=False)
    console.print("All parameters, reasons and settings: --json.", highlight=False)


def _cell(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return "-"
    return f"{row['value']:.6g}" + ("*" if row["flag"] else "")
