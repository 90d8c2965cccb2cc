"""A concept is a recordable thing: its codes, its canonical unit, its categories, its limits of normal."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from trialwright.catalog.models.common import Header, Id, Model, Number, Ratio, Strings, Text
from trialwright.language.units import canonical
from trialwright.language.vocabulary import Concept

System = Literal["SNOMED", "ICD10CM", "ICD10PCS", "LOINC", "RxNorm", "ATC"]
ROUTES = (
    "oral",
    "intravenous",
    "subcutaneous",
    "intramuscular",
    "topical",
    "inhaled",
    "nasal",
    "ophthalmic",
    "rectal",
    "transdermal",
    "intra_articular",
    "other",
)
"""Categories of every drug: how it is given."""

UNSPECIFIED = "_unspecified"
"""The member of a class that stands for "one of these, not further named" (glucocorticoid_unspecified)."""

HALF_LIVES_OF_A_WASHOUT = 5
_MAX_CATEGORIES = 62


def _named(value: Any) -> Any:
    """Codes with their names, or codes alone."""
    if isinstance(value, list | tuple):
        return {str(code): "" for code in value}
    if isinstance(value, dict):
        return {str(code): "" if name is None else name for code, name in value.items()}
    return value


Codes = Annotated[
    dict[str, str],
    BeforeValidator(_named),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
                {"type": "array", "items": {"type": "string"}},
            ],
            "description": "codes with the names of their system, or codes alone",
        }
    ),
]


class DefaultRange(Model):
    """Limits of normal that may stand in, flagged, where a record has none; only where assays agree."""

    low: Number | None = None
    high: Number | None = None
    basis: Text


class HalfLife(Model):
    """The terminal half-life in days; `value` is the long end or the midpoint of what the source gives."""

    value: Number = Field(gt=0)
    low: Number | None = None
    high: Number | None = None
    route: str = ""
    source: Text


class PlausibleRange(Model):
    """The least and the greatest number that can be at all, in the canonical unit; what lies outside is no value."""

    low: Number | None = None
    high: Number | None = None
    basis: Text


class ConceptModel(Model):
    """One concept, or a class of concepts where `members` are listed.

    An ICD-10-CM or ATC code includes the codes that begin with it.  `broader` codes leave the concept unknown.
    `other_units` are units that mean the canonical one for this concept (mL/min for an eGFR).
    `equivalents` are mg of the named drug per mg of this one, as quotient of the two doses that are equal.
    `washout_days` stands for five half-lives where a drug has no single half-life.
    `absence: unknown` marks what records leave out so often (a biopsy made elsewhere, breast-feeding) that nothing
    recorded never means "no", even where the source observes the domain.  `local_forms` marks a drug that is also given
    where it acts (cream, drops, inhaler, joint): without its route, a record of it is not surely treatment of the whole
    body.
    `plausible` bounds what a number can be; without it, every measured number but a temperature is at least 0.
    """

    id: Id
    label: Text
    domain: Literal["condition", "drug", "procedure", "measurement", "observation", "demographic"]
    unit: str | None = None
    other_units: Strings = ()
    molar_mass: Number | None = Field(None, gt=0)
    look_back_days: int | None = Field(None, gt=0)
    codes: dict[System, Codes] = Field(default_factory=dict)
    broader: dict[System, Codes] = Field(default_factory=dict)
    categories: Strings = ()
    synonyms: Strings = ()
    members: tuple[Id, ...] = ()
    absence: Literal["no", "unknown"] = "no"
    local_forms: bool = False
    default_range: DefaultRange | None = None
    plausible: PlausibleRange | None = None
    half_life_days: HalfLife | None = None
    washout_days: Number | None = Field(None, gt=0)
    equivalents: dict[Id, Ratio] = Field(default_factory=dict)
    sources: Strings = ()

    @model_validator(mode="after")
    def _coherent(self) -> ConceptModel:
        if self.unit is not None and canonical(self.unit) != self.unit:
            suggestion = canonical(self.unit)
            remedy = f"write {suggestion}" if suggestion else "see ucum.org"
            raise ValueError(f"the unit {self.unit!r} is not a UCUM code; {remedy}")
        if self.members and (self.codes or self.broader):
            raise ValueError(f"a class has no codes of its own; give them to a member {self.id}{UNSPECIFIED}")
        if len(self.members) != len(set(self.members)) or self.id in self.members:
            raise ValueError("a class lists each member once, and not itself")
        if len(self.categories) != len(set(self.categories)) or len(self.categories) > _MAX_CATEGORIES:
            raise ValueError(f"categories must differ, and there may be at most {_MAX_CATEGORIES}")
        if self.molar_mass is not None and self.unit is None:
            raise ValueError("a molar mass needs a unit that it can convert")
        if (self.equivalents or self.half_life_days or self.washout_days) and self.domain != "drug":
            raise ValueError("equivalents, half-lives and wash-outs belong to drugs")
        if self.local_forms and (self.domain != "drug" or self.members):
            raise ValueError("local_forms belongs to single drugs")
        if self.absence == "unknown" and (self.domain not in ("condition", "procedure") or self.members):
            raise ValueError("absence: unknown belongs to single conditions and procedures")
        if self.plausible is not None and self.unit is None:
            raise ValueError("plausible bounds need a unit that they are counted in")
        return self

    def concept(self) -> Concept:
        """The concept as the language sees it."""
        drug = self.domain == "drug"
        bounds = self.default_range
        half_life = self.half_life_days.value if self.half_life_days else None
        if half_life is None and self.washout_days is not None:
            half_life = self.washout_days / Decimal(HALF_LIVES_OF_A_WASHOUT)
        return Concept(
            id=self.id,
            label=self.label,
            domain=self.domain,
            unit=self.unit or ("mg/d" if drug else None),
            categories=ROUTES if drug else self.categories,
            members=self.members,
            look_back_days=self.look_back_days,
            molar_mass=self.molar_mass,
            half_life_days=half_life,
            equivalents=self.equivalents,
            other_units=self.other_units,
            default_low=bounds.low if bounds else None,
            default_high=bounds.high if bounds else None,
            absence_is_no=self.absence == "no",
            local_forms=self.local_forms,
            least=self._least(),
            greatest=self.plausible.high if self.plausible else None,
        )

    def _least(self) -> Decimal | None:
        """Amounts, counts, rates, times, scores and doses are never negative; a temperature in degrees can be."""
        if self.plausible is not None and self.plausible.low is not None:
            return self.plausible.low
        counted = self.domain in ("measurement", "observation") and self.unit not in (None, "Cel")
        return Decimal(0) if counted or self.domain == "drug" else None


class ConceptFile(Header):
    """A file of concepts."""

    concepts: tuple[ConceptModel, ...]
