"""`trialwright kinetics bcells`: depletion and recovery of B cells in a file of counts."""

import json
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.kinetics.samples import Columns
from trialwright.analysis.pharmacodynamics.bcells import DepletionRule
from trialwright.analysis.pharmacodynamics.records import as_document, derive_all
from trialwright.cli.kinetics_options import FILE, JSON, LLOQ, SUBJECT, TIME, read_file, tell


@click.command()
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
    samples = read_file(file, Columns(subject, time_, count), lloq, None)
    tell(samples.findings, file)
    document = as_document(derive_all(samples, rule, given["lymphodepletion"]), rule)
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=None if as_json else 2))
