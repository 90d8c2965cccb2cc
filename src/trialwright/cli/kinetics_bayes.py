"""`trialwright kinetics bayes`: the hierarchical model of all subjects, sampled; needs the optional extra `bayes`."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.kinetics.bayes import fit_bayes
from trialwright.analysis.kinetics.bayes_report import as_document
from trialwright.analysis.kinetics.model_report import PRIORS, geometric_peak, named_prior, profile_observations
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Columns
from trialwright.cli.kinetics_options import CONCENTRATION, FILE, JSON, LLOQ, SUBJECT, TIME, read_file, tell


@click.command()
@FILE
@SUBJECT
@TIME
@CONCENTRATION
@LLOQ
@click.option("--seed", type=click.IntRange(0), required=True, help="The same seed gives the same draws.")
@click.option("--prior", type=click.Choice(PRIORS), default="weak-stein", show_default=True, help="And the model.")
@click.option(
    "--random-effects",
    type=click.Choice(["variance", "sd"]),
    default="variance",
    show_default=True,
    help="How the random-effect column of Stein 2019 is read (not settled).",
)
@click.option("--chains", type=click.IntRange(2), default=4, show_default=True)
@click.option(
    "--warmup", type=click.IntRange(10), default=1000, show_default=True, help="Draws of each chain to adapt."
)
@click.option("--draws", type=click.IntRange(10), default=1000, show_default=True, help="Draws of a chain to keep.")
@click.option("--target-accept", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True)
@JSON
def bayes(
    file: Path, subject: str, time_: str, concentration: str, lloq: float | None, as_json: bool, **given: Any
) -> None:
    """Population parameters by full Bayes (NUTS), BLQ as censored.

    Exit code 1, and no estimate, where the chains did not converge; what failed and what to change is said.
    """
    profiles, findings = build_profiles(read_file(file, Columns(subject, time_, concentration), lloq, None))
    tell(findings, file)
    seen = [profile_observations(profiles, i) for i in range(len(profiles))]
    prior = named_prior(given["prior"], geometric_peak(seen), given["random_effects"])
    for text in prior.unsettled:
        click.echo(f"note: {text}", err=True)
    fit = fit_bayes(
        seen,
        prior,
        given["seed"],
        chains=given["chains"],
        warmup=given["warmup"],
        draws=given["draws"],
        target_accept=given["target_accept"],
    )
    document = as_document(fit, [one.id for one in profiles.subjects], prior)
    for problem in fit.problems:
        click.echo(f"{file}: {problem}", err=True)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        _print(document)
    if not fit.converged:
        sys.exit(1)


def _print(document: dict[str, Any]) -> None:
    click.echo("parameter       median   90 % interval            R-hat    ESS  learned")
    for one in document["estimates"]:
        told = "withheld" if one["median"] is None else f"{one['median']:.4g}"
        between = "" if one["median"] is None else f"{one['lower_90']:.4g} to {one['upper_90']:.4g}"
        measured = f"{_number(one['rhat'], '.3f')}  {_number(one['ess'], '.0f'):>5}  {one['learned']:7.2f}"
        click.echo(f"{one['parameter']:<12} {told:>9}   {between:<22}  {measured}{'  *' if one['flag'] else ''}")
    if any(one["flag"] for one in document["estimates"]):
        click.echo("* mostly the prior's: the samples say little about it")
    click.echo("All subjects and diagnostics: --json.")


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
