"""`trialwright check FILE...`: validates data files, the user's own included."""

import json
import sys
from pathlib import Path

import click

from trialwright.errors import TrialwrightError


@click.command(name="check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--catalog",
    "catalogs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A directory of your own concepts, definitions ... that the files build on; may be repeated.",
)
@click.option(
    "--schemas", type=click.Path(path_type=Path), help="Write the JSON Schema of each kind of file to a folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON document.")
def command(files: tuple[Path, ...], catalogs: tuple[Path, ...], schemas: Path | None, as_json: bool) -> None:
    """Check data files: concepts, definitions, instruments, grades, protocols.

    A directory stands for the YAML files in it.  Prints one finding per line (file:line: severity: message; remedy).
    Exit code 1 when there are errors, 2 when a file cannot be read.
    """
    from trialwright.catalog.check import check_files
    from trialwright.catalog.load import user_directories, yaml_files
    from trialwright.catalog.schemas import write_schemas

    if not files and schemas is None:
        raise click.UsageError("Name at least one file, or --schemas DIR.")
    if schemas is not None:
        for path in write_schemas(schemas):
            click.echo(f"wrote {path}", err=True)
    paths: list[Path] = []
    for file in files:
        paths += yaml_files(file) if file.is_dir() else [file]
    if files and not paths:
        raise TrialwrightError(f"{files[0]} holds no YAML files; name a file or a directory that has some.")
    user_directories(*catalogs)
    findings = check_files(list(dict.fromkeys(paths)), catalogs) if paths else []
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        document = {
            "files": [str(path) for path in paths],
            "errors": errors,
            "warnings": len(findings) - errors,
            "findings": [
                {
                    "file": str(finding.file),
                    "line": finding.line,
                    "column": finding.column or None,
                    "severity": finding.severity,
                    "field": finding.field or None,
                    "message": finding.message,
                    "remedy": finding.remedy or None,
                }
                for finding in findings
            ],
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(str(finding))
        if paths:
            summary = f"{len(paths)} file{'s' if len(paths) != 1 else ''} checked: {errors} errors, "
            click.echo(summary + f"{len(findings) - errors} warnings", err=True)
    if errors:
        sys.exit(1)
