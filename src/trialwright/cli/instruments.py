"""`trialwright instruments`: what can be scored, and a page with a calculator for each."""

from pathlib import Path

import click

from trialwright.cli.common import catalog_option, emit, json_option


@click.command(name="instruments")
@click.option("--pages", type=click.Path(path_type=Path, file_okay=False), help="Write one HTML page per instrument.")
@catalog_option
@json_option
def command(pages: Path | None, catalog: tuple[Path, ...], as_json: bool) -> None:
    """List instruments, grades and formulas with their items; or write a page for each.

    A page holds items, weights, the rule in English, traps, sources, worked examples and an offline calculator.
    """
    from trialwright.catalog import load_catalog
    from trialwright.scoring.listing import instruments

    found = load_catalog(*catalog)
    if pages is not None:
        from trialwright.scoring.pages import write_pages

        written = write_pages(found, pages)
        click.echo(f"wrote {len(written)} pages to {pages}; open {pages / 'index.html'}", err=True)
        if not as_json:
            return
    entries = instruments(found)
    if as_json:
        emit(entries)
        return
    kind = ""
    for entry in sorted(entries, key=lambda e: e["kind"]):
        if entry["kind"] != kind:
            kind = entry["kind"]
            click.echo(f"\n{kind}")
        click.echo(f"  {entry['id']:34} {entry['label']}")
