"""`trialwright kinetics nca`: non-compartmental analysis of a file, with every rule as an option."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.kinetics.blq import blq_rule, needs_limit
from trialwright.analysis.kinetics.nca import analyse, parse_intervals
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Columns, Samples, Status
from trialwright.analysis.kinetics.settings import Acceptance, EndRule, Method, Route, Settings, Ties, Unaccepted
from trialwright.analysis.kinetics.summary import summarise_kinetics
from trialwright.analysis.kinetics.units import Units, conversion_factor
from trialwright.cli.kinetics_options import (
    CONCENTRATION,
    FILE,
    JSON,
    LLOQ,
    SUBJECT,
    TIME,
    choices,
    dosed,
    read_file,
    tell,
)
from trialwright.cli.kinetics_table import print_table
from trialwright.errors import TrialwrightError


@click.command()
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
    samples = read_file(file, columns, given["lloq"], given["concentration_unit"])
    _check_half_lloq(settings, samples, file)
    samples, time_unit, factor = _in_time_unit(samples, given["time_unit"], given["report_time_unit"])
    if settings.duration is not None:
        settings = replace(settings, duration=settings.duration * factor)
    if given["dose"] is not None:
        if not 0 < given["dose"] < float("inf"):
            raise TrialwrightError(f"--dose {given['dose']:g} is no dose; give a number above 0")
        samples = dosed(samples, given["dose"])
    unit = given["concentration_unit"] or next((s.unit for s in samples.samples if s.unit), None)
    profiles, findings = build_profiles(samples, settings.ties, unit)
    units = Units(time_unit, unit, given["dose_unit"])
    kinetics = analyse(profiles, settings, intervals, units)
    summary = summarise_kinetics(kinetics) if given["summary"] or given["group"] else []
    tell(findings, file)
    if as_json:
        document = {
            "rows": list(kinetics.rows()),
            "findings": [asdict(finding) for finding in findings],
            "summary": summary,
            "settings": _as_json(settings),
        }
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        print_table(kinetics, summary)


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


def _as_json(settings: Settings) -> dict[str, Any]:
    return {**asdict(settings), "blq": asdict(settings.blq), "acceptance": asdict(settings.acceptance)}
