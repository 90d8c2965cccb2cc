"""A recorded number in the canonical unit of its concept, with the limits of normal of the very same record.

A unit that cannot be read as one of this quantity keeps the record, with the reason `unit_mismatch`; the number and the
unit as recorded stay beside the converted ones.
"""

from __future__ import annotations

from decimal import Decimal

from trialwright.language.units import UnitError, linear
from trialwright.language.vocabulary import Concept
from trialwright.population.readings import Reading, category_bits, stated
from trialwright.population.rows import AMBIGUOUS, LOWER_OPEN, NO_DATA, UNIT_MISMATCH, UPPER_OPEN

Scale = tuple[float, float]
"""canonical = scale * recorded + shift"""
Cut = tuple[float, bool, int | None, int | None]
"""A limit, whether a number at the limit counts as below it, and the categories below and above."""
Measured = tuple[
    float | None, float | None, int | None, float | None, float | None, float | None, float | None, int, int | None
]
"""v_lo, v_hi, cats, r_lo, r_hi, lod, raw, flags, problem."""

_BARE = ("1", "", None)


class Measures:
    """Converts and remembers the factor of each (concept, unit)."""

    __slots__ = ("_bits", "_concepts", "_factors", "_scales")

    def __init__(self, concepts: tuple[Concept, ...]) -> None:
        self._concepts = concepts
        self._scales: dict[tuple[int, str | None], Scale | None] = {}
        self._bits: dict[tuple[int, str], int | None] = {}
        self._factors: dict[tuple[str, str], float | None] = {}

    def scale(self, index: int, unit: str | None, *, bare: bool = False) -> Scale | None:
        """How to reach the canonical unit; None when there is no way.  `bare`: no unit means the canonical one."""
        key = (index, unit)
        if key not in self._scales:
            self._scales[key] = self._find(self._concepts[index], unit)
        found = self._scales[key]
        return (1.0, 0.0) if found is None and bare and not unit else found

    def unit_scale(self, unit: str, to: str) -> float | None:
        """The factor between two units of anything; None when there is none."""
        key = (unit, to)
        if key not in self._factors:
            scale = _scale(unit, to, None)
            self._factors[key] = scale[0] if scale and scale[1] == 0 else None
        return self._factors[key]

    def bits(self, index: int, words: str) -> int | None:
        """The categories that a text names, as bits of the concept's list."""
        key = (index, words)
        if key not in self._bits:
            if len(self._bits) > 100_000:
                self._bits.clear()
            self._bits[key] = category_bits(words, self._concepts[index].categories)
        return self._bits[key]

    def measured(
        self,
        index: int,
        reading: Reading,
        unit: str | None,
        low: float | None = None,
        high: float | None = None,
        interpretation: str | None = None,
        *,
        range_unit: str | None = None,
        bare: bool = False,
    ) -> Measured:
        """The parts of a row that say how much: value, categories, limits, what was recorded, and the problem."""
        concept = self._concepts[index]
        v_lo, v_hi, flags, lod, problem = None, None, reading.flags, reading.lod, None
        r_lo, r_hi = low, high
        cats = self._stated(index, reading.words, interpretation)
        scale = self.scale(index, unit, bare=bare)
        if reading.lower is not None:
            if cats is None and concept.categories and concept.unit is None:
                # A number that is itself a category (grade 2, class 4); otherwise it has no unit to be read in.
                text = format(reading.number, "g") if reading.number is not None else ""
                cats = self.bits(index, text)
            if scale is None:
                problem, flags, lod = UNIT_MISMATCH, 0, None
            elif scale == (1.0, 0.0):
                v_lo, v_hi = reading.lower, reading.upper
            else:
                v_lo, v_hi, lod = apply(scale, reading.lower), apply(scale, reading.upper), apply(scale, lod)
        elif reading.words:
            if cats is None:
                problem = AMBIGUOUS
        elif cats is None:
            problem = NO_DATA
        if low is not None or high is not None:
            limits = scale if range_unit is None or range_unit == unit else self.scale(index, range_unit, bare=bare)
            r_lo, r_hi = (apply(limits, low), apply(limits, high)) if limits else (None, None)
        if cats is None and concept.categories:
            if v_lo is not None and v_hi is not None:
                cats = self._judged(index, v_lo, v_hi, flags, r_lo, r_hi, interpretation)
            elif reading.lower is not None and reading.upper is not None and range_unit in (None, unit):
                # Without a way to the canonical unit, number and limit of the same record can still be compared.
                cats = self._judged(index, reading.lower, reading.upper, reading.flags, low, high, interpretation)
                problem = problem if cats is None else None
        return v_lo, v_hi, cats, r_lo, r_hi, lod, reading.number, flags, problem

    def _stated(self, index: int, words: str, interpretation: str | None) -> int | None:
        if not self._concepts[index].categories:
            return None
        if words and (bits := self.bits(index, words)) is not None:
            return bits
        said = stated(interpretation) if interpretation else None
        return self.bits(index, said) if said else None

    def _judged(
        self,
        index: int,
        v_lo: float,
        v_hi: float,
        flags: int,
        low: float | None,
        high: float | None,
        interpretation: str | None,
    ) -> int | None:
        """positive or negative by the record's own upper limit, low or normal by its lower one, else by its flag."""
        if "low" in self._concepts[index].categories:
            if low is not None:
                below = v_hi < low or (v_hi == low and flags & UPPER_OPEN)
                return self.bits(index, "low") if below else self.bits(index, "normal") if v_lo >= low else None
            word = (
                "low" if interpretation in {"L", "LL", "LU"} else "normal" if interpretation in {"N", "H", "HH"} else ""
            )
            return self.bits(index, word)
        if high is not None:
            if v_lo > high or (v_lo == high and flags & LOWER_OPEN):
                return self.bits(index, "positive")
            return self.bits(index, "negative") if v_hi <= high else None
        if interpretation in {"H", "HH", "A", "AA", "HU"}:
            return self.bits(index, "positive")
        return self.bits(index, "negative") if interpretation in {"N", "L"} else None

    def decided(
        self, index: int, low: float | None, high: float | None, interpretation: str | None
    ) -> tuple[int | None, Cut | None]:
        """The category of a plain number whatever it is, or what decides it; limits in the canonical unit.

        The same rules as in `measured`, for many numbers at once.
        """
        categories = self._concepts[index].categories
        if not categories or (cats := self._stated(index, "", interpretation)) is not None:
            return cats if categories else None, None
        if "low" in categories and low is not None:
            return None, (low, False, self.bits(index, "low"), self.bits(index, "normal"))
        if "low" not in categories and high is not None:
            return None, (high, True, self.bits(index, "negative"), self.bits(index, "positive"))
        return self._judged(index, 0.0, 0.0, 0, None, None, interpretation), None

    def _find(self, concept: Concept, unit: str | None) -> Scale | None:
        canonical = concept.unit
        if canonical is None:
            return (1.0, 0.0) if not unit or unit == "1" or unit.startswith("{") else None
        if not unit and not canonical.startswith("{") and canonical != "1":
            return None
        if unit in concept.other_units:
            return (1.0, 0.0)
        return _scale(unit or "1", canonical, concept.molar_mass)


def _scale(unit: str, canonical: str, molar_mass: Decimal | None) -> Scale | None:
    try:
        slope, shift = linear(unit, canonical, molar_mass)
    except UnitError:
        return None
    return float(slope), float(shift)


def apply(scale: Scale, value: float | None) -> float | None:
    """The converted number, as a decimal of 15 digits, so that 12 x 0.1 is 1.2."""
    if value is None or scale == (1.0, 0.0):
        return value
    if value in (float("inf"), float("-inf")):
        return value
    return float(format(value * scale[0] + scale[1], ".15g"))
