"""Observations and diagnostic reports of FHIR R4 as facts: every value type, components, limits and comparators.

The value is taken as the record states it: a quantity in its own unit, a coded or written result as a category of the
concept, an absent value as a fact without a value (it does not give way to an older one).
"""

from __future__ import annotations

from typing import Any

from trialwright.population.codebook import Targets
from trialwright.population.dates import EXTRACTION, Minutes
from trialwright.population.fhir import BadDate, Json, OtherVersion, Reader, words_of
from trialwright.population.fhir_clinical import place, ref, subject
from trialwright.population.readings import NOTHING, Reading, compared, read_range, read_text, stated
from trialwright.population.rows import ABSENT, ENDLESS, UNCERTAIN, UNIT_MISMATCH, row

_ASIDE = {
    "entered-in-error": "entered in error",
    "cancelled": "no result (status cancelled)",
    "registered": "no result (status registered)",
}
_YES, _NO = {"positive", "true", "yes", "present"}, {"negative", "false", "no", "absent"}


def observation(r: Json, reader: Reader) -> None:
    """A measurement or finding, and each of its components."""
    person = subject(r, reader)
    if person is None:
        return
    out = reader.out
    out.domains["measurement"] += 1
    if reason := _ASIDE.get(r.get("status") or ""):
        out.set_aside(reason, place(r))
        return
    start, end = _when(r, reader)
    if start is None:
        out.set_aside("no date", place(r))
        return
    out.seen(person, start[0])
    code = r.get("code") or {}
    targets = reader.targets(code, "measurement")
    rows = len(out.rows)
    components = r.get("component")
    if components:
        for part in components:
            if found := reader.targets(part.get("code") or {}, "measurement"):
                _state(part, r, reader, person, found, start, end)
        if len(out.rows) > rows and not _has_value(r):
            return
    if targets:
        _state(r, r, reader, person, targets, start, end)
    elif len(out.rows) == rows:
        if r.get("hasMember") and not _has_value(r):
            out.set_aside("panel (its members are read as observations)", place(r))
        else:
            reader.unmapped(code)


def _when(r: Json, reader: Reader) -> tuple[Minutes | None, Minutes | None]:
    text = r.get("effectiveDateTime") or r.get("effectiveInstant")
    if text is not None:
        found = reader.dates.read(text)
        if found is None:
            raise BadDate(str(text))
        return found, None
    if "effectivePeriod" in r:
        start, end = reader.period(r["effectivePeriod"])
        if start is not None:
            return start, end
        if end is not None:
            return (-ENDLESS, end[1]), None
    if "effectiveTiming" in r and (events := r["effectiveTiming"].get("event")):
        first, last = reader.date(min(events)), reader.date(max(events))
        return (first, last) if first != last else (first, None)
    issued = reader.date(r.get("issued"))
    return ((-ENDLESS, issued[1]), None) if issued else (None, None)


def _has_value(r: Json) -> bool:
    return "dataAbsentReason" in r or any(key.startswith("value") for key in r)


def _state(
    part: Json, whole: Json, reader: Reader, person: str, targets: Targets, start: Minutes, end: Minutes | None
) -> None:
    """Rows of one value: the observation's own or a component's."""
    reading, unit, said = _value(part)
    interpretation = interpretation_of(part)
    ranges = part.get("referenceRange")
    low, high, range_unit = limits(ranges, unit) if ranges else (None, None, None)
    if said and stated(said):
        interpretation = said
    out, measures = reader.out, reader.measures
    for index, certain in targets:
        concept = reader.book.concepts[index]
        flags = 0 if certain else UNCERTAIN
        if concept.domain in {"condition", "procedure"}:
            flags |= _presence(part, reading, said)
        v_lo, v_hi, cats, r_lo, r_hi, lod, raw, value_flags, problem = measures.measured(
            index, reading, unit, low, high, interpretation, range_unit=range_unit, bare=_own(part, concept.id)
        )
        if problem is not None:
            if problem == UNIT_MISMATCH:
                out.note("unit mismatch", f"{concept.id}: {unit or '(no unit)'}")
            elif concept.domain in {"condition", "procedure"}:
                problem = None
        if flags & UNCERTAIN:
            out.note("not certain", concept.id)
        end_of_it = (start[0], ENDLESS) if end is None and concept.domain == "condition" else end
        out.rows.append(
            row(
                person,
                index,
                start,
                end_of_it,
                ref(whole),
                out.record,
                (v_lo, v_hi),
                cats,
                flags | value_flags,
                problem,
                (r_lo, r_hi),
                lod,
                (raw, unit),
            )
        )


def _own(part: Json, concept: str) -> bool:
    """In the project's own code system a number without unit is in the canonical unit, as documented."""
    return any(c.get("code") == concept for c in (part.get("code") or {}).get("coding") or ())


def _presence(part: Json, reading: Reading, said: str | None) -> int:
    """An observation about a condition states that it is there, that it is not, or leaves it open."""
    word = stated(said) if said else None
    words = word or reading.words
    if "valueBoolean" in part:
        words = "yes" if part["valueBoolean"] else "no"
    if words in _NO:
        return ABSENT
    return 0 if words in _YES else UNCERTAIN


