"""A store that is there already: may it be replaced, and what it holds, ready to be loaded again beside new sources."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from trialwright.errors import TrialwrightError
from trialwright.population.codebook import CodeBook
from trialwright.population.quiet import quiet_connect
from trialwright.population.report import Line
from trialwright.population.schema import CONTENT, FORMAT
from trialwright.population.staging import SourceFile, Staging


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a store said about itself before this load."""

    lines: tuple[Line, ...]
    observes: tuple[str, ...]
    declared: bool
    extracted: dt.date | None


def check_target(target: Path) -> None:
    """Raises TrialwrightError when the file is no store, of another format, or open in another process."""
    if target.exists():
        connect(target).close()


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A store, read-only.  Raises TrialwrightError when it cannot be opened as one."""
    if path.is_dir():
        raise TrialwrightError(f"{path}: is a folder; name the file that 'trialwright load' made")
    if not path.is_file():
        raise TrialwrightError(f"{path} is not there; make it with 'trialwright load SOURCE --into {path}'")
    try:
        connection = quiet_connect(str(path), read_only=True)
    except duckdb.Error as error:
        text = str(error)
        if "lock" in text.lower():
            raise TrialwrightError(f"{path}: is open in another process; close it there and try again") from error
        raise TrialwrightError(f"{path}: is no facts store (a DuckDB file made by 'trialwright load')") from error
    try:
        found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchall()
    except duckdb.Error as error:
        connection.close()
        raise TrialwrightError(f"{path}: is a DuckDB file but no facts store; name another file") from error
    if not found or found[0][0] != FORMAT:
        connection.close()
        raise TrialwrightError(
            f"{path}: has the store format {found[0][0] if found else '?'}, this version needs {FORMAT}; "
            "load it again from its sources"
        )
    return connection


def take_over(staging: Staging, target: Path, book: CodeBook) -> Earlier:
    """Put the facts, people and files of a store among what waits.

    Raises TrialwrightError when its concepts have changed since it was loaded.
    """
    con = staging.connection
    try:
        con.execute(f"ATTACH '{str(target).replace(chr(39), chr(39) * 2)}' AS old (READ_ONLY)")
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            raise TrialwrightError(f"{target}: is open in another process; close it there and load again") from error
        raise TrialwrightError(
            f"{target}: the store is damaged ({str(error).splitlines()[0][:120]}); load it anew from its sources "
            "with --replace"
        ) from error
    used = con.execute(
        "SELECT concept, id, unit, categories FROM old.concepts WHERE concept IN "
        "(SELECT concept FROM old.facts UNION SELECT concept FROM old.superseded)"
    ).fetchall()
    now = {concept.id: (i, concept) for i, concept in enumerate(book.concepts)}
    moved = []
    for number, name, unit, categories in used:
        i, concept = now.get(name, (0, None))
        if concept is None or concept.unit != unit or list(concept.categories) != list(categories or ()):
            raise TrialwrightError(
                f"{target}: the catalog's concept {name!r} has changed since it was loaded; load it anew with --replace"
            )
        moved.append([number, i])
    con.execute("CREATE TABLE s.moved (old INTEGER, new INTEGER)")
    staging.put("s.moved", moved)
    for path, digest, kind in con.execute("SELECT path, sha256, kind FROM old.files ORDER BY file").fetchall():
        staging.files.append(SourceFile(path, digest, kind, kind not in {"flat", "persons"}))
    columns = ", ".join(
        {"concept": "m.new", "unit": "u.text", "flags": "f.flags & ~16"}.get(c, f"f.{c}") for c in CONTENT
    )
    order = ", ".join(CONTENT)
    whole = "f.person, f.concept, f.t_lo, f.e_hi, f.v_lo, f.v_hi"
    for table, keep in (("facts", "NOT"), ("superseded", "")):
        # Facts that were made by resolving overlaps give way to the records they were made from.
        con.execute(
            f"""INSERT INTO s.staged (file, person, {order}, reference, record)
            SELECT s.file, p.id, {columns}, s.reference, -1 FROM old.{table} f
            JOIN old.persons p ON p.person = f.person JOIN s.moved m ON m.old = f.concept
            LEFT JOIN old.units u ON u.unit = f.unit LEFT JOIN old.sources s ON s.source = f.source
            WHERE {keep} EXISTS (SELECT 1 FROM old.superseded x WHERE x.person = f.person AND x.concept = f.concept)
              {"OR (f.flags & 4) <> 0" if table == "facts" else ""}
            ORDER BY {whole}"""
        )
    con.execute("INSERT INTO s.periods SELECT id, site, observed_from, observed_to, true FROM old.persons")
    lines = tuple(Line(*row) for row in con.execute("SELECT kind, item, detail, count FROM old.load_report").fetchall())
    observes = tuple(row[0] for row in con.execute("SELECT domain FROM old.observed ORDER BY domain").fetchall())
    meta = dict(con.execute("SELECT key, value FROM old.meta").fetchall())
    con.execute("INSERT INTO s.answers SELECT * FROM old.answers")
    con.execute("DETACH old")
    day = dt.date.fromisoformat(meta["extracted"]) if meta.get("extracted") else None
    if day:
        staging.latest = max(staging.latest, (day.toordinal() - 719163) * 1440 + 1439)
    return Earlier(lines, observes, meta.get("observes_declared") == "yes", day)
