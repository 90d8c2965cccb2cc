"""Drafts of the four trials, screened on the synthetic cohort, against the protocols written by hand.

`python -m bench.agreement --page docs/formalize-agreement.md` (or `make docs-formalize`) writes the page of the docs;
without `--page` the figures are printed.  Each difference needs a reason in agreement.yaml; one without it is an error.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.formalize import PAGES, SHARED, compare_protocol
from trialwright.catalog import load_catalog
from trialwright.population.load import load
from trialwright.population.synthetic import AT, write_cohort
from trialwright.registry.formal.document import coverage
from trialwright.registry.formal.draft import draft, draft_yaml
from trialwright.registry.formal.formalize import formalize
from trialwright.registry.read import read_documents
from trialwright.report.agreement import HOW, agreement_table, changes, differing, percent, same
from trialwright.screening.agreement import QUESTIONS, Agreement, compare

COHORTS = (
    ("mixed", {"people": 3000, "seed": 1, "lupus": 0.30, "ssc": 0.10}),
    ("half with lupus", {"people": 3000, "seed": 2, "lupus": 0.50, "ssc": 0.25}),
)
"""The cohort of `trialwright demo`, and one in which more people come near to being eligible."""
REASONS = Path(__file__).with_name("agreement.yaml")
HEAD = Path(__file__).with_name("agreement.md")
"""What the page says ahead of the figures."""


@dataclass(frozen=True)
class Held:
    """One trial: what `formalize` made of its page, and how it does against the protocol written by hand."""

    trial: str
    coverage: dict[str, int]
    clauses: int
    equal: int
    missed: list[str]
    found: dict[str, Agreement]


def held(people: int | None = None) -> list[Held] | None:
    """Every trial; None where ../shared is absent."""
    folder = SHARED / "registry" / "pages"
    if not folder.is_dir():
        return None
    catalog = load_catalog()
    with tempfile.TemporaryDirectory(prefix="trialwright-") as place:
        stores = {name: _store(Path(place) / f"c{i}", options, people) for i, (name, options) in enumerate(COHORTS)}
        result = []
        for id, pages in PAGES.items():
            record = read_documents([(page, (folder / page).read_bytes()) for page in pages])[0]
            file = Path(place) / f"{id}.yaml"
            file.write_text(draft_yaml({**draft(record, catalog), "id": f"{id}-draft"}), encoding="utf-8")
            formal = formalize(record, catalog)
            clauses, equal, missed = compare_protocol(id, formal, catalog, 400)
            found = {name: compare(id, file, store, at=AT) for name, store in stores.items()}
            result.append(Held(id, coverage(formal), clauses, equal, missed, found))
    return result


def _store(folder: Path, options: dict[str, Any], people: int | None) -> Path:
    folder.mkdir()
    cohort = write_cohort(folder / "cohort", form="fhir", at=AT, **{**options, "people": people or options["people"]})
    load([cohort], folder / "population.duckdb", replace=True)
    return folder / "population.duckdb"


def main() -> dict[str, Any] | None:
    """Shares of people with the same verdict, by trial, cohort and treatment of the questions."""
    trials = held()
    if trials is None:
        return None
    return {
        one.trial: {
            "clauses": one.clauses,
            "equal": one.equal,
            "same_verdict": {
                name: {how: round(found.share(how), 4) for how in QUESTIONS} for name, found in one.found.items()
            },
            "criteria_that_differ": sorted({item.id for found in one.found.values() for item in differing(found)}),
        }
        for one in trials
    }


def page(trials: list[Held], reasons: dict[str, dict[str, str]]) -> str:
    """The page of the docs.  Raises SystemExit naming a difference without a reason."""
    lines = [HEAD.read_text(encoding="utf-8").rstrip(), ""]
    for name, options in COHORTS:
        size = f"{options['people']:,} people, seed {options['seed']}, as of {AT}"
        lines.append(f"- cohort *{name}*: {size}; {options['lupus']:.0%} with lupus, {options['ssc']:.0%} with SSc")
    lines += ["", *_overview(trials)]
    for one in trials:
        lines += ["", f"## {one.trial}", *_trial(one, reasons.get(one.trial) or {})]
    return "\n".join(lines) + "\n"


def _overview(trials: list[Held]) -> list[str]:
    head = [f"{name}, {how}" for name, _ in COHORTS for how in ("open", "in")]
    rows = [f"| trial | {' | '.join(head)} | clauses of equal meaning |", "|---|" + "---:|" * (len(head) + 1)]
    for one in trials:
        cells = [percent(one.found[name].share(how)) for name, _ in COHORTS for how in QUESTIONS[:2]]
        rows.append(f"| {one.trial} | {' | '.join(cells)} | {one.equal} of {one.clauses} |")
    rows += ["", f"*open*: {HOW['open']}; *in*: {HOW['in']}. The share is of people with the same verdict."]
    return rows


def _trial(one: Held, reasons: dict[str, str]) -> list[str]:
    c = one.coverage
    lines = [
        "",
        f"Draft: {c['criteria']} criteria, {c['computed']} computed, {c['ask']} asked, {c['mixed']} both, "
        f"{c['unsupported']} not understood.",
    ]
    for name, found in one.found.items():
        for how in QUESTIONS[:2]:
            lines += ["", f"Cohort *{name}*, {HOW[how]}: {same(found, how)}.", "", *agreement_table(found, how)]
    differ = {item.id: item for found in one.found.values() for item in differing(found)}
    lines += ["", f"{len(found.items) - len(differ)} of {len(found.items)} criteria have the same state for everybody."]
    for id in differ:
        said = [
            f"{name}: {text}" for name, f in one.found.items() for i in f.items if i.id == id for text in changes(i)
        ]
        lines += ["", f"- **{id}** ({'; '.join(said)}): {_reason(one.trial, id, reasons)}"]
    if one.missed:
        lines += ["", f"Clauses without a counterpart of equal meaning for every random person: {len(one.missed)}.", ""]
        lines += [f"- **{id}**: {_reason(one.trial, id, reasons)}" for id in one.missed]
    return lines


def _reason(trial: str, id: str, reasons: dict[str, str]) -> str:
    if id not in reasons:
        raise SystemExit(f"{trial} {id} differs and {REASONS.name} gives no reason; look at it and write one")
    return reasons[id]


def write(file: Path) -> None:
    """Build the page.  Raises SystemExit where ../shared is absent or a reason is missing."""
    trials = held()
    if trials is None:
        raise SystemExit(f"the pages of the four trials are not in {SHARED}; the page stays as it is")
    reasons = yaml.safe_load(REASONS.read_text(encoding="utf-8")) or {}
    file.write_text(page(trials, reasons), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="write the page of the docs here")
    asked = parser.parse_args()
    if asked.page:
        write(asked.page)
    else:
        print(json.dumps(main(), indent=2))
