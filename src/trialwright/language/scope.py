"""What holds while a tree is expanded, and what names and units mean there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trialwright.errors import TrialwrightError
from trialwright.language import nodes as n
from trialwright.language import notation as s
from trialwright.language import units
from trialwright.language.notation import Tree
from trialwright.language.vocabulary import Concept, Vocabulary

ROUTES: dict[str, tuple[str, ...]] = {
    "oral": ("oral",),
    "intravenous": ("intravenous",),
    "subcutaneous": ("subcutaneous",),
    "intramuscular": ("intramuscular",),
    "topical": ("topical", "ophthalmic", "nasal"),
    "inhaled": ("inhaled",),
    "systemic": ("oral", "intravenous", "subcutaneous", "intramuscular", "rectal"),
}
DOSE_UNIT = "mg/d"
TIME = {"minutes", "hours", "days", "weeks", "months", "years"}


class ExpandError(TrialwrightError):
    """An expression that the catalog gives no meaning; says which name or unit, and the nearest known ones."""


class NoAttribute(ExpandError):
    """A member of a class lacks what the expression needs of each (a half-life)."""


SCREENING = n.Anchor("screening")


@dataclass(frozen=True, slots=True)
class Scope:
    """What holds while a tree is expanded: the anchor, the member that `it` names, parameters, and open definitions.

    With `whole_record`, a window that is counted in half-lives has no edge on that side (half_lives.py).
    """

    vocabulary: Vocabulary
    anchor: n.Instant = SCREENING
    member: str | None = None
    parameters: Mapping[str, Tree] = field(default_factory=dict)
    open: tuple[str, ...] = ()
    subject: n.Select | None = None
    this: Concept | None = None
    own_limits: bool = False
    whole_record: bool = False


def concept(name: str, scope: Scope) -> Concept:
    """The concept of a name; `it` is the member in hand."""
    if name == "it":
        if scope.member is None:
            raise ExpandError("`it` is used outside `each member of`; name the drug or the condition")
        name = scope.member
    found = scope.vocabulary.concept(name)
    if found is None:
        if scope.vocabulary.definition(name) is not None:
            raise ExpandError(f"{name} is a definition, not something that is recorded; use it without has, on or dose")
        raise ExpandError(unknown(name, scope.vocabulary))
    return found


def unknown(name: str, vocabulary: Vocabulary) -> str:
    near = ", ".join(list(vocabulary.suggestions(name))[:3])
    return f"{name} is not in the catalog" + (f"; did you mean {near}?" if near else "")


def flat_names(names: s.Names, scope: Scope) -> tuple[str, ...]:
    """Classes give way to themselves and their members, in order, each once."""
    flat: dict[str, None] = {}
    for name in names.names:
        found = concept(name, scope)
        flat[found.id] = None
        for member in found.members:
            flat[member] = None
    return tuple(flat)


def unit_of(tree: Tree, scope: Scope) -> str | None:
    """The unit of a number as it will come out of expansion; None where it is not known."""
    match tree:
        case s.Reading(of=n.Ref(name)) | n.Ref(name) | s.Change(of=n.Ref(name)):
            if name in scope.parameters:
                return unit_of(scope.parameters[name], scope)
            definition = scope.vocabulary.definition(name) if name != "it" else None
            if definition is not None:
                return definition.unit or unit_of(definition.body, scope)
            return concept(name, scope).unit
        case s.This():
            return scope.this.unit if scope.this else None
        case s.Dose():
            return DOSE_UNIT
        case s.Run() | s.Elapsed(unit="days"):
            return "days"
        case s.Age() | s.Elapsed(unit="years"):
            return "years"
        case s.Elapsed():
            return "months"
        case s.CountOf() | n.Score() | n.Grade():
            return "1"
        case s.At(expression=inner):
            return unit_of(inner, scope)
        case n.If(then=then):
            return unit_of(then, scope)
        case n.FirstKnown(parts):
            return next((u for u in (unit_of(p, scope) for p in parts) if u), None)
        case n.Arithmetic("+" | "-" | "min" | "max" | "abs", arguments):
            return next((u for u in (unit_of(a, scope) for a in arguments if not isinstance(a, n.Quantity)) if u), None)
        case s.TimesLimit():
            return None
    return None


def in_unit(value: Decimal, given: str, need: str | None, scope: Scope | None, name: str = "") -> Decimal:
    """The amount in the needed unit; a bare number is taken to be in it already."""
    if need is None or given in ("1", need):
        return value
    if given in TIME or need in TIME:
        scale = {"minutes": Decimal(1), "hours": Decimal(60), "days": Decimal(1440), "weeks": Decimal(10080)}
        calendar = {"months": Decimal(1), "years": Decimal(12)}
        for table in (scale, calendar):
            if given in table and need in table:
                return value * table[given] / table[need]
        raise ExpandError(f"{value} {given} cannot be compared with something counted in {need}")
    mass = scope.this.molar_mass if scope and scope.this else None
    try:
        return units.convert(value, given, need, mass)
    except units.UnitError as error:
        raise ExpandError(
            f"{value} {given} cannot be read in {need}{' for ' + name if name else ''}: {error}"
        ) from None


def share_unit(low: Tree, high: Tree) -> tuple[Tree, Tree]:
    """`between 18 and 70 years`: the bound without a unit takes that of the other."""
    if isinstance(low, n.Quantity) and isinstance(high, n.Quantity) and low.unit == "1":
        return replace(low, unit=high.unit), high
    return low, high


def subject(tree: Tree, scope: Scope) -> Concept | None:
    """The concept that a comparison is about: it gives the molar mass for conversions."""
    match tree:
        case s.Reading(of=n.Ref(name)) | n.Ref(name):
            if name in scope.parameters or (name != "it" and scope.vocabulary.definition(name) is not None):
                return None
            return concept(name, scope)
        case s.At(expression=inner):
            return subject(inner, scope)
        case s.This():
            return scope.this
    return None
