"""Rows of records that are alike: what they say is read once, and holds for each person, date and number.

Laboratory results of one code, unit and range differ in who, when and how much; coded records (a diagnosis, an item of
an instrument, a prescription) in who and when alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from trialwright.population.dates import EXTRACTION
from trialwright.population.measure import Cut, Scale, apply
from trialwright.population.rows import ENDLESS, SCHEMA, UNCERTAIN, Row

Ints = np.ndarray[Any, np.dtype[np.int64]]
FOLLOWS = -3_000_000_001
"""Stands for an end that is at the earliest when the record's start is."""
GIVEN = -3_000_000_002
"""Stands for an end that each record states for itself."""


@dataclass(frozen=True, slots=True)
class Alike:
    """One row of such records; `scale` makes v_lo and v_hi of the recorded number, and `cut` decides its category."""

    concept: int
    flags: int = 0
    e_lo: int | None = None
    e_hi: int | None = None
    v_lo: float | None = None
    v_hi: float | None = None
    cats: int | None = None
    r_lo: float | None = None
    r_hi: float | None = None
    lod: float | None = None
    raw: float | None = None
    unit: str | None = None
    problem: int | None = None
    scale: Scale | None = None
    cut: Cut | None = None


@dataclass(frozen=True, slots=True)
class Instances:
    """Who, when and how much of each record, beside the number of its kind."""

    kind: Ints
    person: pa.Array
    t_lo: Ints
    t_hi: Ints
    reference: pa.Array
    record: Ints
    value: np.ndarray[Any, np.dtype[np.float64]] | None = None
    e_lo: Ints | None = None
    e_hi: Ints | None = None


def numeric(
    index: int, certain: bool, scale: Scale, unit: str | None, low: float | None, high: float | None,
    cats: int | None, cut: Cut | None,
) -> Alike:  # fmt: skip
    """The row of a plain number; its limits are in the unit of the number."""
    flags = 0 if certain else UNCERTAIN
    r_lo, r_hi = apply(scale, low), apply(scale, high)
    return Alike(index, flags, cats=cats, r_lo=r_lo, r_hi=r_hi, unit=unit, scale=scale, cut=cut)


def coded(row: Row, start: tuple[int, int], end: tuple[int, int] | None) -> Alike | None:
    """What a row says apart from who and when; None when its dates follow from more than these two."""
    if row[2:4] != start or row[14] >= 256:
        return None
    e_lo, e_hi = row[4:6]
    if end is not None:
        if (e_lo, e_hi) != end:
            return None
        e_lo = e_hi = GIVEN
    elif e_lo is not None:
        if e_hi in (EXTRACTION, ENDLESS) and e_lo == start[0]:
            e_lo = FOLLOWS
        elif e_hi not in (EXTRACTION, ENDLESS) or e_lo != EXTRACTION:
            return None
    v_lo, v_hi, cats, r_lo, r_hi, lod, raw = row[6:13]
    return Alike(row[1], row[14], e_lo, e_hi, v_lo, v_hi, cats, r_lo, r_hi, lod, raw, row[13], row[15])


def spread(kinds: Sequence[Sequence[Alike]], of: Instances) -> list[pa.Table]:
    """The rows of all records: the first row of each, then the second of those that have one."""
    made = []
    for nth in range(max((len(rows) for rows in kinds), default=0)):
        has = np.array([nth < len(rows) for rows in kinds])[of.kind]
        which = None if has.all() else np.flatnonzero(has)
        made.append(_spread([rows[nth] if nth < len(rows) else Alike(0) for rows in kinds], of, which))
    return made


def _spread(kinds: list[Alike], of: Instances, which: Ints | None) -> pa.Table:
    def mine(values: Any) -> Any:
        if which is None or values is None:
            return values
        return values.take(pa.array(which)) if isinstance(values, pa.Array | pa.ChunkedArray) else values[which]

    kind = mine(of.kind)
    place = pa.array(kind)

    def each(name: str) -> pa.Array | None:
        values = [getattr(k, name) for k in kinds]
        if all(v is None for v in values):
            return None
        return pa.array(values, SCHEMA.field(name).type).take(place)

    columns: dict[str, Any] = {name: each(name) for name in _SHARED}
    t_lo, t_hi = mine(of.t_lo), mine(of.t_hi)
    columns |= {"person": mine(of.person), "t_lo": t_lo, "t_hi": t_hi}
    columns |= {"reference": mine(of.reference), "record": mine(of.record)}
    columns["e_lo"] = _end([k.e_lo for k in kinds], kind, t_lo, mine(of.e_lo))
    columns["e_hi"] = _end([k.e_hi for k in kinds], kind, t_hi, mine(of.e_hi))
    if of.value is not None:
        raw = mine(of.value)
        columns["raw"], columns["v_lo"] = raw, _converted([k.scale or (1.0, 0.0) for k in kinds], kind, raw)
        columns["v_hi"] = columns["v_lo"]
        if any(k.cut for k in kinds):
            columns["cats"] = _decided(kinds, kind, columns["v_lo"])
    rows = len(kind)
    return pa.table([_as(columns[f.name], f.type, rows) for f in SCHEMA], schema=SCHEMA)


_SHARED = ("concept", "flags", "v_lo", "v_hi", "cats", "r_lo", "r_hi", "lod", "raw", "unit", "problem")


def _end(shared: list[int | None], kind: Ints, start: Ints, given: Ints | None) -> pa.Array | None:
    if all(e is None for e in shared):
        return None
    none = np.array([e is None for e in shared])[kind]
    ends = np.array([e or 0 for e in shared], dtype=np.int64)[kind]
    ends = np.where(ends == FOLLOWS, start, ends)
    if given is not None:
        ends = np.where(ends == GIVEN, given, ends)
    return pa.array(ends, mask=none).cast(pa.int32())


def _converted(scales: list[Scale], kind: Ints, raw: Any) -> Any:
    """The numbers in the canonical unit, each as a decimal of 15 digits."""
    changed = np.array([scale != (1.0, 0.0) for scale in scales])[kind]
    if not changed.any():
        return raw
    values = raw.copy()
    values[changed] = [apply(scales[k], x) for k, x in zip(kind[changed].tolist(), raw[changed].tolist(), strict=True)]
    return values


def _decided(kinds: list[Alike], kind: Ints, value: Any) -> pa.Array:
    """The category on either side of a limit; without one, what the record states."""
    cuts = [k.cut or (np.inf, True, k.cats, k.cats) for k in kinds]
    limit = np.array([c[0] for c in cuts])[kind]
    within = np.array([c[1] for c in cuts])[kind]
    below = (value < limit) | (within & (value == limit))
    both = pa.array([bits for c in cuts for bits in c[2:]], pa.int64())
    return both.take(pa.array(kind * 2 + np.where(below, 0, 1)))


def _as(values: Any, kind: pa.DataType, rows: int) -> Any:
    if values is None:
        return pa.nulls(rows, kind)
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)
