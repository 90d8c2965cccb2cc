"""SLEDAI-2K with its sub-scores and every item over a made population, against the bare grouping of the same facts.

Each person has one visit with the 24 items recorded (one in twenty missing, one in ten present) and the values of
complement, anti-dsDNA, platelets and white cells that stand in.  The floor groups those facts once by person and concept
in the same process.  Also one score in a warm process.  Seconds are those of the processor, over all threads.
`BENCH_PEOPLE` (or the first argument) sets the size, one million by default.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.engine import FLOOR
from trialwright.catalog import load_catalog
from trialwright.language.expand import expand
from trialwright.language.nodes import Expression, Ref, Score
from trialwright.language.parse import parse
from trialwright.query.plan import Plan
from trialwright.query.screening import run
from trialwright.query.study import Criterion, Study, Trial, at_screening
from trialwright.scoring import score

AT = dt.date(2025, 3, 31)
TODAY = AT.toordinal() - 719163
LABS = {"c3": (90, 60), "c4": (10, 12), "anti_dsdna": (30, 60), "platelets": (150, 300), "wbc": (4, 9)}


def study() -> Study:
    """The score, its parts, and each item as a criterion: what a table with evidence needs."""
    catalog = load_catalog()
    texts = ["sledai_2k >= 6", "sledai_2k.clinical >= 4", "sledai_2k.serology >= 2"]
    trees: list[Expression] = [expand(parse(text), catalog) for text in texts]
    total = expand(Ref("sledai_2k"), catalog, want="number")
    assert isinstance(total, Score)
    trees += [item.condition for item in total.items]
    return at_screening(
        [Trial("sledai", tuple(Criterion(f"I{i}", "inclusion", t) for i, t in enumerate(trees, 1)))], AT
    )


def make(path: Path, people: int) -> int:
    """Write the store; the number of its facts."""
    catalog = load_catalog()
    touched = sorted({c for p in Plan(study()).picks.values() for c in p.facts.concepts})
    connection = duckdb.connect(str(path))
    connection.execute("CREATE TABLE concepts(concept INTEGER, id TEXT, domain TEXT, unit TEXT, categories TEXT[])")
    keys = {name: i for i, name in enumerate(touched, 1)}
    for name, key in keys.items():
        known = catalog.concepts[name]
        connection.execute(
            "INSERT INTO concepts VALUES (?, ?, ?, ?, ?)", [key, name, known.domain, known.unit, list(known.categories)]
        )
    connection.execute("CREATE TABLE units(unit SMALLINT, text TEXT)")
    connection.execute("CREATE TABLE sources AS SELECT 1::INTEGER AS source, 0::INTEGER AS file, 'row 1' AS reference")
    connection.execute("CREATE TABLE observed(domain TEXT)")
    connection.execute("CREATE TABLE answers(person TEXT, trial TEXT, clause TEXT, answer TEXT, who TEXT, day TEXT)")
    connection.execute(
        f"""CREATE TABLE persons AS SELECT i::INTEGER AS person, 'p' || i AS id, '' AS site, {TODAY - 3000} AS observed_from,
        {TODAY} AS observed_to FROM range({people}) t(i)"""
    )
    items = [key for name, key in keys.items() if name.startswith("sledai_2k_") and not name.endswith("total")]
    connection.execute("CREATE TEMP TABLE items AS SELECT unnest(?::INTEGER[]) AS concept", [items])
    connection.execute("CREATE TEMP TABLE labs(concept INTEGER, limit_ DOUBLE, top DOUBLE)")
    connection.executemany("INSERT INTO labs VALUES (?, ?, ?)", [[keys[n], *limits] for n, limits in LABS.items()])
    connection.execute(
        f"""CREATE TABLE facts AS SELECT person, concept, (day * 1440)::INTEGER AS t_lo, (day * 1440 + 1439)::INTEGER AS t_hi,
        NULL::INTEGER AS e_lo, NULL::INTEGER AS e_hi, v AS v_lo, v AS v_hi, cats, CASE WHEN v IS NOT NULL THEN limit_ END AS r_lo,
        CASE WHEN v IS NOT NULL THEN limit_ END AS r_hi, NULL::DOUBLE AS lod, v AS raw, NULL::SMALLINT AS unit, 0::SMALLINT AS flags,
        NULL::TINYINT AS problem, 1::INTEGER AS source, 2000000000::INTEGER AS next FROM (
            SELECT i::INTEGER AS person, concept, {TODAY} - 1 - (hash(i, 1) % 20)::INTEGER AS day, NULL::DOUBLE AS v, NULL::DOUBLE AS limit_,
                (CASE WHEN hash(i, concept, 2) % 10 = 0 THEN 1 ELSE 2 END)::BIGINT AS cats
            FROM range({people}) t(i), items WHERE hash(i, concept, 3) % 20 > 0
            UNION ALL
            SELECT i::INTEGER, concept, {TODAY} - 1 - (hash(i, 1) % 20)::INTEGER, (hash(i, concept, 4) % 1000) / 1000.0 * 2 * top, limit_, NULL
            FROM range({people}) t(i), labs) ORDER BY person, concept, t_lo"""
    )
    count = connection.execute("SELECT count(*) FROM facts").fetchone()
    connection.close()
    assert count is not None
    return int(count[0])


def floor(store: Path) -> float:
    """Seconds of the processor for the bare grouping, the best of three."""
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{store}' AS store (READ_ONLY)")
    keys = connection.execute("SELECT concept FROM store.concepts").fetchall()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        connection.execute(FLOOR.format(", ".join(str(k[0]) for k in keys))).fetchall()
        seconds.append(time.process_time() - start)
    connection.close()
    return min(seconds)


def warm() -> float:
    """Milliseconds of the processor for one score in a warm process, the best of twenty."""
    given = {"arthritis": True, "c3": {"value": 60, "unit": "mg/dL", "low": 90}, "c4": {"value": 20, "low": 10}}
    seconds = []
    for _ in range(20):
        start = time.process_time()
        score("sledai_2k", given)
        seconds.append(time.process_time() - start)
    return min(seconds) * 1000


def main() -> dict:
    """Measure and print; returns the figures."""
    given = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
    people = int(given or os.environ.get("BENCH_PEOPLE", "1000000"))
    figures: dict[str, float] = {"people": people, "score_ms": warm()}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "people.duckdb"
        figures["facts"] = make(store, people)
        figures["floor_s"] = floor(store)
        start = time.process_time()
        run(study(), store, progress=False)
        figures["sledai_s"] = time.process_time() - start
        figures["ratio"] = figures["sledai_s"] / figures["floor_s"]
    print(f"one score {figures['score_ms']:.1f} ms; {people:,} people, {figures['facts']:,} facts: floor", end=" ")
    print(
        f"{figures['floor_s']:.2f} s, SLEDAI-2K with parts and items {figures['sledai_s']:.2f} s, ratio {figures['ratio']:.1f}"
    )
    return figures


if __name__ == "__main__":
    main()
