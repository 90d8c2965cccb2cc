"""reference: the engine says of every instrument what the interpreter says, over the people of the worked examples."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.query.compare import compared
from tests.query.store import Known, resolved, write_store

from trialwright.catalog import Catalog, load_catalog
from trialwright.language import nodes as n
from trialwright.language.expand import expand
from trialwright.language.facts import Record, day_number
from trialwright.query.engines import duckdb_engine
from trialwright.scoring.examples import examples_of
from trialwright.scoring.given import record_of
from trialwright.scoring.instrument import asks_of, gives, split
from trialwright.scoring.listing import names

TODAY = dt.date(2020, 1, 1)
PERIOD = (day_number(dt.date(2000, 1, 1)), day_number(TODAY) + 40)


SHORT = ("sledai_2k", "doris_2021", "ctcae_5_alt_increased", "icaht_early")


def criteria(catalog: Catalog, chosen: Sequence[str]) -> list[n.Expression]:
    """Every instrument, grade and definition as a truth: numbers against a limit inside of their range."""
    found: list[n.Expression] = []
    for name in chosen:
        tree = expand(n.Ref(name), catalog, want=gives(name, catalog))
        if gives(name, catalog) == "truth":
            found.append(tree)
            continue
        model = catalog.instruments.get(name)
        limit = n.Quantity(model.range[1] // 3 if model and model.range else Decimal(2))
        found.append(n.Compare(tree, ">=", limit))
        if model is not None and model.classification:
            found.append(expand(n.Ref(f"{name}.met"), catalog))
    return found


def people(catalog: Catalog, of: Collection[str], count: int) -> dict[str, Record]:
    """Somebody for each of a sample of worked examples, and a few who mix the facts of several."""
    rng, found, given = random.Random(5), {}, []
    for name, number, example in examples_of(catalog):
        model = catalog.instruments.get(name)
        _, facts = split(example.given, model, catalog)
        if facts and name in of:
            given.append((f"{name}-{number}", name, facts))
    for key, name, facts in rng.sample(given, min(count, len(given))):
        model = catalog.instruments.get(name)
        asked = asks_of(name, facts, model, catalog)
        found[key] = observed(record_of(facts, catalog, TODAY, asked))
    for i in range(count // 3):
        mixed: dict[str, Any] = {"anchors": {"infusion": -20}}
        for _, _, facts in rng.sample(given, min(12, len(given))):
            mixed |= {k: v for k, v in facts.items() if k == "age" or catalog.concept(k.partition(" at ")[0])}
        counts = [{"value": rng.choice([0.05, 0.3, 0.5, 1.2, 3]), "day": d} for d in rng.sample(range(-20, 1), 8)]
        found[f"mixed-{i}"] = observed(record_of(mixed | {"neutrophils": counts}, catalog, TODAY))
    return found


def observed(record: Record) -> Record:
    domains = dict.fromkeys(("condition", "drug", "procedure"), PERIOD)
    return replace(record, observed=domains)


def compare(chosen: Sequence[str], count: int, store: Path) -> list[str]:
    catalog = load_catalog()
    known = [Known(c.id, c.domain, c.categories) for c in catalog.concepts.values()]
    settled = {name: resolved(record, known) for name, record in people(catalog, chosen, count).items()}
    write_store(store, settled, known)
    with duckdb_engine(store, threads=1) as engine:
        return compared(engine, criteria(catalog, chosen), settled)


def test_engine_and_interpreter_agree_on_instruments(tmp_path: Path) -> None:
    """reference: states, bounds, reasons and notes of one instrument of each kind."""
    wrong = compare(SHORT, 8, tmp_path / "store.duckdb")
    assert wrong == [], f"{len(wrong)} differences"


@pytest.mark.long
def test_engine_and_interpreter_agree_on_every_instrument(tmp_path: Path) -> None:
    """reference: the same for every instrument, grade and definition of the catalog."""
    wrong = compare(names(load_catalog()), 45, tmp_path / "store.duckdb")
    assert wrong == [], f"{len(wrong)} differences"
