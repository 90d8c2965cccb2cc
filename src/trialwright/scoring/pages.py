"""A page per instrument: items, weights, the rule in English, sources, traps, worked examples and a calculator.

Each page is one HTML file that works without a network: the expression of the instrument is in it as data
(`form.py`), and `evaluate.js` computes it as the interpreter does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from trialwright.catalog import Catalog
from trialwright.catalog.expressions import read_expression
from trialwright.language.describe import describe
from trialwright.language.interpret import Interpreter
from trialwright.scoring.examples import run_example
from trialwright.scoring.form import Field, Form, data, entered, form_of
from trialwright.scoring.given import record_of
from trialwright.scoring.instrument import asks_of, split
from trialwright.scoring.listing import instruments

KINDS = {
    "activity": "Activity",
    "classification": "Classification",
    "response": "Response",
    "function": "Function",
    "pathology": "Biopsy",
    "toxicity": "Toxicity",
    "grade": "Grades",
    "formula": "Formulas",
    "definition": "Definitions",
}
NOTE = "Decision support for research; not a medical device. Nothing that is entered leaves this page."


def write_pages(catalog: Catalog, folder: Path) -> list[Path]:
    """Writes one page per instrument and an index; gives the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = instruments(catalog)
    written = []
    for entry in entries:
        path = folder / f"{entry['id']}.html"
        path.write_text(page(entry, catalog), "utf-8")
        written.append(path)
    path = folder / "index.html"
    path.write_text(index(entries), "utf-8")
    return [*written, path]


def index(entries: list[dict[str, Any]]) -> str:
    """The list of all pages by kind."""
    blocks = []
    for kind, title in KINDS.items():
        links = [
            f'<a href="{e["id"]}.html">{escape(e["label"])} <span class="unit">{escape(e["version"])}</span></a>'
            for e in entries
            if e["kind"] == kind
        ]
        if links:
            blocks.append(f'<h2>{title}</h2><div class="kinds">{"".join(links)}</div>')
    return _html("Instruments", f"<h1>Instruments</h1>{''.join(blocks)}<footer>{NOTE}</footer>", "")


def page(entry: Mapping[str, Any], catalog: Catalog) -> str:
    """The page of one instrument."""
    form = form_of(entry["id"], catalog)
    examples = worked(form, catalog)
    behind = _fields(form) if form.fields else ""
    shown = "" if entry["kind"] in ("activity", "classification", "pathology") else " open"
    if behind and entry["items"] and entry["kind"] not in ("formula", "definition"):
        behind = f'<details id="behind"{shown}><summary>Values behind the items</summary>{behind}</details>'
    body = f"""
<p><a href="index.html">Instruments</a></p>
<h1>{escape(entry["label"])}</h1>
<p class="sub">{_version(entry)}<code>{entry["id"]}</code></p>
<h2>Calculator</h2>
<div id="calculator" class="{entry["kind"]}">
<div class="result"><div id="score"></div><div id="parts"></div><div id="why"></div></div>
{_buttons(entry["id"], catalog)}
{_items(entry, catalog)}
{behind}
<p><button id="clear" type="button">Clear</button></p>
</div>
<h2>Rule</h2>
{_rule(entry, catalog)}
{_list("Notes", entry["notes"])}
{_list("Traps", entry["traps"])}
{_list("Parameters", [f"{name}: {value}" for name, value in entry["parameters"].items()])}
{_list("Sources", [*entry["citation"], *([entry["licence"]] if entry["licence"] else [])])}
{_worked(entry["id"], catalog)}
<footer>{NOTE}<pre id="checked"></pre></footer>"""
    unit = (entry.get("unit") or "").replace("{1.73_m2}", "1.73 m²")
    shaped = data(form) | {"unit": "" if unit.startswith("{") else unit}
    scripts = (
        f'<script type="application/json" id="form-data">{_json(shaped)}</script>'
        f'<script type="application/json" id="example-data">{_json(examples)}</script>'
        f"<script>{_asset('evaluate.js')}</script><script>{_asset('page.js')}</script>"
    )
    return _html(entry["label"], body, scripts)


def worked(form: Form, catalog: Catalog) -> list[dict[str, Any]]:
    """Each worked example as entries of the form, with the result that Python gives."""
    found = []
    model = catalog.instruments.get(form.id)
    for example in _examples(form.id, catalog):
        said, facts = split(example.given, model, catalog)
        asked = asks_of(form.id, facts, model, catalog)
        values = entered(form, Interpreter(record_of(facts, catalog, asks=asked)))
        hand = {name: v if v is None or isinstance(v, bool) else float(v) for name, v in said.items()}
        outcome = run_example(form.id, example, catalog)
        result = {k: getattr(outcome, k) for k in ("score", "lower", "upper", "grade", "met")}
        found.append({"values": values, "hand": hand, "result": result})
    return found


def _examples(name: str, catalog: Catalog) -> Any:
    for shelf in (catalog.instruments, catalog.grades, catalog.definition_models):
        if name in shelf:
            return [example for example in shelf[name].examples if not example.parameters]
    return []


@cache
def _asset(name: str) -> str:
    return files("trialwright.scoring").joinpath(name).read_text("utf-8")


def _json(value: Any) -> str:
    def plain(item: Any) -> float:
        if isinstance(item, Decimal):
            return float(item)
        raise TypeError(type(item).__name__)

    return json.dumps(value, default=plain, ensure_ascii=False).replace("</", "<\\/")


