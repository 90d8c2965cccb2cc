"""What evaluation gives: three-valued truths with reasons, and numbers as intervals.

Reasons say why something is not known; an unknown carries all of them, not one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trialwright.language.facts import Fact

REASONS: tuple[str, ...] = (
    "no_data",  # nothing recorded, and the source does not observe it
    "stale",  # recorded, but before the window
    "unit_mismatch",  # the recorded unit cannot be read as one of this quantity
    "no_range",  # the record has no limit of normal, and no default may stand in
    "censored",  # a value with a comparator ("<20") that the threshold falls into
    "partial_date",  # a date or an end known only in part
    "conflict",  # records contradict each other
    "needs_person",  # a judgement or a look-up that only a person can do
    "needs_agreement",  # consent, willingness or intent; shown to users as needs_person
    "not_yet",  # hangs on an instant that has not happened
    "ambiguous_text",  # the words of the protocol or of the record do not decide
    "unsupported",  # the protocol does not say enough
    "broader_only",  # only a broader or an unlisted look-alike code is recorded
)
"""Bit i of a reasons mask in the engine is REASONS[i]."""

NOTES: tuple[str, ...] = (
    "absence",  # rests on nothing being recorded in a domain that the source observes
    "projected",  # consent or enrollment taken to be the screening date
    "default_range",  # a catalog default stood in for the limit of the record
    "ever",  # "history of" read as "none recorded since observation began"
)
"""Bit i of a notes mask in the engine is NOTES[i]."""

OUT_OF_RECORD = frozenset({"needs_agreement", "not_yet"})
"""A criterion unknown for no other reasons is left out of the verdict on the record."""

SHOWN = {reason: "needs_person" if reason == "needs_agreement" else reason for reason in REASONS}
"""Reasons in the words that users see."""

Strings = frozenset[str]
NONE: Strings = frozenset()


@dataclass(frozen=True, slots=True)
class Truth:
    """True, False or None (unknown) with its reasons, the facts of its leaves and notes on how it was reached."""

    state: bool | None
    reasons: Strings = NONE
    notes: Strings = NONE
    facts: frozenset[Fact] = field(default=frozenset(), repr=False)
    not_applicable: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """An interval; `*_open` bounds are excluded.  A point is known, (-inf, inf) is unknown.

    `reasons` say why it is not a point.
    """

    lower: float
    upper: float
    lower_open: bool = False
    upper_open: bool = False
    reasons: Strings = NONE
    notes: Strings = NONE
    facts: frozenset[Fact] = field(default=frozenset(), repr=False)

    @property
    def is_point(self) -> bool:
        return self.lower == self.upper


@dataclass(frozen=True, slots=True)
class Category:
    """The recorded codes, or None where they are not known; several candidates stand side by side."""

    candidates: tuple[frozenset[str] | None, ...]
    reasons: Strings = NONE
    notes: Strings = NONE
    facts: frozenset[Fact] = field(default=frozenset(), repr=False)


def point(value: float) -> Number:
    return Number(value, value)


def unknown_number(*reasons: str, notes: Strings = NONE, facts: frozenset[Fact] = frozenset()) -> Number:
    return Number(-math.inf, math.inf, reasons=frozenset(reasons), notes=notes, facts=facts)


def round6(value: float) -> float:
    """Six decimals, half away from zero: the rule of every formula's outcome, the same in each engine.

    Numbers of at most 15 significant digits keep their order and equality in IEEE doubles, so comparing rounded
    doubles is comparing decimals.  Beyond 1e9 the value stays as it is.
    """
    if not math.isfinite(value) or abs(value) >= 1e9:
        return value
    scaled = math.floor(abs(value) * 1e6 + 0.5) / 1e6
    return math.copysign(scaled, value) if scaled else 0.0
