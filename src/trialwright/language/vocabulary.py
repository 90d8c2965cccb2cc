"""What the language needs to know about names; the catalog answers, the language does not load anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from trialwright.language.nodes import Domain, Expression

if TYPE_CHECKING:
    from trialwright.language.notation import Notation


@dataclass(frozen=True, slots=True)
class Concept:
    """A recordable thing.  `members` make it a class (glucocorticoid: prednisone, ...), flat, without itself.

    `unit` is the canonical UCUM unit of its value (drugs: mg/day), None for one without numbers.
    `look_back_days` is the window that a reading takes when the text names none; None means ever.
    `other_units` mean the canonical one for this concept (an eGFR in mL/min).
    `default_low`, `default_high`: limits of normal that may stand in (flagged) where a record has none.
    `absence_is_no` False: nothing recorded never means "no" (a biopsy made elsewhere).  `local_forms`: a drug that also
    comes as cream, drops, inhaler or joint injection.  `least`, `greatest`: what a value can be at all.
    """

    id: str
    label: str
    domain: Domain
    unit: str | None = None
    categories: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    look_back_days: int | None = None
    molar_mass: Decimal | None = None
    half_life_days: Decimal | None = None
    equivalents: Mapping[str, Decimal] = field(default_factory=dict)
    other_units: tuple[str, ...] = ()
    default_low: Decimal | None = None
    default_high: Decimal | None = None
    absence_is_no: bool = True
    local_forms: bool = False
    least: Decimal | None = None
    greatest: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A named expression (severe_lupus_nephritis, cockcroft_gault, sledai_2k and its sub-score sledai_2k.clinical).

    With `own_limits`, only limits of normal of the record itself count in it, no default of the catalog.
    """

    id: str
    label: str
    body: Expression | Notation
    parameters: Mapping[str, Expression] = field(default_factory=dict)
    unit: str | None = None
    own_limits: bool = False


class Vocabulary(Protocol):
    """Resolves names of the catalog; a name is a concept or a definition, never both."""

    def concept(self, name: str) -> Concept | None: ...

    def definition(self, name: str) -> Definition | None: ...

    def suggestions(self, name: str) -> Sequence[str]:
        """The nearest known names, best first."""
        ...
