"""How laboratories and registries write units, and the UCUM code that they mean."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

_EXACT = {
    "": "1",
    "G/L": "10*9/L",
    "T/L": "10*12/L",
    "M/uL": "10*6/uL",
    "F": "[degF]",
    "C": "Cel",
    "K": "K",
}
"""Spellings where upper and lower case differ in meaning."""

_FOLDED = {
    "ratio": "1",
    "fraction": "1",
    "index": "1",
    "none": "1",
    "unitless": "1",
    "{ratio}": "1",
    "percent": "%",
    "pct": "%",
    "{percent}": "%",
    "%predicted": "%{predicted}",
    "%pred": "%{predicted}",
    "{%pred}": "%{predicted}",
    "%{pred}": "%{predicted}",
    "percentpredicted": "%{predicted}",
    "percentofpredicted": "%{predicted}",
    "mg%": "mg/dL",
    "g%": "g/dL",
    "{titre}": "{titer}",
    "inrunits": "{INR}",
    "beatsperminute": "/min",
    "beats/minute": "/min",
    "ml/mmhg/min": "mL/min/mm[Hg]",
    "ml/min/mmhg": "mL/min/mm[Hg]",
    "mmol/(min.kpa)": "mmol/min/kPa",
    "eu/ml": "[arb'U]/mL",
    "ru/ml": "[arb'U]/mL",
    "cu": "[arb'U]/mL",
    "%ofpredicted": "%{predicted}",
    "inr": "{INR}",
    "score": "{score}",
    "points": "{score}",
    "point": "{score}",
    "pts": "{score}",
    "titer": "{titer}",
    "titre": "{titer}",
    "1:n": "{titer}",
    "cells": "{cells}",
    "mmhg": "mm[Hg]",
    "degc": "Cel",
    "celsius": "Cel",
    "degf": "[degF]",
    "fahrenheit": "[degF]",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "pound": "[lb_av]",
    "pounds": "[lb_av]",
    "oz": "[oz_av]",
    "in": "[in_i]",
    "inch": "[in_i]",
    "inches": "[in_i]",
    "bpm": "/min",
    "beats/min": "/min",
    "breaths/min": "/min",
    "{beats}/min": "/min",
    "{breaths}/min": "/min",
    "msec": "ms",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
    "hour": "h",
    "hours": "h",
    "hr": "h",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "year": "a",
    "years": "a",
    "yr": "a",
    "yrs": "a",
    "hpf": "/[HPF]",
    "/hpf": "/[HPF]",
    "/[hpf]": "/[HPF]",
    "#/hpf": "/[HPF]",
    "{cells}/[hpf]": "/[HPF]",
    "cells/hpf": "/[HPF]",
    "perhpf": "/[HPF]",
    "perlpf": "/[LPF]",
    "rbc/hpf": "/[HPF]",
    "wbc/hpf": "/[HPF]",
    "/lpf": "/[LPF]",
    "/[lpf]": "/[LPF]",
    "#/lpf": "/[LPF]",
    "gpl": "[GPL'U]/mL",
    "gplu/ml": "[GPL'U]/mL",
    "mpl": "[MPL'U]/mL",
    "mplu/ml": "[MPL'U]/mL",
    "apl": "[APL'U]/mL",
    "au/ml": "[arb'U]/mL",
    "logiu/ml": "{Log_IU}/mL",
    "log10iu/ml": "{Log_IU}/mL",
    "logcopies/ml": "{Log_copies}/mL",
    "log10copies/ml": "{Log_copies}/mL",
    "copies/ug": "{copies}/ug",
    "copies/ugdna": "{copies}/ug",
    "kg/m^2": "kg/m2",
    "kg/m*2": "kg/m2",
    "meq/l": "meq/L",
}

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹µμ×·∙％", "0123456789uuxx.%")
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        (r"\s+per\s+", "/"),
        (r"\s+", ""),
        (r"\.$", ""),
        (r"mcg", "ug"),
        (r"\bgms?\b", "g"),
        (r"\bmgs\b", "mg"),
        (r"^(kg|sec|mg|cm)s$", r"\1"),
        (r"micromol", "umol"),
        (r"(?<=g|l)[.]?(?:of)?\{?(?:creat|creatinine|cr)\}?$", ""),
        (r"mc(?=[lkg]|mol)", "u"),
        (r"°", "deg"),
        (r"\b(mm\^?3|cumm|cmm)\b", "uL"),
        (r"^[x*]?10(?:e|\^|\*\*|\*|exp)\+?0?(\d{1,2})", r"10*\1"),
        (r"^[x*]?10\((\d{1,2})\)", r"10*\1"),
        (r"^e(3|6|9|12)/", r"10*\1/"),
        (r"^x1000/", "10*3/"),
        (r"^x10(?=[369]/)", "10*"),
        (r"^10(?=[369]/)", "10*"),
        (r"^(k|thou|thous|thousands?|1000)/", "10*3/"),
        (r"^(mill?|millions?)/", "10*6/"),
        (r"^(\{?#\}?|\{?cells?\}?|\{?count\}?|\{cells\})/", "/"),
        (r"^(10\*\d+)\.?\{?cells?\}?/", r"\1/"),
        (r"/\(?24\.?h(ou)?r?s?\)?$", "/d"),
        (r"/\{24h?\}$", "/d"),
        (r"/days?$", "/d"),
        (r"/weeks?$", "/wk"),
        (r"/hours?$|/hr$", "/h"),
        (r"/sec$", "/s"),
        (r"/1[.,]73$", "/{1.73_m2}"),
        (r"/1[.,]73\.?(m\^?\*?2|sqm|sq\.m|\{m2\})$", "/{1.73_m2}"),
        (r"/\(1\.73\.?m\^?\*?2\)$", "/{1.73_m2}"),
        (r"^iu/|^\[iu\]/", "[IU]/"),
        (r"^(m|u|k)\[?iu\]?/", r"\1[IU]/"),
        (r"^units?/", "U/"),
        (r"^(\{?copies\}?|cps?|\{copy\})/", "{copies}/"),
        (r"feu$", "{FEU}"),
        (r"\{\{FEU\}\}", "{FEU}"),
    )
)


@cache
def _folded(known: frozenset[str]) -> dict[str, str]:
    return {code.lower(): code for code in sorted(known, reverse=True)}


def read_spelling(text: str, known: Collection[str]) -> str | None:
    """The code among `known` that a spelling means, first as it stands, then whatever its case."""
    stripped = text.strip()
    if stripped in _EXACT:
        return _EXACT[stripped]
    plain = stripped.translate(_SUPERSCRIPTS)
    for pattern, replacement in _REWRITES:
        plain = pattern.sub(replacement, plain)
    if plain in known:
        return plain
    folded = plain.lower()
    if folded in _FOLDED:
        return _FOLDED[folded]
    return _folded(frozenset(known)).get(folded)
