"""`trialwright kinetics fit`: expansion, contraction and persistence fitted to every subject of a file."""

import json
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.kinetics.model_report import PRIORS, as_document, fit_profiles
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.samples import Columns
from trialwright.cli.kinetics_options import CONCENTRATION, FILE, JSON, LLOQ, SUBJECT, TIME, read_file, tell


@click.command()
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
    samples = read_file(file, Columns(subject, time_, concentration), lloq, None)
    profiles, findings = build_profiles(samples)
    result = fit_profiles(
        profiles,
        given["prior"],
        given["random_effects"],
        given["censoring"],
        given["population"],
        given["prior_weight"],
    )
    tell(findings, file)
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
