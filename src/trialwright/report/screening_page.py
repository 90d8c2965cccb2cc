"""The page of a screening: one HTML file that needs nothing else, readable without a script, and printable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import orjson

from trialwright.report.screening_charts import cost_chart, curve_chart, funnel_chart
from trialwright.report.screening_data import Document, Section
from trialwright.report.screening_parts import heads, made_from, people_table, quality, table, taken_for_granted
from trialwright.report.screening_small import text
from trialwright.screening.worklist import KINDS

TASKS = 25
"""Questions that are shown of each trial; the worklist has them all."""


def page(found: Document, command: str) -> str:
    """The whole file."""
    title = f"Screening of {found.persons:,} people for {_trials(len(found.sections))}"
    links = [(f"#{s.id}", s.id) for s in found.sections]
    if len(found.sections) > 1:
        links.append(("#overlap", "Overlap"))
    if found.people is not None:
        links.append(("#people", "People"))
    links += [("#quality", "Data quality"), ("#protocols", "Protocols in English"), ("#made", "How this was made")]
    listed = "".join(f"<li><a href='{escape(to)}'>{escape(word)}</a></li>" for to, word in links)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p class='note'>As of {found.at.isoformat()}. Decision support for research: every verdict needs a clinician."
        " Nothing that is unknown counts as met.</p>",
        _kept_back(found),
        f"<nav aria-label='Contents'><ul>{listed}</ul></nav><main id='main'>",
        *(_section(section, found) for section in found.sections),
        _overlap(found),
        people_table(found),
        taken_for_granted(found),
        quality(found),
        _protocols(found.sections),
        made_from(found, command),
        "</main>",
    ]
    assets = files("trialwright.report")
    style = assets.joinpath("screening.css").read_text(encoding="utf-8")
    script = assets.joinpath("screening.js").read_text(encoding="utf-8")
    data = orjson.dumps(_data(found)).decode().replace("<", "\\u003c")
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"<a class='skip' href='#main'>Skip to the results</a>{''.join(parts)}"
        f"<script type='application/json' id='data'>{data}</script><script>{script}</script></body></html>\n"
    )


def _trials(count: int) -> str:
    return "one trial" if count == 1 else f"{count} trials"


def _kept_back(found: Document) -> str:
    if not found.small.hides:
        return ""
    return (
        f"<p class='note'>Counts below {found.small.least} are kept back, rows of single people are left out, and"
        f" counts along the funnel and the curves are rounded down to a multiple of {found.small.least}.</p>"
    )


def _data(found: Document) -> dict[str, Any]:
    trials = [
        {"id": s.id, "criteria": [[c.id, c.kind, c.label] for c in s.clauses], "patterns": s.patterns}
        for s in found.sections
    ]
    return {"trials": trials, "people": found.people}


def _section(section: Section, found: Document) -> str:
    whole, small = section.funnels[0], found.small
    strict = ", ".join(f"{text(n)} {name}" for name, n in _in_order(small.named(whole.strict)))
    return "".join(
        [
            f"<section aria-labelledby='{escape(section.id)}'><h2 id='{escape(section.id)}'>{escape(section.id)}</h2>",
            f"<p>{escape(section.title)}</p>" if section.title != section.id else "",
            heads(small.named(whole.record)),
            f"<p class='note'>On the record: criteria that only consent, willingness, intent or a later checkpoint can"
            f" decide are left out. Strictly: {strict}.</p>",
            "<h3>Funnel</h3><p class='key'><i class='sure'></i>passed everything so far<i class='open'></i>something"
            " is unknown, nothing excludes so far</p>",
            f"<div class='wide'>{funnel_chart(whole, small)}</div>",
            _criteria(section, found),
            _by_group(section, found),
            _cost(section, found),
            _try(section),
            _curves(section, found),
            _work(section, found),
            "</section>",
        ]
    )


def _in_order(counts: dict[str, int | str]) -> list[tuple[str, int | str]]:
    return [(name, counts[name]) for name in ("eligible", "undetermined", "ineligible")]


def _criteria(section: Section, found: Document) -> str:
    small, whole = found.small, section.funnels[0]
    rows = []
    for clause, step in zip(section.clauses, whole.steps, strict=True):
        states = small.parts([step.met, step.not_met, step.unknown])
        left = small.along(step.left)
        rows.append([clause.id, clause.kind, clause.label, *states, small.count(step.only_reason), left])
    head = ["", "kind", "criterion", "met", "not met", "unknown", "only reason", "left in sequence"]
    note = "Only reason: people whom this criterion alone excludes or holds back on the record."
    inner = table(head, rows, "Criteria", 3) + f"<p class='note'>{note}</p>"
    return f"<details open><summary>The numbers</summary>{inner}</details>"


def _by_group(section: Section, found: Document) -> str:
    kinds = dict.fromkeys(f.by for f in section.funnels[1:])
    parts = []
    for kind in kinds:
        rows = [_group_row(funnel, found) for funnel in section.funnels if funnel.by == kind]
        head = [kind, "people", "eligible", "undetermined", "ineligible", "costliest criteria (only reason)"]
        parts.append(table(head, rows, f"By {kind}", 1))
    return f"<details><summary>By {', '.join(kinds)}</summary>{''.join(parts)}</details>" if parts else ""


def _group_row(funnel: Any, found: Document) -> list[Any]:
    small = found.small
    counts = small.named(funnel.record)
    top = [s for s in sorted(funnel.steps, key=lambda s: -s.only_reason)[:3] if s.only_reason >= max(small.least, 1)]
    told = ", ".join(f"{s.criterion} ({s.only_reason:,})" for s in top)
    values = [counts[name] for name in ("eligible", "undetermined", "ineligible")]
    return [funnel.group, small.count(funnel.persons), *values, told]


def _cost(section: Section, found: Document) -> str:
    cost, small = section.cost, found.small
    rows = [
        [p.first, p.second, small.count(p.together), small.count(p.gained)]
        for p in cost.pairs
        if p.together >= max(small.least, 1)
    ][:10]
    pairs = table(["", "", "blocked by these two only", "more eligible without both"], rows, "Pairs", 2) if rows else ""
    return (
        "<h3>What each criterion costs</h3><p class='note'>Shapley shares of the people who are not eligible: somebody"
        " blocked by three criteria counts a third for each. Exact, no sampling error.</p>"
        "<p class='key'><i class='out'></i>excluded<i class='open'></i>held back, because something is unknown</p>"
        f"<div class='wide'>{cost_chart(cost, small)}</div>"
        + (f"<details><summary>Pairs that only together cost people</summary>{pairs}</details>" if pairs else "")
    )


def _try(section: Section) -> str:
    if section.patterns is None:
        return ""
    boxes = "".join(
        f"<label title='{escape(c.label, quote=True)}'><input type='checkbox' checked value='{j}'>"
        f" {escape(c.id)}</label>"
        for j, c in enumerate(section.clauses)
    )
    return (
        f"<details class='try' id='try-{escape(section.id)}'><summary>Leave criteria out and see</summary>"
        f"<fieldset><legend>Criteria that count</legend>{boxes}</fieldset>"
        "<p><output aria-live='polite'></output> <button type='button'>All again</button></p></details>"
    )


def _curves(section: Section, found: Document) -> str:
    if not section.curves:
        return ""
    moving = [c for c in section.curves if len({*c.eligible}) > 1 or len({*c.undetermined}) > 1]
    figures = "".join(
        f"<figure>{curve_chart(c, found.small)}<figcaption><b>{escape(c.criterion)}</b> {escape(c.text)}</figcaption>"
        "</figure>"
        for c in moving
    )
    still = [c for c in section.curves if c not in moving]
    told = f" Changing nothing in the range tried: {', '.join(_names(still))}." if still else ""
    return (
        "<h3>Thresholds</h3><p class='note key'>People against the value of one threshold, all else as registered;"
        " the dashed line is the registered value.<i class='sure'></i>eligible<i class='open'></i>eligible or"
        f" undetermined.{escape(told)}</p><div class='curves'>{figures}</div>"
    )


def _names(curves: Iterable[Any]) -> list[str]:
    return [f"{c.criterion} ({c.operator} {c.registered:g})" for c in curves]


def _work(section: Section, found: Document) -> str:
    work, small = section.work, found.small
    rows = [
        [t.text, KINDS[t.kind], small.count(t.people), small.count(t.decides_alone), " ".join(t.criteria)]
        for t in work.tasks[:TASKS]
        if t.people >= small.least
    ]
    head = ["question", "how", "people", "the only one left for", "criteria"]
    more = len(work.tasks) - len(rows)
    return (
        "<h3>What to ask next</h3>"
        f"<p>{text(small.count(work.undetermined))} people are undetermined; for {text(small.count(work.only_people))}"
        " of them only questions to people remain.</p>"
        + (
            table(head, rows, "The fewest questions that would decide, by how many they decide alone", 1)
            if rows
            else ""
        )
        + (f"<p class='note'>{more} more questions are in worklist.csv.</p>" if more > 0 and not small.hides else "")
    )


def _overlap(found: Document) -> str:
    if len(found.sections) < 2:
        return ""
    small = found.small
    rows = [
        [
            o["trial"],
            o["other"],
            small.count(o["candidates"]),
            small.count(o["shared"]),
            small.count(o["eligible_in_both"]),
        ]
        for o in found.overlap
    ]
    head = ["of the candidates of", "also fit", "candidates", "fit both", "eligible for both"]
    caption = "Candidates are people who are eligible or undetermined on the record"
    return f"<h2 id='overlap'>Overlap between the trials</h2>{table(head, rows, caption, 2)}"


def _protocols(sections: Sequence[Section]) -> str:
    parts = ["<h2 id='protocols'>The protocols in plain English</h2>"]
    for section in sections:
        clauses = "".join(
            f"<div class='clause'><h4>{escape(c.id)} {escape(c.label)}</h4><p>{escape(c.english)}</p></div>"
            for c in section.clauses
        )
        parts.append(f"<details><summary>{escape(section.id)}: {escape(section.title)}</summary>{clauses}</details>")
    return "".join(parts)
