"""`trialwright similar TRIAL`: trials like one, with the reason of the likeness."""

from __future__ import annotations

from pathlib import Path

import click

from trialwright.cli.common import catalog_option, emit, json_option


@click.command(name="similar")
@click.argument("trial")
@click.option("--from", "sources", multiple=True, type=click.Path(path_type=Path),
              help="Registry documents or a folder of them, read now.")  # fmt: skip
@click.option("--index", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="The folder of a search index (else that in TRIALWRIGHT_INDEX).")  # fmt: skip
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 200))
@catalog_option
@json_option
def command(
    trial: str, sources: tuple[Path, ...], folder: Path | None, limit: int, catalog: tuple[Path, ...], as_json: bool
) -> None:
    """Trials like TRIAL, a registry number of the index or a document: its page or record."""
    from trialwright.registry.collect import chosen_index, read_all
    from trialwright.registry.index import row_of
    from trialwright.registry.similar import place_of, similar
    from trialwright.registry.words import catalog_names

    names = catalog_names(tuple(str(path) for path in catalog))
    index, aside = chosen_index(sources, folder, names)
    for reason in aside:
        click.echo(f"set aside: {reason}", err=True)
    path = Path(trial)
    if path.is_file():
        records, _ = read_all([path])
        row = row_of(records[0], names)
        own = index.terms.get((records[0].nct_id or "").lower())
        place = place_of(index, records[0].nct_id) if own is not None and records[0].nct_id else None
    else:
        place = place_of(index, trial)
        row = index.row(place)
    found = similar(index, row, names, limit, leave_out=place)
    if as_json:
        emit({
            "trial": {"nct_id": row["nct_id"], "title": row["title"]},
            "similar": [
                {"nct_id": item.trial.row["nct_id"], "title": item.trial.row["title"], "score": item.trial.score,
                 "reasons": item.reasons, "parts": item.parts}
                for item in found
            ],
        })  # fmt: skip
        return
    click.echo(f"like {row['nct_id'] or trial}: {row['title'] or '-'}\n")
    for item in found:
        click.echo(f"{item.trial.score:.2f}  {item.trial.row['nct_id'] or '-'}  {item.trial.row['title'] or '-'}")
        for reason in item.reasons:
            click.echo(f"        {reason}")
    if not found:
        click.echo("no trial of the index is like it")
