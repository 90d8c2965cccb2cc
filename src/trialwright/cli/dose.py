"""`trialwright dose`: the group of commands around one dose escalation."""

import click

from trialwright.cli import dose_paper, dose_run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Design, prove, simulate and steer a dose escalation.

    Doses are numbered from 1.  Decision support for research; not a medical device.
    """


for part in (
    dose_run.table,
    dose_run.exact,
    dose_run.simulate,
    dose_run.recommend,
    dose_paper.pathways,
    dose_paper.select,
    dose_paper.skeleton,
    dose_paper.describe,
    dose_paper.compare,
    dose_paper.feasibility,
    dose_paper.schedule,
):
    command.add_command(part)
