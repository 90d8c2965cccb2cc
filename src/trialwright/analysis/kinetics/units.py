"""Units of concentrations, doses and times, and of what is computed from them.

Copies and cells are kinds of their own here: UCUM treats {copies} and {cells} as annotations, so that copies/ug would
convert to cells/ug unasked.  Text is UCUM-like (ng/mL, copies/ug, cells/uL, 10*6/L, h, d, wk, %); an annotation in
braces or a trailing word for the matrix ("copies/ug gDNA") is kept for display and not converted.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class Units:
    """Units of the analysis; None where the file does not say."""

    time: str | None = None
    concentration: str | None = None
    dose: str | None = None


# kind of a parameter -> (parts multiplied, parts divided)
SHAPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "time": (("time",), ()),
    "concentration": (("concentration",), ()),
    "per_time": ((), ("time",)),
    "auc": (("time", "concentration"), ()),
    "aumc": (("time", "time", "concentration"), ()),
    "concentration_per_dose": (("concentration",), ("dose",)),
    "auc_per_dose": (("time", "concentration"), ("dose",)),
    "clearance": (("dose",), ("time", "concentration")),
    "volume": (("dose",), ("concentration",)),
}


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry()
    for line in (
        "copies = [transgene_copies] = copy",
        "cells = [cells] = cell",
        "wk = 7 * day",
        "IU = [arbitrary_activity]",
    ):
        registry.define(line)
    return registry


@cache
def parse(text: str) -> Any:
    """The pint quantity of one unit text.  Raises TrialwrightError when the text is no unit."""
    bare = re.sub(r"\{([^}]*)\}", lambda m: m[1] if m[1] in {"copies", "cells"} else "", text)
    bare = re.sub(r"(?<=[\w)])\s+[A-Za-z]+\s*$", "", bare.strip()) if "/" in bare else bare.strip()
    bare = bare.replace("µ", "u").replace("μ", "u")
    bare = re.sub(r"\b10[*^](\d+)", r"1e\1", bare)
    bare = re.sub(r"^/", "1/", bare)
    bare = re.sub(r"^%$", "percent", bare)
    try:
        return 1 * _registry().parse_expression(bare)
    except Exception as error:
        raise TrialwrightError(
            f'"{text}" is not a unit that is understood; use one such as ng/mL, copies/ug, cells/uL, h or d'
        ) from error


def conversion_factor(old: str, new: str) -> float | None:
    """What a value in `old` is multiplied by to be in `new`; None when they measure different things."""
    if old == new:
        return 1.0
    given, wanted = parse(old), parse(new)
    if given.dimensionality != wanted.dimensionality:
        return None
    return float((given / wanted).to_base_units().magnitude)


def derived_unit(kind: str, units: Units) -> tuple[str | None, float]:
    """(unit, factor) of a parameter of that kind: the value in composed units times `factor` is in `unit`.

    Clearance and volume are reduced to L/time and L where mass cancels; else the composed unit is written out.
    """
    if kind in {"number", "ratio"}:
        return None, 1.0
    if kind == "percent":
        return "%", 1.0
    above, below = SHAPES[kind]
    names = {part: getattr(units, part) for part in above + below}
    if any(name is None for name in names.values()):
        return None, 1.0
    if kind in {"clearance", "volume"}:
        reduced = _litres(kind, units)
        if reduced is not None:
            return reduced
    top = "*".join(str(names[part]) for part in above) or "1"
    bottom = [str(names[part]) for part in below]
    return "/".join([top, *(f"({b})" if "/" in b else b for b in bottom)]), 1.0


def _litres(kind: str, units: Units) -> tuple[str, float] | None:
    assert units.dose is not None
    assert units.concentration is not None
    assert units.time is not None or kind == "volume"
    try:
        volume = parse(units.dose) / parse(units.concentration)
    except TrialwrightError:
        return None  # a unit in words is carried as it is written
    litre = parse("L")
    if volume.dimensionality != litre.dimensionality:
        return None
    factor = float((volume / litre).to_base_units().magnitude)
    return ("L", factor) if kind == "volume" else (f"L/{units.time}", factor)
