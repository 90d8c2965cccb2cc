"""Adverse events of FHIR R4 as facts: the event, its term, grade, seriousness, relatedness; all with one source.

An event lasts from its onset to its resolution; grade, seriousness and relatedness stand at the onset, so that "within
28 days after infusion" counts what began then.  What an event does not say is a fact without a value: an event without
a grade leaves "any event of grade 3" unknown, never no.

FHIR R4 itself has neither grade nor resolution.  They are read from the extensions of HL7's guide "Adverse Event
Clinical Research R4 Backport" 1.0.1 (ae-grade, resolve-date), and of its draft predecessor; the dose-limiting toxicity
and the ASTCT grades from extensions below the project's own address, named as their concepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from trialwright.catalog import OWN_SYSTEM
from trialwright.population.dates import EXTRACTION, Minutes
from trialwright.population.fhir import Json, OtherVersion, Reader, code_text, codes_of, words_of
from trialwright.population.fhir_clinical import place, ref, subject
from trialwright.population.rows import AMBIGUOUS, ENDLESS, NO_DATA, UNCERTAIN, row

GUIDE = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition/"
GRADES = {"C41338": 1.0, "C41339": 2.0, "C41340": 3.0, "C41337": 4.0, "C48275": 5.0}
"""Grades as NCI Thesaurus codes them."""
RELATED = {"C53258", "C53259", "C53260", "certain", "probably-likely", "possible"}
UNRELATED = {"C53256", "C53257", "unlikely"}
OWN = ("dose_limiting_toxicity", "crs_grade", "icans_grade")
_ENDED = {"resolved", "recovered", "resolvedwithsequelae", "resolved-with-sequelae", "fatal"}
_GOES_ON = {"ongoing", "recovering"}
_WRITTEN = re.compile(r"(?:grade[ -]?)?([0-5])\b", re.I)
_GRADE_ENDINGS = ("/ae-grade", "/adverse-event-grade")
_END_ENDINGS = ("/resolve-date", "/adverse-event-resolved-date")


def adverse_event(r: Json, reader: Reader) -> None:
    """An event that happened; a potential one ("near miss") is set aside."""
    if "reaction" in r and "event" not in r:
        raise OtherVersion("STU3")
    if "code" in r or "occurrenceDateTime" in r or "occurrencePeriod" in r:
        raise OtherVersion("R5")
    person = subject(r, reader)
    if person is None:
        return
    out = reader.out
    if r.get("actuality") == "potential":
        out.set_aside("potential event (it did not happen)", place(r))
        return
    start = _onset(r, reader)
    out.seen(person, start[0] if start[0] > -ENDLESS else None)
    end = _resolution(r, reader, start)
    event = r.get("event") or {}
    terms = reader.targets(event, "condition")
    if not terms:
        out.note("adverse event, term not known", code_text(event))

    def state(concept: str, until: Minutes | None = None, **parts: Any) -> None:
        index = reader.book.index(concept)
        if index is not None:
            out.rows.append(row(person, index, start, until, ref(r), out.record, **parts))

    def said(concept: str, yes: bool | None, problem: int = NO_DATA) -> None:
        index = reader.book.index(concept)
        bits = None if yes is None or index is None else reader.measures.bits(index, "present" if yes else "absent")
        state(concept, cats=bits, problem=None if bits else problem)

    present = reader.book.index("adverse_event")
    if present is not None:
        state("adverse_event", end, cats=reader.measures.bits(present, "present"))
    for index, certain in terms:
        concept = reader.book.concepts[index]
        cats = reader.measures.bits(index, "present") if concept.domain == "observation" else None
        flags = 0 if certain else UNCERTAIN
        out.rows.append(row(person, index, start, end, ref(r), out.record, cats=cats, flags=flags))
        if not certain:
            out.note("not certain", concept.id)
    _number(state, "adverse_event_grade", _grade(r))
    said("serious_adverse_event", _serious(r))
    said("adverse_event_related", *_related(r))
    for name, value in _own(r):
        if type(value) is bool:
            said(name, value)
        else:
            _number(state, name, float(value))


def _number(state: Any, concept: str, value: float | None) -> None:
    state(concept, value=(value, value), recorded=(value, None), problem=NO_DATA if value is None else None)


def _onset(r: Json, reader: Reader) -> Minutes:
    """When it happened; else some time up to when it was found or written down."""
    if (date := reader.date(r.get("date"))) is not None:
        return date
    known = reader.date(r.get("detected")) or reader.date(r.get("recordedDate"))
    return (-ENDLESS, known[1] if known else EXTRACTION)


def _resolution(r: Json, reader: Reader, start: Minutes) -> Minutes:
    for extension in _extensions(r, _END_ENDINGS):
        end = reader.date(extension.get("valueDateTime") or extension.get("valueDate"))
        if end is not None:
            return end
    outcome = {str(c).lower() for c in codes_of(r.get("outcome"))}
    if outcome & _ENDED:
        return start[0], EXTRACTION
    return (EXTRACTION if outcome & _GOES_ON else start[0]), ENDLESS


def _grade(r: Json) -> float | None:
    """CTCAE grade 0 to 5.  The severity of FHIR (mild, moderate, severe) is another scale and is not a grade."""
    for extension in _extensions(r, _GRADE_ENDINGS):
        value = extension.get("valueInteger")
        if value is None:
            concept = extension.get("valueCodeableConcept") or {"coding": [extension.get("valueCoding") or {}]}
            codes = codes_of(concept)
            value = next((GRADES[c] for c in codes if c in GRADES), None)
            texts = [*(str(c) for c in codes if c), words_of(concept)]
            if value is None:
                value = next(
                    (int(m[1]) for t in texts if (m := re.fullmatch(r"(?:grade[ -]?)?([0-5])\b.*", t, re.I))), None
                )
        if isinstance(value, int | float) and type(value) is not bool and 0 <= value <= 5:
            return float(value)
    return None


def _serious(r: Json) -> bool | None:
    for code in codes_of(r.get("seriousness")):
        word = str(code).lower()
        if word.startswith("non"):
            return False
        if word.startswith("serious"):
            return True
    return None


def _related(r: Json) -> tuple[bool | None, int]:
    """Whether any suspected product may have caused it: possible or more; a word outside the scales is ambiguous."""
    found: set[str] = set()
    for entity in r.get("suspectEntity") or ():
        for causality in entity.get("causality") or ():
            found |= {str(c) for c in codes_of(causality.get("assessment"))}
    for extension in _extensions(r, ("/suspect-entity",)):
        for inner in _nested(extension, "entityRelatedness"):
            found |= {str(c) for c in codes_of(inner.get("valueCodeableConcept"))}
    words = {c if c[:1] == "C" and c[1:].isdigit() else c.lower() for c in found}
    if words & RELATED:
        return True, NO_DATA
    if words and words <= UNRELATED:
        return False, NO_DATA
    return None, AMBIGUOUS if words else NO_DATA


def _own(r: Json) -> Iterator[tuple[str, Any]]:
    """What the extensions of the project's own address state."""
    for extension in r.get("extension") or ():
        name = str(extension.get("url", "")).removeprefix(f"{OWN_SYSTEM}/")
        if name in OWN:
            value = extension.get("valueBoolean", extension.get("valueInteger", extension.get("valueDecimal")))
            if value is not None:
                yield name, value


def _extensions(r: Json, endings: tuple[str, ...]) -> list[Json]:
    return [e for e in r.get("extension") or () if str(e.get("url", "")).endswith(endings)]


def _nested(extension: Json, url: str) -> Iterator[Json]:
    for inner in extension.get("extension") or ():
        if inner.get("url") == url:
            yield inner
        yield from _nested(inner, url)
