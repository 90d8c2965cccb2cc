"""`trialwright formalize FILE...`: the criteria of registry documents become expressions and a draft protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from trialwright.cli.common import catalog_option, emit, json_option


@click.command("formalize")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@catalog_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write a draft protocol per trial here.")
@json_option
def command(files: tuple[Path, ...], catalog: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Make expressions of the eligibility criteria in registry documents; show what was not understood.

    With --out DIR a draft protocol is written per trial, to be checked and edited.  Writing again keeps your edits:
    what was generated stands beside it as NAME.yaml.generated, and only criteria that you did not touch are renewed.
    A document that cannot be read is set aside with its reason, and the exit code is 2.
    """
    from trialwright.catalog.load import load_catalog
    from trialwright.errors import TrialwrightError
    from trialwright.registry.formal.document import formal_document
    from trialwright.registry.formal.draft import draft
    from trialwright.registry.merge import merge_records
    from trialwright.registry.read import read_document

    paths = [
        p for file in files for p in (sorted(q for q in file.iterdir() if q.is_file()) if file.is_dir() else [file])
    ]
    known = load_catalog(*catalog)
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
    documents = [formal_document(record, known) for record in records]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for record, document in zip(records, documents, strict=True):
            for line in (*_write(out, draft(record, known)), _counted(document)):
                click.echo(line, err=True)
    if as_json:
        emit(documents)
    elif out is None:
        click.echo("\n\n".join(_shown(document) for document in documents))
    for reason in refused:
        click.echo(f"set aside: {reason}", err=True)
    if refused:
        sys.exit(2)


def _bytes(path: Path) -> bytes:
    from trialwright.errors import TrialwrightError

    try:
        return path.read_bytes()
    except OSError as error:
        raise TrialwrightError(f"{path} cannot be read ({error.strerror}); name a registry document") from None


def _write(folder: Path, data: dict[str, Any]) -> list[str]:
    from trialwright.catalog.yaml_text import read_yaml
    from trialwright.errors import TrialwrightError
    from trialwright.registry.formal.draft import draft_yaml
    from trialwright.registry.formal.merge import merge_drafts

    target = folder / f"{data['id']}.yaml"
    generated = folder / f"{data['id']}.yaml.generated"
    new = draft_yaml(data)
    if not target.exists():
        target.write_text(new, encoding="utf-8")
        generated.write_text(new, encoding="utf-8")
        return [f"wrote {target}"]
    if not generated.exists():
        raise TrialwrightError(
            f"{target} is there without {generated.name}, so edits cannot be told from what was generated; "
            "write to another folder"
        )
    base, mine = (_protocol(path) for path in (generated, target))
    theirs = read_yaml(target, new).data
    said = [f"wrote {target}"]
    if mine == base:
        target.write_text(new, encoding="utf-8")
    if theirs != base:
        merged = merge_drafts(base, mine, theirs)
        said = [f"{target}: {line}" for line in (*merged.conflicts, *merged.news)] + said
        if mine != base:
            before = _unused(folder / f"{target.name}.before")
            before.write_text(target.read_text(encoding="utf-8"), encoding="utf-8")
            target.write_text(draft_yaml(_plain(merged.protocol)), encoding="utf-8")
            said.append(f"your version, with its comments, is {before}; what the registry says now is {generated}")
    generated.write_text(new, encoding="utf-8")
    return said


def _unused(path: Path) -> Path:
    """The path, or with the first number behind it that is free, so that no earlier version is lost."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def _protocol(path: Path) -> dict[str, Any]:
    from trialwright.catalog.yaml_text import read_yaml
    from trialwright.errors import TrialwrightError

    file = read_yaml(path)
    if not isinstance(file.data, dict) or file.findings:
        said = f" ({file.findings[0]})" if file.findings else ""
        raise TrialwrightError(f"{path} is not a protocol any more{said}; mend it or take it away")
    return file.data


def _plain(value: Any) -> Any:
    """Data read from YAML as YAML can write it: exact decimals become numbers."""
    from decimal import Decimal

    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _shown(document: dict[str, Any]) -> str:
    lines = [str(document["trial"])]
    for criterion in document["criteria"]:
        lines.append(f"  {criterion['id']:<8}{criterion['state']:<12}{' '.join(criterion['text'].split())[:150]}")
        if criterion["expression"]:
            lines.append(f"            {criterion['expression']}")
        lines += [f"            not understood: {words}" for words in criterion["left_over"]]
    lines += [f"  {one['severity']}: {one['where']}: {one['message']}" for one in document["findings"]]
    return "\n".join([*lines, _counted(document)])


def _counted(document: dict[str, Any]) -> str:
    """How much was understood, in one line."""
    c = document["coverage"]
    share = 100 * c["characters_understood"] / c["characters"] if c["characters"] else 0
    return (
        f"  {c['criteria']} criteria: {c['computed']} computed, {c['ask']} asked, {c['mixed']} both, "
        f"{c['unsupported']} not understood; {share:.0f} % of the characters understood"
    )
