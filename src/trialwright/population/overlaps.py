"""Overlapping records of one drug in one person, resolved as `language/exposure.py` says, before they reach the store.

Only people whose records do overlap are looked at one by one.  The records as they were loaded are kept in the table
`superseded`, so that a later load into the same store starts from them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from trialwright.language.exposure import resolve
from trialwright.language.facts import DAY, Fact, Span
from trialwright.language.values import REASONS
from trialwright.language.vocabulary import Concept
from trialwright.population.rows import ABSENT, LOWER_OPEN, UNCERTAIN, UPPER_OPEN, Row, table

_NAMES = (
    "concept", "t_lo", "t_hi", "e_lo", "e_hi", "v_lo", "v_hi", "cats", "r_lo", "r_hi", "lod", "raw", "u.unit", "flags",
    "problem", "file", "reference",
)  # fmt: skip
WAITING = (
    f"SELECT p.person, {', '.join(_NAMES)} FROM s.valid v JOIN persons p ON p.id = v.person "
    "LEFT JOIN units u ON u.text = v.unit"
)
_SCHEMA = pa.schema(
    [(name, pa.int32()) for name in ("person", "concept", "t_lo", "t_hi", "e_lo", "e_hi")]
    + [("v_lo", pa.float64()), ("v_hi", pa.float64()), ("cats", pa.int64())]
    + [(name, pa.float64()) for name in ("r_lo", "r_hi", "lod", "raw")]
    + [
        ("unit", pa.int16()),
        ("flags", pa.int16()),
        ("problem", pa.int8()),
        ("file", pa.int32()),
        ("reference", pa.string()),
    ]
)


def resolve_overlaps(con: Any, concepts: Sequence[Concept], refill_days: int, exact: bool = False) -> int:
    """Fill s.overlapping (rows that are replaced) and s.resolved (what replaces them); gives how many were replaced."""
    con.execute(
        f"""CREATE TABLE s.overlapping AS WITH drugs AS (
          SELECT row_id, person, concept, v_lo, v_hi, t_lo // {DAY} AS first, coalesce(e_hi, t_hi) // {DAY} AS last
          FROM s.valid WHERE (flags & {ABSENT}) = 0 AND {not exact}
            AND concept IN (SELECT concept FROM concepts WHERE domain = 'drug')),
        groups AS (SELECT DISTINCT person, concept FROM (
          SELECT person, concept, last, v_lo, v_hi, lead(first) OVER course AS following,
            lead(v_lo) OVER course AS next_lo, lead(v_hi) OVER course AS next_hi,
            first <= max(last) OVER (PARTITION BY person, concept ORDER BY first, last
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
          FROM drugs WINDOW course AS (PARTITION BY person, concept ORDER BY first, last))
          WHERE covered OR last >= following
            OR (following - last <= {refill_days} + 1 AND next_lo = v_lo AND next_hi = v_hi))
        SELECT row_id FROM drugs SEMI JOIN groups USING (person, concept)"""
    )
    con.execute(f"CREATE TABLE s.resolved AS {WAITING} LIMIT 0")
    con.execute(
        f"CREATE TABLE s.unresolved AS {WAITING} WHERE row_id IN (SELECT row_id FROM s.overlapping) "
        "ORDER BY p.person, concept, t_lo, e_hi, reference, v_lo, v_hi"
    )
    reader = con.cursor().execute("SELECT * FROM s.unresolved")
    held: list[Row] = []
    for rows in _groups(reader):
        held += _resolved(rows, concepts[rows[0][1]].categories, refill_days)
        if len(held) > 100_000:
            _insert(con, held)
            held = []
    if held:
        _insert(con, held)
    return int(con.execute("SELECT count(*) FROM s.unresolved").fetchall()[0][0])


def _groups(reader: Any) -> Iterator[list[Row]]:
    def rows() -> Iterator[Row]:
        while some := reader.fetchmany(50_000):
            yield from some

    for _, group in groupby(rows(), key=lambda row: row[:2]):
        yield list(group)


def _resolved(rows: list[Row], routes: Sequence[str], refill_days: int) -> list[Row]:
    first = rows[0]
    marks = {str(i): row for i, row in enumerate(rows)}  # the place of a row stands in for its source
    facts = [_fact(row, str(i), routes) for i, row in enumerate(rows)]
    made = []
    for fact in resolve(facts, refill_days):
        origin = [marks[mark] for mark in fact.source.split()]
        flags = (LOWER_OPEN if fact.lower_open else 0) | (UPPER_OPEN if fact.upper_open else 0)
        flags |= 0 if fact.certain else UNCERTAIN
        cats = None if fact.categories is None else sum(1 << routes.index(r) for r in fact.categories)
        end = fact.end or fact.start
        reference = " ".join(dict.fromkeys(str(row[17]) for row in origin if row[17]))
        made.append(
            (
                *first[:2],
                fact.start.lower,
                fact.start.upper,
                end.lower,
                end.upper,
                fact.lower,
                fact.upper,
                cats,
                None,
                None,
                None,
                fact.recorded,
                origin[0][13],
                flags,
                _problem(fact),
                origin[0][16],
                reference or None,
            )
        )
    return made


def _problem(fact: Fact) -> int | None:
    return None if fact.problem is None else REASONS.index(fact.problem)


def _fact(row: Row, mark: str, routes: Sequence[str]) -> Fact:
    flags, cats, problem = row[14], row[8], row[15]
    return Fact(
        concept=str(row[1]),
        start=Span(row[2], row[3]),
        end=None if row[5] is None else Span(row[4], row[5]),
        lower=row[6],
        upper=row[7],
        lower_open=bool(flags & LOWER_OPEN),
        upper_open=bool(flags & UPPER_OPEN),
        categories=None if cats is None else frozenset(r for i, r in enumerate(routes) if cats >> i & 1),
        recorded=row[12],
        unit=None if row[13] is None else str(row[13]),
        problem=None if problem is None else REASONS[problem],
        certain=not flags & UNCERTAIN,
        source=mark,
    )


def _insert(con: Any, rows: list[Row]) -> None:
    held = table(rows, _SCHEMA)
    con.register("held", held)
    con.execute("INSERT INTO s.resolved SELECT * FROM held")
    con.unregister("held")
