"""Where resources of one type keep who, when, what and how much, as columns taken out of lines of ndjson."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_REFERENCE = '{"reference":"VARCHAR"}'
_PERIOD = '{"start":"VARCHAR","end":"VARCHAR"}'
_STATED = f'"medicationCodeableConcept":"JSON","subject":{_REFERENCE},"medication":"JSON"'
QUANTITY = '{"value":"JSON","unit":"VARCHAR","code":"VARCHAR","system":"VARCHAR","comparator":"VARCHAR"}'
UCUM = "http://unitsofmeasure.org"
_NOBODYS = ("id", "subject", "patient", "encounter", "meta", "text", "identifier", "note")
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a resource type keeps what is needed, and which lines are plain enough to be settled by column.

    Plain lines have one of `statuses` (if any are named), nothing under the names in `absent`, an object or nothing
    under those in `objects`, and not the words in `without`.  `begin` and `finish` are the dates of what lines that are
    alike state; without `begin` such lines are read one by one.  `differs` are the fields in which alike lines may
    differ: who, when and the record's own names.  Names are paths; the first that is there of several with "|".
    """

    kind: str
    domain: str | None
    code: str | None
    person: str
    date: str
    fields: str  # of the structure that is taken out of a line
    statuses: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    begin: str | None = None
    finish: str | None = None
    differs: tuple[str, ...] = ()
    undated: bool = False  # whether a record without its date is plain

    @property
    def structure(self) -> str:
        """What DuckDB takes out of a line."""
        return f'{{"id":"VARCHAR","status":"VARCHAR",{self.fields}}}'

    @property
    def blank(self) -> str:
        """A JSON merge patch that takes out of a line in what alike lines may differ."""
        return "{" + ",".join(f'"{name}":null' for name in (*_NOBODYS, *self.differs)) + "}"

    def plain(self, taken: Taken) -> Mask:
        """Which lines may be settled by column."""
        names = taken["id"]
        odd = pc.or_(pc.match_substring_regex(names, r"^[\[{]|^$"), pc.is_in(names, pa.array(["true", "false"])))
        found = pc.and_(pc.is_valid(names), pc.invert(odd.fill_null(False)))
        if self.statuses:
            found = pc.and_(found, pc.is_in(taken["status"], pa.array(self.statuses)))
        for name in self.absent:
            found = pc.and_(found, pc.is_null(taken[name]))
        for name in self.objects:
            found = pc.and_(found, pc.fill_null(pc.starts_with(taken[name], "{"), True))
        for name, word in self.without:
            found = pc.and_(found, pc.invert(pc.fill_null(pc.match_substring(taken[name], word), False)))
        plain: Mask = found.to_numpy(zero_copy_only=False)
        return plain


class Taken:
    """The structure that was taken out of each line; columns by their path."""

    __slots__ = ("_found",)

    def __init__(self, structure: pa.StructArray) -> None:
        self._found: dict[str, pa.Array] = {"": structure}

    def __getitem__(self, path: str) -> pa.Array:
        if path not in self._found:
            first, _, other = path.partition("|")
            if other:
                self._found[path] = pc.coalesce(self[first], self[other])
            else:
                above, _, name = path.rpartition(".")
                outer = self[above]
                self._found[path] = outer.flatten()[outer.type.get_field_index(name)]
        return self._found[path]

    def number(self, quantity: str) -> Floats:
        """The value of a quantity that stands without a comparator; not-a-number where it is no number."""
        texts = self[f"{quantity}.value"].cast(pa.large_string())
        offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        letters = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)
        there = pc.and_(pc.is_valid(texts), pc.is_null(self[f"{quantity}.comparator"])).to_numpy(zero_copy_only=False)
        there &= offsets[1:] > offsets[:-1]
        first = np.zeros(len(texts), dtype=np.uint8)
        first[there] = letters[offsets[:-1][there]]
        there &= ((first >= ord("0")) & (first <= ord("9"))) | (first == ord("-"))
        found = np.full(len(texts), np.nan)
        found[there] = texts.filter(pa.array(there)).cast(pa.float64()).to_numpy()
        return found

    def unit(self, quantity: str) -> pa.Array:
        """The UCUM code of a quantity, else its unit as written, else its code."""
        unit, code = self[f"{quantity}.unit"], self[f"{quantity}.code"]
        ucum = pc.and_(pc.equal(self[f"{quantity}.system"], UCUM), pc.not_equal(code, ""))
        written = pc.if_else(pc.equal(unit, ""), None, unit)
        return pc.if_else(pc.fill_null(ucum, False), code, pc.coalesce(written, code))


