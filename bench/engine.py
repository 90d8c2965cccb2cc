"""The engine against one bare grouping of the touched facts, over two populations.

*Made*: 92 criteria with the constructs of the four trials over random facts, where hardly two people are alike.
*Registered*: the four registered trials as they are over the synthetic cohort.

Floor: the facts of the touched concepts grouped once by (person, concept) with their packed latest value, in the same
process.  Seconds are those of the processor, over all threads: other programs on the machine do not change them.
`BENCH_PEOPLE` (or the first argument) sets the size, one million by default.
"""

# ruff: noqa: E501 - statements are easier to read in the lines of SQL

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar
from unittest import mock

import duckdb

from bench.criteria import study
from bench.store import make
from trialwright.catalog import load_catalog, load_protocol
from trialwright.population.store import open_population
from trialwright.population.synthetic import write_cohort
from trialwright.query import engines
from trialwright.query.engines import DuckDB
from trialwright.query.plan import Plan
from trialwright.query.screening import Screening, run
from trialwright.query.sql import Tree
from trialwright.query.study import Study, at_screening
from trialwright.screening.study import trial_of

TRIALS = ("nct05765006", "universal-cd19-bcma-sle", "im19-sle", "relma-cel-ssc")
FLOOR = """
    SELECT count(*), sum(latest) FROM (SELECT person, concept, max(t_lo::BIGINT * 1048576 + coalesce(v_lo * 1000, 0)::BIGINT)
    AS latest FROM store.facts WHERE concept IN ({}) GROUP BY person, concept)"""


def registered(store: Path) -> Study:
    """The four registered trials, as of the day of the store's extraction."""
    catalog = load_catalog()
    with open_population(store) as population:
        day = population.extracted
    return at_screening([trial_of(load_protocol(name), catalog) for name in TRIALS], day)


def floor(asked: Study, store: Path) -> float:
    """Seconds of the processor for the bare grouping, the best of three."""
    concepts = {c for p in Plan(asked).picks.values() for c in p.facts.concepts}
    connection = duckdb.connect()
    connection.execute(f"ATTACH '{store}' AS store (READ_ONLY)")
    names = ", ".join(f"'{c}'" for c in sorted(concepts))
    keys = connection.execute(f"SELECT concept FROM store.concepts WHERE id IN ({names})").fetchall()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        connection.execute(FLOOR.format(", ".join(str(k[0]) for k in keys))).fetchall()
        seconds.append(time.process_time() - start)
    connection.close()
    return min(seconds)


class Timed(DuckDB):
    """An engine that notes the seconds of each table that it keeps."""

    spent: ClassVar[dict[str, float]] = {}

    def keep(self, name: str, tree: Tree) -> None:
        start = time.process_time()
        super().keep(name, tree)
        self.spent[name] = time.process_time() - start


def screened(asked: Study, store: Path, memory_limit: str | None = None) -> tuple[float, Screening]:
    Timed.spent.clear()
    start = time.process_time()
    with mock.patch.object(engines, "DuckDB", Timed):
        screening = run(asked, store, memory_limit=memory_limit, progress=False)
    return time.process_time() - start, screening


def measured(name: str, asked: Study, store: Path, size: int, figures: dict[str, float | int | bool]) -> Screening:
    """Floor and screening of one store, and the dearest tables of the run, printed and put into the figures."""
    below = floor(asked, store)
    start = time.perf_counter()
    seconds, screening = screened(asked, store)
    wall = time.perf_counter() - start
    figures |= {f"{name}_floor_s_{size}": below, f"{name}_s_{size}": seconds, f"{name}_ratio_{size}": seconds / below}
    figures[f"{name}_wall_s_{size}"] = wall
    print(
        f"{name:<11}{size:>9,} people: floor {below:.2f} s, screening {seconds:.2f} s, {seconds / below:.1f} x the floor"
    )
    dearest = sorted(Timed.spent.items(), key=lambda item: -item[1])[:8]
    print(
        f"  {wall:.1f} s on the clock; dearest tables:", ", ".join(f"{table} {spent:.2f}" for table, spent in dearest)
    )
    return screening


def evidence(screening: Screening, name: str, figures: dict[str, float | int | bool]) -> None:
    """The evidence of 500 people, in a warm process."""
    people = screening.verdicts().column("person").unique().to_pylist()
    ids = people[:: max(1, len(people) // 500)][:500]
    screening.evidence(ids[:1])
    start = time.process_time()
    rows = screening.evidence(ids).num_rows
    figures |= {f"{name}_evidence_rows_500": rows, f"{name}_evidence_s_500": time.process_time() - start}
    print(f"evidence of 500 people: {figures[f'{name}_evidence_s_500']:.2f} s, {rows:,} rows")


def peak(figures: dict[str, float | int | bool]) -> None:
    figures["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak so far {figures['peak_gb']:.2f} GB")


def main() -> dict[str, float | int | bool]:
    """Measure and print; returns the figures."""
    given = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
    people = int(given or os.environ.get("BENCH_PEOPLE", "1000000"))
    figures: dict[str, float | int | bool] = {
        "people": people,
        "criteria": sum(len(t.criteria) for t in study().trials),
    }
    sizes = list(dict.fromkeys(n for n in (10_000, 100_000, people) if n <= people))
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            store = Path(folder) / f"{size}.duckdb"
            figures[f"made_facts_{size}"] = make(store, size)
            screening = measured("made", study(), store, size, figures)
        peak(figures)
        evidence(screening, "made", figures)
        limited_s, limited = screened(study(), store, "2GB")
        figures |= {"made_s_2gb": limited_s, "same_under_2gb": limited.trials == screening.trials}
        print(f"under a 2 GB limit {limited_s:.2f} s, same {figures['same_under_2gb']}")
        for size in sizes:
            store = write_cohort(Path(folder) / f"cohort_{size}", size, form="facts")
            screening = measured("registered", registered(store), store, size, figures)
        peak(figures)
        evidence(screening, "registered", figures)
        start = time.process_time()
        screening.write(Path(folder) / "written")
        figures[f"registered_write_s_{people}"] = time.process_time() - start
        print(f"writing all relations: {figures[f'registered_write_s_{people}']:.2f} s")
    return figures


if __name__ == "__main__":
    main()
