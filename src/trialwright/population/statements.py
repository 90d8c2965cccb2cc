"""Statements of tables (OMOP, flat CSV) as rows: one concept, dates, a value as number or text, limits, route, status.

What a row means is the same wherever it was written: the value goes through the same reading and conversion as that of
a FHIR observation.
"""

from __future__ import annotations

from dataclasses import dataclass

from trialwright.language.vocabulary import Concept
from trialwright.population.dates import EXTRACTION, Minutes
from trialwright.population.gather import Gather
from trialwright.population.measure import Measures
from trialwright.population.readings import NOTHING, Reading
from trialwright.population.rows import ABSENT, ENDLESS, NO_DATA, UNCERTAIN, UNIT_MISMATCH, row


@dataclass(frozen=True, slots=True)
class Statement:
    """What a row of a table says about a person; `lasting` means that it goes on at the extraction.

    Without a `clear_route` a drug may have been given where it acts, as a cream or as drops.
    """

    person: str
    start: Minutes
    end: Minutes | None = None
    reading: Reading = NOTHING
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    route: str | None = None
    clear_route: bool = True
    absent: bool = False
    doubtful: bool = False
    lasting: bool = False
    bare: bool = False
    dose: tuple[float | None, float | None, int | None] | None = None
    reference: str | None = None


def append(out: Gather, measures: Measures, concept: Concept, index: int, certain: bool, said: Statement) -> None:
    """One row for one concept of a statement."""
    sure = certain and not said.doubtful and said.clear_route
    flags = (ABSENT if said.absent else 0) | (0 if sure else UNCERTAIN)
    end = said.end
    if end is None and concept.domain in {"condition", "drug"}:
        end = (EXTRACTION if said.lasting and not said.absent else said.start[0], ENDLESS)
    if not said.clear_route:
        out.note("route not recorded, may be a local form", concept.id)
    elif flags & UNCERTAIN:
        out.note("not certain", concept.id)
    value: tuple[float | None, float | None] = (None, None)
    limits: tuple[float | None, float | None] = (None, None)
    cats = lod = problem = None
    if concept.domain == "drug":
        low, high, problem = said.dose or (None, None, NO_DATA)
        value = (low, high)
        cats = measures.bits(index, said.route) if said.route else None
        if problem is not None and problem != NO_DATA:
            out.note("dose unknown", concept.id)
    elif concept.domain in {"condition", "procedure"} or concept.id in {"birth", "death"}:
        cats = measures.bits(index, said.reading.words) if said.reading.words and concept.categories else None
    else:
        v_lo, v_hi, cats, r_lo, r_hi, lod, _, value_flags, problem = measures.measured(
            index, said.reading, said.unit, said.low, said.high, bare=said.bare
        )
        value, limits, flags = (v_lo, v_hi), (r_lo, r_hi), flags | value_flags
        if problem == UNIT_MISMATCH:
            out.note("unit mismatch", f"{concept.id}: {said.unit or '(no unit)'}")
    recorded = (said.reading.number, said.unit)
    out.rows.append(
        row(
            said.person,
            index,
            said.start,
            end,
            said.reference,
            out.record,
            value,
            cats,
            flags,
            problem,
            limits,
            lod,
            recorded,
        )
    )
