"""independent: the calculator of the pages, in headless Chromium, against the Python result."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from trialwright.catalog import load_catalog
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.facts import Record
from trialwright.language.interpret import Interpreter
from trialwright.language.values import Category, Number, Truth
from trialwright.scoring.form import Form, data, form_of
from trialwright.scoring.instrument import gives
from trialwright.scoring.listing import instruments, names
from trialwright.scoring.names import Names
from trialwright.scoring.pages import _asset, page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def dump(address: str) -> str:
    """The page's document after its scripts have run."""
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def results(document: str) -> Any:
    found = re.search(r'<pre id="out">(.*?)</pre>', document, re.S)
    assert found, document[:500]
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


class Entered(Interpreter):
    """The interpreter in which what a form asks for is as it was entered."""

    def __init__(self, form: Form, values: dict[str, Any]) -> None:
        super().__init__(Record({}, {}))
        self.form, self.entries = form, values

    def value(self, node: Any) -> Any:  # type: ignore[override]
        key = self.form.known.get(repr(node))
        return super().value(node) if key is None else self.entry(key)

    def elapsed(self, node: Any) -> Any:
        key = self.form.known.get(repr(node))
        return super().elapsed(node) if key is None else self.entry(key)

    def entry(self, key: str) -> Any:
        kind = next(f.kind for f in self.form.fields if f.key == key)
        value = self.entries[key]
        if kind == "truth":
            return Truth(value)
        if kind == "category":
            return Category((None if value is None else frozenset(value),))
        low, high = value if isinstance(value, list) else (value, value)
        return Number(float("-inf") if low is None else low, float("inf") if high is None else high)


def random_entries(form: Form, rng: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in form.fields:
        if rng.random() < 0.3:
            found[one.key] = None
        elif one.kind == "truth":
            found[one.key] = rng.random() < 0.5
        elif one.kind == "category":
            found[one.key] = [rng.choice(one.choices)]
        else:
            found[one.key] = round(rng.choice([0, 1, 2, 3, 5, 10, 40, 80, 140]) * rng.choice([1, 1, 0.1, 1.5]), 2)
    return found


@cache
def cases() -> list[dict[str, Any]]:
    """Every instrument with random entries, and what the interpreter makes of them."""
    catalog, rng, found = load_catalog(), random.Random(7), []
    for name in names(catalog):
        form = form_of(name, catalog)
        tree = expand(n.Ref(name), Names(catalog), want=gives(name, catalog))
        tries = []
        for _ in range(4):
            entries = random_entries(form, rng)
            value = Entered(form, entries).value(tree)
            if isinstance(value, Truth):
                tries.append({"values": entries, "met": value.state})
            else:
                bounds = [None if abs(b) == float("inf") else b for b in (value.lower, value.upper)]
                tries.append({"values": entries, "bounds": bounds})
        found.append({"form": data(form), "tries": tries})
    return found


SCRIPT = """
const cases = JSON.parse(document.getElementById("cases").textContent);
const numbers = (a, b) => typeof a === "number" && typeof b === "number";
const far = (a, b) => numbers(a, b) ? Math.abs(a - b) > 1e-5 * Math.max(1, Math.abs(a)) : a !== b;
let count = 0; const wrong = [];
for (const c of cases) {
  for (const t of c.tries) {
    const r = TW.evaluate(c.form, t.values, {}); count++;
    const bad = t.bounds ? far(r.lower, t.bounds[0]) || far(r.upper, t.bounds[1]) : r.met !== t.met;
    if (bad) wrong.push([c.form.id, t, [r.lower, r.upper, r.met]]);
  }
}
document.getElementById("out").textContent = JSON.stringify({ count, wrong: wrong.slice(0, 5), total: wrong.length });
"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_the_browser_computes_what_the_interpreter_does(tmp_path: Path) -> None:
    """independent: every instrument, random entries with gaps, one document in headless Chromium."""
    shown = json.dumps(cases(), default=float).replace("</", "<\\/")
    path = tmp_path / "all.html"
    path.write_text(
        '<!doctype html><meta charset="utf-8"><pre id="out"></pre>'
        f'<script type="application/json" id="cases">{shown}</script>'
        f"<script>{_asset('evaluate.js')}</script><script>{SCRIPT}</script>",
        "utf-8",
    )
    found = results(dump(path.as_uri()))
    assert found["count"] == 4 * len(names(load_catalog()))
    assert found["wrong"] == [], found["total"]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_clicking_through_the_examples_gives_the_python_result(tmp_path: Path) -> None:
    """independent: the pages fill their own forms with each worked example; all pages as frames of one document."""
    catalog = load_catalog()
    chosen = [entry for entry in instruments(catalog) if entry["kind"] not in ("definition",)]
    for entry in chosen:
        (tmp_path / f"{entry['id']}.html").write_text(page(entry, catalog), "utf-8")
    frames = "".join(f'<iframe data-id="{e["id"]}" width="390"></iframe>' for e in chosen)
    script = """
const frames = [...document.querySelectorAll("iframe")], found = {}; let left = frames.length;
window.addEventListener("message", (m) => {
  found[m.data.id] = { ...m.data.checked, wide: m.data.wide };
  if (--left === 0) document.getElementById("out").textContent = JSON.stringify(found);
});
for (const f of frames) f.src = f.dataset.id + ".html#check";
"""
    for entry in chosen:
        path = tmp_path / f"{entry['id']}.html"
        report = (
            f'<script>parent.postMessage({{id: "{entry["id"]}", '
            'checked: JSON.parse(document.getElementById("checked").textContent), '
            'wide: document.documentElement.scrollWidth > window.innerWidth}, "*")</script>'
        )
        path.write_text(path.read_text("utf-8").replace("</body>", report + "</body>"), "utf-8")
    all_pages = tmp_path / "frames.html"
    all_pages.write_text(f'<!doctype html><pre id="out"></pre>{frames}<script>{script}</script>', "utf-8")
    found = results(dump(all_pages.as_uri()))
    assert set(found) == {entry["id"] for entry in chosen}
    assert {name: checked["wrong"] for name, checked in found.items() if checked["wrong"]} == {}
    assert sum(checked["examples"] for checked in found.values()) > 150
    assert found["doris_2021"]["why"][1] == "not met because of: 5 mg/day of prednisone equivalent or less"
    assert found["sledai_2k"]["why"][1] == "scored: Arthritis 4, Low complement 2, Raised anti-dsDNA 2"
    assert [name for name, checked in found.items() if checked["wide"]] == [], "wider than a telephone"


def test_a_page_holds_items_weights_rule_sources_traps_and_examples() -> None:
    """snapshot: the parts of a page that a rheumatologist looks for."""
    catalog = load_catalog()
    entry = next(e for e in instruments(catalog) if e["id"] == "sledai_2k")
    text = page(entry, catalog)
    for part in ("SLEDAI-2K", "Gladman DD", "Arthritis", "Example 1", "Calculator", "Rule", "Sources", "Notes"):
        assert part in text, part
    assert "http" not in re.sub(r"<script.*?</script>", "", text, flags=re.S), "a page needs no network"
