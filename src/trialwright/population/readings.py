"""What a laboratory wrote as text: "<0.5", ">=10", "1:160", "3.5-5.0", "negative", "trace", "1+", "III+V".

A comparator makes an interval, a titre 1:160 is the number 160, and words are matched with the categories of the
concept.  What cannot be read keeps its place with the reason `ambiguous_text`; nothing is guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.,]\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+"
_COMPARED = re.compile(rf"^(<=|>=|=<|=>|<|>|≤|≥|=)?\s*({_NUMBER})\s*(.*)$", re.DOTALL)
_PLAIN = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
"""What nearly every number looks like, and can mean nothing else."""
_TITRE = re.compile(r"^(<=|>=|<|>|≤|≥)?\s*1\s*[:/]\s*(\d+)$")
_RANGE = re.compile(rf"^({_NUMBER})\s*(?:-|–|to|\.\.)\s*({_NUMBER})\s*(.*)$", re.DOTALL)
_SAME = {"=<": "<=", "=>": ">=", "≤": "<=", "≥": ">=", "=": ""}
_POSITIVE = "positive|pos|detected|reactive|present|yes|seropositive|abnormal positive"
_NEGATIVE = (
    "negative|neg|not detected|undetected|undetectable|target not detected|none detected|non-reactive|"
    "nonreactive|non reactive|not reactive|absent|no|none|none seen|not present|seronegative|nil"
)
WORDS = dict.fromkeys(_POSITIVE.split("|"), "positive") | dict.fromkeys(_NEGATIVE.split("|"), "negative")
WORDS |= {"tr": "trace", "traces": "trace", "(+)": "trace", "+/-": "trace"}
WORDS |= {"+" * n: f"{n}+" for n in range(1, 5)} | {f"+{n}": f"{n}+" for n in range(1, 5)}
_CODED = {
    "10828004": "positive",
    "260385009": "negative",
    "260373001": "positive",
    "260415000": "negative",
    "11214006": "positive",
    "131194007": "negative",
    "52101004": "positive",
    "2667000": "negative",
    "LA6576-8": "positive",
    "LA6577-6": "negative",
    "LA11882-0": "positive",
    "LA11883-8": "negative",
    "LA9633-4": "positive",
    "LA9634-2": "negative",
    "LA15841-2": "positive",
    "LA26688-1": "negative",
    "POS": "positive",
    "DET": "positive",
    "R": "positive",
    "NEG": "negative",
    "ND": "negative",
    "NR": "negative",
}
"""Result codes of SNOMED CT, LOINC answers and HL7 v3 ObservationInterpretation that state a result."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The interval, its open ends, the limit of detection, words that remain, and the unit written beside it."""

    lower: float | None = None
    upper: float | None = None
    flags: int = 0
    lod: float | None = None
    number: float | None = None
    words: str = ""
    unit: str | None = None


NOTHING = Reading()
"""No value."""


def compared(comparator: str, number: float) -> Reading:
    """ "<20" is [0, 20), ">=10" is [10, infinity); without comparator a point."""
    match _SAME.get(comparator, comparator):
        case "<":
            return Reading(min(0.0, number), number, 2 if number != 0 else 0, number, number)
        case "<=":
            return Reading(min(0.0, number), number, number=number)
        case ">":
            return Reading(number, math.inf, 1, number=number)
        case ">=" | "ad":
            return Reading(number, math.inf, number=number)
        case _:
            return Reading(number, number, number=number)


def read_text(text: str) -> Reading:
    """The reading of a result written as text."""
    if _PLAIN.fullmatch(text):
        return compared("", float(text))
    plain = " ".join(text.split())
    if titre := _TITRE.match(plain):
        return compared(titre[1] or "", float(titre[2]))
    word = WORDS.get(plain.lower().rstrip("."))
    if word:
        return Reading(words=word)
    if span := _RANGE.match(plain):
        low, high = number(span[1]), number(span[2])
        if low is not None and high is not None and low <= high:
            return Reading(low, high, unit=span[3] or None)
    found = _COMPARED.match(plain)
    value = number(found[2]) if found else None
    if not found or value is None or re.match(r"^\+", found[3]):
        return Reading(words=plain.lower())
    rest = found[3].strip()
    if rest.startswith(("-", ":", "/ ")) or (rest and rest[0].isdigit()):
        return Reading(words=plain.lower())
    made = compared(found[1] or "", value)
    return Reading(made.lower, made.upper, made.flags, made.lod, made.number, unit=rest or None)


def number(text: str) -> float | None:
    """A number as people write it; "1,234" alone could be either, so it is none."""
    if _PLAIN.fullmatch(text):
        return float(text)
    plain = text.replace(" ", "")
    if re.fullmatch(r"[-+]?\d{1,3},\d{3}", plain):
        return None
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        value = float(plain.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def stated(code: str) -> str | None:
    """positive or negative, where a result code says so."""
    return _CODED.get(code)


_OTHER_WORD = {"positive": "present", "negative": "absent", "present": "positive", "absent": "negative"}
_OTHER_WORD |= {"insufficient": "inadequate", "sufficient": "adequate"}


def category_bits(words: str, categories: Sequence[str]) -> int | None:
    """The categories that the words name, as bits: "Class III+V" of (.., III, IV, V, ..) has two; None when none fits.

    Words fit only when every one of them is a category or a filler such as "class".
    """
    plain = words.lower().strip().rstrip(".")
    names = {name.lower().replace("_", " "): 1 << i for i, name in enumerate(categories)}
    known = WORDS.get(plain, plain).replace("_", " ")
    known = _OTHER_WORD.get(known, known) if known not in names else known
    if known in names:
        return names[known]
    bits = 0
    filler = {"class", "isn/rps", "grade", "and", "stage", "type", "/", "with", "or"}
    for part in re.split(r"[+,;/&\s]+", known):
        if part in names:
            bits |= names[part]
        elif part and part not in filler:
            return None
    return bits or None


def read_range(text: str) -> tuple[float | None, float | None]:
    """Lower and upper limit of normal from text: "3.5-5.0", "< 1.2 mg/dL", ">60", "0 - 40 U/L"."""
    plain = " ".join(text.split()).strip("()[]")
    if span := _RANGE.match(plain):
        low, high = number(span[1]), number(span[2])
        return (low, high) if low is not None and high is not None and low <= high else (None, None)
    if (found := _COMPARED.match(plain)) and found[1] and found[1] != "=":
        limit = number(found[2])
        return (None, limit) if found[1] in {"<", "<=", "=<", "≤"} else (limit, None)
    return None, None
