"""What scoring gives: a number or a range, a grade or none, and for every item what was found and what it adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from trialwright.language.values import Number, Truth

STATES = {True: "met", False: "not met", None: "unknown"}
Missing = Literal["interval", "worst", "absent", "last_known"]
MISSING: dict[str, str] = {
    "interval": "what is not known leaves a range from the least to the most",
    "worst": "what is not known is taken at its worst",
    "absent": "items that are not known are taken to be absent",
    "last_known": "the last known value counts, however old it is",
}
"""Every way to treat what is missing; the first is the rule, the others are choices that the result names."""


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item of an instrument, or one rung of a grade: met, not met or unknown, and the points that it adds.

    `points` is None while they are not known; then they lie between `lower` and `upper`.
    """

    id: str
    label: str
    state: str
    points: float | None
    lower: float | None
    upper: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """An instrument for one record.  `score` is None while `lower` and `upper` differ; a missing bound is None.

    `grade` is that of a toxicity scale and None where it cannot be graded, never 0 for want of data; `met` is the
    classification or the response; `unknown` names the items (of a formula: the values) that are not known.
    """

    instrument: str
    version: str
    score: float | None
    lower: float | None
    upper: float | None
    grade: int | None
    met: bool | None
    subscores: dict[str, float | None]
    subscore_bounds: dict[str, tuple[float | None, float | None]]
    items: tuple[ItemState, ...]
    unknown: tuple[str, ...]
    reason: str
    unit: str | None = None
    missing: str = "interval"
    notes: tuple[str, ...] = ()
    value: Number | Truth | None = field(default=None, repr=False, compare=False)

    def document(self) -> dict[str, Any]:
        """The shape of `trialwright score --json`."""
        return {
            "instrument": self.instrument,
            "version": self.version,
            "score": self.score,
            "lower": self.lower,
            "upper": self.upper,
            "grade": self.grade,
            "met": self.met,
            "unit": self.unit,
            "subscores": self.subscores,
            "subscore_bounds": {name: list(bounds) for name, bounds in self.subscore_bounds.items()},
            "items": [
                {
                    "id": item.id,
                    "state": item.state,
                    "points": item.points,
                    "lower": item.lower,
                    "upper": item.upper,
                    "label": item.label,
                    "reasons": list(item.reasons),
                }
                for item in self.items
            ],
            "unknown": list(self.unknown),
            "reason": self.reason,
            "missing": self.missing,
            "notes": list(self.notes),
        }


def finite(value: float) -> float | None:
    """A bound that is not there is None; whole numbers stay whole in print."""
    return None if value in (float("inf"), float("-inf")) else float(value)
