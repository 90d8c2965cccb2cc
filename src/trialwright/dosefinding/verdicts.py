"""The closed set of what a rule can say about the current dose, and what a number carries with it."""

from dataclasses import dataclass, field
from enum import IntEnum


class Move(IntEnum):
    """What a dose-assignment rule says after the outcomes at the current dose; the values are kept in int8 tables."""

    ELIMINATE = -2
    DEESCALATE = -1
    STAY = 0
    ESCALATE = 1


MOVE_WORDS = {
    Move.ESCALATE: "escalate",
    Move.STAY: "stay",
    Move.DEESCALATE: "de-escalate",
    Move.ELIMINATE: "de-escalate and eliminate this dose and all above",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The dose of the next cohort with the rule that led to it; `dose` is None where no dose may be given.

    `move` is one of escalate, stay, de-escalate, stop or wait; `numbers` are the figures named in `message`.
    """

    dose: int | None
    move: str
    message: str
    rule: str
    numbers: dict[str, float] = field(default_factory=dict)
    cohort: int | None = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """One row of a decision table: counts of DLTs among `n` at which the move changes; None where it never does."""

    n: int
    escalate_if_le: int | None
    deescalate_if_ge: int | None
    eliminate_if_ge: int | None