SHAPES = {
    "Observation": Shape(
        "measurement", "measurement", "code", "subject.reference", "effectiveDateTime",
        f'"code":"JSON","subject":{_REFERENCE},"effectiveDateTime":"VARCHAR","component":"JSON","hasMember":"JSON",'
        f'"context":"JSON","valueQuantity":{QUANTITY},"referenceRange":"JSON","interpretation":"JSON"',
        statuses=("final", "amended", "corrected", "preliminary"),
        absent=("hasMember", "context"),
        begin="effectiveDateTime",
        differs=("effectiveDateTime", "issued", "performer"),
    ),
    "Condition": Shape(
        "condition", "condition", "code", "subject.reference", "recordedDate",
        f'"code":"JSON","subject":{_REFERENCE},"recordedDate":"VARCHAR","clinicalStatus":"JSON","verificationStatus":"JSON",'
        '"context":"JSON","participant":"JSON","onsetDateTime":"VARCHAR","abatementDateTime":"VARCHAR"',
        absent=("context", "participant"),
        objects=("clinicalStatus", "verificationStatus"),
        without=(("verificationStatus", "entered-in-error"),),
        begin="onsetDateTime",
        finish="abatementDateTime",
        differs=("recordedDate", "onsetDateTime", "abatementDateTime", "recorder", "asserter"),
        undated=True,
    ),
    "Procedure": Shape(
        "procedure", "procedure", "code", "subject.reference", "performedDateTime|performedPeriod.start",
        f'"code":"JSON","subject":{_REFERENCE},"performedDateTime":"VARCHAR","performedPeriod":{_PERIOD},"notDone":"JSON",'
        '"occurrenceDateTime":"JSON","occurrencePeriod":"JSON","context":"JSON"',
        statuses=("completed",),
        absent=("notDone", "occurrenceDateTime", "occurrencePeriod", "context"),
        finish="performedPeriod.end",
    ),
    "Immunization": Shape(
        "immunization", None, "vaccineCode", "patient.reference", "occurrenceDateTime",
        f'"vaccineCode":"JSON","patient":{_REFERENCE},"occurrenceDateTime":"VARCHAR","notGiven":"JSON"',
        statuses=("completed",),
        absent=("notGiven",),
    ),
    "MedicationRequest": Shape(
        "drug", "drug", "medicationCodeableConcept", "subject.reference", "authoredOn",
        f'{_STATED},"authoredOn":"VARCHAR","intent":"VARCHAR","doNotPerform":"JSON","dosageInstruction":"JSON"',
        statuses=("active", "completed", "stopped"),
        absent=("doNotPerform", "medication"),
        without=(("intent", "plan"), ("intent", "proposal"), ("dosageInstruction", "boundsPeriod")),
        begin="authoredOn",
        differs=("authoredOn", "requester", "recorder", "performer", "reasonReference"),
    ),
    "MedicationStatement": Shape(
        "drug", "drug", "medicationCodeableConcept", "subject.reference", "effectivePeriod.start",
        f'{_STATED},"effectivePeriod":{_PERIOD},"effectiveDateTime":"JSON","dateAsserted":"JSON"',
        statuses=("active", "completed", "stopped"),
        absent=("medication", "effectiveDateTime", "dateAsserted"),
        begin="effectivePeriod.start",
        finish="effectivePeriod.end",
        differs=("effectivePeriod", "informationSource", "reasonReference"),
    ),
    "MedicationAdministration": Shape(
        "drug", "drug", "medicationCodeableConcept", "subject.reference", "effectiveDateTime",
        f'{_STATED},"effectiveDateTime":"VARCHAR","occurenceDateTime":"JSON","occurrenceDateTime":"JSON"',
        statuses=("completed",),
        absent=("medication", "occurenceDateTime", "occurrenceDateTime"),
        begin="effectiveDateTime",
        finish="effectiveDateTime",
        differs=("effectiveDateTime", "performer", "request", "device", "reasonReference"),
    ),
    "Encounter": Shape(
        "encounter", None, None, "subject.reference", "period.start",
        f'"subject":{_REFERENCE},"period":{_PERIOD},"class":"JSON","actualPeriod":"JSON"',
        statuses=("finished", "in-progress", "arrived", "triaged"),
        absent=("actualPeriod",),
        objects=("class",),
        finish="period.end",
    ),
}  # fmt: skip
