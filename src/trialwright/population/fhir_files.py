"""FHIR R4 resources of a piece of input as facts and counts: lines by column or one by one, bundles with references.

What a piece gives comes back in the order of the files, so that the same input makes the same store.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

import orjson
import pyarrow as pa

from trialwright.population import fhir_adverse, fhir_allergy, fhir_clinical, fhir_drugs, fhir_observation
from trialwright.population.codebook import CodeBook
from trialwright.population.fhir import KNOWN_UNUSED, MALFORMED, BadDate, Handler, Json, OtherVersion, Reader
from trialwright.population.fhir_clinical import place
from trialwright.population.fhir_columns import Columns
from trialwright.population.fhir_pieces import Piece
from trialwright.population.gather import Batch, Part
from trialwright.population.measure import Measures

WORTH_COLUMNS = 100_000
"""Bytes of a piece from which on reading by column pays."""

HANDLERS: dict[str, Handler] = {
    "Patient": fhir_clinical.patient,
    "Condition": fhir_clinical.condition,
    "Observation": fhir_observation.observation,
    "MedicationRequest": fhir_drugs.request,
    "MedicationStatement": fhir_drugs.statement,
    "MedicationAdministration": fhir_drugs.administration,
    "Medication": fhir_drugs.medication,
    "Procedure": fhir_clinical.procedure,
    "Immunization": fhir_clinical.immunization,
    "AllergyIntolerance": fhir_allergy.allergy,
    "DiagnosticReport": fhir_observation.report,
    "Encounter": fhir_clinical.encounter,
    "AdverseEvent": fhir_adverse.adverse_event,
}


class FileReader(Reader):
    """A reader that also settles plain lines by column."""

    __slots__ = ("columns",)

    def __init__(self, book: CodeBook, measures: Measures, now: int) -> None:
        super().__init__(book, measures, now)
        self.columns = Columns(self, HANDLERS)


_READER: FileReader | None = None


def start_worker(book: CodeBook, now: int) -> None:
    """What a process needs once: the code book and remembered units."""
    global _READER
    gc.disable()
    _READER = FileReader(book, Measures(book.concepts), now)


def read_piece(piece: Piece) -> Batch:
    """The facts and counts of one piece of the input."""
    assert _READER is not None
    return read_with(_READER, piece)


def read_with(reader: FileReader, piece: Piece) -> Batch:
    """The facts and counts of one piece, by a reader at hand."""
    reader.out = type(reader.out)(reader.out.now)
    reader.resolve_later = piece.resolve_later
    if piece.parts:
        return _read_together(reader, piece)
    reader.medications = dict(piece.medications)
    data = _bytes(piece)
    if piece.form == "bundle" and not _is_lines(data):
        _read_bundle(reader, data, piece.path)
        return reader.out.batch()
    settled: list[pa.Table] = []
    if piece.form == "lines" and len(data) >= WORTH_COLUMNS:
        lines, settled, count = reader.columns.settle(data)
    else:
        lines = list(enumerate(data.split(b"\n"), 1))
        count = len(lines) - (1 if not lines[-1][1] else 0)
    _read_lines(reader, lines, count)
    batch = reader.out.batch(count)
    batch.facts = pa.concat_tables([batch.facts, *settled])
    return batch


def _bytes(piece: Piece) -> bytes:
    if piece.data is not None:
        return piece.data
    with open(piece.path, "rb") as file:
        file.seek(piece.start)
        return file.read(piece.size)


def _read_together(reader: FileReader, piece: Piece) -> Batch:
    """Bundles of several files in one batch, each with its own references and its own name in the report."""
    out, parts, medications = reader.out, [], dict[str, object]()
    for part in piece.parts:
        reader.medications = dict(part.medications)
        rows, records, pending, known = len(out.rows), out.read.total(), len(out.pending), set(out.places)
        data = _bytes(part)
        if _is_lines(data):
            lines = data.split(b"\n")
            _read_lines(reader, enumerate(lines, 1), len(lines))
        else:
            _read_bundle(reader, data, part.path)
        for reason in out.places.keys() - known:
            out.places[reason] = located(out.places[reason], part.path, 0)
        if out.nameless:
            named = name_rows((row[16] for row in out.rows[rows:]), 0)
            out.rows[rows:] = [(*r[:16], name, r[17]) for r, name in zip(out.rows[rows:], named, strict=True)]
            out.nameless = False
        medications |= out.medications
        out.medications = {}
        parts.append(Part(part.file, len(out.rows) - rows, out.read.total() - records, len(out.pending) - pending))
    out.medications = medications
    batch = out.batch()
    batch.parts = tuple(parts)
    return batch


def _read_lines(reader: FileReader, lines: Iterable[tuple[int, bytes]], count: int) -> None:
    """Lines one by one.  A record has the number of its line; those of a bundle on a line follow after all lines."""
    out = reader.out
    before, beyond = out.record, out.record + count
    for number, line in lines:
        if not line or line.isspace():
            continue
        out.record = before + number - 1
        try:
            resource = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            out.begin("unreadable line")
            out.set_aside("unreadable JSON", f"\0{number}\0{error}")
            continue
        if type(resource) is dict and resource.get("resourceType") == "Bundle":
            out.record = beyond
            _read(reader, resource, number)
            beyond = out.record
        else:
            _read(reader, resource, number)
    out.record = beyond


def _is_lines(data: bytes) -> bool:
    """Whether a file named .json holds one resource per line after all."""
    end = data.find(b"\n")
    if end < 0 or not data[end:].lstrip().startswith(b"{"):
        return False
    try:
        return type(orjson.loads(data[:end])) is dict
    except orjson.JSONDecodeError:
        return False


def _read(reader: Reader, resource: Any, number: int = 0) -> None:
    """One resource, or a bundle on a line of its own."""
    kind = resource.get("resourceType") if type(resource) is dict else None
    out = reader.out
    handler = HANDLERS.get(kind) if type(kind) is str else None
    if handler is None or type(kind) is not str:
        _other(reader, resource, kind, number)
        return
    out.begin(kind)
    rows = len(out.rows)
    try:
        handler(resource, reader)
    except BadDate as error:
        del out.rows[rows:]
        out.set_aside("bad date", f"{place(resource)}: {error}")
    except OtherVersion as error:
        del out.rows[rows:]
        out.set_aside(f"not FHIR R4 (looks like {error})", place(resource))
    except MALFORMED:
        del out.rows[rows:]
        out.set_aside(f"malformed {kind}", place(resource))
    if len(out.rows) > rows and out.rows[rows][16] is None:
        out.nameless = True
        for i in range(rows, len(out.rows)):
            out.rows[i] = (*out.rows[i][:16], f"\0{number}\0{kind}", out.rows[i][17])


def _other(reader: Reader, resource: Any, kind: Any, number: int) -> None:
    out = reader.out
    if kind == "Bundle":
        _entries(reader, resource)
        return
    if isinstance(kind, str) and kind in KNOWN_UNUSED:
        out.begin(kind)
        out.set_aside(f"{kind} (holds no facts that are used)", "")
        return
    out.begin(kind[:60] if isinstance(kind, str) else "unknown resource")
    out.set_aside(
        "no FHIR resource" if not isinstance(kind, str) else "unknown resource", f"\0{number}\0{str(kind)[:60]}"
    )


def _read_bundle(reader: Reader, data: bytes, path: str) -> None:
    out = reader.out
    try:
        bundle = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        out.begin("unreadable file")
        out.set_aside("unreadable JSON", f"{path}: line {error.lineno}, column {error.colno}: {error.msg}")
        return
    if isinstance(bundle, list):
        for resource in bundle:
            _read(reader, resource)
    else:
        _read(reader, bundle)


def _entries(reader: Reader, bundle: Json) -> None:
    """The entries of a bundle; references by fullUrl are resolved inside it."""
    entries = bundle.get("entry") or ()
    if not isinstance(entries, list):
        reader.out.begin("Bundle")
        reader.out.set_aside("malformed Bundle", "")
        return
    resources = []
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            reader.out.begin("Bundle entry")
            reader.out.set_aside("bundle entry without resource", "")
            continue
        resources.append(resource)
        url = entry.get("fullUrl")
        kind = resource.get("resourceType")
        if kind == "Patient" and url and resource.get("id"):
            reader.aliases[url] = resource["id"]
        elif kind == "Medication":
            for key in (url, f"Medication/{resource.get('id')}"):
                reader.medications[key] = resource.get("code")
    for resource in resources:
        _read(reader, resource)
    reader.aliases.clear()


def located(where: str, path: str, before: int) -> str:
    """A place in a file as a reader of the report finds it; a piece knows only the numbers of its own lines."""
    if where.startswith("\0"):
        _, line, what = where.split("\0", 2)
        place = f"{path}: line {before + int(line)}" if int(line) else path  # a bundle has no lines of its own
        return place + (f": {what}" if what != "None" else "")
    return where if where.startswith(path) or not where else f"{path}: {where}"


def name_rows(references: Iterable[str | None], before: int) -> list[str | None]:
    """References of resources without an id: by their line."""
    named: list[str | None] = []
    for reference in references:
        if reference and reference.startswith("\0"):
            _, line, kind = reference.split("\0", 2)
            reference = f"{kind}:line:{before + int(line)}"
        named.append(reference)
    return named
