"""An OMOP CDM 5.4 database as facts: what each table says, with the site's own vocabulary and observation periods.

Every row of a table about people is accounted for.  Rows are grouped by their codes first, so that only rows that mean
a concept are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from trialwright.language.facts import DAY
from trialwright.population.codebook import CodeBook, Targets
from trialwright.population.dates import Dates, Minutes
from trialwright.population.gather import Batch, Gather
from trialwright.population.measure import Measures
from trialwright.population.omop_events import EVENTS, Event, Said, event_statement
from trialwright.population.omop_tables import VOCABULARY, Tables
from trialwright.population.omop_vocabulary import SiteVocabulary
from trialwright.population.readings import Reading
from trialwright.population.staging import Staging
from trialwright.population.statements import Statement, append

_LINES = 100_000
_SEX = {"8507": "male", "8532": "female", "M": "male", "F": "female", "MALE": "male", "FEMALE": "female"}


@dataclass(slots=True)
class Site:
    """What reading a database needs at every row."""

    tables: Tables
    book: CodeBook
    vocabulary: SiteVocabulary
    measures: Measures
    dates: Dates
    now: int


def read_omop(path: Path, book: CodeBook, now: int, staging: Staging) -> Iterator[Batch]:
    """The facts of an OMOP database.  Raises TrialwrightError for a table that cannot be read."""
    tables = Tables(path, staging.spill)
    try:
        vocabulary = SiteVocabulary(tables, book, _used(tables))
        site = Site(tables, book, vocabulary, Measures(book.concepts), Dates(), now)
        yield _people(site)
        if "death" in tables.columns:
            yield _deaths(site)
        yield _periods(site, staging)
        for event in EVENTS:
            if event.table in tables.columns:
                yield from _events(site, event)
        yield _others(site)
    finally:
        tables.close()


def _used(tables: Tables) -> set[str]:
    """Every concept id that the records use."""
    ids: set[str] = set()
    for event in EVENTS:
        for name in event.concept_columns:
            if event.table in tables.columns and name in tables.columns[event.table]:
                query = f'SELECT DISTINCT {tables.column(event.table, name)} FROM "{event.table}"'
                ids |= {row[0] for row in tables.rows(query) if row[0]}
    if tables.has("drug_strength"):
        for name in ("ingredient_concept_id", "amount_unit_concept_id", "numerator_unit_concept_id"):
            ids |= {
                row[0]
                for row in tables.rows(f"SELECT DISTINCT {tables.column('drug_strength', name)} FROM drug_strength")
                if row[0]
            }
    return ids


def _people(site: Site) -> Batch:
    out = Gather(site.now)
    columns = (
        "person_id",
        "gender_concept_id",
        "gender_source_value",
        "birth_datetime",
        "year_of_birth",
        "month_of_birth",
        "day_of_birth",
    )
    for person, gender, letter, born, year, month, day in site.tables.rows(site.tables.select("person", columns)):
        out.begin("person")
        if not person:
            out.set_aside("no subject", "person")
            continue
        out.seen(person)
        birth = site.dates.read(born[:10]) if born else _birth(site.dates, year, month, day)
        rows = len(out.rows)
        where = f"person:{person}"
        if birth:
            _state(site, out, "birth", Statement(person, birth, reference=where))
        sex = _SEX.get(gender or "") or _SEX.get((letter or "").upper())
        if sex:
            _state(
                site,
                out,
                "sex",
                Statement(person, birth or (-2_000_000_000, site.now), reading=Reading(words=sex), reference=where),
            )
        if len(out.rows) == rows:
            out.set_aside("person without birth date or sex (the person is kept)", where)
    return out.batch()


def _birth(dates: Dates, year: str | None, month: str | None, day: str | None) -> Minutes | None:
    if not year:
        return None
    text = f"{int(float(year)):04d}"
    if month:
        text += f"-{int(float(month)):02d}"
        text += f"-{int(float(day)):02d}" if day else ""
    return dates.read(text)


def _deaths(site: Site) -> Batch:
    out = Gather(site.now)
    for person, date in site.tables.rows(site.tables.select("death", ("person_id", "death_date"))):
        out.begin("death")
        when = site.dates.read(date[:10]) if date else None
        if not person:
            out.set_aside("no subject", "death")
        elif when is None:
            out.set_aside("bad date" if date else "no date", f"death of person {person}: {date}")
        else:
            out.seen(person)
            _state(site, out, "death", Statement(person, when, reference=f"death:{person}"))
    return out.batch()


def _state(site: Site, out: Gather, name: str, said: Statement) -> None:
    index = site.book.index(name)
    if index is not None:
        append(out, site.measures, site.book.concepts[index], index, True, said)


def _periods(site: Site, staging: Staging) -> Batch:
    """Observed periods; where a person has several with gaps between, only the last unbroken one is observed."""
    out = Gather(site.now)
    if "observation_period" not in site.tables.columns:
        return out.batch()
    spans: dict[str, list[tuple[int, int]]] = {}
    columns = ("person_id", "observation_period_start_date", "observation_period_end_date")
    for person, first, last in site.tables.rows(site.tables.select("observation_period", columns)):
        out.begin("observation_period")
        start, end = (site.dates.read(d[:10]) if d else None for d in (first, last))
        if not person or start is None or end is None:
            out.set_aside("no subject" if not person else "bad date", f"observation_period of person {person}")
            continue
        out.seen(person)
        spans.setdefault(person, []).append((start[0] // DAY, end[0] // DAY))
        out.set_aside("observation_period (used as the observed period)", "")
    periods: list[list[Any]] = []
    for person, found in spans.items():
        found.sort()
        first_day, last_day = found[0]
        for begin, end_day in found[1:]:
            if begin > last_day + 1:
                out.note("observed with gaps", "people whose last unbroken period is used")
                first_day = begin
            last_day = max(last_day, end_day)
        periods.append([person, None, first_day, last_day, False])
    staging.put_periods(periods)
    return out.batch()


def _events(site: Site, event: Event) -> Iterator[Batch]:
    """The rows of one table of events: unmapped ones counted by code, the others stated."""
    tables, vocabulary = site.tables, site.vocabulary
    out = Gather(site.now)
    keys = ", ".join(
        tables.column(event.table, name) for name in (event.concept, event.source_concept, event.source_value)
    )
    person, date = tables.column(event.table, "person_id"), tables.column(event.table, event.date)
    meanings: list[Targets] = []
    keyed: list[tuple[str | None, str | None, str | None, int]] = []
    for concept, source_concept, value, count in tables.rows(
        f'SELECT {keys}, count(*) FROM "{event.table}" WHERE {person} IS NOT NULL GROUP BY ALL ORDER BY ALL'
    ):
        targets, alike = vocabulary.means((concept, source_concept), value, event.kind)
        if targets:
            keyed.append((concept, source_concept, value, len(meanings)))
            meanings.append(targets)
            if alike:
                how = "product by its name" if targets[0][1] else "look-alike"
                out.notes[how, f"{concept} ({vocabulary.name(concept)}) -> {site.book.concepts[targets[0][0]].id}"] += (
                    count
                )
            continue
        known = vocabulary.concepts.get(concept or "") or vocabulary.concepts.get(source_concept or "")
        code = (known.vocabulary, known.code, known.name) if known else ("source_value", value or "", f"OMOP {concept}")
        out.unmapped[code] += count
        out.read[event.table] += count
        out.record += count
    nobody = tables.one(f'SELECT count(*) FROM "{event.table}" WHERE {person} IS NULL')
    if nobody:
        out.read[event.table] += nobody
        out.record += nobody
        out.aside["no subject"] += nobody
        out.places.setdefault("no subject", f"table {event.table}")
    everything = tables.one(f'SELECT count(*) FROM "{event.table}"')
    if event.domain and everything:
        out.domains[event.domain] += everything
    if event.domain != "condition":
        for who, first in tables.rows(
            f'SELECT {person}, min({date}) FROM "{event.table}" WHERE {person} IS NOT NULL GROUP BY 1'
        ):
            when = site.dates.read(first[:10]) if first else None
            out.seen(who, when[0] if when else None)
        latest = tables.one(f'SELECT max({date}) FROM "{event.table}"')
        if latest and (last := site.dates.read(latest[:10])) and last[0] <= site.now:
            out.latest = max(out.latest, last[0])
    if not keyed:
        yield out.batch()
        return
    names = ("concept", "source_concept", "value")
    columns = [pa.array(c, pa.string()) for c in list(zip(*keyed, strict=True))[:3]] + [
        pa.array([k[3] for k in keyed], pa.int32())
    ]
    tables.connection.register("keyed", pa.table(columns, [*names, "k"]))
    tables.connection.execute("CREATE OR REPLACE TABLE meant AS SELECT * FROM keyed")
    tables.connection.unregister("keyed")
    wanted = ("person_id", event.id, *event.columns)
    chosen = ", ".join(f"{tables.column(event.table, c)} AS {c}" for c in wanted)
    matches = " AND ".join(
        f"m.{name} IS NOT DISTINCT FROM e.{name}_" for name in names
    )  # fmt: skip
    marks = ", ".join(
        f"{tables.column(event.table, c)} AS {name}_"
        for name, c in zip(names, (event.concept, event.source_concept, event.source_value), strict=True)
    )
    query = (
        f'SELECT m.k, e.* FROM (SELECT {chosen}, {marks} FROM "{event.table}") e '
        f"JOIN meant m ON {matches} WHERE e.person_id IS NOT NULL"
    )
    for k, *values in tables.rows(query):
        if len(out.rows) >= _LINES:
            yield out.batch()
            out = Gather(site.now)
        row = dict(zip(wanted, values, strict=False))
        out.begin(event.table)
        said = event_statement(event, row, values[-3:], site.dates, vocabulary, site.measures, site.book, meanings[k])
        if isinstance(said, str):
            out.set_aside(said, f"{event.table}:{row[event.id]}: {row[event.date]}")
            continue
        _state_all(site, out, meanings[k], said)
    yield out.batch()


def _state_all(site: Site, out: Gather, targets: Targets, said: list[Said]) -> None:
    for (index, certain), statement in zip(targets, said, strict=True):
        append(out, site.measures, site.book.concepts[index], index, certain, statement)


def _others(site: Site) -> Batch:
    """Rows of tables about people that hold no facts that are used: counted, so that nothing is missing."""
    out = Gather(site.now)
    used = {event.table for event in EVENTS} | {"person", "death", "observation_period"} | VOCABULARY
    for table in sorted(site.tables.columns):
        if table in used or not site.tables.columns[table] & {"person_id", "subject_id"}:
            continue
        count = int(site.tables.one(f'SELECT count(*) FROM "{table}"'))
        if not count:
            continue
        out.read[table] += count
        out.record += count
        out.aside[f"{table} (holds no facts that are used)"] += count
        if table == "visit_occurrence":
            person, date = site.tables.column(table, "person_id"), site.tables.column(table, "visit_start_date")
            for who, first in site.tables.rows(
                f'SELECT {person}, min({date}) FROM "{table}" WHERE {person} IS NOT NULL GROUP BY 1'
            ):
                when = site.dates.read(first[:10]) if first else None
                out.seen(who, when[0] if when else None)
    return out.batch()
