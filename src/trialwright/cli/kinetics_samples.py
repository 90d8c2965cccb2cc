"""`trialwright kinetics export` and `simulate`: tables for other programs, and samples drawn from a published model."""

from pathlib import Path
from typing import Literal

import click
import numpy as np

from trialwright.analysis.kinetics.export import nonmem_table
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.published import stein_2019
from trialwright.analysis.kinetics.reasons import TEXT, Reason
from trialwright.analysis.kinetics.samples import Columns
from trialwright.analysis.kinetics.simulate import simulate as simulate_profiles
from trialwright.cli.kinetics_options import CONCENTRATION, FILE, LLOQ, SUBJECT, TIME, dosed, read_file, tell
from trialwright.errors import TrialwrightError


@click.command()
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
    samples = read_file(file, Columns(subject, time_, concentration, dose=dose_column), lloq, None)
    if dose is not None:
        samples = dosed(samples, dose)
    profiles, findings = build_profiles(samples)
    tell(findings, file)
    for profile, bar in zip(profiles.subjects, profiles.bar):
        if bar:
            raise TrialwrightError(f"{file}, subject {profile.id}: {TEXT[Reason(bar)]}")
    click.echo(nonmem_table(profiles, log), nl=False)


@click.command()
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
