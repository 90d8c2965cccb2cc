"""Many lines of ndjson at once, as columns: the plain records of a record system without a Python object for each.

DuckDB takes a few fields out of every line; each distinct code, person, date, unit and range is read once, by the same
functions that read single resources.  Two kinds of line are settled here: records whose code means no concept, which
are counted, and observations of one plain number.  Every other line is handed back, to be read on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from trialwright.population.codebook import OWN_SYSTEM, Targets
from trialwright.population.fhir import MALFORMED, Reader
from trialwright.population.fhir_observation import limits
from trialwright.population.gather import Code
from trialwright.population.measure import apply
from trialwright.population.quiet import quiet_connect
from trialwright.population.rows import SCHEMA, UNCERTAIN

_ENCOUNTER = "encounter (only its date is used)"
_UCUM = "http://unitsofmeasure.org"


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a resource type keeps what is needed, and which rows are plain enough to be settled here."""

    kind: str
    domain: str | None
    code: str | None
    person: str
    date: str
    fields: str  # of the structure that is taken out of a line
    plain: str  # SQL condition


_REFERENCE = '{"reference":"VARCHAR"}'
_PERIOD = '{"start":"VARCHAR"}'
SHAPES = {
    "Observation": Shape(
        "measurement", "measurement", "x.code", "x.subject.reference", "x.effectiveDateTime",
        f'"code":"JSON","subject":{_REFERENCE},"effectiveDateTime":"VARCHAR","component":"JSON","hasMember":"JSON",'
        '"context":"JSON","valueQuantity":{"value":"DOUBLE","unit":"VARCHAR","code":"VARCHAR","system":"VARCHAR",'
        '"comparator":"VARCHAR"},"referenceRange":"JSON"',
        "x.status IN ('final','amended','corrected','preliminary') AND x.component IS NULL AND x.hasMember IS NULL "
        "AND x.context IS NULL",
    ),
    "Condition": Shape(
        "condition", "condition", "x.code", "x.subject.reference", "x.recordedDate",
        f'"code":"JSON","subject":{_REFERENCE},"recordedDate":"VARCHAR","clinicalStatus":"JSON","verificationStatus":"JSON",'
        '"context":"JSON","participant":"JSON"',
        "x.context IS NULL AND x.participant IS NULL AND coalesce(x.clinicalStatus::VARCHAR, '{') LIKE '{%' "
        "AND coalesce(x.verificationStatus::VARCHAR, '{') LIKE '{%' "
        "AND NOT contains(coalesce(x.verificationStatus::VARCHAR, ''), 'entered-in-error')",
    ),
    "Procedure": Shape(
        "procedure", "procedure", "x.code", "x.subject.reference",
        "coalesce(x.performedDateTime, x.performedPeriod.start)",
        f'"code":"JSON","subject":{_REFERENCE},"performedDateTime":"VARCHAR","performedPeriod":{_PERIOD},"notDone":"JSON",'
        '"occurrenceDateTime":"JSON","occurrencePeriod":"JSON","context":"JSON"',
        "x.status = 'completed' AND x.notDone IS NULL AND x.occurrenceDateTime IS NULL AND x.occurrencePeriod IS NULL "
        "AND x.context IS NULL",
    ),
    "Immunization": Shape(
        "immunization", None, "x.vaccineCode", "x.patient.reference", "x.occurrenceDateTime",
        f'"vaccineCode":"JSON","patient":{_REFERENCE},"occurrenceDateTime":"VARCHAR","notGiven":"JSON"',
        "x.status = 'completed' AND x.notGiven IS NULL",
    ),
    "MedicationRequest": Shape(
        "drug", "drug", "x.medicationCodeableConcept", "x.subject.reference", "x.authoredOn",
        f'"medicationCodeableConcept":"JSON","subject":{_REFERENCE},"authoredOn":"VARCHAR","intent":"VARCHAR",'
        '"doNotPerform":"JSON","medication":"JSON","dosageInstruction":"JSON"',
        "x.status IN ('active','completed','stopped') AND x.intent NOT IN ('plan','proposal') "
        "AND x.doNotPerform IS NULL AND x.medication IS NULL "
        "AND NOT contains(coalesce(x.dosageInstruction::VARCHAR, ''), 'boundsPeriod')",
    ),
    "Encounter": Shape(
        "encounter", None, None, "x.subject.reference", "x.period.start",
        f'"subject":{_REFERENCE},"period":{_PERIOD},"class":"JSON","actualPeriod":"JSON"',
        "x.status IN ('finished','in-progress','arrived','triaged') AND x.actualPeriod IS NULL "
        "AND x.class::VARCHAR LIKE '{%'",
    ),
}  # fmt: skip
_VALUE = (
    "CASE WHEN x.valueQuantity.comparator IS NULL THEN x.valueQuantity.value END",
    f"CASE WHEN x.valueQuantity.system = '{_UCUM}' AND x.valueQuantity.code <> '' THEN x.valueQuantity.code "
    "ELSE coalesce(nullif(x.valueQuantity.unit, ''), x.valueQuantity.code) END",
    "x.referenceRange",
)


