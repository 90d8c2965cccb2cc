"""The rows that every reader gives: a fact with the person's own id and the text of its source, before the store.

A reader gathers plain tuples (fast in Python) and hands them on as Arrow columns (fast in DuckDB).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from trialwright.language.facts import FOREVER
from trialwright.language.values import REASONS

FIELDS = (
    ("person", pa.string()),
    ("concept", pa.int32()),  # index into CodeBook.concepts
    ("t_lo", pa.int32()),
    ("t_hi", pa.int32()),
    ("e_lo", pa.int32()),
    ("e_hi", pa.int32()),
    ("v_lo", pa.float64()),
    ("v_hi", pa.float64()),
    ("cats", pa.int64()),
    ("r_lo", pa.float64()),
    ("r_hi", pa.float64()),
    ("lod", pa.float64()),
    ("raw", pa.float64()),
    ("unit", pa.string()),
    ("flags", pa.int16()),
    ("problem", pa.int8()),
    ("reference", pa.string()),
    ("record", pa.int64()),  # number of the record in its batch, then in the load
)
SCHEMA = pa.schema(FIELDS)
COLUMNS = tuple(name for name, _ in FIELDS)

Row = tuple[Any, ...]
"""One value per entry of FIELDS."""

LOWER_OPEN, UPPER_OPEN, ABSENT, UNCERTAIN, TIE = 1, 2, 4, 8, 16
AT_AGE = 256
"""While loading only: t_lo and t_hi are ages in months at which it began, to be added to the date of birth."""

NO_DATA = REASONS.index("no_data")
UNIT_MISMATCH = REASONS.index("unit_mismatch")
AMBIGUOUS = REASONS.index("ambiguous_text")
CONFLICT = REASONS.index("conflict")
ENDLESS = FOREVER


def row(
    person: str,
    concept: int,
    start: tuple[int, int],
    end: tuple[int, int] | None,
    reference: str | None,
    record: int,
    value: tuple[float | None, float | None] = (None, None),
    cats: int | None = None,
    flags: int = 0,
    problem: int | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    lod: float | None = None,
    recorded: tuple[float | None, str | None] = (None, None),
) -> Row:
    """One value per entry of FIELDS."""
    last = end or (None, None)
    return (person, concept, *start, *last, *value, cats, *limits, lod, *recorded, flags, problem, reference, record)


def table(rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> pa.Table:
    """Rows as Arrow columns."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.Table.from_arrays([_array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(column, kind)
    except pa.ArrowTypeError:  # a number where FHIR has a text
        return pa.array([None if x is None else str(x) for x in column], kind)
