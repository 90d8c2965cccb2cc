"""Where rows wait until all is read: in memory, and beside the store that is being made what does not fit there."""

from __future__ import annotations

import glob
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trialwright.population.fhir_files import located, name_rows
from trialwright.population.gather import Batch, Code, Part
from trialwright.population.quiet import quiet_connect
from trialwright.population.rows import SCHEMA

_FLUSH_ROWS = 50_000
"""Few, so that rows are stored while others are still being read."""
_FLUSH_PEOPLE = 200_000
_SEEN = pa.schema([("person", pa.string()), ("first", pa.int32())])


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source; `by_id` tells whether its records have ids of their own (a CSV row has none)."""

    path: str
    sha256: str
    kind: str
    by_id: bool = True


@dataclass(slots=True)
class Counts:
    """What became of the records so far; `aside` gains what the store finds impossible or duplicate."""

    read: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    unmapped: Counter[Code] = field(default_factory=Counter)
    aside: Counter[str] = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)


class Staging:
    """Rows, people and periods of everything that has been read; `connection` also holds the store to be."""

    def __init__(self, target: Path, memory_limit: str | None = None, threads: int | None = None) -> None:
        _remove_abandoned(target)
        self.made = target.with_name(f"making-{os.getpid()}.{target.name}")
        self.spill = target.with_name(f"spill-{os.getpid()}.{target.name}")
        self.remove()
        self.connection = quiet_connect(str(self.made))
        try:
            self.connection.execute(f"SET temp_directory = '{_quoted(self.spill)}'")
            self.connection.execute("SET preserve_insertion_order = true")
            if memory_limit:
                self.connection.execute("SET memory_limit = ?", [memory_limit])
            if threads:
                self.connection.execute(f"SET threads = {threads}")
        except duckdb.Error:
            self.close()
            self.remove()
            raise
        self.connection.execute("ATTACH ':memory:' AS s")  # what does not fit goes to the spill directory
        columns = ", ".join(f"{f.name} {_SQL[f.type]}" for f in SCHEMA)
        self.connection.execute(f"CREATE TABLE s.staged (file INTEGER, {columns})")
        self.connection.execute("CREATE TABLE s.seen (person VARCHAR, first INTEGER)")
        self.connection.execute(
            "CREATE TABLE s.periods (person VARCHAR, site VARCHAR, first INTEGER, last INTEGER, earlier BOOLEAN)"
        )
        self.connection.execute(
            "CREATE TABLE s.answers (person VARCHAR, trial VARCHAR, clause VARCHAR, answer VARCHAR, "
            "who VARCHAR, day VARCHAR)"
        )
        self.files: list[SourceFile] = []
        self.counts = Counts()
        self.latest = -(2**31)
        self.records = 0  # numbers of records that are taken; not every one need be used
        self.read_of: Counter[int] = Counter()
        self._held: list[pa.Table] = []
        self._held_rows = 0
        self._seen: dict[str, int | None] = {}
        self._lines: Counter[int] = Counter()

    def file(self, path: str, sha256: str, kind: str, by_id: bool = True) -> int:
        """The number of a file of the load."""
        self.files.append(SourceFile(path, sha256, kind, by_id))
        return len(self.files) - 1

    def add(self, file: int, batch: Batch) -> None:
        """Take in what was read from a piece of a file."""
        before, path = self._lines[file], self.files[file].path
        parts = batch.parts or (Part(file, batch.facts.num_rows, batch.read.total(), 0),)
        counts = self.counts
        counts.read += batch.read
        counts.unmapped.update(batch.unmapped)
        counts.aside.update(batch.aside)
        counts.notes.update(batch.notes)
        counts.domains.update(batch.domains)
        for reason, place in batch.places.items():
            counts.places.setdefault(reason, place if batch.parts else located(place, path, before))
        self.latest = max(self.latest, batch.latest)
        seen = self._seen
        for person, first in batch.firsts.items():
            known = seen.get(person)
            seen[person] = first if known is None else known if first is None else min(first, known)
        facts = batch.facts
        if facts.num_rows:
            if batch.nameless:
                named = name_rows(facts.column("reference").to_pylist(), before)
                facts = facts.set_column(16, "reference", pa.array(named, pa.string()))
            if self.records:
                facts = facts.set_column(
                    17, "record", pc.add(facts.column("record"), pa.scalar(self.records, pa.int64()))
                )
            self.hold(np.repeat([p.file for p in parts], [p.rows for p in parts]), facts)
        self.records += batch.records
        for part in parts:
            self.read_of[part.file] += part.records
        self._lines[file] += batch.lines
        if len(seen) >= _FLUSH_PEOPLE:
            self.flush()

    def hold(self, files: Any, facts: pa.Table) -> None:
        """Keep rows, each with the number of its file, until there are enough of them to be written together."""
        self._held.append(facts.add_column(0, "file", pa.array(files, pa.int32())))
        self._held_rows += facts.num_rows
        if self._held_rows >= _FLUSH_ROWS:
            self.flush()

    def put(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert a few rows at once."""
        if rows:
            columns = [pa.array(column) for column in zip(*rows, strict=True)]
            self.connection.register("held", pa.table(columns, [f"c{i}" for i in range(len(columns))]))
            self.connection.execute(f"INSERT INTO {table} SELECT * FROM held")
            self.connection.unregister("held")

    def put_periods(self, periods: Sequence[Sequence[Any]]) -> None:
        """Site and observed days of people: id, site, first and last day, whether from an earlier load."""
        kinds = (pa.string(), pa.string(), pa.int32(), pa.int32(), pa.bool_())
        if periods:
            columns = [pa.array(c, k) for c, k in zip(zip(*periods, strict=True), kinds, strict=True)]
            self.connection.register("held", pa.table(columns, ["person", "site", "first", "last", "earlier"]))
            self.connection.execute("INSERT INTO s.periods SELECT * FROM held")
            self.connection.unregister("held")

    def flush(self) -> None:
        """Write to the temporary file what is held in memory."""
        if self._held:
            held = pa.concat_tables(self._held)
            self.connection.register("held", held)
            self.connection.execute("INSERT INTO s.staged SELECT * FROM held")
            self.connection.unregister("held")
            self._held, self._held_rows = [], 0
        if self._seen:
            seen = pa.table([list(self._seen), list(self._seen.values())], schema=_SEEN)
            self.connection.register("held", seen)
            self.connection.execute("INSERT INTO s.seen SELECT * FROM held")
            self.connection.unregister("held")
            self._seen = {}

    def close(self) -> None:
        """Let go of both files."""
        self.connection.close()

    def remove(self) -> None:
        """Delete what a load, finished or not, leaves beside the store."""
        for path in (self.made, self.spill, self.spill.with_name(self.spill.name + ".ndjson")):
            _delete(path)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _remove_abandoned(target: Path) -> None:
    """Delete what a load left that was killed: its process is no more.

    The names begin with the part: DuckDB calls a database by the beginning of its file's name, and a store called
    s.duckdb must not meet the name of another attached one.
    """
    for path in target.parent.glob(f"*-*.{glob.escape(target.name)}*"):
        part, _, pid = path.name.partition(".")[0].rpartition("-")
        if part in {"making", "spill"} and pid.isdigit():
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                _delete(path)
            except OSError:
                continue


_SQL = {
    pa.string(): "VARCHAR", pa.int64(): "BIGINT", pa.int32(): "INTEGER", pa.int16(): "SMALLINT", pa.int8(): "TINYINT",
    pa.float64(): "DOUBLE",
}  # fmt: skip


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
