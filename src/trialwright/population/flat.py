"""The flat CSV form: one row per fact, columns person, concept, date and, as needed, end, value, unit, low, high,
status, route, source; documented in docs/population.md.

`concept` is a concept id of the catalog, or a code as "system|code".  A second CSV named persons*.csv gives site and
observed period of people.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator
from pathlib import Path

from trialwright.errors import TrialwrightError
from trialwright.language.facts import DAY
from trialwright.population.codebook import OWN_SYSTEM, CodeBook, Targets
from trialwright.population.dates import Dates
from trialwright.population.dosage import Dose
from trialwright.population.gather import Batch, Gather
from trialwright.population.measure import Measures
from trialwright.population.readings import Reading, number, read_text
from trialwright.population.route_words import route_of
from trialwright.population.routes import tell
from trialwright.population.rows import NO_DATA, UNIT_MISMATCH
from trialwright.population.staging import Staging
from trialwright.population.statements import Statement, append

COLUMNS = ("person", "concept", "date", "end", "value", "unit", "low", "high", "status", "route", "source")
_NEEDED = ("person", "concept", "date")
_STATUS = {"": "present", "present": "present", "absent": "absent", "possible": "possible", "active": "active"}
_SEX = {"m": "male", "f": "female"}
_LINES = 100_000
Rows = Iterator[tuple[int, dict[str, str], str]]


def read_flat(path: Path, book: CodeBook, now: int, staging: Staging) -> Iterator[Batch]:
    """The facts of a flat CSV, some rows at a time.  Raises TrialwrightError for its header or its encoding."""
    measures, dates = Measures(book.concepts), Dates()
    out = Gather(now)
    known: dict[str, Targets] = {}
    for line, row, extra in _rows(path, _NEEDED, COLUMNS):
        if out.record >= _LINES:
            yield out.batch()
            out = Gather(now)
        out.begin("row")
        where = f"{path}: line {line}"
        if extra:
            out.set_aside(extra, where)
            continue
        person, code = row["person"], row["concept"]
        if not person:
            out.set_aside("no person", where)
            continue
        start = dates.read(row["date"]) if row["date"] else None
        end = dates.read(row["end"]) if row["end"] else None
        if start is None or (row["end"] and end is None):
            out.set_aside("bad date" if row["date"] else "no date", f"{where}: {row['date'] or row['end']}")
            out.seen(person)
            continue
        status = _STATUS.get(row["status"].lower())
        if status is None:
            out.set_aside("unknown status", f"{where}: {row['status']}")
            continue
        targets = known.get(code)
        if targets is None:
            system, bar, value = code.partition("|")
            targets = known[code] = book.find(system, value, "any") if bar else book.find(OWN_SYSTEM, code, "any")
        if not targets:
            system, bar, value = code.partition("|")
            out.unmapped[(system, value, "") if bar else (OWN_SYSTEM, code, _nearest(code, book))] += 1
            out.seen(person, start[0])
            continue
        reading = read_text(row["value"]) if row["value"] else Reading()
        low, high = (number(row[k]) if row[k] else None for k in ("low", "high"))
        for key, limit in (("low", low), ("high", high)):
            if row[key] and limit is None:
                out.notes["limit of normal is no number", f"{code}: {key} {row[key][:40]}"] += 1
        unit = row["unit"] or reading.unit
        if reading.words in _SEX:
            reading = Reading(words=_SEX[reading.words])
        out.seen(person)
        for index, certain in targets:
            concept = book.concepts[index]
            if concept.domain != "demographic":
                out.domains[concept.domain] += 1
                if concept.domain != "condition":
                    out.seen(person, start[0])
            dose = _dose(measures, index, reading, unit) if concept.domain == "drug" else None
            recorded = (route_of(row["route"]) or row["route"].lower()) if row["route"] else None
            system, bar, value = code.partition("|")
            route, clear = tell(book, concept, recorded, [(system, value)] if bar else [])
            said = Statement(
                person, start, end, reading, unit, low, high, route, clear,
                status == "absent", status == "possible", status == "active", True, dose,
                row["source"] or f"row:{line}",
            )  # fmt: skip
            append(out, measures, concept, index, certain, said)
    yield out.batch()


def _nearest(code: str, book: CodeBook) -> str:
    """A hint for a concept that the catalog lacks: most often one letter is wrong."""
    near = difflib.get_close_matches(code.lower(), [concept.id for concept in book.concepts], 2, 0.75)
    return f"(no concept of the catalog; did you mean {' or '.join(near)}?)" if near else ""


def _dose(measures: Measures, index: int, reading: Reading, unit: str | None) -> Dose:
    """The daily dose: `value` in mg/d unless `unit` says otherwise."""
    if reading.lower is None or reading.upper is None:
        return None, None, NO_DATA
    scale = measures.scale(index, unit, bare=True)
    if scale is None:
        return None, None, UNIT_MISMATCH
    return reading.lower * scale[0], reading.upper * scale[0], None


def read_persons(path: Path, book: CodeBook, now: int, staging: Staging) -> Iterator[Batch]:
    """People with site and observed period: columns person and, as known, site, observed_from, observed_to."""
    dates, out = Dates(), Gather(now)
    periods = []
    for line, row, extra in _rows(path, ("person",), ("person", "site", "observed_from", "observed_to")):
        out.begin("person row")
        if extra:
            out.set_aside(extra, f"{path}: line {line}")
            continue
        if not row["person"]:
            out.set_aside("no person", f"{path}: line {line}")
            continue
        first = dates.read(row["observed_from"]) if row["observed_from"] else None
        last = dates.read(row["observed_to"]) if row["observed_to"] else None
        if (row["observed_from"] and first is None) or (row["observed_to"] and last is None):
            out.set_aside("bad date", f"{path}: line {line}")
            continue
        out.seen(row["person"])
        # The latest reading of the start and the earliest of the end: what is surely observed.
        periods.append(
            [
                row["person"],
                row["site"] or None,
                first[1] // DAY if first else None,
                last[0] // DAY if last else None,
                False,
            ]
        )
        out.set_aside("person row (site and observed period are used)", f"{path}: line {line}")
    staging.put_periods(periods)
    yield out.batch()


def _rows(path: Path, needed: tuple[str, ...], known: tuple[str, ...]) -> Rows:
    """Rows with their line numbers, and why a row is misshapen; a known column that the file lacks is blank."""
    try:
        with _text(path) as file:
            head = file.readline()
            separator = max(",;\t", key=head.count)
            names = [name.strip().strip('"').lower() for name in head.rstrip("\r\n").split(separator)]
            if missing := [name for name in needed if name not in names]:
                raise TrialwrightError(
                    f"{path}: line 1: the column {missing[0]!r} is missing; "
                    f"a flat CSV has the columns {', '.join(known)}"
                )
            blank = dict.fromkeys(known, "")
            reader = csv.reader(file, delimiter=separator, strict=True)
            for values in reader:
                if not any(values):
                    continue
                row = blank | {name: value.strip() for name, value in zip(names, values) if name in blank}
                yield reader.line_num + 1, row, _misshapen(values, len(names))
    except UnicodeDecodeError as error:
        raise TrialwrightError(
            f"{path}: is not UTF-8 text (the byte {error.object[error.start]:#04x} is not); save it as 'CSV UTF-8'"
        ) from error
    except csv.Error as error:
        raise TrialwrightError(f"{path}: is no CSV ({error}); is a quotation mark left open?") from error


def _misshapen(values: list[str], columns: int) -> str:
    """Why the cells of a row cannot be trusted to stand under their columns; blank when they can."""
    if any("\n" in value for value in values):
        return "a quotation mark is left open (the row runs over several lines)"
    if any(values[columns:]):
        return "more cells than columns (put a value that holds the separator, such as a decimal comma, in quotes)"
    return ""


def _text(path: Path) -> io.TextIOBase:
    head = path.open("rb").read(2)
    if head in (b"\xff\xfe", b"\xfe\xff"):
        raise TrialwrightError(f"{path}: is UTF-16 text; save it as 'CSV UTF-8'")
    if head == b"\x1f\x8b":
        import gzip

        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
