"""Many lines of ndjson at once, as columns: the usual records of a record system without a Python object for each.

DuckDB takes a few fields out of every line; each distinct code, person, date, unit and range is read once, by the same
functions that read single resources.  Three kinds of line are settled here: records whose code means no concept, which
are counted; observations of plain numbers, alone or as components; and records that repeat another one but for who and
when.  Every other line is handed back, to be read on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from trialwright.population.codebook import Targets
from trialwright.population.dates import Spans
from trialwright.population.fhir import MALFORMED, Handler, Reader
from trialwright.population.fhir_alike import Alike, Instances, numeric, spread
from trialwright.population.fhir_observation import interpretation_of, limits
from trialwright.population.fhir_repeats import Repeats
from trialwright.population.fhir_shapes import QUANTITY, SHAPES, Floats, Mask, Shape, Taken
from trialwright.population.gather import Code
from trialwright.population.measure import apply
from trialwright.population.quiet import quiet_connect

_ENCOUNTER = "encounter (only its date is used)"
_PARTS = f'[{{"code":"JSON","valueQuantity":{QUANTITY},"referenceRange":"JSON","interpretation":"JSON"}}]'
_REMEMBERED = 100_000
_WORTH_ASKING = 24
"""Lines from which on a second question about them pays."""
Numbers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class Means:
    """What a code means: concepts, or the code to be counted; `unclear` when single reading has to decide."""

    targets: Targets = ()
    counted: Code | None = None
    named: frozenset[Any] = frozenset()  # its codes
    unclear: bool = False


@dataclass(slots=True)
class Lines:
    """What was taken out of the lines of a piece; dates and people as numbers of their texts."""

    text: pa.StringArray
    taken: Taken
    person: Numbers
    names: list[str | None]
    date: Numbers
    spans: Spans

    def references(self, kind: str, which: Numbers) -> pa.Array:
        return pc.binary_join_element_wise(kind, self.taken["id"].take(pa.array(which)), "/")

    def people(self, which: Numbers) -> pa.Array:
        return pa.array([*self.names, None], pa.string()).take(pa.array(self.person[which]))

    def starts(self, which: Numbers) -> tuple[Numbers, Numbers]:
        return _ends(self.spans, self.date[which])


class Columns:
    """Settles lines by column; remembers what codes, units and ranges mean."""

    __slots__ = ("_codes", "_connection", "_numeric", "_reader", "_repeats")

    def __init__(self, reader: Reader, handlers: Mapping[str, Handler]) -> None:
        self._reader = reader
        self._repeats = Repeats(reader, handlers)
        self._codes: dict[tuple[str, str], Means] = {}
        self._numeric: dict[tuple[str, str | None, str | None, str | None], list[Alike] | None] = {}
        self._connection: duckdb.DuckDBPyConnection | None = None

    def settle(self, data: bytes) -> tuple[list[tuple[int, bytes]], list[pa.Table], int]:
        """Numbered lines that have to be read one by one, rows of all others, and how many lines there were.

        The record of a row is the number of its line, from 0.
        """
        bounds = _bounds(data)
        count = len(bounds) - 1
        first = data[: data.find(b'"', 17) + 1][:60]
        kind = first[17:-1].decode() if first.startswith(b'{"resourceType":"') else ""
        shape = SHAPES.get(kind)
        if shape is None:
            return _some(data, bounds, range(count)), [], count
        text = pa.StringArray.from_buffers(count, pa.py_buffer(bounds), pa.py_buffer(data))
        try:
            found = self._ask(f"SELECT from_json(line, '{shape.structure}') AS x FROM lines", line=text)
            taken = Taken(found.column("x").combine_chunks())
            plain = shape.plain(taken) & _begin_with(first, data, bounds)
            settled, rows = self._decide(text, taken, plain, kind, shape)
        except duckdb.Error:  # a line that is no JSON: each is read on its own, and named
            return _some(data, bounds, range(count)), [], count
        return _some(data, bounds, np.flatnonzero(~settled)), rows, count

    def _ask(self, query: str, **columns: Any) -> pa.Table:
        """The answer of a query about the table `lines` with these columns."""
        if self._connection is None:
            self._connection = quiet_connect()
            self._connection.execute("SET threads = 1")
        self._connection.register("lines", pa.table(columns))
        found = self._connection.sql(query).to_arrow_table()
        self._connection.unregister("lines")
        return found

    def _decide(
        self, text: pa.StringArray, taken: Taken, plain: Mask, kind: str, shape: Shape
    ) -> tuple[Mask, list[pa.Table]]:
        reader, out = self._reader, self._reader.out
        person, people = _distinct(taken[shape.person])
        names = [reader.person({"reference": name}) for name in people]
        lines = Lines(text, taken, person, names, *self._dates(taken, shape.date))
        finish, ends = self._dates(taken, shape.finish)
        good = plain & _which(person, names)
        good &= lines.spans.there[lines.date] | (shape.undated & (lines.date < 0))
        good &= (finish < 0) | ends.there[finish]
        if shape.code is None:
            self._count(good, kind, shape, lines)
            if good.any():
                reason = f"Encounter/{taken['id'][int(np.flatnonzero(good)[0])].as_py()}"
                out.aside[_ENCOUNTER] += int(good.sum())
                out.places.setdefault(_ENCOUNTER, reason)
            return good, []
        code, texts = _distinct(taken[shape.code])
        means = [self._means(name, shape.kind) for name in texts]
        rows: list[pa.Table] = []
        panel = np.zeros_like(good)
        if kind == "Observation":
            panel = taken["component"].is_valid().to_numpy(zero_copy_only=False)
        settled = good & ~panel & _which(code, [m.counted for m in means])
        self._count_codes(settled, code, means)
        rest = good & ~panel & ~settled & _which(code, [None if m.unclear else m for m in means])
        if kind == "Observation":
            value = taken.number("valueQuantity")
            rows += self._numbers(rest & np.isfinite(value), settled, lines, code, texts, value)
            rows += self._panels(good & panel, settled, lines, code, means)
            rest &= taken["valueQuantity.value"].is_null().to_numpy(zero_copy_only=False)
        if shape.begin is not None:
            begin = (lines.date, lines.spans) if shape.begin == shape.date else self._dates(taken, shape.begin)
            rows += self._repeat(rest & ~settled, settled, lines, kind, shape, begin, (finish, ends))
        self._count(settled, kind, shape, lines)
        return settled, rows

    def _dates(self, taken: Taken, path: str | None) -> tuple[Numbers, Spans]:
        """For each line the number of its date (-1: none), and the dates."""
        number, texts = _encoded(taken[path]) if path else (np.full(len(taken[""]), -1), pa.array([], pa.string()))
        return number, self._reader.dates.read_all(texts)

    def _count(self, settled: Mask, kind: str, shape: Shape, lines: Lines) -> None:
        out = self._reader.out
        n = int(settled.sum())
        if not n:
            return
        out.read[kind] += n
        if shape.domain is not None:
            out.domains[shape.domain] += n
        names, who = lines.names, lines.person[settled]
        when = lines.starts(np.flatnonzero(settled))[0]
        for i in np.unique(who):
            out.seen(names[i] or "")
        past = (when <= out.now) & (lines.date[settled] >= 0)
        earliest = np.full(len(names), np.iinfo(np.int64).max)
        np.minimum.at(earliest, who[past], when[past])
        for i in np.flatnonzero(earliest < np.iinfo(np.int64).max):
            out.seen(names[i] or "", int(earliest[i]))
        if past.any():
            out.latest = max(out.latest, int(when[past].max()))

    def _count_codes(self, unmapped: Mask, code: Numbers, means: list[Means]) -> None:
        for i, n in enumerate(np.bincount(code[unmapped], minlength=len(means))):
            if n and (counted := means[i].counted) is not None:
                self._reader.out.unmapped[counted] += int(n)

    def _means(self, text: str, kind: str) -> Means:
        key = (text, kind)
        found = self._codes.get(key)
        if found is None:
            if len(self._codes) > _REMEMBERED:
                self._codes.clear()
            try:
                concept = orjson.loads(text)
                targets, alike = self._reader.meaning(concept, kind)
                codings = concept.get("coding") or ()
                if any(type(value) in (dict, list) for c in codings for value in (c.get("system"), c.get("code"))):
                    raise TypeError(text)
                named = frozenset(c.get("code") for c in codings)
                found = Means(() if alike else targets, None if targets else self._reader.code_of(concept), named)
            except (orjson.JSONDecodeError, *MALFORMED):
                found = Means(unclear=True)
            self._codes[key] = found
        return found

    def _numbers(
        self, candidates: Mask, settled: Mask, lines: Lines, code: Numbers, texts: list[str], value: Floats
    ) -> list[pa.Table]:
        """Rows of observations of one number each in a unit that can be converted; marks them as settled."""
        places = np.flatnonzero(candidates)
        if not len(places):
            return []
        kinds, of = self._kinds(lines.taken, "", places, code[places], texts)
        known = np.array([k is not None for k in kinds])[of]
        settled[places[known]] = True
        return self._rows(kinds, of[known], places[known], lines, value[places[known]])

    def _rows(
        self, kinds: list[list[Alike] | None], of: Numbers, places: Numbers, lines: Lines, value: Floats
    ) -> list[pa.Table]:
        """Rows of plain numbers of these lines."""
        for rows, n in zip(kinds, np.bincount(of, minlength=len(kinds)).tolist(), strict=True):
            for row in rows or () if n else ():
                if row.flags:
                    self._reader.out.notes["not certain", self._reader.book.concepts[row.concept].id] += n
        people, names = lines.people(places), lines.references("Observation", places)
        start = lines.starts(places)
        return spread([k or [] for k in kinds], Instances(of, people, *start, names, places, value))

    def _kinds(
        self, taken: Taken, path: str, places: Numbers, code: Numbers, texts: list[str]
    ) -> tuple[list[list[Alike] | None], Numbers]:
        """What numbers of one code, unit, range and interpretation share (None: single reading decides), and whose."""
        which = pa.array(places)
        quantity, ranges, sayings = (f"{path}{n}" for n in ("valueQuantity", "referenceRange", "interpretation"))
        parts = [_distinct(c.take(which)) for c in (taken.unit(quantity), taken[ranges], taken[sayings])]
        number = code
        for column, values in parts:
            number = number * (len(values) + 1) + column + 1
        found, of = np.unique(number, return_inverse=True)
        made = []
        for n in found.tolist():
            key: list[str | None] = []
            for _, values in reversed(parts):
                n, i = divmod(n, len(values) + 1)
                key.insert(0, values[i - 1] if i else None)
            known = (texts[n], *key)
            if known not in self._numeric:
                if len(self._numeric) > _REMEMBERED:
                    self._numeric.clear()
                self._numeric[known] = self._alike(self._means(texts[n], "measurement"), *key)
            made.append(self._numeric[known])
        return made, of

    def _alike(self, means: Means, unit: str | None, ranges: str | None, said: str | None) -> list[Alike] | None:
        """For each concept what such numbers share; None when single reading has to decide."""
        low = high = word = None
        measures = self._reader.measures
        try:
            if ranges is not None:
                low, high, range_unit = limits(orjson.loads(ranges), unit)
                if range_unit != unit and (low is not None or high is not None):
                    return None
            if said is not None:
                word = interpretation_of({"interpretation": orjson.loads(said)})
        except MALFORMED:
            return None
        made = []
        for index, certain in means.targets:
            concept = self._reader.book.concepts[index]
            scale = measures.scale(index, unit, bare=concept.id in means.named)
            if scale is None or concept.unit is None or concept.domain not in {"measurement", "observation"}:
                return None
            cats, cut = measures.decided(index, apply(scale, low), apply(scale, high), word)
            made.append(numeric(index, certain, scale, unit, low, high, cats, cut))
        return made or None

    def _panels(self, panels: Mask, settled: Mask, lines: Lines, code: Numbers, means: list[Means]) -> list[pa.Table]:
        """Components that are plain numbers, of observations without a value of their own; marks them as settled."""
        places = np.flatnonzero(panels)
        if len(places) < _WORTH_ASKING:
            return []
        where = pa.array(places)
        text, component = lines.text.take(where), lines.taken["component"].take(where)
        found = self._ask(
            f"SELECT n, unnest(from_json(component, '{_PARTS}')) AS x FROM lines",
            n=np.arange(len(places)), component=component,
        )  # fmt: skip
        taken = Taken(found.column("x").combine_chunks())
        of_line, value = found.column("n").to_numpy(), taken.number("valueQuantity")
        part, texts = _distinct(taken["code"])
        if not texts:
            return []
        meant = [self._means(name, "measurement") for name in texts]
        clear = _which(part, [None if m.unclear else m for m in meant])
        aimed = clear & np.array([*(bool(m.targets) for m in meant), False])[part]
        kinds, of = self._kinds(taken, "", np.arange(len(part)), np.maximum(part, 0), texts)
        plain = aimed & np.array([k is not None for k in kinds])[of] & np.isfinite(value)

        def any_of(parts: Mask) -> Mask:
            return np.bincount(of_line[parts], minlength=len(places)) > 0

        values = pc.not_equal(pc.count_substring(text, '"value'), pc.count_substring(component, '"value'))
        own = pc.or_(values, pc.match_substring(text, '"dataAbsentReason"')).to_numpy(zero_copy_only=False)
        named = (code[places] < 0) | _which(code[places], [None if m.unclear else m for m in means])
        read, some = named & any_of(clear) & ~any_of(~clear | (aimed & ~plain)), any_of(plain)
        unmapped = read & ~some & _which(code[places], [m.counted for m in means])
        valued = read & some & ~own
        settled[places[unmapped | valued]] = True
        self._count_codes(np.isin(np.arange(len(settled)), places[unmapped]), code, means)
        rows = np.flatnonzero(plain & valued[of_line])
        return self._rows(kinds, of[rows], places[of_line[rows]], lines, value[rows])

    def _repeat(
        self, rest: Mask, settled: Mask, lines: Lines, kind: str, shape: Shape,
        begin: tuple[Numbers, Spans], finish: tuple[Numbers, Spans],
    ) -> list[pa.Table]:  # fmt: skip
        """Rows of records that repeat one another but for who and when; marks them as settled."""
        places = np.flatnonzero(rest & begin[1].there[begin[0]])
        if len(places) < _WORTH_ASKING:
            return []
        chosen = lines.text.take(pa.array(places))
        bodies = self._ask(f"SELECT json_merge_patch(line, '{shape.blank}') AS body FROM lines", line=chosen)
        body, texts = _distinct(bodies.column("body").combine_chunks())
        starts, ends = begin[0][places], finish[0][places]
        kinds, of = self._repeats.kinds(kind, body, texts, chosen, (starts, begin[1]), (ends, finish[1]))
        known = np.array([k is not None for k in kinds])[of]
        which = places[known]
        settled[which] = True
        people, names = lines.people(which), lines.references(kind, which)
        start, end = _ends(begin[1], starts[known]), _ends(finish[1], ends[known])
        return spread([k or [] for k in kinds], Instances(of[known], people, *start, names, which, None, *end))


def _begin_with(first: bytes, data: bytes, bounds: np.ndarray[Any, Any]) -> Mask:
    """Which lines are of the type of the first, by how they begin."""
    starts = bounds[:-1]
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, dtype=np.uint8), len(first))
    fits: Mask = (windows[np.minimum(starts, len(windows) - 1)] == np.frombuffer(first, dtype=np.uint8)).all(axis=1)
    return fits


def _bounds(data: bytes) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Where the lines begin, and where the last one ends."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 10)
    tail = [] if data.endswith(b"\n") else [len(data)]
    return np.concatenate(([0], ends + 1, tail)).astype(np.int32)


def _some(data: bytes, bounds: np.ndarray[Any, Any], which: Any) -> list[tuple[int, bytes]]:
    """Lines by their place, numbered from 1."""
    return [(int(i) + 1, data[bounds[i] : bounds[i + 1]]) for i in which]


def _distinct(column: pa.Array) -> tuple[Numbers, list[str]]:
    """For each row the number of its text (-1: none), and the texts."""
    numbers, texts = _encoded(column)
    return numbers, texts.to_pylist()


def _encoded(column: pa.Array) -> tuple[Numbers, pa.StringArray]:
    encoded = column.dictionary_encode()
    numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64), encoded.dictionary


def _which(numbers: Numbers, values: list[Any]) -> Mask:
    """Rows whose value is there; -1 points at the False put last."""
    there: Mask = np.array([*(v is not None for v in values), False])[numbers]
    return there


def _ends(spans: Spans, which: Numbers) -> tuple[Numbers, Numbers]:
    """First and last minutes of dates by their number; 0 where there is none."""
    return spans.lo[which], spans.hi[which]
