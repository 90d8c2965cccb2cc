"""A facts store made of records in memory, laid out as docs/design.md section 4 has it: for differential tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from trialwright.language.exposure import resolve
from trialwright.language.facts import FOREVER, Fact, Record
from trialwright.language.values import REASONS

SCHEMA = """
CREATE TABLE facts(person INTEGER, concept INTEGER, t_lo INTEGER, t_hi INTEGER, e_lo INTEGER, e_hi INTEGER, v_lo DOUBLE,
  v_hi DOUBLE, cats BIGINT, r_lo DOUBLE, r_hi DOUBLE, lod DOUBLE, raw DOUBLE, unit SMALLINT, flags SMALLINT,
  problem TINYINT, source INTEGER, next INTEGER);
CREATE TABLE persons(person INTEGER, id TEXT, site TEXT, observed_from INTEGER, observed_to INTEGER);
CREATE TABLE concepts(concept INTEGER, id TEXT, domain TEXT, unit TEXT, categories TEXT[]);
CREATE TABLE units(unit SMALLINT, text TEXT);
CREATE TABLE sources(source INTEGER, file INTEGER, reference TEXT);
CREATE TABLE files(file INTEGER, path TEXT, sha256 TEXT, kind TEXT);
CREATE TABLE observed(domain TEXT);
CREATE TABLE answers(person TEXT, trial TEXT, clause TEXT, answer TEXT, who TEXT, day TEXT);
CREATE TABLE meta(key TEXT, value TEXT);
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A concept as the store lists it."""

    id: str
    domain: str
    categories: tuple[str, ...] = ()


def resolved(record: Record, concepts: Sequence[Known]) -> Record:
    """The record as a load leaves it: drug records that overlap are resolved."""
    drugs = {c.id for c in concepts if c.domain == "drug"}
    facts = {c: (resolve(list(fs)) if c in drugs else list(fs)) for c, fs in record.facts.items()}
    return replace(record, facts=facts)


def write_store(path: Path, people: Mapping[str, Record], concepts: Sequence[Known]) -> None:
    """Write resolved records; every record observes the same domains, over one period of its own."""
    keys = {c.id: i + 1 for i, c in enumerate(concepts)}
    categories = {c.id: c.categories for c in concepts}
    units: dict[str, int] = {}
    sources: dict[str, int] = {}
    rows = []
    for number, record in enumerate(people.values()):
        for concept, facts in record.facts.items():
            for i, fact in enumerate(facts):
                contested = any(
                    o.start.lower <= fact.start.upper and fact.start.lower <= o.start.upper
                    for j, o in enumerate(facts)
                    if j != i
                )
                rows.append((number, keys[concept], *_columns(fact, categories[concept], units, sources, contested)))
    rows.sort(key=lambda r: (r[0], r[1], r[2], r[3]))
    rows = (
        [
            (*r, after[2] if after is not None and after[:2] == r[:2] else FOREVER)
            for r, after in zip(rows, [*rows[1:], None], strict=True)
        ]
        if rows
        else []
    )
    domains = sorted({d for r in people.values() for d in r.observed})
    periods = [next(iter(r.observed.values()), (None, None)) for r in people.values()]
    connection = duckdb.connect(str(path))
    connection.execute(SCHEMA)
    names = [
        "person",
        "concept",
        "t_lo",
        "t_hi",
        "e_lo",
        "e_hi",
        "v_lo",
        "v_hi",
        "cats",
        "r_lo",
        "r_hi",
        "lod",
        "raw",
        "unit",
        "flags",
        "problem",
        "source",
        "next",
    ]
    kinds = [pa.int32()] * 6 + [pa.float64()] * 2 + [pa.int64()] + [pa.float64()] * 4 + [pa.int16()] * 2 + [pa.int8()]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    table = pa.table(
        {n: pa.array(c, k) for n, c, k in zip(names, columns, [*kinds, pa.int32(), pa.int32()], strict=True)}
    )
    connection.register("rows", table)
    connection.execute("INSERT INTO facts SELECT * FROM rows")
    for number, (name, period) in enumerate(zip(people, periods, strict=True)):
        connection.execute("INSERT INTO persons VALUES (?, ?, '', ?, ?)", [number, name, *period])
    for c in concepts:
        connection.execute(
            "INSERT INTO concepts VALUES (?, ?, ?, NULL, ?)", [keys[c.id], c.id, c.domain, list(c.categories)]
        )
    for text, unit in units.items():
        connection.execute("INSERT INTO units VALUES (?, ?)", [unit, text])
    for text, source in sources.items():
        connection.execute("INSERT INTO sources VALUES (?, 0, ?)", [source, text])
    for domain in domains:
        connection.execute("INSERT INTO observed VALUES (?)", [domain])
    connection.close()


def _columns(
    fact: Fact, categories: Sequence[str], units: dict[str, int], sources: dict[str, int], contested: bool
) -> tuple[object, ...]:
    flags = 1 * fact.lower_open + 2 * fact.upper_open + 4 * (not fact.present) + 8 * (not fact.certain) + 16 * contested
    cats = None if fact.categories is None else sum(1 << categories.index(c) for c in fact.categories)
    return (
        fact.start.lower,
        fact.start.upper,
        None if fact.end is None else fact.end.lower,
        None if fact.end is None else fact.end.upper,
        fact.lower,
        fact.upper,
        cats,
        fact.low_normal,
        fact.high_normal,
        fact.detection_limit,
        fact.recorded,
        None if fact.unit is None else units.setdefault(fact.unit, len(units) + 1),
        flags,
        None if fact.problem is None else REASONS.index(fact.problem),
        sources.setdefault(fact.source, len(sources) + 1),
    )
