"""The tables of an OMOP CDM 5.4 database as text columns, whether in CSV files, Parquet, a zip or a DuckDB file."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from trialwright.errors import TrialwrightError
from trialwright.population.quiet import quiet_connect

VOCABULARY = frozenset({"concept", "concept_ancestor", "concept_relationship", "drug_strength"})
_OFTEN = VOCABULARY | {"condition_occurrence", "drug_exposure", "procedure_occurrence", "measurement", "observation"}
"""Tables that are asked several times: text is read into a table once."""


class Tables:
    """The tables of one source by lower-case name; `rows` gives columns as text, absent ones as None."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        scratch.mkdir(parents=True, exist_ok=True)
        self.connection = quiet_connect(str(scratch / "omop.duckdb"))
        self.connection.execute("SET preserve_insertion_order = true")
        self.columns: dict[str, set[str]] = {}
        self._files: dict[str, Path] = {}
        if path.is_dir():
            self._open_files(path)
        elif path.suffix.lower() == ".zip":
            self._open_files(_unpacked(path, scratch))
        else:
            self._open_database(path)
        if "person" not in self.columns:
            raise TrialwrightError(
                f"{path}: holds no OMOP table PERSON; name the folder or file of an OMOP CDM 5.4 database"
            )

    def _open_files(self, folder: Path) -> None:
        for file in sorted(folder.iterdir()):
            name, kind = file.stem.lower(), file.suffix.lower()
            if file.is_dir():
                parts = sorted(file.glob("*.parquet"))
                if not parts:
                    continue
                name, source = file.name.lower(), f"read_parquet({[str(p) for p in parts]})"
            elif kind == ".parquet":
                source = f"read_parquet('{_quoted(file)}')"
            elif kind in {".csv", ".tsv", ".txt"} or file.name.lower().endswith(".csv.gz"):
                if kind == ".gz":
                    name = file.name.lower().removesuffix(".csv.gz")
                source = _csv(file)
                if not source:
                    continue
            else:
                continue
            self._files[name] = file
            self._view(name, source, file)

    def _open_database(self, path: Path) -> None:
        try:
            self.connection.execute(f"ATTACH '{_quoted(path)}' AS site (READ_ONLY)")
        except duckdb.Error as error:
            why = "is open in another process" if "lock" in str(error).lower() else "is no DuckDB file that can be read"
            raise TrialwrightError(f"{path}: {why}; export the tables as Parquet or close it there") from error
        found = self.connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'site' "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'site' AND NOT internal"
        ).fetchall()
        for schema, table in found:
            self._view(table.lower(), f'site."{schema}"."{table}"', path)

    def _view(self, name: str, source: str, file: Path) -> None:
        try:
            kind = "TABLE" if name in _OFTEN and source.startswith("read_csv") else "VIEW"
            self.connection.execute(f'CREATE OR REPLACE {kind} "{name}" AS SELECT * FROM {source}')
            described = self.connection.execute(f'DESCRIBE "{name}"').fetchall()
        except duckdb.Error as error:
            raise self.unreadable(name, error, file) from error
        self.columns[name] = {str(row[0]).lower() for row in described}

    def has(self, table: str) -> bool:
        """Whether the table is there and has rows."""
        if table not in self.columns:
            return False
        return bool(self.one(f'SELECT count(*) FROM (SELECT 1 FROM "{table}" LIMIT 1)'))

    def column(self, table: str, name: str) -> str:
        """A column as SQL text, NULL where the table lacks it or it is blank."""
        return (
            f"nullif(trim(CAST(\"{name}\" AS VARCHAR)), '')" if name in self.columns[table] else "CAST(NULL AS VARCHAR)"
        )

    def select(self, table: str, columns: Sequence[str]) -> str:
        """A query of columns by name, all as text."""
        return f'SELECT {", ".join(f"{self.column(table, c)} AS {c}" for c in columns)} FROM "{table}"'

    def one(self, query: str) -> Any:
        """The only value of a query."""
        try:
            return self.connection.execute(query).fetchall()[0][0]
        except duckdb.Error as error:
            raise self.unreadable("", error) from error

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, some at a time."""
        try:
            cursor = self.connection.cursor().execute(query)
            while some := cursor.fetchmany(20_000):
                yield from some
        except duckdb.Error as error:
            raise self.unreadable("", error) from error

    def unreadable(self, table: str, error: Exception, file: Path | None = None) -> TrialwrightError:
        """A sentence about a table that cannot be read."""
        text = " ".join(str(error).split())
        where = file or self._files.get(table) or self.path
        for path in self._files.values():
            if str(path) in text:
                where = path
        if "unicode" in text.lower() or "utf-8" in text.lower() or "encod" in text.lower():
            return TrialwrightError(f"{where}: is not UTF-8 text; save it as UTF-8")
        return TrialwrightError(f"{where}: cannot be read as a table: {text[:200]}")

    def close(self) -> None:
        """Let go of the files."""
        self.connection.close()


def _csv(file: Path) -> str:
    with file.open("rb") as raw:
        head = raw.readline(65536)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TrialwrightError(f"{file}: is UTF-16 text; save it as UTF-8")
    if not head.strip():
        return ""
    separator = (
        max(b",\t;|".decode(), key=lambda s: head.count(s.encode())) if not head.startswith(b"\x1f\x8b") else ","
    )
    quote = "" if separator == "\t" else '"'
    shown = separator.replace("\t", "\\t")
    return (
        f"read_csv('{_quoted(file)}', header = true, all_varchar = true, delim = '{shown}', quote = '{quote}', "
        "escape = '" + quote + "', null_padding = true, strict_mode = false, max_line_size = 33554432)"
    )


def _unpacked(path: Path, scratch: Path) -> Path:
    """The tables of a zip archive, in a folder beside the store that is being made."""
    folder = scratch / "omop"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = Path(info.filename).name
                if info.is_dir() or name.startswith(".") or "__MACOSX" in info.filename:
                    continue
                if name.lower().endswith((".csv", ".parquet", ".tsv")):
                    with archive.open(info) as source, (folder / name).open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, EOFError) as error:
        raise TrialwrightError(f"{path}: the zip archive is damaged ({error}); fetch it again") from error
    return folder


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
