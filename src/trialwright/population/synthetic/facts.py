"""The cohort straight into a facts store, through the same last steps as every load.

Duplicates, overlapping courses of a drug, ties and order are settled where the readers' rows are settled.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trialwright.population import finish
from trialwright.population.build import build
from trialwright.population.gather import Batch
from trialwright.population.load import REFILL_DAYS
from trialwright.population.report import LoadReport, lines_of
from trialwright.population.staging import Staging
from trialwright.population.synthetic.cohort import Block
from trialwright.population.synthetic.columns import person_id, rows
from trialwright.population.synthetic.events import IN_ERROR
from trialwright.population.synthetic.terms import book, catalog

OBSERVES = ("condition", "drug", "procedure")
SITE = "synthetic"


def write_facts(
    blocks: Iterable[Block],
    into: str | Path,
    at: dt.date,
    *,
    memory_limit: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> LoadReport:
    """Make the store `into` from a cohort extracted on `at`; a store that is there is replaced when all is done.

    `progress` is called with the number of people written so far.
    """
    target = Path(into)
    staging = Staging(target, memory_limit)
    try:
        file = staging.file("synthetic cohort", "", "synthetic", by_id=True)
        done = 0
        for block in blocks:
            staging.add(file, _batch(block))
            _observed(staging, block)
            done += len(block.people)
            if progress:
                progress(done)
        day = build(staging, book().concepts, at, at, REFILL_DAYS)
        lines = lines_of(staging.counts)
        args = (day, OBSERVES, None, catalog().hash, REFILL_DAYS, (), done, None)
        report = finish.finish(staging, lines, *args)
        staging.close()
        os.replace(staging.made, target)
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        return report
    finally:
        staging.close()
        staging.remove()


def _batch(block: Block) -> Batch:
    facts = rows(block.events)
    n = len(block.events)
    latest = pc.max(pc.if_else(pc.less(facts["t_hi"], pa.scalar(2**31 - 1, pa.int32())), facts["t_hi"], None)).as_py()
    everyone: dict[str, int | None] = {person_id(int(p)): None for p in block.people.person}
    aside = Counter({"entered in error": int((block.events.status == IN_ERROR).sum())})
    return Batch(
        facts, Counter({"synthetic record": n}), Counter(), aside, {}, Counter(), everyone,
        Counter(dict.fromkeys(OBSERVES, 1)), int(latest or 0), n,
    )  # fmt: skip


def _observed(staging: Staging, block: Block) -> None:
    """Since when each person is observed, up to the extraction."""
    people = block.people
    staging.put(
        "s.periods",
        [[person_id(int(p)), SITE, int(s), people.at, False] for p, s in zip(people.person, people.since, strict=True)],
    )
