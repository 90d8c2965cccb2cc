"""What the commands of `trialwright kinetics` share: the arguments, reading the file, and telling its findings."""

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from trialwright.analysis.kinetics.samples import Columns, Finding, Samples, read_samples, unit_column
from trialwright.errors import TrialwrightError

FILE = click.argument("file", type=click.Path(path_type=Path))
SUBJECT = click.option("--subject", required=True, metavar="COL", help="Column of subject ids.")
TIME = click.option("--time", "time_", required=True, metavar="COL", help="Column of times after the infusion.")
CONCENTRATION = click.option("--concentration", required=True, metavar="COL", help="Column of concentrations.")
LLOQ = click.option("--lloq", type=float, help="Lower limit of quantification; smaller values are BLQ.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def choices(names: Any) -> click.Choice[str]:
    """The members of a StrEnum as a choice of words."""
    return click.Choice([str(name) for name in names])


def read_file(file: Path, columns: Columns, lloq: float | None, unit: str | None) -> Samples:
    """The samples of a CSV file; raises TrialwrightError that names it."""
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


def dosed(samples: Samples, dose: float) -> Samples:
    """The same samples with one dose for every subject."""
    return replace(samples, subjects=tuple(replace(s, dose=dose) for s in samples.subjects))


def tell(findings: Iterable[Finding], file: Path) -> None:
    """Each odd row of the file on standard error, with its place and what was done about it."""
    for finding in findings:
        place = f"{file}" + (f", row {finding.row}" if finding.row is not None else "")
        who = f", subject {finding.subject}" if finding.subject is not None else ""
        click.echo(f"{place}{who}: {finding.message}", err=True)
