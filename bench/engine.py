"""The engine: four trials' criteria over a made population, against one bare grouping of the touched facts.

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

import duckdb

from bench.criteria import study
from bench.store import make
from trialwright.query.plan import Plan
from trialwright.query.screening import Screening, run

FLOOR = """
    SELECT count(*), sum(latest) FROM (SELECT person, concept, max(t_lo::BIGINT * 1048576 + coalesce(v_lo * 1000, 0)::BIGINT)
    AS latest FROM store.facts WHERE concept IN ({}) GROUP BY person, concept)"""


def floor(store: Path) -> float:
    """Seconds of the processor for the bare grouping, the best of three."""
    concepts = {c for p in Plan(study()).picks.values() for c in p.facts.concepts}
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


def screened(store: Path, memory_limit: str | None = None) -> tuple[float, Screening]:
    start = time.process_time()
    screening = run(study(), store, memory_limit=memory_limit, progress=False)
    return time.process_time() - start, screening


def main() -> dict:
    """Measure and print; returns the figures."""
    given = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
    people = int(given or os.environ.get("BENCH_PEOPLE", "1000000"))
    figures: dict[str, float | int | bool] = {
        "people": people,
        "criteria": sum(len(t.criteria) for t in study().trials),
    }
    with tempfile.TemporaryDirectory() as folder:
        sizes = [n for n in (10_000, 100_000, people) if n <= people]
        for size in dict.fromkeys(sizes):
            store = Path(folder) / f"{size}.duckdb"
            figures[f"facts_{size}"] = make(store, size)
            figures[f"floor_s_{size}"] = floor(store)
            seconds, screening = screened(store)
            figures[f"screen_s_{size}"] = seconds
            figures[f"ratio_{size}"] = seconds / figures[f"floor_s_{size}"]
            print(f"{size:>9,} people: floor {figures[f'floor_s_{size}']:.2f} s, screening {seconds:.2f} s,", end=" ")
            print(f"{figures[f'ratio_{size}']:.1f} x the floor")
        figures["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        ids = [f"p{i}" for i in range(0, people, max(1, people // 500))][:500]
        start = time.process_time()
        figures["evidence_rows_500"] = screening.evidence(ids).num_rows
        figures["evidence_s_500"] = time.process_time() - start
        limited_s, limited = screened(store, "2GB")
        figures["screen_s_2gb"] = limited_s
        figures["same_under_2gb"] = limited.trials == screening.trials
    print(f"peak {figures['peak_gb']:.2f} GB; under a 2 GB limit {limited_s:.2f} s, same {figures['same_under_2gb']}")
    print(f"evidence of 500 people: {figures['evidence_s_500']:.2f} s, {figures['evidence_rows_500']:,} rows")
    return figures


if __name__ == "__main__":
    main()