@dataclass(slots=True)
class Means:
    """What a code means: concepts, or the code to be counted, or neither when single reading has to decide."""

    targets: Targets = ()
    counted: Code | None = None


class Columns:
    """Settles plain lines by column; remembers what codes mean."""

    __slots__ = ("_codes", "_connection", "_reader")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._codes: dict[tuple[str, str], Means] = {}
        self._connection: duckdb.DuckDBPyConnection | None = None

    def settle(self, data: bytes) -> tuple[list[tuple[int, bytes]], pa.Table | None, int]:
        """Numbered lines that have to be read one by one, rows of plain observations, and how many lines there were."""
        bounds = _bounds(data)
        lines = pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data))
        first = data[:60]
        kind = first[17 : first.find(b'"', 17)].decode() if first.startswith(b'{"resourceType":"') else ""
        shape = SHAPES.get(kind)
        count = len(bounds) - 1
        if shape is None:
            return _some(data, bounds, range(count)), None, count
        try:
            taken = self._take(lines, kind, shape)
        except duckdb.Error:  # a line that is no JSON: each is read on its own, and named
            return _some(data, bounds, range(count)), None, count
        settled, rows = self._decide(taken, kind, shape)
        return _some(data, bounds, np.flatnonzero(~settled)), rows, count

    def _take(self, lines: pa.StringArray, kind: str, shape: Shape) -> pa.Table:
        if self._connection is None:
            self._connection = quiet_connect()
            self._connection.execute("SET threads = 1")
        value = ", ".join(_VALUE) if kind == "Observation" else "NULL, NULL, NULL"
        fields = f'{{"resourceType":"VARCHAR","id":"VARCHAR","status":"VARCHAR",{shape.fields}}}'
        held = pa.table({"line": lines})
        self._connection.register("lines", held)
        columns = ("plain", "id", "code", "person", "date", "value", "unit", "range")
        made = (
            f"coalesce(x.resourceType = '{kind}' AND x.id IS NOT NULL AND {shape.plain}, false)", "x.id",
            shape.code or "NULL", shape.person, shape.date, value,
        )  # fmt: skip
        taken = self._connection.sql(
            f"SELECT {', '.join(made)} FROM (SELECT from_json(line, '{fields}') AS x FROM lines)"
        )
        found = taken.to_arrow_table()
        self._connection.unregister("lines")
        return found.rename_columns(list(columns))

    def _decide(self, taken: pa.Table, kind: str, shape: Shape) -> tuple[np.ndarray[Any, Any], pa.Table | None]:
        reader, out = self._reader, self._reader.out
        plain = taken.column("plain").to_numpy()
        person, people = _distinct(taken.column("person"))
        date, dates = _distinct(taken.column("date"))
        names = [reader.person({"reference": text}) for text in people]
        spans = [reader.dates.read(text) for text in dates]
        good = plain & _which(person, names) & _which(date, spans)
        starts = np.array([s[0] if s else 0 for s in spans] or [0], dtype=np.int64)[date]
        if shape.code is None:
            self._count(good, kind, shape, person, names, starts)
            if good.any():
                reason = f"Encounter/{taken.column('id')[int(np.flatnonzero(good)[0])].as_py()}"
                out.aside[_ENCOUNTER] += int(good.sum())
                out.places.setdefault(_ENCOUNTER, reason)
            return good, None
        code, texts = _distinct(taken.column("code"))
        means = [self._means(text, shape.kind) for text in texts]
        unmapped = good & _which(code, [m.counted for m in means])
        for i, n in enumerate(np.bincount(code[unmapped], minlength=len(texts))):
            if n and (counted := means[i].counted) is not None:
                out.unmapped[counted] += int(n)
        rows, valued = None, np.zeros(len(plain), dtype=bool)
        if kind == "Observation":
            plainly = [bool(m.targets) and all(self._is_number(i) for i, _ in m.targets) for m in means]
            candidates = good & np.array([*plainly, False])[code] & taken.column("value").is_valid().to_numpy()
            rows, valued = self._numbers(taken, candidates, code, means, person, names, date, spans)
        settled = unmapped | valued
        self._count(settled, kind, shape, person, names, starts)
        return settled, rows

    def _is_number(self, index: int) -> bool:
        concept = self._reader.book.concepts[index]
        return concept.domain == "measurement" and not concept.categories and concept.unit is not None

    def _count(
        self,
        settled: np.ndarray[Any, Any],
        kind: str,
        shape: Shape,
        person: np.ndarray[Any, Any],
        names: list[str | None],
        starts: np.ndarray[Any, Any],
    ) -> None:
        out = self._reader.out
        n = int(settled.sum())
        if not n:
            return
        out.record += n
        out.read[kind] += n
        if shape.domain is not None:
            out.domains[shape.domain] += n
        who, when = person[settled], starts[settled]
        for i in np.unique(who):
            out.seen(names[i] or "")
        past = when <= out.now
        earliest = np.full(len(names), np.iinfo(np.int64).max)
        np.minimum.at(earliest, who[past], when[past])
        for i in np.flatnonzero(earliest < np.iinfo(np.int64).max):
            out.seen(names[i] or "", int(earliest[i]))
        if past.any():
            out.latest = max(out.latest, int(when[past].max()))

    def _means(self, text: str, kind: str) -> Means:
        key = (text, kind)
        found = self._codes.get(key)
        if found is None:
            if len(self._codes) > 100_000:
                self._codes.clear()
            try:
                concept = orjson.loads(text)
                targets, alike = self._reader.meaning(concept, kind)
                own = any(c.get("system") == OWN_SYSTEM for c in concept.get("coding") or ())
                single = alike is not None or own
                found = Means(() if single else targets, None if targets else self._reader.code_of(concept))
            except (orjson.JSONDecodeError, *MALFORMED):
                found = Means()
            self._codes[key] = found
        return found

    def _numbers(
        self,
        taken: pa.Table,
        candidates: np.ndarray[Any, Any],
        code: np.ndarray[Any, Any],
        means: list[Means],
        person: np.ndarray[Any, Any],
        names: list[str | None],
        date: np.ndarray[Any, Any],
        spans: list[tuple[int, int] | None],
    ) -> tuple[pa.Table | None, np.ndarray[Any, Any]]:
        """Rows of observations of one number each in a unit that can be converted."""
        done = np.zeros(len(candidates), dtype=bool)
        places = np.flatnonzero(candidates)
        if not len(places):
            return None, done
        chosen = taken.take(pa.array(places))
        unit, units = _distinct(chosen.column("unit"))
        limit, limit_texts = _distinct(chosen.column("range"))
        # Rows of one code, unit and range are alike but for who, when and how much: read each such kind once.
        kind = (code[places] * (len(units) + 1) + unit + 1) * (len(limit_texts) + 1) + limit + 1
        kinds, of = np.unique(kind, return_inverse=True)
        made = []
        for number in kinds.tolist():
            rest, n = divmod(number, len(limit_texts) + 1)
            c, u = divmod(rest, len(units) + 1)
            made.append(self._alike(means[c].targets, units[u - 1] if u else None, limit_texts[n - 1] if n else None))
        done[places[np.array([m is not None for m in made])[of]]] = True
        values, ids = chosen.column("value").to_numpy(), chosen.column("id").combine_chunks()
        references = pc.binary_join_element_wise("Observation", ids, "/")
        unit_names, names_of = pa.array([*units, None], pa.string()), pa.array([*names, None], pa.string())
        lows = np.array([*(s[0] if s else 0 for s in spans), 0])[date[places]]
        highs = np.array([*(s[1] if s else 0 for s in spans), 0])[date[places]]
        tables = []
        for nth in range(max((len(m) for m in made if m), default=0)):
            here = [m[nth] if m and nth < len(m) else None for m in made]
            rows = np.flatnonzero(np.array([h is not None for h in here])[of])
            mine, n = of[rows], len(rows)
            numbers = values[rows].copy()
            for i, entry in enumerate(here):
                if entry is None:
                    continue
                index, certain, scale = entry[:3]
                if scale != (1.0, 0.0):
                    numbers[mine == i] = [apply(scale, x) for x in numbers[mine == i].tolist()]
                if not certain:
                    self._reader.out.notes["not certain", self._reader.book.concepts[index].id] += int(
                        (mine == i).sum()
                    )
            columns = {
                "person": names_of.take(pa.array(person[places[rows]])),
                "concept": np.array([h[0] if h else 0 for h in here])[mine],
                "t_lo": lows[rows],
                "t_hi": highs[rows],
                "v_lo": numbers,
                "v_hi": numbers,
                "r_lo": pa.array([h[3] if h else None for h in here], pa.float64()).take(pa.array(mine)),
                "r_hi": pa.array([h[4] if h else None for h in here], pa.float64()).take(pa.array(mine)),
                "raw": values[rows],
                "unit": unit_names.take(pa.array(np.where(unit[rows] < 0, len(units), unit[rows]))),
                "flags": np.array([0 if h is None or h[1] else UNCERTAIN for h in here])[mine],
                "reference": references.take(pa.array(rows)),
                "record": self._reader.out.record + 1 + rows,
            }
            tables.append(pa.table([_as(columns.get(f.name, pa.nulls(n)), f.type) for f in SCHEMA], schema=SCHEMA))
        self._reader.out.record += len(places)  # the numbers of records need not be consecutive
        return (pa.concat_tables(tables) if tables else None), done

    def _alike(self, targets: Targets, unit: str | None, limit: str | None) -> list[Any] | None:
        """For each concept its scale and limits; None when single reading has to decide."""
        low = high = None
        if limit is not None:
            try:
                low, high, range_unit = limits(orjson.loads(limit), unit)
            except MALFORMED:
                return None
            if range_unit != unit and (low is not None or high is not None):
                return None
        made = []
        for index, certain in targets:
            scale = self._reader.measures.scale(index, unit)
            if scale is None:
                return None
            made.append((index, certain, scale, apply(scale, low), apply(scale, high)))
        return made


def _as(values: Any, kind: pa.DataType) -> Any:
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)


def _bounds(data: bytes) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Where the lines begin, and where the last one ends."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10)
    tail = [] if data.endswith(b"\n") else [len(data)]
    return np.concatenate(([0], ends + 1, tail)).astype(np.int32)


def _some(data: bytes, bounds: np.ndarray[Any, Any], which: Any) -> list[tuple[int, bytes]]:
    """Lines by their place, numbered from 1."""
    return [(int(i) + 1, data[bounds[i] : bounds[i + 1]]) for i in which]


def _distinct(column: pa.ChunkedArray) -> tuple[np.ndarray[Any, Any], list[str]]:
    """For each row the number of its text (-1: none), and the texts."""
    encoded = column.combine_chunks().dictionary_encode() if column.type != pa.null() else None
    if encoded is None or pa.types.is_null(encoded.type):
        return np.full(len(column), -1), []
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64), encoded.dictionary.to_pylist()


def _which(numbers: np.ndarray[Any, Any], values: list[Any]) -> np.ndarray[Any, Any]:
    """Rows whose value is there; -1 points at the False put last."""
    there: np.ndarray[Any, Any] = np.array([*(v is not None for v in values), False])[numbers]
    return there
