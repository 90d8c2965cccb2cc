"""Patients, conditions, procedures, immunizations, reports and encounters of FHIR R4 as facts.

A refuted condition is a stated absence; an unconfirmed one is not certain; one entered in error is set aside.  A
condition that is active without an end lasts at least to the extraction day, a resolved one ended some time before.
"""

from __future__ import annotations

from typing import Any

from trialwright.population.dates import EXTRACTION, Minutes
from trialwright.population.fhir import Json, OtherVersion, Reader, codes_of, words_of
from trialwright.population.rows import ABSENT, AT_AGE, ENDLESS, NO_DATA, UNCERTAIN, row

_LASTING = {"active", "recurrence", "relapse"}
_ENDED = {"inactive", "remission", "resolved"}
_AGE_MONTHS = {"a": 12.0, "year": 12.0, "years": 12.0, "mo": 1.0, "month": 1.0, "months": 1.0}
_AGE_MONTHS |= {
    "wk": 12 / 52.1775,
    "d": 12 / 365.2425,
    "week": 12 / 52.1775,
    "weeks": 12 / 52.1775,
    "days": 12 / 365.2425,
}
_SEX = {"M": "male", "F": "female", "male": "male", "female": "female"}


def patient(r: Json, reader: Reader) -> None:
    """Birth, sex and death; a birth sex that differs from the gender stands beside it as a contradiction.

    A gender that is neither female nor male says nothing of the sex: what hangs on it (who could become pregnant, the
    clearance of creatinine) is unknown.
    """
    if "animal" in r:
        raise OtherVersion("STU3")
    person = r.get("id")
    if type(person) is not str or not person:
        reader.out.set_aside("Patient without id")
        return
    out = reader.out
    out.seen(person)
    birth = reader.date(r.get("birthDate"))
    before = len(out.rows)
    if birth is not None:
        _append(reader, person, "birth", birth, r)
    sexes = [r.get("gender")]
    for extension in r.get("extension") or ():
        if str(extension.get("url", "")).endswith("us-core-birthsex"):
            sexes.append(extension.get("valueCode"))
    known = dict.fromkeys(_SEX[s] for s in sexes if s in _SEX)
    for sex in known or (("other",) if r.get("gender") == "other" else ()):
        _append(reader, person, "sex", birth or (-ENDLESS, EXTRACTION), r, word=sex)
    death = reader.date(r.get("deceasedDateTime"))
    if death is not None or r.get("deceasedBoolean") is True:
        _append(reader, person, "death", death or (-ENDLESS, EXTRACTION), r)
    if len(out.rows) == before:
        out.set_aside("Patient without birth date, sex or death (the person is kept)", place(r))


def _append(reader: Reader, person: str, concept: str, when: Minutes, r: Json, word: str | None = None) -> None:
    index = reader.book.index(concept)
    if index is None:
        return
    cats = reader.measures.bits(index, word) if word else None
    problem = NO_DATA if word and cats is None else None
    reader.out.rows.append(row(person, index, when, None, ref(r), reader.out.record, cats=cats, problem=problem))


def condition(r: Json, reader: Reader) -> None:
    """A diagnosis over time."""
    status, doubt = codes_of(r.get("clinicalStatus")), codes_of(r.get("verificationStatus"))
    if "participant" in r:
        raise OtherVersion("R5")
    person = subject(r, reader)
    if person is None:
        return
    reader.out.domains["condition"] += 1
    recorded = reader.date(r.get("recordedDate"))
    reader.out.seen(person, recorded[0] if recorded else None)
    if "entered-in-error" in doubt:
        reader.out.set_aside("entered in error", place(r))
        return
    targets = reader.targets(r.get("code") or {}, "condition")
    if not targets:
        reader.unmapped(r.get("code"))
        return
    start, aged = onset(r, reader, recorded)
    flags = (ABSENT if "refuted" in doubt else 0) | (AT_AGE if aged else 0)
    if doubt & {"unconfirmed", "provisional", "differential"}:
        flags |= UNCERTAIN
    end = _abatement(r, reader)
    if end is None:
        sure = EXTRACTION if status & _LASTING and not flags & ABSENT else (-ENDLESS if aged else start[0])
        end = (sure, EXTRACTION if status & _ENDED else ENDLESS)
    stage = next((words_of(s["summary"]) for s in r.get("stage") or () if s.get("summary")), "")
    for index, certain in targets:
        cats = reader.measures.bits(index, stage) if stage else None
        reader.out.rows.append(
            row(
                person,
                index,
                start,
                end,
                ref(r),
                reader.out.record,
                cats=cats,
                flags=flags | (0 if certain else UNCERTAIN),
            )
        )
        if not certain:
            reader.out.note("not certain", reader.book.concepts[index].id)


