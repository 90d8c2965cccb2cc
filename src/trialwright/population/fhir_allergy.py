"""Allergies of FHIR R4 as conditions: what a person does not tolerate is never an exposure to it.

Most name a substance, not a disease ("aspirin", category medication).  Such a record states an allergy to a drug where
its category says so; where only its code is a drug's, or where it is an intolerance, it may be one.  "No known allergy"
states nothing here.
"""

from __future__ import annotations

import re
from typing import Any

from trialwright.population.codebook import Targets, short_system
from trialwright.population.dates import EXTRACTION
from trialwright.population.fhir import Json, Reader, code_text, codes_of
from trialwright.population.fhir_clinical import onset, place, ref, subject
from trialwright.population.rows import ABSENT, AT_AGE, ENDLESS, UNCERTAIN, row

_TO_A_DRUG = "drug_allergy"
_NONE_KNOWN = {"716186003", "409137002", "429625007", "428607008", "428197003"}
"""SNOMED CT's "no known allergy" to anything, drugs, food, the environment, insects, as HL7's guides list them."""
_DENIED = re.compile(r"\b(no|not|none|nil|nka|nkda|denies|unknown)\b", re.I)
_DRUG_SYSTEMS = {"RxNorm", "ATC"}


def allergy(r: Json, reader: Reader) -> None:
    """An allergy is a condition of its own: its substance never counts as an exposure."""
    person = subject(r, reader, "patient")
    if person is None:
        return
    doubt, status = codes_of(r.get("verificationStatus")), codes_of(r.get("clinicalStatus"))
    recorded = reader.date(r.get("recordedDate"))
    reader.out.seen(person, recorded[0] if recorded else None)
    if "entered-in-error" in doubt:
        reader.out.set_aside("entered in error", place(r))
        return
    code = r.get("code") or {}
    refuted = "refuted" in doubt
    targets = reader.targets(code, "allergy")
    if not targets and not refuted:  # no allergy to one drug is not none to any
        targets = _to_a_drug(r, code, reader)
    if not targets:
        reader.unmapped(code)
        return
    start, aged = onset(r, reader, recorded)
    flags = (ABSENT if refuted else 0) | (UNCERTAIN if "unconfirmed" in doubt else 0) | (AT_AGE if aged else 0)
    sure = EXTRACTION if "active" in status and not refuted else -ENDLESS if aged else start[0]
    end = (sure, ENDLESS)
    for index, certain in targets:
        reader.out.rows.append(
            row(person, index, start, end, ref(r), reader.out.record, flags=flags | (0 if certain else UNCERTAIN))
        )


def _to_a_drug(r: Json, code: Json, reader: Reader) -> Targets:
    """The allergy to a drug that a record of a substance states, and whether surely."""
    codings: Any = code.get("coding") or ()
    words = " ".join([str(code.get("text") or ""), *(str(c.get("display") or "") for c in codings)])
    if {str(c.get("code")) for c in codings} & _NONE_KNOWN or _DENIED.search(words) or not (codings or words.strip()):
        return ()
    kinds = set(r.get("category") or ())
    drug = any(
        short_system(str(c.get("system") or "")) in _DRUG_SYSTEMS
        or reader.book.find(str(c.get("system") or ""), str(c.get("code") or ""), "drug")
        for c in codings
    )
    index = reader.book.index(_TO_A_DRUG)
    if index is None or not ("medication" in kinds or (drug and not kinds & {"food", "environment"})):
        return ()
    reader.out.note("allergy to a drug", code_text(code))
    return ((index, "medication" in kinds and r.get("type") != "intolerance"),)
