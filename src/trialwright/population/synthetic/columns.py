"""What a reader would make of each synthetic record, for whole columns at once: rows of facts.

The rules are those of the readers: a code states all of its concepts, a partial date is an interval, "<20" is [0, 20),
an active diagnosis lasts at least to the extraction, a refuted one is a stated absence.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from trialwright.language.facts import DAY as MINUTES
from trialwright.language.facts import FOREVER
from trialwright.population.dates import EXTRACTION
from trialwright.population.rows import ABSENT, NO_DATA, SCHEMA, UNCERTAIN, UNIT_MISMATCH, UPPER_OPEN
from trialwright.population.synthetic.events import (
    AS_NEEDED,
    BELOW,
    DAY,
    IN_ERROR,
    LOST,
    MONTH,
    NO_DOSE,
    NO_VALUE,
    OPEN,
    POINT,
    REFUTED,
    RESOLVED,
    TWICE,
    UNCONFIRMED,
    VAGUE,
    WEEKLY,
    Bools,
    Events,
    Floats,
    Ints,
    unit_numbers,
    unit_texts,
)  # fmt: skip
from trialwright.population.synthetic.spoken_units import to_canonical
from trialwright.population.synthetic.terms import terms


def person_id(number: int) -> str:
    """The id of a synthetic person in every form."""
    return f"synthetic-{number:07d}"


def rows(events: Events) -> pa.Table:
    """Facts in the columns that every reader gives; what was entered in error is left out, as readers set it aside."""
    events = events.take(np.flatnonzero(events.status != IN_ERROR))
    index, concept, flags = _targets(events)
    t_lo, t_hi = span(events)
    e_lo, e_hi, timed = _ends(events, t_lo)
    v_lo, v_hi, raw, unit, lod, r_lo, r_hi, marks, problem = _values(events)
    cats, stated = _categories(events, v_lo, v_hi, r_lo, r_hi)
    problem = np.where((problem == NO_DATA) & stated & ~_is_drug()[events.concept], -1, problem)
    marks = marks | np.where(events.status == REFUTED, ABSENT, 0) | np.where(events.status == UNCONFIRMED, UNCERTAIN, 0)
    people, place = np.unique(events.person, return_inverse=True)
    ids = pa.array([person_id(int(p)) for p in people])

    def numbers(values: Floats) -> pa.Array:
        return pa.array(values[index], pa.float64(), mask=np.isnan(values[index]))

    unit_column = pa.DictionaryArray.from_arrays(pa.array(unit[index], mask=unit[index] < 0), pa.array(unit_texts()))
    by_person = pa.DictionaryArray.from_arrays(pa.array(place[index].astype(np.int32)), ids)
    which, sources = _sources(events, place, ids.to_pylist())
    source = pa.DictionaryArray.from_arrays(pa.array(which[index].astype(np.int32)), pa.array(sources))
    columns = {
        "person": by_person.cast(pa.string()),
        "concept": pa.array(concept, pa.int32()),
        "t_lo": pa.array(t_lo[index], pa.int32()),
        "t_hi": pa.array(t_hi[index], pa.int32()),
        "e_lo": pa.array(e_lo[index], pa.int32(), mask=~timed[index]),
        "e_hi": pa.array(e_hi[index], pa.int32(), mask=~timed[index]),
        "v_lo": numbers(v_lo),
        "v_hi": numbers(v_hi),
        "cats": pa.array(cats[index], pa.int64(), mask=~stated[index]),
        "r_lo": numbers(r_lo),
        "r_hi": numbers(r_hi),
        "lod": numbers(lod),
        "raw": numbers(raw),
        "unit": unit_column.cast(pa.string()),
        "flags": pa.array((marks[index] | flags).astype(np.int16), pa.int16()),
        "problem": pa.array(problem[index].astype(np.int8), pa.int8(), mask=problem[index] < 0),
        "reference": source.cast(pa.string()),
        "record": pa.array(index, pa.int64()),
    }
    return pa.table(columns, SCHEMA)


def _sources(events: Events, place: Ints, ids: list[str]) -> tuple[Ints, list[str]]:
    """Where each record comes from: its person, the second record of a merger, an adverse event by its number."""
    which = place + (events.copy > 0) * len(ids)
    sources = [*ids, *(f"{name} (second record)" for name in ids)]
    parts = np.flatnonzero(events.part > 0)
    keys, inverse = np.unique(place[parts].astype(np.int64) * 100_000 + events.part[parts], return_inverse=True)
    which[parts] = len(sources) + inverse
    sources += [f"{ids[key // 100_000]} (adverse event {key % 100_000})" for key in keys.tolist()]
    return which, sources


def span(events: Events) -> tuple[Ints, Ints]:
    """Earliest and latest minute of each start, as its precision says."""
    days = np.asarray(events.day, "datetime64[D]")
    exact = events.day.astype(np.int64) * MINUTES
    clock = (events.minute >= 0) & (events.precision == DAY)
    low = np.where(clock, exact + events.minute, exact)
    high = np.where(clock, exact + events.minute, exact + MINUTES - 1)
    for precision, unit in ((MONTH, "M"), (MONTH + 1, "Y")):
        loose = events.precision == precision
        whole = days[loose].astype(f"datetime64[{unit}]")
        low[loose] = whole.astype("datetime64[D]").astype(np.int64) * MINUTES
        high[loose] = (whole + 1).astype("datetime64[D]").astype(np.int64) * MINUTES - 1
    return low, high


def _targets(events: Events) -> tuple[Ints, Ints, Ints]:
    """For each concept that each record states: the row of the record, the concept, the flag where that is not sure."""
    usual, vague = _meanings()
    table = np.where((events.status == VAGUE)[:, None], vague[events.concept], usual[events.concept])
    parts = np.flatnonzero(events.part > 0)  # an adverse event is written in the project's own codes
    table[parts] = -1
    table[parts, 0] = events.concept[parts].astype(np.int64) * 2 + 1
    index, slot = np.nonzero(table >= 0)
    found = table[index, slot]
    return index, found // 2, np.where(found % 2 == 0, UNCERTAIN, 0)


@cache
def _meanings() -> tuple[Ints, Ints]:
    """Per concept, what its code and its broader code state: concept * 2 + sure, -1 where there is no more."""
    listed = list(terms().values())
    demographic = [t.domain == "demographic" for t in listed]
    usual = [((i, True),) if demographic[i] else t.code.means for i, t in enumerate(listed)]
    vague = [t.vague.means if t.vague else u for t, u in zip(listed, usual, strict=True)]
    width = max(len(m) for m in (*usual, *vague))

    def packed(means: list[tuple[tuple[int, bool], ...]]) -> Ints:
        return np.array([[c * 2 + sure for c, sure in m] + [-1] * (width - len(m)) for m in means])

    return packed(usual), packed(vague)


def _ends(events: Events, t_lo: Ints) -> tuple[Ints, Ints, Bools]:
    """Earliest and latest end, and which records last at all: conditions and drugs, and what has an end."""
    lasting = _lasting()[events.concept] | (events.end != POINT)
    given = (events.end != POINT) & (events.end != OPEN)
    exact = events.end.astype(np.int64) * MINUTES
    over, unsure = events.status == RESOLVED, (events.status == REFUTED) | (events.status == LOST)
    low = np.where(given, exact, np.where(over | unsure | (events.end == POINT), t_lo, EXTRACTION))
    high = np.where(given, exact + MINUTES - 1, np.where(over, EXTRACTION, FOREVER))
    return low, high, lasting


@cache
def _lasting() -> Bools:
    return np.array([t.domain in {"condition", "drug"} for t in terms().values()])


@cache
def _is_drug() -> Bools:
    return np.array([t.domain == "drug" for t in terms().values()])


@cache
def _positive() -> Bools:
    return np.array([t.concept.categories[:2] == ("positive", "negative") for t in terms().values()])


@cache
def _low() -> Bools:
    return np.array([t.concept.categories == ("normal", "low") for t in terms().values()])


def _values(events: Events) -> tuple[Floats, Floats, Floats, Ints, Floats, Floats, Floats, Ints, Ints]:
    """v_lo, v_hi, raw, unit, lod, r_lo, r_hi, flags, problem (-1 none), in the unit of the concept."""
    drug = _is_drug()[events.concept]
    raw, unit = events.value.copy(), events.unit.astype(np.int32)
    raw = np.where(
        drug & (events.pattern == TWICE),
        raw / 2,
        np.where(drug & (events.pattern == WEEKLY), np.round(raw * 7, 6), raw),
    )
    value, r_lo, r_hi, lost = _converted(events)
    value = np.where(drug & (events.pattern == WEEKLY), _twelve_digits(value), value)
    below = (events.comparator == BELOW) & ~np.isnan(value)
    v_lo = np.where(below | (drug & (events.pattern == AS_NEEDED)), 0.0, value)
    lod = np.where(below, value, np.nan)
    flags = np.where(below & (value != 0), UPPER_OPEN, 0)
    silent = (events.status == NO_VALUE) | (drug & (events.pattern == NO_DOSE))
    v_hi = value.copy()
    for column in (v_lo, v_hi, raw, lod, r_lo, r_hi):
        column[silent] = np.nan
    unit = np.where(silent | np.isnan(events.value), -1, np.where(drug, unit_numbers()["mg"], unit))
    needs = drug | (_measured()[events.concept] & np.isnan(v_hi))
    problem = np.where(lost & ~silent, UNIT_MISMATCH, np.where(needs & np.isnan(v_hi), NO_DATA, -1))
    return v_lo, v_hi, raw, unit, lod, r_lo, r_hi, np.where(silent, 0, flags), problem


def _twelve_digits(value: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (11 - np.floor(np.log10(value)))
        return np.asarray(np.round(value * scale) / scale)


@cache
def _measured() -> Bools:
    return np.array([t.domain in {"measurement", "observation"} for t in terms().values()])


def _converted(events: Events) -> tuple[Floats, Floats, Floats, Bools]:
    """Values and limits in the concept's own unit, as decimals of 15 digits, and where there is no way to it."""
    value, low, high = events.value.copy(), events.low.copy(), events.high.copy()
    lost = np.zeros(len(events), bool)
    key = events.concept.astype(np.int64) * 1000 + events.unit
    foreign = np.flatnonzero((events.unit >= 0) & (events.unit != _own_unit()[events.concept]))
    for pair in np.unique(key[foreign]):
        at = foreign[key[foreign] == pair]
        scale = to_canonical(int(pair // 1000), int(pair % 1000))
        if scale is None:
            lost[at] = True
            value[at] = low[at] = high[at] = np.nan
        elif scale != (1.0, 0.0):
            for column in (value, low, high):
                column[at] = [float(format(v * scale[0] + scale[1], ".15g")) for v in column[at].tolist()]
    return value, low, high, lost


@cache
def _own_unit() -> Ints:
    return np.array([unit_numbers().get(t.unit or "", -1) for t in terms().values()])


def _categories(events: Events, v_lo: Floats, v_hi: Floats, low: Floats, high: Floats) -> tuple[Ints, Bools]:
    """Category bits: as stated, else positive or negative, low or normal, by the own limit; drugs: the route."""
    drug = _is_drug()[events.concept]
    cats = np.where(drug & (events.route >= 0), 1 << np.maximum(events.route, 0).astype(np.int64), events.cats)
    open_ = _positive()[events.concept] & (cats == 0)
    with np.errstate(invalid="ignore"):
        cats = np.where(open_ & (v_lo > high), 1, np.where(open_ & (v_hi <= high), 2, cats))
        graded = _low()[events.concept] & (cats == 0)
        cats = np.where(graded & (v_hi < low), 2, np.where(graded & (v_lo >= low), 1, cats))
    cats = np.where(events.status == NO_VALUE, 0, cats)
    return cats, cats != 0
