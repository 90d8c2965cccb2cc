"""The daily dose that a prescription means, as an interval; what it does not say stays unknown.

"20 mg once weekly" is 20/7 mg a day, "as needed" any dose from none to the full one, consecutive steps of a taper
anything between the lowest and the highest step.  Tablets count by the strength of the product, read from its name or
the site's own table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from trialwright.population.rows import AMBIGUOUS, NO_DATA, UNIT_MISMATCH

Dose = tuple[float | None, float | None, int | None]
"""Lowest and highest daily dose in mg (or the concept's own unit) a day, and the problem when there is none."""
Json = dict[str, Any]
Scale = Callable[[str, str], float | None]
"""The factor from one unit to another, None when there is none."""

_DAYS = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 365.25 / 12, "a": 365.25}
_CODES = {
    "QD": 1.0, "BID": 2.0, "TID": 3.0, "QID": 4.0, "AM": 1.0, "PM": 1.0, "QOD": 0.5, "Q1H": 24.0, "Q2H": 12.0,
    "Q3H": 8.0, "Q4H": 6.0, "Q6H": 4.0, "Q8H": 3.0, "BED": 1.0, "WK": 1 / 7, "MO": 12 / 365.25,
}  # fmt: skip
_A_DAY = " ?(?:a|per|each|/)? ?(?:day|daily)"
_ONCE = r"\b(?:once|one time|1 time|1x|every) ?(?:a|per|each|/)? ?"
_WRITTEN = tuple(
    (re.compile(pattern), times)
    for pattern, times in (
        (_ONCE + r"(?:day|daily|morning|evening|night)\b|\bdaily\b|\bqd\b", 1.0),
        (r"\b(?:twice|two times|2 times|2x)" + _A_DAY + r"\b|\bbid\b|\bb\.i\.d\.?", 2.0),
        (r"\b(?:three times|thrice|3 times|3x)" + _A_DAY + r"\b|\btid\b", 3.0),
        (r"\b(?:four times|4 times|4x)" + _A_DAY + r"\b|\bqid\b", 4.0),
        (_ONCE + r"(?:week|weekly)\b|\bweekly\b", 1 / 7),
        (r"\bevery other day\b|\bqod\b|\balternate days?\b", 0.5),
    )
)
_PIECES = re.compile(
    r"^(?:\{?(?:tbl|tablets?|tabs?|tabl|capsules?|caps?|pills?|units? dose|doses?|patch|each|puffs?|count|unit|1)\}?)"
    r"(?:\(s\))?$",
    re.I,
)
_STRENGTH = re.compile(
    r"(\d+(?:\.\d+)?) ?(mg|mcg|ug|g|gram|unt|iu)(?:/(?:(\d+(?:\.\d+)?) ?)?(ml|hr|actuat|dose))?\b", re.I
)
_UNITS = {"mcg": "ug", "gram": "g", "unt": "[iU]", "iu": "[iU]", "mg": "mg", "ug": "ug", "g": "g"}


def strength_of(name: str) -> tuple[float, str, str] | None:
    """Amount, unit and per what ("" or mL) of a product whose name says it once: "prednisone 20 MG Oral Tablet"."""
    found = _STRENGTH.findall(name)
    if len(found) != 1 or " / " in name:
        return None
    amount, unit, of, per = found[0]
    if per.lower() not in {"", "ml"}:
        return None
    return float(amount) / float(of or 1), _UNITS[unit.lower()], "mL" if per else ""


def daily_dose(dosages: list[Json], name: str, unit: str, scale: Scale) -> Dose:
    """The daily dose that FHIR dosage instructions mean, in `unit` (of one day: "mg"); `name` is the product's."""
    steps: dict[int, list[Dose]] = {}
    for dosage in dosages:
        if dosage.get("doseAndRate") or dosage.get("doseQuantity") or dosage.get("timing") or dosage.get("text"):
            steps.setdefault(int(dosage.get("sequence") or 0), []).append(_one(dosage, name, unit, scale))
    if not steps:
        return None, None, NO_DATA
    sums = [_sum(doses) for doses in steps.values()]
    for low, high, problem in sums:
        if low is None or high is None:
            return None, None, problem
    return _clean(min(s[0] or 0.0 for s in sums)), _clean(max(s[1] or 0.0 for s in sums)), None


def _sum(doses: list[Dose]) -> Dose:
    for low, high, problem in doses:
        if low is None or high is None:
            return None, None, problem
    return sum(d[0] or 0.0 for d in doses), sum(d[1] or 0.0 for d in doses), None


