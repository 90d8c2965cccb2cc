"""Records that repeat one another but for who and when: one of them is read as a single resource, for all.

What is left of a line without its names and dates decides; a record whose rows do not follow from that, or that is set
aside, is left to be read on its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from trialwright.population.dates import Spans
from trialwright.population.fhir import MALFORMED, Handler, Reader
from trialwright.population.fhir_alike import Alike, Ints, coded

_REMEMBERED = 20_000
Span = tuple[int, int]
Dated = tuple[Ints, Spans]
"""For each record the number of its date (-1: none), and the dates."""


@dataclass(frozen=True, slots=True)
class Said:
    """What such a record states: its rows, and what is noted of each."""

    rows: list[Alike]
    notes: Counter[tuple[str, str]]


class Repeats:
    """Reads one record of each kind; remembers what was read."""

    __slots__ = ("_handlers", "_known", "_reader")

    def __init__(self, reader: Reader, handlers: Mapping[str, Handler]) -> None:
        self._reader = reader
        self._handlers = handlers
        self._known: dict[tuple[str, str, bool], Said | None] = {}

    def kinds(
        self, kind: str, body: Ints, texts: list[str], lines: pa.Array, begin: Dated, finish: Dated
    ) -> tuple[list[list[Alike] | None], Ints]:
        """What records of one body share (None: each is read on its own), and whose is which."""
        number = body * 2 + (finish[0] >= 0)
        found, first, of, count = np.unique(number, return_index=True, return_inverse=True, return_counts=True)
        made: list[list[Alike] | None] = []
        for n, i, times in zip(found.tolist(), first.tolist(), count.tolist(), strict=True):
            key = (kind, texts[n // 2], bool(n % 2))
            said = self._known.get(key)
            if said is None and times > 1 and key not in self._known:
                if len(self._known) > _REMEMBERED:
                    self._known.clear()
                start, end = begin[1][int(begin[0][i])], finish[1][int(finish[0][i])] if n % 2 else None
                said = self._known[key] = self._read(kind, lines[i].as_py(), start, end)
            if said is not None:
                for note, many in said.notes.items():
                    self._reader.out.notes[note] += many * times
            made.append(said.rows if said is not None else None)
        return made, of

    def _read(self, kind: str, line: str, start: Span | None, end: Span | None) -> Said | None:
        reader = self._reader
        before = reader.out
        reader.out = out = type(before)(before.now)
        try:
            resource: dict[str, Any] = orjson.loads(line)
            self._handlers[kind](resource, reader)
        except MALFORMED:
            return None
        finally:
            reader.out = before
        if out.aside or out.unmapped or out.pending or start is None:
            return None
        rows = [coded(row, start, end) for row in out.rows]
        shared = [row for row in rows if row is not None]
        return Said(shared, out.notes) if shared and len(shared) == len(rows) else None
