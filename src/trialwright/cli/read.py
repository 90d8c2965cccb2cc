"""`trialwright read FILE...`: registry documents become records; those of one trial are merged."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from trialwright.cli.common import emit, json_option


@click.command(name="read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--diff", "compare", is_flag=True, help="Say what changed from the first document to the second.")
@json_option
def command(files: tuple[Path, ...], compare: bool, as_json: bool) -> None:
    """Read registry documents: ClinicalTrials.gov JSON (API v2, API 1), CSV downloads, trial pages as text or HTML.

    Documents of one trial are merged; every difference and every doubt is a finding.  A folder stands for its files.
    A document that cannot be read is set aside with its reason, and the exit code is 2.
    """
    from trialwright.errors import TrialwrightError
    from trialwright.registry.diff import diff_records
    from trialwright.registry.document import record_document
    from trialwright.registry.merge import merge_records
    from trialwright.registry.read import read_document
    from trialwright.registry.show import show_changes, show_record

    paths = [
        path
        for file in files
        for path in (sorted(p for p in file.iterdir() if p.is_file()) if file.is_dir() else [file])
    ]
    if compare:
        if len(paths) != 2:
            raise click.UsageError("--diff compares two documents; name the older and the newer one.")
        changes = diff_records(*(read_document(_bytes(path), path.name) for path in paths))
        if as_json:
            emit(changes)
        else:
            click.echo(show_changes(changes))
        return
    if not paths:
        raise TrialwrightError(f"{files[0]} holds no files; name registry documents or a folder of them")
    found, refused = [], []
    for path in paths:
        try:
            found += read_document(_bytes(path), path.name)
        except TrialwrightError as error:
            if len(paths) == 1:
                raise
            refused.append(str(error))
    records = merge_records(found)
    if as_json:
        emit([record_document(record) for record in records])
    else:
        click.echo("\n\n".join(show_record(record) for record in records))
    for reason in refused:
        click.echo(f"set aside: {reason}", err=True)
    if refused:
        sys.exit(2)


def _bytes(path: Path) -> bytes:
    from trialwright.errors import TrialwrightError

    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise TrialwrightError(f"{path} is a folder; name the documents in it") from None
    except FileNotFoundError:
        raise TrialwrightError(f"{path} is not there; name a registry document") from None
