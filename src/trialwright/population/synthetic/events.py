"""What is recorded about synthetic people, as columns: one row per record, as a hospital would have written it.

Values, units and limits are as recorded, before any conversion; a day is a number of days since 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialwright.population.synthetic.terms import names, numbers, terms

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Bools = NDArray[np.bool_]

POINT, OPEN = -1_000_000, 1_000_000
"""Ends: the record is of one moment, or its end is not recorded."""
DAY, MONTH, YEAR = 0, 1, 2
"""Precision of a date."""
NONE, BELOW, ABOVE = 0, 1, 2
"""Comparators."""
FINAL, REFUTED, UNCONFIRMED, IN_ERROR, VAGUE, NO_VALUE, AS_TEXT, RESOLVED, LOST = range(9)
"""Status of a record; VAGUE is written with a broader code, NO_VALUE has no result, RESOLVED ended at a time unsaid,
LOST went on when the person was last seen."""
DAILY, TWICE, WEEKLY, GIVEN, AS_NEEDED, NO_DOSE = range(6)
"""How a dose is written: a day, two halves a day, once a week, one administration, when needed, not at all."""

_COLUMNS: dict[str, tuple[Any, Any]] = {
    "person": (np.int32, 0),
    "concept": (np.int16, 0),
    "day": (np.int32, 0),
    "minute": (np.int16, -1),
    "precision": (np.int8, DAY),
    "end": (np.int32, POINT),
    "value": (np.float64, np.nan),
    "comparator": (np.int8, NONE),
    "cats": (np.int64, 0),
    "unit": (np.int16, -1),
    "low": (np.float64, np.nan),
    "high": (np.float64, np.nan),
    "status": (np.int8, FINAL),
    "route": (np.int8, -1),
    "pattern": (np.int8, DAILY),
    "copy": (np.int8, 0),
    "part": (np.int16, 0),
}


@dataclass(frozen=True, slots=True)
class Events:
    """Records of people.  `value` of a drug is its daily dose in mg; `cats` are category bits; `minute` -1 is no time.
    `copy` 1 is the same record once more, as after the merger of two systems; rows of a person with one `part` above 0
    are one adverse event."""

    person: Ints
    concept: Ints
    day: Ints
    minute: Ints
    precision: Ints
    end: Ints
    value: Floats
    comparator: Ints
    cats: Ints
    unit: Ints
    low: Floats
    high: Floats
    status: Ints
    route: Ints
    pattern: Ints
    copy: Ints
    part: Ints

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Ints | Bools) -> Events:
        """Some of the rows."""
        return Events(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def having(self, **columns: Any) -> Events:
        """The same rows with other columns."""
        return Events(**({f.name: getattr(self, f.name) for f in fields(self)} | columns))


_SPOKEN = (
    "umol/L", "mg/dl", "10*3/uL", "10^9/L", "K/uL", "/uL", "g/L", "IU/L", "IU/mL", "mg/24h", "mg/mmol", "mmol/L",
    "[lb_av]",
    "m", "[degF]", "10*6/L", "cells/uL", "kIU/L", "ng/mL", "ug/L", "cells/HPF", "mIU/mL", "mm/hr", "mmHg",
    "mmol/min/kPa",
    "mg", "RU/mL", "x10E9/L", "ratio", "g/24h", "mg/d", "mL", "mg/g", "%", "mmol/L", "copies/mL",
)  # fmt: skip


@cache
def unit_texts() -> tuple[str, ...]:
    """Every unit that a record may carry, as written: those of the concepts first."""
    return tuple(dict.fromkeys((*sorted({t.unit for t in terms().values() if t.unit}), *_SPOKEN)))


@cache
def unit_numbers() -> Mapping[str, int]:
    """The number of each unit."""
    return {text: i for i, text in enumerate(unit_texts())}


def emit(concept: str, person: Ints, day: Ints | int, **columns: Any) -> Events:
    """Records of one concept; scalars stand for every row.  The unit is the concept's own, where a value is given."""
    n = len(person)
    if "value" in columns and "unit" not in columns:
        columns["unit"] = unit_numbers().get(terms()[concept].unit or "", -1)
    given: dict[str, Any] = {"person": person, "concept": numbers()[concept], "day": day} | columns
    made = {}
    for name, (kind, usual) in _COLUMNS.items():
        made[name] = np.array(np.broadcast_to(given.get(name, usual), n), dtype=kind)
    return Events(**made)


def join(parts: Iterable[Events]) -> Events:
    """All records of the parts, in their order."""
    listed = [p for p in parts if len(p)]
    if not listed:
        nobody = np.zeros(0, np.int32)
        return emit(names()[0], nobody, nobody)
    return Events(**{name: np.concatenate([getattr(p, name) for p in listed]) for name in _COLUMNS})


def tidy(events: Events) -> Events:
    """The records sorted by person, concept and day (then as they came)."""
    return events.take(np.lexsort((events.day, events.concept, events.person)))
