"""What a live trial is told: the dose, why, what comes next under each outcome, and what looks wrong."""

from dataclasses import dataclass, field

from trialwright.dosefinding.verdicts import Decision


@dataclass(frozen=True, slots=True)
class Outlook:
    """The decision if `dlts` of the next `of` participants (or of those pending) have a DLT."""

    dlts: int
    of: int
    dose: int | None
    move: str
    message: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Dose recommended from the outcomes so far, with its parts.

    `recommended` is the dose of the next cohort, or at the end of a trial the dose it selects; None where the answer
    is "wait" or "no dose".  `dlt_probability`, `lower` and `upper` are per dose, None where there is no estimate.
    `next_dose` is None when nobody else may be treated now.
    """

    recommended: int | None
    decision: Decision
    reason: str
    estimate: float | None = None
    variance: float | None = None
    dlt_probability: tuple[float | None, ...] = ()
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    complete: bool = False
    outlook: tuple[Outlook, ...] = ()
    outlook_of: str = "next cohort"
    warnings: tuple[str, ...] = ()
    n: tuple[int, ...] = ()
    dlts: tuple[int, ...] = ()
    pending: tuple[int, ...] = ()
    not_evaluable: tuple[int, ...] = ()
    details: dict[str, object] = field(default_factory=dict)

    @property
    def next_dose(self) -> int | None:
        return self.decision.dose