def _one(dosage: Json, name: str, unit: str, scale: Scale) -> Dose:
    text = str(dosage.get("text") or "").lower()
    if re.search(r"\btaper|\bthen\b|\bincrease|\bdecrease|\bas directed", text):
        return None, None, AMBIGUOUS
    amount = _amount(dosage, text, name, unit, scale)
    if amount[2] is not None:
        return amount
    times = _times(dosage.get("timing") or {}, text)
    if times is None:
        return None, None, AMBIGUOUS if text else NO_DATA
    low, high = (amount[0] or 0.0) * times[0], (amount[1] or 0.0) * times[1]
    if (
        dosage.get("asNeededBoolean") is True
        or dosage.get("asNeededCodeableConcept")
        or re.search(r"\bprn\b|as needed", text)
    ):
        low = 0.0
    return low, high, None


def _amount(dosage: Json, text: str, name: str, unit: str, scale: Scale) -> Dose:
    rates = dosage.get("doseAndRate") or [dosage]
    low, high = None, None
    quantity = rates[0].get("doseQuantity")
    if quantity and quantity.get("value") is not None:
        low = high = float(quantity["value"])
    elif span := rates[0].get("doseRange"):
        low, high = float((span.get("low") or {}).get("value", 0)), float(span["high"]["value"])
        quantity = span["high"]
    elif found := re.search(r"\b(\d+(?:\.\d+)?) ?(mg|mcg|g|tablets?|tabs?|capsules?|caps?|pills?|ml)\b", text):
        low = high = float(found[1])
        quantity = {"unit": _UNITS.get(found[2], found[2])}
    if low is None or high is None or not quantity:
        return None, None, AMBIGUOUS if text else NO_DATA
    return in_units(low, high, str(quantity.get("code") or quantity.get("unit") or ""), name, unit, scale)


def in_units(low: float, high: float, given: str, name: str, unit: str, scale: Scale) -> Dose:
    """An amount in `unit`: a mass as it is, pieces and millilitres by the strength in the product's name."""
    strength = strength_of(name)
    if not given or _PIECES.match(given):
        if strength is None or strength[2]:
            return None, None, NO_DATA if not given else UNIT_MISMATCH
        factor = scale(strength[1], unit)
        factor = factor * strength[0] if factor is not None else None
    elif (direct := scale(given, unit)) is not None:
        factor = direct
    elif strength and strength[2] and (volume := scale(given, "mL")) is not None:
        mass = scale(strength[1], unit)
        factor = mass * strength[0] * volume if mass is not None else None
    else:
        factor = None
    if factor is None:
        return None, None, UNIT_MISMATCH
    return low * factor, high * factor, None


def _times(timing: Json, text: str) -> tuple[float, float] | None:
    """Least and most often a day."""
    repeat = timing.get("repeat") or {}
    if "frequency" in repeat or "period" in repeat:
        per = _DAYS.get(repeat.get("periodUnit") or "d")
        if per is None:
            return None
        often, most = float(repeat.get("frequency", 1)), float(repeat.get("frequencyMax") or repeat.get("frequency", 1))
        period, longest = float(repeat.get("period", 1)), float(repeat.get("periodMax") or repeat.get("period", 1))
        days = len(repeat.get("dayOfWeek") or ()) / 7 or 1.0
        return often / (longest * per) * days, most / (period * per) * days
    for key, within in (("timeOfDay", 1.0), ("when", 1.0), ("dayOfWeek", 7.0)):
        if repeat.get(key):
            each = len(repeat[key]) / within
            return each, each
    for coding in (timing.get("code") or {}).get("coding") or ():
        if (n := _CODES.get(str(coding.get("code")).upper())) is not None:
            return n, n
    written = f"{(timing.get('code') or {}).get('text') or ''} {text}".lower()
    hours = re.search(r"\b(?:every|q) ?(\d+) ?(?:hours|hrs?|h)\b", written)
    if hours:
        return 24 / float(hours[1]), 24 / float(hours[1])
    found = [n for pattern, n in _WRITTEN if pattern.search(written)]
    if len(found) > 1 and found[0] == 1.0:
        found = found[1:]  # "twice daily" also holds "daily"
    return (found[0], found[0]) if len(set(found)) == 1 else None


def _clean(value: float) -> float:
    return float(format(value, ".12g"))
