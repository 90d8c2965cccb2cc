"""Medication requests, statements and administrations of FHIR R4 as exposures with a daily dose.

An order that is active without an end lasts at least to the extraction day; one that was stopped without a date ended
some time before it.  "Not taken" is a stated absence; plans, drafts, orders that were withdrawn and orders never to be
given are set aside.
"""

from __future__ import annotations

from typing import Any

import orjson

from trialwright.language.facts import DAY
from trialwright.population.dates import EXTRACTION, Minutes
from trialwright.population.dosage import Dose, daily_dose, in_units
from trialwright.population.fhir import Json, OtherVersion, Reader, codes_of, words_of
from trialwright.population.fhir_clinical import place, ref, subject
from trialwright.population.route_words import route_of
from trialwright.population.routes import tell
from trialwright.population.rows import ABSENT, ENDLESS, NO_DATA, UNCERTAIN, row

_ENDED = {"stopped", "completed", "inactive"}
_DAYS = {"d": 1.0, "day": 1.0, "days": 1.0, "wk": 7.0, "week": 7.0, "weeks": 7.0, "mo": 30.4375, "month": 30.4375,
         "months": 30.4375, "a": 365.25, "h": 1 / 24, "year": 365.25}  # fmt: skip
_ROUTE_CODES = {
    "26643006": "oral", "PO": "oral", "47625008": "intravenous", "IV": "intravenous", "IVINFUSION": "intravenous",
    "34206005": "subcutaneous", "SQ": "subcutaneous", "SC": "subcutaneous", "78421000": "intramuscular",
    "IM": "intramuscular", "6064005": "topical", "TOPICAL": "topical", "446407004": "inhaled", "IPINHL": "inhaled",
    "46713006": "nasal", "NASINHL": "nasal", "54485002": "ophthalmic", "37161004": "rectal", "PR": "rectal",
    "45890007": "transdermal", "TRNSDERM": "transdermal", "12130007": "intra_articular",
}  # fmt: skip


def medication(r: Json, reader: Reader) -> None:
    """A drug that others refer to."""
    if r.get("id"):
        reader.out.medications[f"Medication/{r['id']}"] = r.get("code")
    reader.out.set_aside("Medication (used where a prescription refers to it)", place(r))


def request(r: Json, reader: Reader) -> None:
    """A prescription: from its bounds or the day it was written, to its bounds, its supply or its status."""
    if "medication" in r:
        raise OtherVersion("R5")
    status, intent = r.get("status"), r.get("intent")
    dosages = r.get("dosageInstruction") or []
    written = reader.date(r.get("authoredOn"))
    start, end = _bounds(dosages, reader)
    first = start or written
    if end is None and first is not None:
        end = _supply(r, first, dosages)
    aside = None
    if intent in {"proposal", "plan"} or status == "draft":
        aside = "only planned"
    elif status == "cancelled":
        aside = "withdrawn before anything was given (status cancelled)"
    elif r.get("doNotPerform") is True:
        aside = "ordered not to be given"
    _exposure(r, reader, dosages, first, end, aside)


def statement(r: Json, reader: Reader) -> None:
    """What a person is said to take."""
    if "medication" in r:
        raise OtherVersion("R5")
    asserted = reader.date(r.get("dateAsserted"))
    dosages = r.get("dosage") or []
    start, end = _effective(r, reader)
    if start is None:
        bound, end = _bounds(dosages, reader)
        start = bound or ((-ENDLESS, asserted[1]) if asserted else None)
    _exposure(r, reader, dosages, start, end, "only planned" if r.get("status") == "intended" else None, asserted)


def administration(r: Json, reader: Reader) -> None:
    """A dose that was given: its day carries the whole dose."""
    if "occurenceDateTime" in r or "occurrenceDateTime" in r or "medication" in r:
        raise OtherVersion("R5")
    start, end = _effective(r, reader)
    aside = f"not done (status {r['status']})" if r.get("status") in {"not-done", "on-hold"} else None
    _exposure(r, reader, r.get("dosage") or {}, start, end or start, aside)


def _exposure(
    r: Json,
    reader: Reader,
    dosages: Any,
    start: Minutes | None,
    end: Minutes | None,
    aside: str | None,
    asserted: Minutes | None = None,
) -> None:
    person = subject(r, reader)
    if person is None:
        return
    out = reader.out
    out.domains["drug"] += 1
    out.seen(person, start[0] if start and start[0] > -ENDLESS else None)
    status = r.get("status")
    if status == "entered-in-error":
        aside = "entered in error"
    if aside:
        out.set_aside(aside, place(r))
        return
    code = drug_code(r, reader)
    if code is None:
        return
    targets = reader.targets(code, "drug")
    if not targets:
        reader.unmapped(code)
        return
    begins = start or (-ENDLESS, EXTRACTION)
    if end is None:
        sure = (
            EXTRACTION
            if status == "active" and asserted is None
            else asserted[0]
            if asserted and status == "active"
            else begins[0]
        )
        end = (sure, EXTRACTION if status in _ENDED else ENDLESS)
    flags = ABSENT if status == "not-taken" else UNCERTAIN if status in {"unknown", "draft"} else 0
    said = _route(dosages, words_of(code))
    codes = [(str(c.get("system") or ""), str(c.get("code") or "")) for c in code.get("coding") or ()]
    for index, certain in targets:
        concept = reader.book.concepts[index]
        route, clear = tell(reader.book, concept, said, codes)
        low, high, problem = _dose(dosages, code, concept.unit, reader)
        if problem is not None and problem != NO_DATA:
            out.note("dose unknown", concept.id)
        given = _recorded(dosages)
        cats = reader.measures.bits(index, route) if route else None
        marks = flags | (0 if certain and clear else UNCERTAIN)
        if not clear:
            out.note("route not recorded, may be a local form", concept.id)
        elif marks & UNCERTAIN:
            out.note("not certain", concept.id)
        out.rows.append(
            row(person, index, begins, end, ref(r), out.record, (low, high), cats, marks, problem, recorded=given)
        )


