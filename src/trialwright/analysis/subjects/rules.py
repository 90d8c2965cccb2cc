"""The choices of a subject-level analysis, each named, each with its stated default; the run's record repeats them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from trialwright.errors import TrialwrightError


class Baseline(StrEnum):
    """Which value is the baseline: the last known one before the first day of lymphodepletion, or of the infusion.

    Lymphodepletion lowers counts and disease activity by itself, so a value between the two is no baseline of the
    cells.  A value of the very day does not count: records rarely say which came first.
    """

    LYMPHODEPLETION = "before-lymphodepletion"
    INFUSION = "before-infusion"


class Windows(StrEnum):
    """Which days belong to a visit.

    stated    the days of the protocol's own window; a day outside of every window is unscheduled
    nearest   every day after the infusion belongs to the nearest visit (half way: the earlier one)
    """

    STATED = "stated"
    NEAREST = "nearest"


class Missing(StrEnum):
    """What a response means that is not known at a visit which is due.

    non-responder   it counts as no response; the denominator is everybody whose visit is due
    observed        it leaves the numerator and the denominator
    """

    NON_RESPONDER = "non-responder"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class Rules:
    """One analysis plan.  Days count from the infusion, which is day 0.

    `baseline_days`: how many days before lymphodepletion a baseline may lie.  `emergent_days`: the last day on which an
    event that begins is treatment-emergent.  `dlt_days` None: as the protocol's endpoint says, else 28.
    Fewer than `depleted_below` B cells per uL are depletion, `recovery_visits` counts in a row at or above it recovery;
    there is no standard definition.  `level`: of every interval.
    """

    baseline: Baseline = Baseline.LYMPHODEPLETION
    windows: Windows = Windows.STATED
    missing: Missing = Missing.NON_RESPONDER
    baseline_days: int = 180
    emergent_days: int = 28
    dlt_days: int | None = None
    depleted_below: float = 20.0
    recovery_visits: int = 2
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("baseline_days", "emergent_days", "dlt_days", "recovery_visits"):
            days = getattr(self, name)
            if days is not None and days < 1:
                raise TrialwrightError(f"{name.replace('_', ' ')} is a whole number of at least 1, not {days}")
        if not self.depleted_below > 0:
            raise TrialwrightError(f"depletion of B cells is below a count above 0, not below {self.depleted_below:g}")
        if not 0 < self.level < 1:
            raise TrialwrightError(f"a confidence level lies between 0 and 1 (such as 0.95), not {self.level:g}")

    def document(self) -> dict[str, object]:
        """The choices as JSON-ready values."""
        return {name: getattr(self, name) for name in Rules.__slots__}
