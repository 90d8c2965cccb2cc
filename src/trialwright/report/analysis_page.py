"""The page of an analysis: one HTML file that needs nothing else and no script, for screens, phones and paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from trialwright.analysis.tables.table import Line, Table
from trialwright.report.analysis_figures import Figure
from trialwright.report.screening_parts import table as facts_table


@dataclass(frozen=True)
class Document:
    """Everything that the page shows; `heads` are (number, what it counts), `made` how the page was made."""

    title: str
    note: str
    heads: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    figures: Sequence[Figure]
    listings: Sequence[Table]
    made: Sequence[tuple[str, str]]


def page(found: Document) -> str:
    """The whole file."""
    main = [t for t in found.tables if not t.supplement]
    more = [t for t in found.tables if t.supplement]
    links = [(f"#{t.id}", t.title) for t in main]
    links += [("#figures", "Figures"), ("#more", "Further tables"), ("#listings", "Listings")]
    links.append(("#made", "How this was made"))
    listed = "".join(f"<li><a href='{escape(to)}'>{escape(word)}</a></li>" for to, word in links)
    heads = "".join(
        f"<div class='head plain'><b>{escape(count)}</b>{escape(words)}</div>" for count, words in found.heads
    )
    parts = [
        f"<h1>{escape(found.title)}</h1><p class='note'>{escape(found.note)}</p>",
        f"<div class='heads'>{heads}</div>" if heads else "",
        f"<nav aria-label='Contents'><ul>{listed}</ul></nav><main id='main'>",
        *(_section(table) for table in main),
        "<h2 id='figures'>Figures</h2>",
        "<p class='note'>Participants are named without the beginning that all their ids share.</p>"
        if found.figures
        else "<p>There is nothing to draw.</p>",
        *(_figure(one) for one in found.figures),
        "<h2 id='more'>Further tables</h2>",
        *(
            f"<details id='{escape(one.id)}'><summary>Table {escape(one.number)} {escape(one.title)}</summary>"
            f"{table(one)}</details>"
            for one in more
        ),
        "" if more else "<p>There are none.</p>",
        "<h2 id='listings'>Listings</h2>",
        *(
            f"<details><summary>Listing {escape(one.number)} {escape(one.title)}: {len(one.lines)} rows</summary>"
            f"{table(one)}</details>"
            for one in found.listings
        ),
        "<h2 id='made'>How this was made</h2>",
        facts_table(["", ""], [list(row) for row in found.made], "The same inputs give the same numbers", 2),
        "</main>",
    ]
    assets = files("trialwright.report")
    style = "".join(assets.joinpath(name).read_text(encoding="utf-8") for name in ("screening.css", "analysis.css"))
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(found.title)}</title><style>{style}</style></head><body>"
        f"<a class='skip' href='#main'>Skip to the results</a>{''.join(parts)}</body></html>\n"
    )


def _section(one: Table) -> str:
    name = escape(one.id)
    return (
        f"<section aria-labelledby='{name}'><h2 id='{name}'>Table {escape(one.number)} {escape(one.title)}</h2>"
        f"{table(one)}</section>"
    )


def _figure(one: Figure) -> str:
    name = escape(one.id)
    return (
        f"<figure id='{name}' aria-labelledby='{name}-title'><figcaption id='{name}-title'><h3>Figure"
        f" {escape(one.number)} {escape(one.title)}</h3></figcaption>{one.chart}"
        f"<details><summary>The data of this figure</summary>{table(one.data)}</details></figure>"
    )


def table(one: Table) -> str:
    """A table with scopes for those who hear it; each cell names the rows of the results that it shows."""
    heads = "".join(
        f"<th scope='col'{'' if i < one.words else _N}>{escape(column)}</th>" for i, column in enumerate(one.columns)
    )
    body = "".join(_line(line, one) for line in one.lines)
    notes = "".join(f"<li>{f'<sup>{escape(m)}</sup> ' if m else ''}{escape(text)}</li>" for m, text in one.notes)
    return (
        "<div class='wide' tabindex='0' role='region' aria-label='table, scrolls sideways'>"
        f"<table class='cells'><caption>{escape(one.caption or one.title)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>" + (f"<ul class='notes'>{notes}</ul>" if notes else "")
    )


_N = " class='n'"


def _line(line: Line, one: Table) -> str:
    depth = f" class='d{min(line.depth, 5)}'" if line.depth else ""
    if not line.cells:
        span = f"scope='rowgroup' colspan='{len(one.columns)}'"
        return f"<tr class='heading'><th {span}{depth}>{escape(line.label)}</th></tr>"
    cells = []
    for i, cell in enumerate(line.cells, 1):
        marks = f"<sup>{escape(' '.join(cell.marks))}</sup>" if cell.marks else ""
        rows = f" data-rows='{' '.join(map(str, cell.rows))}'" if cell.rows else ""
        words = " class='w'" if i < one.words else ""
        text = (
            escape(cell.text).replace(" %", "&nbsp;%").replace(" to ", "&nbsp;to&nbsp;")
            if not words
            else escape(cell.text)
        )
        cells.append(f"<td{words}{rows}>{text}{marks}</td>")
    top = " class='top'" if not line.depth and any(other.depth for other in one.lines) else ""
    return f"<tr{top}><th scope='row'{depth}>{escape(line.label)}</th>{''.join(cells)}</tr>"


def heads_of(results: Sequence[Mapping[str, object]], wanted: Sequence[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Headline counts of everybody: (estimand, level, words), where the results have them."""
    made = []
    for estimand, level, words in wanted:
        for row in results:
            same = row["estimand"] == estimand and (row["level"] or "") == level and row["statistic"] == "count"
            if same and row["group"] in ("all", "total", "", None) and row["value"] is not None:
                of = f" of {row['n']}" if row["n"] is not None else ""
                made.append((f"{row['value']:g}{of}", words))
                break
    return made
