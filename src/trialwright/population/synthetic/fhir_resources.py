"""One record as a FHIR R4 resource: condition, observation, drug (ordered, taken or given), procedure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from trialwright.population.fhir_adverse import GRADES, GUIDE
from trialwright.population.synthetic.events import (
    AS_NEEDED,
    AS_TEXT,
    BELOW,
    GIVEN,
    IN_ERROR,
    LOST,
    NO_DOSE,
    NO_VALUE,
    OPEN,
    POINT,
    REFUTED,
    RESOLVED,
    TWICE,
    UNCONFIRMED,
    VAGUE,
    WEEKLY,
    unit_texts,
)  # fmt: skip
from trialwright.population.synthetic.terms import OWN, ROUTES, URIS, terms

Json = dict[str, Any]
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_NCI = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
_UCUM = "http://unitsofmeasure.org"
_WORDS = {"positive": "10828004", "negative": "260385009", "present": "52101004", "absent": "2667000"}
_ROUTE_CODES = {"oral": "26643006", "intravenous": "47625008", "subcutaneous": "34206005", "inhaled": "446407004"}
_PRESSURE = {
    "system": "http://loinc.org",
    "code": "85354-9",
    "display": "Blood pressure panel with all children optional",
}


class Row(NamedTuple):
    """One record as plain values; dates as text."""

    person: int
    concept: int
    start: str
    end: str
    ends: int
    value: float
    comparator: int
    cats: int
    unit: int
    low: float
    high: float
    status: int
    route: int
    pattern: int
    part: int = 0


def condition(row: Row, name: str, person: str) -> Json:
    """A diagnosis with both of its statuses."""
    made = {
        "resourceType": "Condition",
        "id": "",
        "code": code_of(name, row.status == VAGUE),
        "subject": _subject(person),
    }
    doubt = {REFUTED: "refuted", UNCONFIRMED: "provisional", IN_ERROR: "entered-in-error"}.get(row.status, "confirmed")
    made["verificationStatus"] = _status("condition-ver-status", doubt)
    dated = row.ends not in (POINT, OPEN)
    if row.status not in (REFUTED, IN_ERROR) and row.ends != POINT:
        state = "resolved" if dated or row.status == RESOLVED else "active"
        made["clinicalStatus"] = _status("condition-clinical", state)
    made["onsetDateTime"] = row.start
    if dated:
        made["abatementDateTime"] = row.end
    return made


def procedure(row: Row, name: str, person: str) -> Json:
    """Something done on one day."""
    status = "entered-in-error" if row.status == IN_ERROR else "completed"
    return {
        "resourceType": "Procedure", "id": "", "status": status, "code": code_of(name, row.status == VAGUE),
        "subject": _subject(person), "performedDateTime": row.start,
    }  # fmt: skip


def observation(row: Row, name: str, person: str) -> Json:
    """A result: quantity, coded word, text, or the reason why there is none."""
    return _observed(row, person) | {"code": code_of(name, row.status == VAGUE)} | result(row, name)


def pressure(systolic: Row, diastolic: Row, person: str) -> Json:
    """Both pressures of one measurement, as the components of a panel."""
    parts = ((systolic, "systolic_blood_pressure"), (diastolic, "diastolic_blood_pressure"))
    components = [{"code": code_of(name, False)} | result(row, name) for row, name in parts]
    return _observed(systolic, person) | {"code": {"coding": [_PRESSURE]}, "component": components}


def _observed(row: Row, person: str) -> Json:
    status = "entered-in-error" if row.status == IN_ERROR else "final"
    return {
        "resourceType": "Observation",
        "id": "",
        "status": status,
        "subject": _subject(person),
        "effectiveDateTime": row.start,
    }


def result(row: Row, name: str) -> Json:
    """value[x], interpretation and reference range."""
    if row.status == NO_VALUE:
        return {"dataAbsentReason": _status("data-absent-reason", "error")}
    words = said(name, row.cats)
    if row.value != row.value:
        if row.status == AS_TEXT:
            return {"valueString": words}
        coding = (
            {"coding": [{"system": URIS["SNOMED"], "code": _WORDS[words], "display": words}]} if words in _WORDS else {}
        )
        return {"valueCodeableConcept": coding | {"text": words}}
    made = _number(row)
    if words:
        made["interpretation"] = [_status("v3-ObservationInterpretation", words[:3].upper())]
    limits = {
        key: _quantity(limit, row.unit) for key, limit in (("low", row.low), ("high", row.high)) if limit == limit
    }
    return made | {"referenceRange": [limits]} if limits else made


def _number(row: Row) -> Json:
    unit = unit_texts()[row.unit] if row.unit >= 0 else ""
    sign = "<" if row.comparator == BELOW else ""
    if unit == "{titer}":
        return {"valueString": f"{sign}1:{row.value:g}"}
    if row.status == AS_TEXT and not unit[:1].isdigit():
        return {"valueString": f"{sign}{_plain(row.value)} {unit}".strip()}
    quantity = _quantity(row.value, row.unit)
    if sign:
        quantity["comparator"] = sign
    return {"valueQuantity": quantity}


def said(name: str, cats: int) -> str:
    """Categories in words: "Class III+V", "positive"."""
    listed = [c for i, c in enumerate(terms()[name].concept.categories) if cats >> i & 1]
    return f"Class {'+'.join(listed)}" if name == "lupus_nephritis_class" else " ".join(listed)


def _quantity(value: float, unit: int) -> Json:
    plain = int(value) if value == int(value) else value
    return {"value": plain} | dict(_unit(unit)) if unit >= 0 else {"value": plain}


@cache
def _unit(number: int) -> tuple[tuple[str, str], ...]:
    """A unit of the catalog stands as UCUM, any other as written."""
    text = unit_texts()[number]
    if text in _canonical():
        return (("unit", text), ("system", _UCUM), ("code", text))
    return (("unit", text),)


@cache
def _canonical() -> frozenset[str]:
    return frozenset(t.unit for t in terms().values() if t.unit)


def drug(row: Row, name: str, person: str) -> Json:
    """An infusion is given, a course that goes on is ordered (or said to be taken), a past one was taken."""
    common = {"medicationCodeableConcept": code_of(name, row.status == VAGUE), "subject": _subject(person)}
    wrong = row.status == IN_ERROR
    if row.pattern == GIVEN:
        dosage = _route(row) | {"dose": {"value": row.value, "unit": "mg", "system": _UCUM, "code": "mg"}}
        status = "entered-in-error" if wrong else "completed"
        return {
            "resourceType": "MedicationAdministration", "id": "", "status": status, **common,
            "effectiveDateTime": row.start,
            "dosage": dosage,
        }  # fmt: skip
    going = row.ends == OPEN and row.status != RESOLVED
    status = "entered-in-error" if wrong else "active" if going else "completed"
    if going and (row.person + row.concept) % 10 < 7:
        return {
            "resourceType": "MedicationRequest", "id": "", "status": status, "intent": "order", **common,
            "authoredOn": row.start, "dosageInstruction": [_dosage(row)],
        }  # fmt: skip
    period = {"start": row.start} | ({"end": row.end} if row.ends != OPEN else {})
    return {
        "resourceType": "MedicationStatement", "id": "", "status": status, **common, "effectivePeriod": period,
        "dosage": [_dosage(row)],
    }  # fmt: skip


def _dosage(row: Row) -> Json:
    made = _route(row)
    if row.pattern == NO_DOSE or row.value != row.value:
        return made
    times = {TWICE: (2, 1, "d"), WEEKLY: (1, 1, "wk")}.get(row.pattern, (1, 1, "d"))
    amount = float(
        f"{row.value / 2 if row.pattern == TWICE else row.value * 7 if row.pattern == WEEKLY else row.value:.10g}"
    )
    made["timing"] = {"repeat": dict(zip(("frequency", "period", "periodUnit"), times, strict=True))}
    if row.pattern == AS_NEEDED:
        made["asNeededBoolean"] = True
    quantity = {"value": amount, "unit": "mg", "system": _UCUM, "code": "mg"}
    return made | {"doseAndRate": [{"doseQuantity": quantity}]}


def adverse_event(parts: Mapping[str, Row], person: str) -> Json:
    """An adverse event in the form of HL7's research guide: term, onset, grade, resolution, judgements."""
    listed = {name: row for name, row in parts.items() if terms()[name].domain == "condition"}
    term, row = next(iter(listed.items()))
    extensions: list[Json] = []
    for name in ("adverse_event_grade", "crs_grade", "icans_grade"):
        if (graded := parts.get(name)) is None or graded.value != graded.value:
            continue
        number = int(graded.value)
        if name == "adverse_event_grade":
            code = next(code for code, grade in GRADES.items() if grade == number)
            coding = {"system": _NCI, "code": code, "display": f"Grade {number}"}
            extensions.append({"url": f"{GUIDE}ae-grade", "valueCodeableConcept": {"coding": [coding]}})
        else:
            extensions.append({"url": f"{URIS[OWN]}/{name}", "valueInteger": number})
    if (limiting := parts.get("dose_limiting_toxicity")) is not None:
        yes = said("dose_limiting_toxicity", limiting.cats) == "present"
        extensions.append({"url": f"{URIS[OWN]}/dose_limiting_toxicity", "valueBoolean": yes})
    dated = row.ends != OPEN
    outcome = "resolved" if dated else "unknown" if row.status == LOST else "ongoing"
    if dated:
        extensions.append({"url": f"{GUIDE}resolve-date", "valueDateTime": row.end})
    made = {
        "resourceType": "AdverseEvent", "id": "", "extension": extensions, "actuality": "actual",
        "event": {"coding": [{"system": URIS[OWN], "code": term, "display": terms()[term].concept.label}]},
        "subject": _subject(person), "date": row.start,
        "outcome": _status("adverse-event-outcome", outcome),
    }  # fmt: skip
    if serious := parts.get("serious_adverse_event"):
        yes = said("serious_adverse_event", serious.cats) == "present"
        made["seriousness"] = _status("adverse-event-seriousness", "serious" if yes else "non-serious")
    if related := parts.get("adverse_event_related"):
        yes = said("adverse_event_related", related.cats) == "present"
        causality = {"assessment": _status("adverse-event-causality-assess", "possible" if yes else "unlikely")}
        made["suspectEntity"] = [{"instance": {"display": "CAR-T cells"}, "causality": [causality]}]
    return made


def _route(row: Row) -> Json:
    if row.route < 0:
        return {}
    route = ROUTES[row.route]
    return {"route": {"coding": [{"system": URIS["SNOMED"], "code": _ROUTE_CODES[route], "display": route}]}}


@cache
def _code(name: str, vague: bool) -> tuple[str, str, str]:
    term = terms()[name]
    code = term.vague if vague and term.vague else term.code
    return URIS[code.system], code.code, code.display


def code_of(name: str, vague: bool) -> Json:
    """The code of a concept, or its broader one."""
    system, code, display = _code(name, vague)
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _status(system: str, code: str) -> Json:
    return {"coding": [{"system": _HL7 + system, "code": code}]}


def _subject(person: str) -> Json:
    return {"reference": f"Patient/{person}"}


def _plain(value: float) -> str:
    return f"{value:.10g}"
