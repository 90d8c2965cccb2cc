"""The parts of the page that are about people, data and how it was made, and the one way tables are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from trialwright.report.screening_data import Document
from trialwright.report.screening_people import FACTS, MOST
from trialwright.report.screening_small import text

NOTES = {
    "absence": "nothing is recorded, in a domain that the source observes, and that is read as no",
    "ever": "“history of” is read as “none recorded since observation began”",
    "default_range": "the record has no limit of normal; the catalog's stands in",
    "projected": "consent and enrollment are taken to be the screening date",
}


def table(head: Sequence[str], rows: Sequence[Sequence[Any]], caption: str, words: int) -> str:
    """A table whose first `words` columns are text and whose further ones are counts where they are numbers."""
    heads = "".join(f"<th scope='col'{_n(i >= words)}>{escape(h)}</th>" for i, h in enumerate(head))
    body = []
    for row in rows:
        cells = [f"<th scope='row'>{escape(str(row[0]))}</th>"]
        cells += [
            f"<td{_n(isinstance(v, int | float) or str(v).startswith(('<', 'kept ')))}>{escape(text(v))}</td>"
            for v in row[1:]
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<div class='wide'><table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _n(number: bool) -> str:
    return " class='n'" if number else ""


def heads(counts: Mapping[str, Any]) -> str:
    """The headline numbers of a trial."""
    return (
        "<div class='heads'>"
        + "".join(
            f"<div class='head {name}'><b>{escape(text(counts[name]))}</b>{name}</div>"
            for name in ("eligible", "undetermined", "ineligible")
        )
        + "</div>"
    )


def people_table(found: Document) -> str:
    """The searchable table; its rows are written by the script from the data of the page."""
    if found.people is None:
        return ""
    shown = len(found.people["ids"])
    rule = (
        "Everybody who was screened is in this table."
        if found.people["everybody"]
        else f"{shown:,} of {found.persons:,} people are in this table: those who are eligible or undetermined for some"
        f" trial, the eligible first, then those with fewest open questions, at most {MOST:,}."
        " The others are in verdicts.parquet."
    )
    facts = (
        f" Facts (up to {FACTS} per criterion, newest first) are shown for the first"
        f" {found.people['with_evidence']:,} of them; `trialwright why PERSON PROTOCOL` shows them for anybody."
    )
    options = {
        "trial": "",
        "verdict": "<option value=''>any</option><option value='1'>eligible</option><option value='2'>undetermined"
        "</option><option value='0'>ineligible</option>",
        "criterion": "",
        "state": "<option value=''>any state</option><option>met</option><option>not met</option>"
        "<option>unknown</option>",
        "size": "<option>25</option><option>100</option><option>500</option>",
    }
    words = {"trial": "Trial", "verdict": "Verdict", "criterion": "Criterion", "state": "is", "size": "Rows"}
    selects = "".join(
        f"<div><label for='people-{name}'>{words[name]}</label><select id='people-{name}'>{inner}</select></div>"
        for name, inner in options.items()
    )
    columns = "".join(f"<th scope='col'>{escape(s.id)}</th>" for s in found.sections)
    return (
        f"<h2 id='people'>People</h2><p class='note'>{rule}{facts} Choose an id to see every criterion.</p>"
        "<form class='filters' onsubmit='return false'><div><label for='people-find'>Find an id</label>"
        f"<input id='people-find' type='search' autocomplete='off'></div>{selects}</form>"
        "<p id='people-status' role='status' aria-live='polite'></p>"
        "<div class='wide'><table><caption>People by id</caption><thead><tr><th scope='col'>id</th>"
        f"{columns}<th scope='col'>needs, for the chosen trial</th></tr></thead>"
        "<tbody id='people-rows'></tbody></table></div>"
        "<p class='pages'><button type='button' id='people-back'>Back</button>"
        " <button type='button' id='people-on'>Next</button></p>"
        "<noscript><p>The table of people needs JavaScript; verdicts.parquet and worklist.csv hold the same.</p>"
        "</noscript>"
    )


def taken_for_granted(found: Document) -> str:
    """What the verdicts of the eligible rest on that nobody wrote down."""
    rows = [
        [trial, criterion, NOTES.get(note, note), found.small.count(people)]
        for trial, criterion, note, people in found.absence
    ]
    told = "<p>No verdict “eligible” rests on absence, a default or a projection.</p>"
    caption = "Of the people who are eligible on the record"
    return "<h2 id='absence'>What rests on absence</h2>" + (
        table(["trial", "criterion", "what is taken for granted", "people"], rows, caption, 3) if rows else told
    )


def quality(found: Document) -> str:
    """What became of the records of the load."""
    load, small = found.load, found.small
    rows = [[name.replace("_", " "), load[name]] for name in ("read", "kept", "unmapped", "set_aside")]
    aside = [[r["reason"], small.count(r["count"])] for r in load["set_aside_by_reason"]]
    codes = [
        [f"{c['system'] or ''} {c['code'] or ''}", c["text"] or "", small.count(c["count"])]
        for c in load["unmapped_codes"][:20]
    ]
    notes = [[n["kind"], n["detail"] or "", small.count(n["count"])] for n in load["notes"][:20]]
    observed = (
        f"Observed domains: {', '.join(found.observed)}. What is not recorded there is read as no."
        if found.observed
        else "No domain is declared as observed: what is not recorded is read as unknown."
    )
    return "".join(
        [
            "<h2 id='quality'>Data quality of the load</h2>",
            f"<p>{escape(observed)}</p>",
            table(["records", "count"], rows, "Every record that was read", 1),
            table(["set aside because", "records"], aside, "Set aside", 1) if aside else "",
            table(["code", "text", "records"], codes, "Codes that mean no concept, most frequent first", 2)
            if codes
            else "",
            table(["kept, but look at", "detail", "records"], notes, "Notes", 2) if notes else "",
        ]
    )


def made_from(found: Document, command: str) -> str:
    """How to make this page again, and how to know that it is the same."""
    rows = [
        ["version", f"Trialwright {found.version}"],
        ["screening date", found.at.isoformat()],
        ["written", found.written.isoformat()],
        ["population", found.population],
        ["fingerprint of the population", found.fingerprint],
        ["extracted", found.extracted],
        *([f"criteria of {s.id}, SHA-256", s.digest] for s in found.sections),
        *([["command", command]] if command else []),
    ]
    return "<h2 id='made'>How this was made</h2>" + table(["", ""], rows, "The same inputs give the same numbers", 2)