def _html(title: str, body: str, scripts: str) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    head = f"<head>{head}<style>{_asset('page.css')}</style></head>"
    return f'<!doctype html><html lang="en">{head}<body>{body}{scripts}</body></html>\n'


def _version(entry: Mapping[str, Any]) -> str:
    return (f"{escape(entry['version'])} · " if entry["version"] else "") + _range(entry)


def _range(entry: Mapping[str, Any]) -> str:
    return f"{entry['range'][0]:g} to {entry['range'][1]:g} · " if entry["range"] else ""


def _list(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _english(text: str, catalog: Catalog, parameters: Mapping[str, str]) -> str:
    try:
        return describe(read_expression(text), catalog)
    except Exception:  # a parameter has no English of its own: the text of the language stands
        return " ".join(text.split())


def _items(entry: Mapping[str, Any], catalog: Catalog) -> str:
    if entry["kind"] in ("formula", "definition"):
        return ""
    graded = entry["kind"] == "grade"
    model = catalog.instruments.get(entry["id"])
    weights = {item.id: item.weight for item in model.items} if model else {}
    rows = []
    for item in entry["items"]:
        if graded:
            control = '<span class="state"></span>'
        elif item["range"]:
            low, high = item["range"]
            step = "1" if model and all(i.whole for i in model.items) else "any"
            weight = weights.get(item["id"], 1)
            limits = f'type="number" min="{low:g}" max="{high:g}" step="{step}"'
            control = f'<input {limits} data-item="{item["id"]}" data-weight="{weight}">'
        else:
            options = "".join(f"<option>{word}</option>" for word in ("yes", "no", "unknown"))
            control = f'<select data-item="{item["id"]}"><option value="">from values</option>{options}</select>'
        label = f"Grade {item['points']}: {item['label']}" if graded else item["label"]
        points = "" if graded else (item["points"] if len(item["points"]) < 8 else "")
        adds = "" if graded else '<td class="adds"></td>'
        rows.append(
            f'<tr id="item-{item["id"]}"><td><label>{escape(label)}</label>'
            f'<div class="why"></div></td>'
            f'<td class="points">{escape(points)}</td><td class="state-cell">{control}</td>{adds}</tr>'
        )
    heads = "" if graded else "<th>Item</th><th class='points'>Points</th><th></th><th class='adds'>Adds</th>"
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def _fields(form: Form) -> str:
    """What is entered; items of other instruments apart, where their totals can be entered instead."""
    outer = _rows([field for field in form.fields if not field.inner])
    inner = [field for field in form.fields if field.inner]
    if not inner or not outer:
        return outer or _rows(inner)
    return f"{outer}<details><summary>Items of the instruments that this one rests on</summary>{_rows(inner)}</details>"


def _rows(fields: Sequence[Field]) -> str:
    rows = []
    for field in fields:
        key = f"field-{field.key}"
        if field.kind == "number":
            control = f'<input id="{key}" inputmode="decimal"> <span class="unit">{escape(field.unit)}</span>'
        else:
            words = ("yes", "no") if field.kind == "truth" else field.choices
            options = "".join(f"<option>{escape(word)}</option>" for word in words)
            control = f'<select id="{key}"><option value="">unknown</option>{options}</select>'
        rows.append(f'<tr><td><label for="{key}">{escape(field.label)}</label></td><td>{control}</td></tr>')
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _rule(entry: Mapping[str, Any], catalog: Catalog) -> str:
    if entry["kind"] in ("formula", "definition"):
        body = catalog.definition_models[entry["id"]].body
        english = escape(_english(body, catalog, entry["parameters"]))
        return f'<p class="rule">{english}</p><p><code>{escape(" ".join(body.split()))}</code></p>'
    rows = []
    for item in entry["items"]:
        english = _english(item["when"], catalog, entry["parameters"])
        title = escape(item["label"])
        rows.append(f'<details><summary>{title}</summary><p class="rule">{escape(english)}</p></details>')
    model = catalog.instruments.get(entry["id"])
    for name in ("entry", "classification"):
        if model is not None and (text := getattr(model, name)):
            english = escape(_english(text, catalog, entry["parameters"]))
            rows.append(f'<p><b>{name.title()}</b></p><p class="rule">{english}</p>')
    return "".join(rows)


def _buttons(name: str, catalog: Catalog) -> str:
    found = _examples(name, catalog)
    if not found:
        return ""
    buttons = "".join(f'<button type="button" data-example="{i}">Example {i + 1}</button> ' for i in range(len(found)))
    return f"<p>{buttons}</p>"


def _worked(name: str, catalog: Catalog) -> str:
    rows = []
    for number, example in enumerate(_examples(name, catalog)):
        outcome = run_example(name, example, catalog)
        given = _json({k: v for k, v in example.given.items() if v is not False}) if example.given else "nothing"
        rows.append(
            f"<tr><td>{number + 1}</td><td><code>{escape(given)}</code></td><td>{escape(outcome.reason)}</td>"
            f'<td class="unit">{escape(" ".join(p for p in (example.source, example.note) if p))}</td></tr>'
        )
    if not rows:
        return ""
    head = "<tr><th></th><th>Given (what is false left out)</th><th>Result</th><th>Source</th></tr>"
    return f"<h2>Worked examples</h2><table>{head}{''.join(rows)}</table>"
