"""`trialwright trials [QUERY]`: finds trials by words, synonyms and facets; builds the index it searches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trialwright.cli.common import catalog_option, emit, json_option

if TYPE_CHECKING:
    from trialwright.registry.words import Names


@click.command(name="trials")
@click.argument("query", nargs=-1)
@click.option("--from", "sources", multiple=True, type=click.Path(path_type=Path),
              help="Registry documents or a folder of them, read now.")  # fmt: skip
@click.option("--index", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="The folder of a search index (else that in TRIALWRIGHT_INDEX).")  # fmt: skip
@click.option("--build", is_flag=True, help="Write the index of the documents of --from into the folder of --index.")
@click.option("--condition", multiple=True, help="Only trials in this condition; any of its names will do.")
@click.option("--target", multiple=True, help="Only trials of this target, such as CD19.")
@click.option("--product", multiple=True, help="autologous, allogeneic, in vivo or unstated.")
@click.option("--phase", multiple=True, help="PHASE1, EARLY_PHASE1, NA ...")
@click.option("--status", multiple=True, help="RECRUITING, COMPLETED ...")
@click.option("--country", multiple=True)
@click.option("--people", help="Planned number of people, as 10-30, 10- or -30.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--facets", "with_facets", is_flag=True, help="Count the values of each facet among the trials found.")
@catalog_option
@json_option
def command(
    query: tuple[str, ...],
    sources: tuple[Path, ...],
    folder: Path | None,
    build: bool,
    condition: tuple[str, ...],
    target: tuple[str, ...],
    product: tuple[str, ...],
    phase: tuple[str, ...],
    status: tuple[str, ...],
    country: tuple[str, ...],
    people: str | None,
    limit: int,
    with_facets: bool,
    catalog: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Find trials: words in any order, every name of a condition or drug, misspellings mended."""
    from trialwright.registry.collect import chosen_index
    from trialwright.registry.search import search
    from trialwright.registry.words import catalog_names

    names = catalog_names(tuple(str(path) for path in catalog))
    if build:
        _build(sources, folder, names)
        if not query:
            return
        sources = ()
    index, aside = chosen_index(sources, folder, names)
    for reason in aside:
        click.echo(f"set aside: {reason}", err=True)
    where = {"condition": condition, "target": target, "product": product, "phase": phase, "status": status,
             "country": country}  # fmt: skip
    answer = search(index, " ".join(query), names, where, _people(people), limit, with_facets or as_json)
    if as_json:
        emit({
            "query": answer.query,
            "concepts": answer.concepts,
            "mended": answer.mended,
            "total": answer.total,
            "trials": [{"score": found.score, **_shown(found.row)} for found in answer.trials],
            "facets": answer.facets,
        })  # fmt: skip
        return
    for wrong, right in answer.mended.items():
        click.echo(f"{wrong!r} is in no trial; searched for {right!r}", err=True)
    for found in answer.trials:
        click.echo(_line(found.row))
    click.echo(f"{len(answer.trials)} of {answer.total} trials", err=True)
    if with_facets:
        for name, counts in answer.facets.items():
            shown = ", ".join(f"{names.labels.get(value, value)} {count}" for value, count in list(counts.items())[:8])
            click.echo(f"{name:>10}  {shown}")


def _build(sources: tuple[Path, ...], folder: Path | None, names: Names) -> None:
    import os
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from trialwright.registry.collect import ENVIRONMENT, read_all
    from trialwright.registry.index import build_index, save_index

    place = folder or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if not sources or place is None:
        raise click.UsageError("--build needs --from DOCUMENTS and --index FOLDER.")
    records, aside = read_all(sources)
    for reason in aside:
        click.echo(f"set aside: {reason}", err=True)
    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("indexing", total=len(records))
        index = build_index(records, names, lambda: bar.advance(task))
    save_index(index, place)
    click.echo(f"{index.count} trials and {len(index.words)} words indexed in {place}", err=True)


def _people(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    low, dash, high = text.partition("-")
    if not dash or not (low or high) or not (low + high).isdigit():
        raise click.UsageError(f"--people {text!r} is no range; write it as 10-30, 10- or -30.")
    return (int(low) if low else None), (int(high) if high else None)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in row.items() if key not in ("criteria", "summary", "facets")}
    return shown | {key: row["facets"][key] for key in ("condition", "target", "product", "country")}


def _line(row: Mapping[str, Any]) -> str:
    phases, target = "/".join(row["phases"]), "+".join(row["facets"]["target"])
    return f"{row['nct_id'] or '-':<12} {phases:<13} {row['status'] or '-':<23} {target:<10} {row['title'] or '-'}"