def onset(r: Json, reader: Reader, recorded: Minutes | None) -> tuple[Minutes, bool]:
    """When it began, or the age in months at which it began."""
    latest = recorded[1] if recorded else EXTRACTION
    if "onsetDateTime" in r:
        return reader.date(r["onsetDateTime"]) or (-ENDLESS, latest), False
    if "onsetPeriod" in r:
        first, last = reader.period(r["onsetPeriod"])
        return (first[0] if first else -ENDLESS, last[1] if last else latest), False
    if "onsetAge" in r and (age := _months(r["onsetAge"])) is not None:
        return (int(age), int(age) + (12 if _whole_years(r["onsetAge"]) else 1)), True
    if "onsetRange" in r:
        low, high = _months(r["onsetRange"].get("low")), _months(r["onsetRange"].get("high"))
        if low is not None and high is not None:
            return (int(low), int(high) + 12), True
    if "onsetString" in r and (found := reader.dates.read(str(r["onsetString"]).strip())):
        return found, False
    return (-ENDLESS, latest), False


def _abatement(r: Json, reader: Reader) -> Minutes | None:
    if "abatementDateTime" in r:
        return reader.date(r["abatementDateTime"])
    if "abatementPeriod" in r:
        first, last = reader.period(r["abatementPeriod"])
        return (first[0] if first else -ENDLESS, last[1] if last else EXTRACTION)
    if "abatementString" in r and (found := reader.dates.read(str(r["abatementString"]).strip())):
        return found
    if "abatementAge" in r or "abatementRange" in r or "abatementString" in r:
        return -ENDLESS, EXTRACTION  # it ended, at an age or time that is not a date
    return None


def _months(age: Any) -> float | None:
    if not age or isinstance(age.get("value"), bool) or not isinstance(age.get("value"), int | float):
        return None
    factor = _AGE_MONTHS.get(age.get("code") or age.get("unit") or "a")
    return float(age["value"]) * factor if factor else None


def _whole_years(age: Json) -> bool:
    return (age.get("code") or age.get("unit") or "a") in {"a", "year", "years"}


def procedure(r: Json, reader: Reader) -> None:
    """Something done; what was not done or only planned is set aside."""
    if "occurrenceDateTime" in r or "occurrencePeriod" in r:
        raise OtherVersion("R5")
    if "notDone" in r:
        raise OtherVersion("STU3")
    if "performedDateTime" in r:
        start, end = reader.date(r["performedDateTime"]), None
    else:
        start, end = reader.period(r.get("performedPeriod") or {})
    _done(r, reader, "procedure", "procedure", r.get("code") or {}, start, end)


def immunization(r: Json, reader: Reader) -> None:
    """A vaccine given."""
    if "notGiven" in r:
        raise OtherVersion("STU3")
    start = reader.date(r.get("occurrenceDateTime"))
    if start is None and r.get("occurrenceString"):
        start = reader.dates.read(r["occurrenceString"])
    _done(r, reader, "immunization", "procedure", r.get("vaccineCode") or {}, start, None)


def _done(
    r: Json, reader: Reader, kind: str, domain: str, code: Json, start: Minutes | None, end: Minutes | None
) -> None:
    person = subject(r, reader)
    if person is None:
        return
    if kind == domain:
        reader.out.domains[domain] += 1
    reader.out.seen(person, start[0] if start else None)
    status = r.get("status")
    if status == "entered-in-error":
        reader.out.set_aside("entered in error", place(r))
        return
    if status in {"not-done", "preparation", "on-hold"}:
        reader.out.set_aside(f"not done (status {status})", place(r))
        return
    targets = reader.targets(code, kind)
    if not targets:
        reader.unmapped(code)
        return
    doubt = UNCERTAIN if status in {"stopped", "unknown"} else 0
    when = start or (-ENDLESS, EXTRACTION)
    for index, certain in targets:
        flags = doubt | (0 if certain else UNCERTAIN)
        finish = end if end is not None or reader.book.concepts[index].domain != "drug" else when
        problem = NO_DATA if reader.book.concepts[index].domain == "drug" else None
        reader.out.rows.append(
            row(person, index, when, finish, ref(r), reader.out.record, flags=flags, problem=problem)
        )
        if flags:
            reader.out.note("not certain", reader.book.concepts[index].id)


def encounter(r: Json, reader: Reader) -> None:
    """An encounter states nothing about the person but that they were observed that day."""
    if isinstance(r.get("class"), list) or "actualPeriod" in r:
        raise OtherVersion("R5")
    person = subject(r, reader)
    if person is None:
        return
    start, _ = reader.period(r.get("period") or {})
    if r.get("status") not in {"planned", "cancelled", "entered-in-error"}:
        reader.out.seen(person, start[0] if start else None)
    reader.out.set_aside("encounter (only its date is used)", place(r))


def subject(r: Json, reader: Reader, key: str = "subject") -> str | None:
    """The person whom a record is about; the record is set aside when there is none."""
    if (
        "context" in r
        and key == "subject"
        and r.get("resourceType") in {"Condition", "Observation", "Procedure", "Encounter"}
    ):
        raise OtherVersion("STU3")
    person = reader.person(r.get(key) or r.get("patient" if key == "subject" else "subject"))
    if person is None:
        reader.out.set_aside("no subject", place(r))
    elif person not in reader.out.firsts:
        reader.out.seen(person)
    return person


def ref(r: Json) -> str | None:
    """The source reference of a resource, "Condition/123"; None when it has no id."""
    name = r.get("id")
    return f"{r['resourceType']}/{name}" if name else None


def place(r: Json) -> str:
    """The resource as a reader of the report finds it."""
    return ref(r) or f"{r.get('resourceType')} without id"
