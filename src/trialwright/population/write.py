"""Write facts that are made elsewhere (a synthetic cohort, a test) into a store, in bulk and through the same checks.

Arrow tables with a column for each field of `rows.FIELDS` that is needed; `concept` holds concept ids.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trialwright.errors import TrialwrightError
from trialwright.language.facts import Fact
from trialwright.language.values import REASONS
from trialwright.population.append import check_target
from trialwright.population.build import build
from trialwright.population.codebook import CodeBook, codebook_of
from trialwright.population.finish import finish
from trialwright.population.report import LoadReport, lines_of
from trialwright.population.rows import ABSENT, LOWER_OPEN, SCHEMA, UNCERTAIN, UPPER_OPEN, Row, row, table
from trialwright.population.staging import Staging

Period = tuple[str, str | None, int | None, int | None]
"""A person's id, site, first and last observed day since 1970-01-01."""


def write_facts(
    path: str | Path,
    facts: Iterable[pa.Table | pa.RecordBatch],
    *,
    extracted: dt.date,
    observes: Sequence[str] = (),
    people: Iterable[Sequence[Period]] = (),
    book: CodeBook | None = None,
    catalog: Sequence[str | Path] = (),
    exact: bool = False,
    refill_days: int = 14,
    name: str = "facts",
    memory_limit: str | None = None,
) -> LoadReport:
    """Write tables of facts into the store `path`, which is replaced; memory stays bounded by the tables' size.

    `people` adds people, sites and observed days, some at a time.  `exact` keeps every row as it is: nothing is a
    duplicate, impossible or overlapping.  Raises TrialwrightError for a concept that the catalog lacks.
    """
    known_hash = ""
    if book is None:
        from trialwright.catalog import load_catalog

        loaded = load_catalog(*catalog)
        book, known_hash = codebook_of(loaded), loaded.hash
    target = Path(path)
    check_target(target)
    staging = Staging(target, memory_limit)
    try:
        ids = pa.array([concept.id for concept in book.concepts], pa.string())
        file = staging.file(name, "", "facts")
        for part in facts:
            _stage(staging, file, part, ids)
        for periods in people:
            staging.put_periods([[*period, False] for period in periods])
        staging.counts.domains.update(dict.fromkeys(observes, 1))
        day = build(staging, book.concepts, extracted, extracted, refill_days, exact=exact)
        report = finish(
            staging, lines_of(staging.counts), day, tuple(observes), None, known_hash, refill_days, (), 0, None
        )
        staging.close()
        os.replace(staging.made, target)
        return report
    except duckdb.Error as error:
        raise TrialwrightError(f"{target}: {str(error).splitlines()[0]}; the store is as it was before") from error
    finally:
        staging.close()
        staging.remove()


def write_records(path: str | Path, records: Mapping[str, Iterable[Fact]], **options: Any) -> LoadReport:
    """Write the facts of people, exactly as they are, into a store; `options` are those of `write_facts`."""
    from trialwright.catalog import load_catalog

    book: CodeBook = options.pop("book", None) or codebook_of(load_catalog(*options.pop("catalog", ())))
    rows = [_row(book, person, fact, i) for person, facts in records.items() for i, fact in enumerate(facts)]
    named = [(person, None, None, None) for person in records]
    options = dict[str, Any]({"exact": True, "people": [named]}) | options
    return write_facts(path, [table(rows)], book=book, **options)


def _row(book: CodeBook, person: str, fact: Fact, record: int) -> Row:
    index = book.index(fact.concept)
    if index is None:
        raise TrialwrightError(f"the catalog has no concept {fact.concept!r}")
    names = book.concepts[index].categories
    unknown = sorted((fact.categories or frozenset()) - set(names))
    if unknown:
        raise TrialwrightError(f"the concept {fact.concept} has no category {unknown[0]!r}")
    flags = (LOWER_OPEN if fact.lower_open else 0) | (UPPER_OPEN if fact.upper_open else 0)
    flags |= (0 if fact.present else ABSENT) | (0 if fact.certain else UNCERTAIN)
    return row(
        person,
        index,
        (fact.start.lower, fact.start.upper),
        None if fact.end is None else (fact.end.lower, fact.end.upper),
        fact.source or None,
        record,
        (fact.lower, fact.upper),
        None if fact.categories is None else sum(1 << names.index(c) for c in fact.categories),
        flags,
        None if fact.problem is None else REASONS.index(fact.problem),
        (fact.low_normal, fact.high_normal),
        fact.detection_limit,
        (fact.recorded, fact.unit),
    )


def _stage(staging: Staging, file: int, part: pa.Table | pa.RecordBatch, ids: pa.Array) -> None:
    given = pa.Table.from_batches([part]) if isinstance(part, pa.RecordBatch) else part
    columns = []
    for field in SCHEMA:
        if field.name == "record":
            numbers = pa.array(range(staging.records, staging.records + given.num_rows), pa.int64())
            columns.append(numbers)
        elif field.name not in given.column_names:
            blank = pa.scalar(0, field.type) if field.name == "flags" else pa.scalar(None, field.type)
            columns.append(pa.repeat(blank, given.num_rows))
        elif field.name == "concept" and not pa.types.is_integer(given.schema.field("concept").type):
            names = given.column("concept").cast(pa.string())
            index = pc.index_in(names, ids)
            if index.null_count:
                unknown = names.filter(pc.is_null(index))[0].as_py()
                raise TrialwrightError(f"the catalog has no concept {unknown!r}")
            columns.append(index)
        else:
            columns.append(given.column(field.name).cast(field.type))
    staging.records += given.num_rows
    staging.counts.read["fact"] += given.num_rows
    staging.hold(np.full(given.num_rows, file), pa.Table.from_arrays(columns, schema=SCHEMA))
