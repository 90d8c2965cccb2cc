"""A number means something only with its unit: UCUM codes, the spellings of real records, exact conversion.

Units that records of this field carry are decided from a small exact table; any other UCUM code goes to pint
through ucumvert, which is imported only then.  Three rules that are not in UCUM:

- `U` and `[IU]` are one unit, since laboratories write IU/L for the U/L of an enzyme and mIU/mL for hCG.
- A unit that is only an annotation ({score}, {INR}, {titer}) is a kind of its own; a number without unit is read as it.
- `{copies}`, `{FEU}` and `{1.73_m2}` are told apart from the same unit without them; `{cells}` is not.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

from trialwright.errors import TrialwrightError
from trialwright.language.unit_spellings import read_spelling

Scale = tuple[str, Fraction, Fraction]
"""Dimension, factor and offset: value x factor + offset is the value in the SI base of the dimension."""

_MASS = {"kg": 0, "g": 3, "mg": 6, "ug": 9, "ng": 12, "pg": 15}
_AMOUNT = {"mol": 0, "mmol": 3, "umol": 6, "nmol": 9, "pmol": 12}
_VOLUME = {"m3": 0, "L": 3, "dL": 4, "mL": 6, "uL": 9, "fL": 18}
_TIME = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800, "mo": 2629800, "a": 31557600}
_LENGTH = {"m": Fraction(1), "cm": Fraction(1, 100), "mm": Fraction(1, 1000), "[in_i]": Fraction(254, 10000)}
_ACTIVITY = {"U": 0, "[IU]": 0, "m[IU]": 3, "mU": 3, "u[IU]": 6, "uU": 6, "k[IU]": -3, "kU": -3}
_COUNTS = {"": 0, "10*3": 3, "10*6": 6, "10*9": 9, "10*12": 12, "{cells}": 0}
_ARBITRARY = ("[arb'U]", "[GPL'U]", "[MPL'U]", "[APL'U]", "{copies}", "{AI}")


_NO_CODE = re.compile(r"^10-|\d[.,]\d|^[EPZY]U\b")
"""Texts that the grammar of UCUM would read, and not as they are meant: 10-9/L, /1.73, ELISA units."""


class UnitError(TrialwrightError):
    """A unit that is not known, or two units that do not measure the same thing."""


def _table() -> dict[str, Scale]:
    """The units of this field, exactly; tests compare each with pint."""
    table: dict[str, Scale] = {}

    def put(code: str, dimension: str, factor: Fraction | int, offset: Fraction | int = 0) -> None:
        table.setdefault(code, (dimension, Fraction(factor), Fraction(offset)))

    def ten(exponent: int) -> Fraction:
        return Fraction(10) ** exponent

    for mass, m in _MASS.items():
        put(mass, "[mass]", ten(-m))
        for volume, v in _VOLUME.items():
            put(f"{mass}/{volume}", "[mass] / [length] ** 3", ten(v - m))
        for time, seconds in _TIME.items():
            put(f"{mass}/{time}", "[mass] / [time]", ten(-m) / seconds)
        for other, o in _MASS.items():
            put(f"{mass}/{other}", "dimensionless", ten(o - m))
            put(f"{mass}/{other}/d", "1 / [time]", ten(o - m) / 86400)
        for amount, a in _AMOUNT.items():
            put(f"{mass}/{amount}", "[mass] / [substance]", ten(a - m))
    for amount, a in _AMOUNT.items():
        put(amount, "[substance]", ten(-a))
        put(f"{amount}/d", "[substance] / [time]", ten(-a) / 86400)
        for volume, v in _VOLUME.items():
            put(f"{amount}/{volume}", "[substance] / [length] ** 3", ten(v - a))
    for volume, v in _VOLUME.items():
        put(volume, "[length] ** 3", ten(-v))
        for time, seconds in _TIME.items():
            put(f"{volume}/{time}", "[length] ** 3 / [time]", ten(-v) / seconds)
        for count, c in _COUNTS.items():
            put(f"{count}/{volume}", "1 / [length] ** 3", ten(v + c))
        for activity, u in _ACTIVITY.items():
            put(f"{activity}/{volume}", "{activity} / [length] ** 3", ten(v - u))
        for kat, k in {"kat": 0, "mkat": 3, "ukat": 6, "nkat": 9}.items():
            put(f"{kat}/{volume}", "{activity} / [length] ** 3", ten(v - k) * 60_000_000)
        for arbitrary in _ARBITRARY:
            put(f"{arbitrary}/{volume}", arbitrary + " / [length] ** 3", ten(v))
        for mass, m in _MASS.items():
            put(f"{mass}/{volume}{{FEU}}", "{FEU} / [length] ** 3", ten(v - m))
            put(f"{mass}{{FEU}}/{volume}", "{FEU} / [length] ** 3", ten(v - m))
    for time, seconds in _TIME.items():
        put(time, "[time]", seconds)
        put(f"/{time}", "1 / [time]", Fraction(1, seconds))
        put(f"mm/{time}", "[length] / [time]", Fraction(1, 1000 * seconds))
    for count, c in _COUNTS.items():
        put(count or "1", "dimensionless", ten(c))
        put(f"{count}/kg", "1 / [mass]", ten(c))
    for length, metres in _LENGTH.items():
        put(length, "[length]", metres)
    put("m2", "[length] ** 2", 1)
    put("ms", "[time]", Fraction(1, 1000))
    put("kg/m2", "[mass] / [length] ** 2", 1)
    put("[lb_av]", "[mass]", Fraction(45359237, 100000000))
    put("[oz_av]", "[mass]", Fraction(45359237, 1600000000))
    put("%", "dimensionless", Fraction(1, 100))
    put("%{predicted}", "dimensionless", Fraction(1, 100))
    put("mL/min/{1.73_m2}", "{1.73_m2} [length] ** 3 / [time]", Fraction(1, 60_000_000))
    put("mL/s/{1.73_m2}", "{1.73_m2} [length] ** 3 / [time]", Fraction(1, 1_000_000))
    put("meq/L", "{equivalent} / [length] ** 3", 1)
    put("mm[Hg]", "[mass] / [length] / [time] ** 2", Fraction(133322387415, 1_000_000_000))
    put("kPa", "[mass] / [length] / [time] ** 2", 1000)
    put("mL/min/mm[Hg]", "{diffusion}", 1)
    put("mmol/min/kPa", "{diffusion}", Fraction(2987, 1000))
    put("{copies}/ug", "{copies} / [mass]", 10**9)
    put("{Log_IU}/mL", "{log10 activity} / [length] ** 3", 1)
    put("{Log_copies}/mL", "{log10 copies} / [length] ** 3", 1)
    put("/[HPF]", "{field}", 1)
    put("/[LPF]", "{low field}", 1)
    put("K", "[temperature]", 1)
    put("Cel", "[temperature]", 1, Fraction(27315, 100))
    put("[degF]", "[temperature]", Fraction(5, 9), Fraction(45967, 180))
    for activity, u in _ACTIVITY.items():
        put(activity, "{activity}", ten(-u))
        put(f"{activity}/d", "{activity} / [time]", ten(-u) / 86400)
    return table


@cache
def _units() -> dict[str, Scale]:
    return _table()


@cache
def canonical(text: str) -> str | None:
    """The UCUM code of a unit as people write it ("x10E9/L", "mg/dl", "μmol/L"), None where it is not understood.

    No unit ("") is the pure number "1".
    """
    known = _units()
    if text in known:
        return text
    spelled = read_spelling(text, known)
    if spelled is not None:
        return spelled
    return text.strip() if _from_pint(text.strip()) is not None else None


def convert(value: Decimal, from_unit: str, to_unit: str, molar_mass: Decimal | None = None) -> Decimal:
    """`value` in another unit, exactly where the quotient ends, else to 28 digits.

    `molar_mass` (g/mol) joins masses and amounts: 2.5 mg/dL of creatinine (113.12 g/mol) are 221.0 umol/L.
    Raises UnitError when a unit is not known or the two do not measure the same thing.
    """
    scale, shift = linear(from_unit, to_unit, molar_mass)
    return _decimal(Fraction(value) * scale + shift)


def factor(from_unit: str, to_unit: str, molar_mass: Decimal | None = None) -> Decimal:
    """The number that turns values in one unit into the other; UnitError for scales with another zero (Cel, [degF])."""
    scale, shift = linear(from_unit, to_unit, molar_mass)
    if shift:
        raise UnitError(f"{from_unit} and {to_unit} have different zeros; use convert instead of one factor.")
    return _decimal(scale)


def same_dimension(a: str, b: str, molar_mass: Decimal | None = None) -> bool:
    """Whether values in `a` can be compared with values in `b`; an unknown unit compares with nothing."""
    try:
        linear(a, b, molar_mass)
    except UnitError:
        return False
    return True


@cache
def linear(from_unit: str, to_unit: str, molar_mass: Decimal | None = None) -> tuple[Fraction, Fraction]:
    """Slope and intercept from one unit to the other, as exact fractions."""
    if from_unit == to_unit:
        return Fraction(1), Fraction(0)
    source, target = _known(from_unit), _known(to_unit)
    if source == target:
        return Fraction(1), Fraction(0)
    if (source == "1" and _annotation(target)) or (target == "1" and _annotation(source)):
        return Fraction(1), Fraction(0)
    here, there = _scale(source), _scale(target)
    if here[0] != there[0] and molar_mass is not None:
        here, there = _as_mass(here, molar_mass), _as_mass(there, molar_mass)
    if here[0] != there[0]:
        hint = ""
        if molar_mass is None and _as_mass(here, Decimal(1))[0] == _as_mass(there, Decimal(1))[0]:
            hint = " without the molar mass of the substance"
        raise UnitError(f"{from_unit or 'a number without unit'} cannot be read as {to_unit}{hint}.")
    return here[1] / there[1], (here[2] - there[2]) / there[1]


def _known(unit: str) -> str:
    code = canonical(unit)
    if code is None:
        raise UnitError(f"The unit '{unit}' is not a UCUM code that is known here; write it as in ucum.org.")
    return code


def _annotation(code: str) -> bool:
    return re.fullmatch(r"\{[^{}]*\}", code) is not None


def _scale(code: str) -> Scale:
    if _annotation(code) and code != "{cells}":
        return code, Fraction(1), Fraction(0)
    known = _units().get(code) or _from_pint(code)
    if known is None:
        raise UnitError(f"The unit '{code}' is not a UCUM code that is known here; write it as in ucum.org.")
    return known


def _as_mass(scale: Scale, molar_mass: Decimal) -> Scale:
    """An amount of substance as the mass of so many moles."""
    dimension, slope, shift = scale
    kilograms = Fraction(molar_mass) / 1000
    mass_of = {
        "[substance]": ("[mass]", slope * kilograms),
        "[substance] / [length] ** 3": ("[mass] / [length] ** 3", slope * kilograms),
        "[substance] / [time]": ("[mass] / [time]", slope * kilograms),
        "[mass] / [substance]": ("dimensionless", slope / kilograms),
    }
    if dimension not in mass_of:
        return scale
    new, factor_ = mass_of[dimension]
    return new, factor_, shift


def _decimal(number: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 28
        return Decimal(number.numerator) / Decimal(number.denominator)


@cache
def _registry() -> Any:
    from ucumvert import PintUcumRegistry

    return PintUcumRegistry()


@cache
def _from_pint(code: str) -> Scale | None:
    """A UCUM code outside the table, by ucumvert and pint; its annotations stay part of the dimension."""
    if not code or len(code) > 60 or not code.isascii() or " " in code or _NO_CODE.search(code):
        return None
    if _annotation(code):
        return code, Fraction(1), Fraction(0)
    try:
        quantity = _registry().from_ucum(code)
        base = quantity.to_base_units()
        zero = (quantity * 0).to_base_units() if not quantity._is_multiplicative else None
        magnitude, dimension = base.magnitude, str(base.dimensionality)
    except Exception:  # a parser of a foreign grammar: anything it raises means that it does not know the code
        return None
    if zero is not None:
        return None
    notes = "".join(re.findall(r"\{[^{}]*\}|\[[^\[\]]*\]", code))
    mark = f"{notes} {dimension}" if notes else dimension
    return mark, Fraction(Decimal(f"{magnitude:.15g}")), Fraction(0)