def drug_code(r: Json, reader: Reader) -> Json | None:
    """The drug's code, through a contained, bundled or separate Medication; None when it waits or is not there."""
    if (concept := r.get("medicationCodeableConcept")) is not None:
        return dict(concept)
    reference = (r.get("medicationReference") or {}).get("reference") or ""
    if reference.startswith("#"):
        for inner in r.get("contained") or ():
            if inner.get("id") == reference[1:]:
                return dict(inner.get("code") or {})
    key = reference if reference.startswith("urn:") else "/".join(reference.split("/")[-2:])
    found = reader.medications.get(key) or reader.out.medications.get(key)
    if isinstance(found, dict):
        return found
    if reference and reader.resolve_later:
        reader.out.pending.append(orjson.dumps(r))
        reader.out.read[r["resourceType"]] -= 1
        reader.out.record -= 1
        reader.out.domains["drug"] -= 1
        return None
    shown = (r.get("medicationReference") or {}).get("display")
    if shown:
        return {"text": shown}
    reader.out.set_aside("medication that is referred to is not there", place(r))
    return None


def _bounds(dosages: Any, reader: Reader) -> tuple[Minutes | None, Minutes | None]:
    """First start and last end that the dosage instructions name."""
    starts, ends, open_end = [], [], False
    for dosage in dosages:
        period = ((dosage.get("timing") or {}).get("repeat") or {}).get("boundsPeriod")
        if period:
            first, last = reader.period(period)
            starts += [first] if first else []
            ends += [last] if last else []
            open_end = open_end or last is None
    return min(starts, default=None), None if open_end else max(ends, default=None)


def _supply(r: Json, start: Minutes, dosages: Any) -> Minutes | None:
    """The end by the length of the course: its bounds, its supply with refills as the longest, its validity."""
    dispense = r.get("dispenseRequest") or {}
    for dosage in dosages:
        repeat = (dosage.get("timing") or {}).get("repeat") or {}
        if (length := _length(repeat.get("boundsDuration"))) is not None:
            return _after(start, length, length)
    supply = _length(dispense.get("expectedSupplyDuration"))
    if supply is not None:
        refills = dispense.get("numberOfRepeatsAllowed") or 0
        return _after(start, supply, supply * (1 + int(refills)))
    return None


def _after(start: Minutes, shortest: float, longest: float) -> Minutes:
    """The last day of a course of so many days."""
    first = start[0] // DAY + max(round(shortest), 1) - 1
    last = start[1] // DAY + max(round(longest), 1) - 1
    return first * DAY, last * DAY + DAY - 1


def _length(duration: Any) -> float | None:
    if not duration or duration.get("value") is None:
        return None
    factor = _DAYS.get(duration.get("code") or "") or _DAYS.get(duration.get("unit") or "d")
    return float(duration["value"]) * factor if factor else None


def _effective(r: Json, reader: Reader) -> tuple[Minutes | None, Minutes | None]:
    if "effectiveDateTime" in r:
        return reader.date(r["effectiveDateTime"]), None
    return reader.period(r.get("effectivePeriod") or {})


def _dose(dosages: Any, code: Json, unit: str | None, reader: Reader) -> Dose:
    wanted = (unit or "mg/d").rsplit("/", 1)[0]
    name = next((c["display"] for c in code.get("coding") or () if c.get("display")), "") or code.get("text") or ""
    if isinstance(dosages, list):
        return daily_dose(dosages, name, wanted, reader.measures.unit_scale)
    quantity = dosages.get("dose") or {}
    if quantity.get("value") is None:
        return None, None, NO_DATA
    amount, given = float(quantity["value"]), str(quantity.get("code") or quantity.get("unit") or "")
    return in_units(amount, amount, given, name, wanted, reader.measures.unit_scale)


def _recorded(dosages: Any) -> tuple[float | None, str | None]:
    """The single dose as recorded, with its unit."""
    if isinstance(dosages, list):
        rates = dosages[0].get("doseAndRate") if dosages else None
        quantity = (rates[0].get("doseQuantity") or {}) if rates else {}
    else:
        quantity = dosages.get("dose") or {}
    value = quantity.get("value")
    return (None, None) if value is None else (float(value), quantity.get("code") or quantity.get("unit"))


def _route(dosages: Any, name: str) -> str | None:
    parts = dosages if isinstance(dosages, list) else [dosages]
    found = set()
    for part in parts:
        if part.get("route"):
            codes = [_ROUTE_CODES.get(str(c)) for c in codes_of(part["route"])]
            found.add(next((c for c in codes if c), None) or route_of(words_of(part["route"])) or "other")
    if not found:
        return route_of(name)
    return " ".join(sorted(found))
