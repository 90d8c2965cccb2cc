"""What-if, curves, shares, worklist and report on a screened population.

Goals on a million people: a new threshold below 1 s, all curves of a trial below 10 s, shares below 10 s; the report of
100,000 people below 20 s and 15 MB.  `BENCH_PEOPLE` (or the first argument) sets the size.  Processor seconds stand
beside the elapsed ones: these say less where other work shares the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from bench.criteria import lab, study
from bench.store import make
from trialwright.query.screening import run
from trialwright.report.screening import write_screening_report
from trialwright.screening.curves import curves
from trialwright.screening.funnel import funnels
from trialwright.screening.shapley import cost
from trialwright.screening.whatif import what_if
from trialwright.screening.worklist import worklist

TRIAL = "trial_0"
MISSING = {
    "meta": "SELECT * FROM (VALUES ('format', '1'), ('extracted', '2025-03-31'), ('fingerprint', '-')) v(key, value)",
    "load_report": "SELECT 'read' AS kind, 'made' AS item, '' AS detail, 0::BIGINT AS count",
    "files": "SELECT 0 AS file, '' AS path, '' AS sha256, '' AS kind",
}


def main() -> dict:
    """Measure and print; returns the figures."""
    given = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
    people = int(given or os.environ.get("BENCH_PEOPLE", "1000000"))
    figures: dict[str, float] = {"people": people}

    def timed(name: str, action: Callable[[], object]) -> None:
        start, busy = time.perf_counter(), time.process_time()
        action()
        figures[name] = round(time.perf_counter() - start, 2)
        figures[f"{name}_cpu"] = round(time.process_time() - busy, 2)
        print(f"{name:<34}{figures[name]:>9.2f} s{figures[f'{name}_cpu']:>9.2f} s of processor")

    with tempfile.TemporaryDirectory() as folder:
        screening = screened(Path(folder) / "store.duckdb", people)
        new = {"I4": lab(3, ">=", 2.5, 90)}
        timed("funnels_by_group_s", lambda: funnels(screening, TRIAL))
        timed("drop_s", lambda: what_if(screening, TRIAL, drop=["I4"]))
        timed("new_threshold_s", lambda: what_if(screening, TRIAL, set=new))
        timed("shares_s", lambda: cost(screening, TRIAL))
        timed("all_curves_s", lambda: curves(screening, TRIAL))
        timed("worklist_s", lambda: worklist(screening, TRIAL))
        some = screened(Path(folder) / "some.duckdb", min(people, 100_000))
        out = Path(folder) / "out"
        some.write(out)
        timed("report_s", lambda: write_screening_report(some, out, (), tables=out))
        figures["report_mb"] = round((out / "report.html").stat().st_size / 1e6, 2)
        print(f"report of {min(people, 100_000):,} people: {figures['report_mb']} MB")
    return figures


def screened(store: Path, people: int):
    """A run of one trial over a made store; criteria are eased, so that some people are eligible."""
    make(store, people)
    with duckdb.connect(str(store)) as connection:
        for name, query in MISSING.items():
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {query}")
    asked = study()
    easy = tuple(c for c in asked.trials[0].criteria if c.id in ("I1", "I4", "I5", "I8", "I9", "I13", "E1", "E5", "E6"))
    trial = replace(asked.trials[0], criteria=easy)
    return run(replace(asked, trials=(trial,)), store, progress=False)


if __name__ == "__main__":
    main()
