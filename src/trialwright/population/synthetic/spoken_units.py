"""Units as hospitals write them beside the canonical one, with the decimals that such values are reported with."""

from __future__ import annotations

from functools import cache

from trialwright.language.units import linear
from trialwright.population.synthetic.events import unit_texts
from trialwright.population.synthetic.terms import names, terms

_COUNTS = (("10*3/uL", 2), ("10^9/L", 2), ("K/uL", 2), ("/uL", 0), ("x10E9/L", 2))
ODD: dict[str, tuple[tuple[str, int], ...]] = {
    "wbc": _COUNTS,
    "neutrophils": _COUNTS,
    "lymphocytes": _COUNTS,
    "platelets": (("10*3/uL", 0), ("10^9/L", 0), ("K/uL", 0), ("/uL", 0)),
    "hemoglobin": (("g/L", 0),),
    "creatinine": (("umol/L", 0), ("mg/dl", 2)),
    "total_bilirubin": (("umol/L", 1), ("mg/dl", 2)),
    "alt": (("IU/L", 0),),
    "ast": (("IU/L", 0),),
    "ldh": (("IU/L", 0),),
    "crp": (("mg/dl", 2),),
    "c3": (("g/L", 2),),
    "c4": (("g/L", 2),),
    "iga": (("g/L", 2),),
    "igg": (("g/L", 2),),
    "igm": (("g/L", 2),),
    "albumin": (("g/L", 0),),
    "upcr": (("mg/g", 0), ("mg/mmol", 0)),
    "protein_24h": (("mg/24h", 0), ("g/24h", 2), ("mg/d", 0)),
    "glucose": (("mmol/L", 1),),
    "urea_nitrogen": (("mmol/L", 1),),
    "calcium": (("mmol/L", 2),),
    "anti_dsdna": (("IU/mL", 0), ("kIU/L", 0)),
    "hbv_dna": (("IU/mL", 0),),
    "ferritin": (("ug/L", 0),),
    "troponin_i": (("ng/mL", 4),),
    "weight": (("[lb_av]", 0),),
    "height": (("m", 2),),
    "temperature": (("[degF]", 1),),
    "cd19_b_cells": (("10*6/L", 0), ("cells/uL", 0)),
    "hcg_blood": (("mIU/mL", 1), ("IU/L", 1)),
    "fvc": (("mL", 0),),
    "fvc_percent_predicted": (("%", 0),),
    "dlco_percent_predicted": (("%", 0),),
    "dlco": (("mmol/min/kPa", 2),),
    "esr": (("mm/hr", 0),),
    "systolic_blood_pressure": (("mmHg", 0),),
    "diastolic_blood_pressure": (("mmHg", 0),),
    "urine_rbc": (("cells/HPF", 0),),
    "urine_wbc": (("cells/HPF", 0),),
    "inr": (("ratio", 2),),
}
WRONG = {
    "anti_dsdna": "RU/mL",
    "creatinine": "mg/mmol",
    "hemoglobin": "10*3/uL",
    "alt": "mmol/L",
    "platelets": "mmol/L",
    "car_t_transgene_copies": "copies/mL",
}
"""Units that do not measure the quantity, or that nobody can convert: such a value stays unread."""


@cache
def to_canonical(concept: int, unit: int) -> tuple[float, float] | None:
    """Slope and intercept from a unit as written to the concept's own; None where there is no way."""
    term = terms()[names()[concept]]
    if unit < 0 or not term.unit:
        return 1.0, 0.0
    text = unit_texts()[unit]
    if text == term.unit:
        return 1.0, 0.0
    if WRONG.get(term.id) == text:
        return None
    slope, shift = linear(text, term.unit, term.concept.molar_mass)
    return float(slope), float(shift)