def _value(part: Json) -> tuple[Reading, str | None, str | None]:
    """The reading, its unit, and the code of a coded result."""
    if (quantity := part.get("valueQuantity")) is not None:
        return *_quantity(quantity), None
    if (concept := part.get("valueCodeableConcept")) is not None:
        codings = concept.get("coding") or ()
        code = next((c["code"] for c in codings if c.get("code")), None)
        if code and (word := stated(code)):
            return Reading(words=word), None, code
        text = words_of(concept)
        reading = read_text(text) if text else Reading(words=code or "")
        return (
            (Reading(words=code or "") if not reading.words and reading.lower is None else reading),
            reading.unit,
            code,
        )
    if (written := part.get("valueString")) is not None:
        reading = read_text(written)
        return reading, reading.unit, None
    if (number := part.get("valueInteger")) is not None:
        return compared("", float(number)), None, None
    if (flag := part.get("valueBoolean")) is not None:
        return Reading(words="positive" if flag else "negative"), None, None
    if (ratio := part.get("valueRatio")) is not None:
        return _ratio(ratio)
    if (span := part.get("valueRange")) is not None:
        low, high = span.get("low") or {}, span.get("high") or {}
        unit = unit_of(low) or unit_of(high)
        upper = float(high["value"]) if "value" in high else float("inf")
        return Reading(float(low["value"]) if "value" in low else 0.0, upper), unit, None
    if (data := part.get("valueSampledData")) is not None and data.get("origin"):
        return NOTHING, unit_of(data["origin"]), None
    return NOTHING, None, None


def _quantity(quantity: Json) -> tuple[Reading, str | None]:
    value = quantity.get("value")
    if value is None:
        return NOTHING, unit_of(quantity)
    if type(value) is bool:
        raise TypeError(value)
    if type(value) is str:
        reading = read_text(value)
        return reading, unit_of(quantity) or reading.unit
    number = float(value)
    if comparator := quantity.get("comparator"):
        return compared(comparator, number), unit_of(quantity)
    return Reading(number, number, 0, None, number), unit_of(quantity)


def _ratio(ratio: Json) -> tuple[Reading, str | None, str | None]:
    """1:160 is a titre of 160; 3 mg / 2 g is 1.5 mg/g."""
    top, bottom = ratio.get("numerator") or {}, ratio.get("denominator") or {}
    numerator, denominator = float(top["value"]), float(bottom.get("value", 1))
    upper, lower = unit_of(top) or "1", unit_of(bottom) or "1"
    if upper == lower == "1" and numerator == 1 and denominator > 1:
        return compared(bottom.get("comparator") or top.get("comparator") or "", denominator), None, None
    unit = None if upper == lower == "1" else f"{upper}/{lower}"
    return compared(top.get("comparator") or "", numerator / denominator), unit, None


def unit_of(quantity: Json) -> str | None:
    """The UCUM code of a quantity, else its unit as written."""
    if quantity.get("system") == "http://unitsofmeasure.org" and quantity.get("code"):
        return str(quantity["code"])
    return quantity.get("unit") or quantity.get("code")


def interpretation_of(part: Json) -> str | None:
    """The first code of the interpretation.  Raises OtherVersion for the form of STU3."""
    for concept in part.get("interpretation") or ():
        if type(concept) is not dict:
            raise OtherVersion("STU3")
        for coding in concept.get("coding") or ():
            if coding.get("code"):
                return str(coding["code"])
    return None


def limits(ranges: Any, unit: str | None) -> tuple[float | None, float | None, str | None]:
    """The limits of normal; several normal ranges (by age, by sex) that differ decide nothing."""
    found = set()
    for entry in ranges:
        kinds = {c.get("code") for c in (entry.get("type") or {}).get("coding") or ()}
        if kinds and not kinds & {"normal", None}:
            continue
        low, high = entry.get("low") or {}, entry.get("high") or {}
        if "value" in low or "value" in high:
            limits = (
                float(low["value"]) if "value" in low else None,
                float(high["value"]) if "value" in high else None,
            )
            found.add((*limits, unit_of(low) or unit_of(high) or unit))
        elif text := entry.get("text"):
            found.add((*read_range(text), unit))
    found.discard((None, None, unit))
    return next(iter(found)) if len(found) == 1 else (None, None, None)


def report(r: Json, reader: Reader) -> None:
    """A report states its own code (a biopsy, an imaging) and conclusion; its results are read as observations."""
    person = subject(r, reader)
    if person is None:
        return
    if reason := _ASIDE.get(r.get("status") or ""):
        reader.out.set_aside(reason, place(r))
        return
    start, end = _when(r, reader)
    reader.out.seen(person, start[0] if start and start[0] > -ENDLESS else None)
    targets = reader.targets(r.get("code") or {}, "report")
    if not targets:
        if r.get("result"):
            reader.out.set_aside("panel (its members are read as observations)", place(r))
        else:
            reader.unmapped(r.get("code"))
        return
    conclusion = " ".join(words_of(c) for c in r.get("conclusionCode") or ()) or r.get("conclusion") or ""
    before = len(reader.out.rows)
    for index, certain in targets:
        concept = reader.book.concepts[index]
        cats = reader.measures.bits(index, conclusion) if conclusion and concept.categories else None
        mute = concept.domain == "measurement" and cats is None
        if mute:
            continue
        reader.out.rows.append(
            row(
                person,
                index,
                start or (-ENDLESS, EXTRACTION),
                end,
                ref(r),
                reader.out.record,
                cats=cats,
                flags=0 if certain else UNCERTAIN,
            )
        )
    if len(reader.out.rows) == before:
        reader.out.set_aside("report without a result of its own", place(r))
