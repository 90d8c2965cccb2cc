"""`trialwright kinetics`: the group of commands around concentration-time files."""

import click

from trialwright.cli import kinetics_bayes, kinetics_bcells, kinetics_fit, kinetics_nca, kinetics_samples


@click.group()
def command() -> None:
    """Cellular and drug kinetics of a trial."""


for part in (
    kinetics_nca.nca,
    kinetics_fit.fit,
    kinetics_bayes.bayes,
    kinetics_samples.export,
    kinetics_bcells.bcells,
    kinetics_samples.simulate,
):
    command.add_command(part)
