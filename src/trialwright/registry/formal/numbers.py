"""Numbers with their units: 0.5 x 10^9/L, 75 x 109/L with its caret lost, 1,000/uL, 3 x ULN, 2.5 mg/dL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from trialwright.language import units as u
from trialwright.registry.formal.scan import Item

TIME = ("minutes", "hours", "days", "weeks", "months", "years", "half-lives")
_ATOM = (
    r"(?:%|mmol|umol|nmol|pmol|mol|mmhg|mm\s?hg|cmh2o|mcg|ug|ng|pg|mg|kg|gm|g|grams?|kilograms?|"
    r"milligrams?|kda|meq|miu|mu|iu|ui|u|ku|units?|"
    r"ml|dl|ul|fl|cc|l|liters?|litres?|mm3|mm\^3|mm|cm2|cm|cells?|copies|c|f|m2|m\^2|m|msec|ms|"
    r"seconds?|secs?|sec|s|min|minutes?|bpm|"
    r"hpf|lpf|h|hrs?|hours?|days?|d|weeks?|months?|years?|1\.73\s?m\^?2|points?|score|degrees?|"
    r"celsius|ph|pa|kpa|torr|mmc|diopters?|"
    r"db|hz|k|t|ppm|kcal|cal|w|watts?|ghz|gy|cgy|bp|24\s?-?(?:h|hours?)|dose|breaths?|beats?|"
    r"cigarettes?|packs?|drinks?|steps?|letters?)(?![a-z])"
)
_UNIT = re.compile(
    r"\s*(?P<scale>(?:[x*]\s*)?\(?10\s*(?:\^|\*\*?|e|\s)?\s*\(?\s*(?P<power>\d{1,2})\)?(?=\s*(?:/|"
    r"cells|per|pg|\s|$|[,;.)]))\)?)?"
    r"\s*(?P<unit>(?:" + _ATOM + r"|(?=/))(?:\s*(?:/|per|\.)\s*(?:" + _ATOM + r"))*)?"
)
_TIMES = re.compile(r"[x*]\s*10\s*(?:\^|\*\*?|e)?\s*(\d{1,2})(?!\d)")
_SPELLED = {
    "mm hg": "mm[Hg]",
    "mmhg": "mm[Hg]",
    "/mmc": "/uL",
    "/mm3": "/uL",
    "/mm^3": "/uL",
    "c": "Cel",
    "celsius": "Cel",
    "degrees c": "Cel",
    "ml/min/1.73 m2": "mL/min/{1.73_m2}",
    "ml/min/1.73m2": "mL/min/{1.73_m2}",
    "ml/min/1.73 m^2": "mL/min/{1.73_m2}",
    "ml/min/m2": "mL/min/{1.73_m2}",
    "msec": "ms",
    "g/24h": "g/d",
    "g/24 h": "g/d",
    "g/24 hours": "g/d",
    "mg/day": "mg/d",
    "mg/ day": "mg/d",
    "points": "{score}",
    "point": "{score}",
    "score": "{score}",
    "kg/m2": "kg/m2",
    "kg/m^2": "kg/m2",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written (`text`), its value with the power of ten, its UCUM unit ("" where none), and its end."""

    text: str
    value: Decimal
    unit: str
    end: int
    scaled: bool = False
    spelled: str = ""

    @property
    def said(self) -> str:
        """The number and unit as the language writes them."""
        number = format(self.value.normalize(), "f")
        return f"{number} {self.unit}" if self.unit else number


def number_of(text: str) -> Decimal:
    try:
        if "," in text and len(text.rpartition(",")[2].partition(".")[0]) < 3:
            return Decimal(text.replace(",", "."))  # a decimal comma
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return Decimal(0)


@lru_cache(maxsize=4096)
def ucum(written: str) -> str:
    """The UCUM unit of a spelling; "" where it is none."""
    plain = re.sub(r"\s*(/|per)\s*", "/", written.strip())
    plain = re.sub(r"\s*\.\s*$", "", plain)
    if plain in _SPELLED:
        return _SPELLED[plain]
    plain = re.sub(r"^cells?/", "/", plain)
    if plain in _SPELLED:
        return _SPELLED[plain]
    try:
        return u.canonical(plain) or ""
    except Exception:  # a spelling that the tables do not read is no unit
        return ""


def read_amount(text: str, item: Item) -> Amount:
    """The amount that begins with a number item: its power of ten and unit stand in the text behind it."""
    written = str(item.value)
    value = number_of(written)
    found = _UNIT.match(text, item.end)
    if found is None:
        return Amount(written, value, "", item.end)
    end = item.end
    power = found["power"] if found["scale"] and re.match(r"[x*\s]", found["scale"].lstrip() or "x") else None
    if found["scale"] and not found["scale"].lstrip().startswith(("x", "*")) and "^" not in found["scale"]:
        power = None
    unit = ""
    scaled = False
    if power is not None:
        scaled = True
        end = found.end("scale")
        rest = (found["unit"] or "").strip()
        counted = ucum(rest) if rest else ""
        exponent = int(power)
        if counted in ("/L", "/mL", "/uL") and exponent in (3, 6, 9, 12):
            return Amount(written, value, f"10*{exponent}{counted}", found.end("unit"), True)
        if counted and not counted.startswith("/"):
            counted = ""
        if counted:
            return Amount(written, value * 10**exponent, counted, found.end("unit"), True)
        return Amount(written, value * 10**exponent if exponent < 40 else value, "", end, True)
    if found["scale"]:
        return Amount(written, value, "", end, scaled)
    if found["unit"]:
        unit = ucum(found["unit"])
        if unit or found["unit"].strip():
            end = found.end("unit")
        return Amount(written, value, unit, end, scaled, found["unit"].strip())
    return Amount(written, value, unit, end, scaled)
