"""The cohort as an OMOP CDM 5.4 database, CSV or Parquet, with the vocabulary of the codes that it uses.

Concepts have ids of a site's own (above 2,000,000,000) and carry system and code in CONCEPT.  As any conversion to OMOP
does, this one loses what the model cannot say: a partial date becomes the first of its month or year, refuted,
unconfirmed and mistaken records are left out, and a course that goes on ends on the day of extraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from trialwright.population.synthetic.cohort import Block
from trialwright.population.synthetic.columns import person_id
from trialwright.population.synthetic.events import (
    AS_NEEDED,
    AS_TEXT,
    BELOW,
    DAY,
    GIVEN,
    IN_ERROR,
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
    Events,
    Ints,
    unit_texts,
)  # fmt: skip
from trialwright.population.synthetic.fhir_resources import said
from trialwright.population.synthetic.terms import OWN, ROUTES, Code, names, numbers, terms

LOCAL = 2_000_000_000
_RECORD = 32817  # EHR
_LESS = 4171756
_WORDS = {"positive": "10828004", "negative": "260385009", "present": "52101004", "absent": "2667000"}
Columns = Mapping[str, Any]


def write_omop(blocks: Iterable[Block], out: Path, *, form: str = "csv") -> dict[str, int]:
    """Write the tables under `out` ("csv" or "parquet") and give the rows of each."""
    if form not in ("csv", "parquet"):
        raise ValueError(f"OMOP tables are written as csv or parquet, not {form}")
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        writers: dict[str, Any] = {}

        def put(name: str, columns: Columns) -> None:
            first = counts.get(name, 0)
            table = pa.table({key: _array(value) for key, value in columns.items()})
            if name not in ("concept", "person", "death", "vocabulary"):
                table = table.add_column(0, f"{name}_id", pa.array(np.arange(first + 1, first + 1 + len(table))))
            counts[name] = first + len(table)
            if name not in writers:
                maker = csv.CSVWriter if form == "csv" else parquet.ParquetWriter
                writers[name] = stack.enter_context(maker(str(out / f"{name}.{form}"), table.schema))
            writers[name].write_table(table)

        for block in blocks:
            for name, columns in tables(block):
                put(name, columns)
        put("concept", _vocabulary())
    return counts


def _array(value: Any) -> pa.Array:
    if isinstance(value, pa.Array):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return pa.array(value, mask=np.isnan(value))
    return pa.array(value)


def tables(block: Block) -> Iterable[tuple[str, Columns]]:
    """The rows of each table for one block."""
    events = block.events
    domain = np.array([t.domain for t in terms().values()])[events.concept]
    keep = ~np.isin(events.status, (IN_ERROR, REFUTED, UNCONFIRMED)) | (domain == "demographic")
    yield "person", _people(events.take(domain == "demographic"))
    dead = events.take(events.concept == numbers()["death"])
    yield (
        "death",
        {"person_id": dead.person + 1, "death_date": _date(dead.day), "death_type_concept_id": _same(dead, _RECORD)},
    )
    people = block.people
    yield (
        "observation_period",
        {
            "person_id": people.person + 1,
            "observation_period_start_date": _date(people.since),
            "observation_period_end_date": _date(np.full(len(people), people.at)),
            "period_type_concept_id": np.full(len(people), _RECORD),
        },
    )
    yield "condition_occurrence", _conditions(events.take(keep & (domain == "condition")))
    yield "drug_exposure", _drugs(events.take(keep & (domain == "drug")), people.at)
    yield "procedure_occurrence", _common(events.take(keep & (domain == "procedure")), "procedure", "procedure_date")
    yield "measurement", _results(events.take(keep & (domain == "measurement")), "measurement")
    yield "observation", _results(events.take(keep & (domain == "observation")), "observation")


def _people(told: Events) -> Columns:
    born = told.take(told.concept == numbers()["birth"])
    sexes = told.take(told.concept == numbers()["sex"])
    _, first = np.unique(sexes.person, return_index=True)
    female = sexes.cats[first] == 1
    text = np.datetime_as_string(np.asarray(born.day, "datetime64[D]"))
    exact, month = born.precision == DAY, born.precision <= MONTH
    parts = np.array([[int(t[:4]), int(t[5:7]), int(t[8:])] for t in text.tolist()]).reshape(-1, 3)
    return {
        "person_id": born.person + 1,
        "gender_concept_id": np.where(female, 8532, 8507),
        "year_of_birth": parts[:, 0],
        "month_of_birth": pa.array(parts[:, 1], mask=~month),
        "day_of_birth": pa.array(parts[:, 2], mask=~exact),
        "race_concept_id": _same(born, 0),
        "ethnicity_concept_id": _same(born, 0),
        "person_source_value": [person_id(p) for p in born.person.tolist()],
        "gender_source_value": np.where(female, "F", "M").tolist(),
    }


def _common(events: Events, kind: str, date: str) -> dict[str, Any]:
    """Whose, what, when, and the code as it stood in the source."""
    which = (events.status == VAGUE).astype(int)
    codes, texts = _ids()[events.concept, which], _source_values()
    return {
        "person_id": events.person + 1,
        f"{kind}_concept_id": codes,
        date: _date(_whole(events)),
        f"{kind}_type_concept_id": _same(events, _RECORD),
        f"{kind}_source_value": [texts[c][w] for c, w in zip(events.concept.tolist(), which.tolist(), strict=True)],
        f"{kind}_source_concept_id": codes,
    }


def _conditions(events: Events) -> Columns:
    dated = (events.end != POINT) & (events.end != OPEN)
    over = np.where(events.status == RESOLVED, "resolved", "")
    return _common(events, "condition", "condition_start_date") | {
        "condition_end_date": _date(np.maximum(events.end, _whole(events)), ~dated),
        "stop_reason": over.tolist(),
    }


def _drugs(events: Events, at: int) -> Columns:
    dated = (events.end != OPEN) & (events.end != POINT)
    past = (events.end == OPEN) & (events.status == RESOLVED)
    last = np.where(dated, np.maximum(events.end, events.day), np.where(past, events.day, at))
    route = [ROUTES[r] if r >= 0 else "" for r in events.route.tolist()]
    given = events.pattern == GIVEN
    return _common(events, "drug", "drug_exposure_start_date") | {
        "drug_exposure_end_date": _date(last),
        "verbatim_end_date": _date(np.where(dated, last, 0), ~dated),
        "quantity": np.where(given, events.value, np.nan),
        "days_supply": pa.array((last - events.day + 1).astype(np.int64)),
        "sig": [_sig(v, p) for v, p in zip(events.value.tolist(), events.pattern.tolist(), strict=True)],
        "route_source_value": route,
        "dose_unit_source_value": _same(events, "mg"),
    }


def _sig(dose: float, pattern: int) -> str:
    match pattern:
        case _ if pattern == NO_DOSE:
            return ""
        case _ if pattern == TWICE:
            return f"{dose / 2:.6g} mg twice daily"
        case _ if pattern == WEEKLY:
            return f"{dose * 7:.6g} mg once weekly"
        case _ if pattern == GIVEN:
            return f"{dose:.6g} mg once daily"  # on its one day
        case _ if pattern == AS_NEEDED:
            return f"{dose:.6g} mg daily as needed"
        case _:
            return f"{dose:.6g} mg once daily"


def _results(events: Events, kind: str) -> Columns:
    """Numbers with unit, comparator and limits; words as concepts; what was written as text stands as text."""
    silent, as_text = events.status == NO_VALUE, events.status == AS_TEXT
    number = np.where(silent | as_text, np.nan, events.value)
    units = [unit_texts()[u] if u >= 0 else "" for u in events.unit.tolist()]
    words = [
        said(names()[c], b) if b else "" for c, b in zip(events.concept.tolist(), events.cats.tolist(), strict=True)
    ]
    text = [
        "" if s else f"{'<' if b == BELOW else ''}{v:.10g} {u}".strip() if v == v else w
        for s, b, v, u, w in zip(
            silent.tolist(), events.comparator.tolist(), events.value.tolist(), units, words, strict=True
        )
    ]
    answers = np.array([_answer_ids().get(w, 0) for w in words], np.int64)
    made = _common(events, kind, f"{kind}_date") | {
        "value_as_number": number,
        "value_as_concept_id": np.where(silent, 0, answers),
        "unit_source_value": units,
        "value_source_value": text,
    }
    if kind == "observation":
        return made | {"value_as_string": ["" if s else w for s, w in zip(silent.tolist(), words, strict=True)]}
    day = np.datetime_as_string(np.asarray(events.day, "datetime64[D]")).tolist()
    clock = [
        f"{d} {m // 60:02d}:{m % 60:02d}:00" if m >= 0 else "" for d, m in zip(day, events.minute.tolist(), strict=True)
    ]
    return made | {
        "measurement_datetime": clock,
        "operator_concept_id": np.where(events.comparator == BELOW, _LESS, 0),
        "range_low": np.where(silent, np.nan, events.low),
        "range_high": np.where(silent, np.nan, events.high),
    }


def _whole(events: Events) -> Ints:
    """The day that a conversion writes for a partial date: the first."""
    days = np.asarray(events.day, "datetime64[D]")
    month = days.astype("datetime64[M]").astype("datetime64[D]")
    year = days.astype("datetime64[Y]").astype("datetime64[D]")
    return (
        np.where(events.precision == DAY, days, np.where(events.precision == MONTH, month, year))
        .astype("datetime64[D]")
        .astype(np.int64)
    )


def _date(day: Ints, missing: Any = None) -> pa.Array:
    return pa.array(np.asarray(day).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def _same(events: Events, value: Any) -> list[Any]:
    return [value] * len(events)


@cache
def _codes() -> dict[tuple[str, str], tuple[int, str, str]]:
    """Id, name and domain of every code that can be written."""
    found: dict[tuple[str, str], tuple[int, str, str]] = {}
    for term in terms().values():
        for code in (term.code, term.vague):
            if code:
                key = (code.system, code.code)
                found.setdefault(key, (LOCAL + 1 + len(found), code.display, term.domain.capitalize()))
    for word, code_text in _WORDS.items():
        found.setdefault(("SNOMED", code_text), (LOCAL + 1 + len(found), word, "Meas Value"))
    return found


@cache
def _ids() -> Ints:
    """Per concept the ids of its code and its broader code."""

    def one(code: Code) -> int:
        return _codes()[code.system, code.code][0]

    return np.array([[one(t.code), one(t.vague or t.code)] for t in terms().values()])


@cache
def _source_values() -> list[tuple[str, str]]:
    return [(t.code.code, (t.vague or t.code).code) for t in terms().values()]


@cache
def _answer_ids() -> dict[str, int]:
    return {word: _codes()["SNOMED", code][0] for word, code in _WORDS.items()}


def _vocabulary() -> Columns:
    rows = [(number, name, domain, system, code) for (system, code), (number, name, domain) in _codes().items()]
    rows += [(8532, "FEMALE", "Gender", "Gender", "F"), (8507, "MALE", "Gender", "Gender", "M")]
    rows += [
        (_RECORD, "EHR", "Type Concept", "Type Concept", "OMOP4976890"),
        (_LESS, "<", "Meas Value Operator", "SNOMED", "276139006"),
    ]
    n = len(rows)
    return {
        "concept_id": [r[0] for r in rows],
        "concept_name": [r[1] for r in rows],
        "domain_id": [r[2] for r in rows],
        "vocabulary_id": [r[3] for r in rows],
        "concept_class_id": ["Custom" if r[3] == OWN else "Undefined" for r in rows],
        "standard_concept": ["S"] * n,
        "concept_code": [r[4] for r in rows],
        "valid_start_date": _date(np.zeros(n, np.int32)),
        "valid_end_date": _date(np.full(n, 47481)),
        "invalid_reason": [""] * n,
    }
