"""The choices of a non-compartmental analysis, each named, each with its stated default."""

from dataclasses import dataclass, field
from enum import StrEnum

from trialwright.analysis.kinetics.blq import BlqRule, blq_rule


class Route(StrEnum):
    """How the product entered: cells are analysed as extravascular, for they expand after infusion and C(0) is 0."""

    EXTRAVASCULAR = "extravascular"
    BOLUS = "bolus"
    INFUSION = "infusion"


class Method(StrEnum):
    """Trapezoid rule.  `linear` is WinNonlin's default, `linear-up-log-down` PKNCA's.

    linear              every segment linear
    linear-up-log-down  logarithmic where the concentration falls, else linear
    linear-log          linear up to Tmax, logarithmic after it
    log-up-log-down     logarithmic wherever both ends are positive and differ (a sensitivity analysis: linear-up
                        overestimates exponential growth between visits)
    """

    LINEAR = "linear"
    LINEAR_UP_LOG_DOWN = "linear-up-log-down"
    LINEAR_LOG = "linear-log"
    LOG_UP_LOG_DOWN = "log-up-log-down"


class EndRule(StrEnum):
    """What a partial area (AUCINT) does when its end lies after the last sample.

    observed     no value: a sample that was not taken (death, drop-out) is not a BLQ sample
    last         the area up to the last sample, nothing after it
    extrapolate  the observed decline goes on with lambda z of the interval

    When a later sample exists, the concentration at the end is interpolated by the trapezoid rule in use; when that
    sample is BLQ and counts as 0, the interpolation is linear.
    """

    OBSERVED = "observed"
    LAST = "last"
    EXTRAPOLATE = "extrapolate"


class Ties(StrEnum):
    """What two samples of one subject at one time mean when they disagree."""

    REFUSE = "refuse"
    MEAN = "mean"
    FIRST = "first"
    LAST = "last"
    MAX = "max"


class Unaccepted(StrEnum):
    """What happens to a terminal phase that fails the acceptance criteria: shown and flagged, or withheld."""

    FLAG = "flag"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When a terminal regression is believed; the numbers are PKNCA's options (0.9, 2, 20 %), there not automatic.

    `min_r2adj` adjusted R2, `min_span` half-lives covered by the window, `max_extrapolated` % of AUC(0-inf).
    """

    min_r2adj: float = 0.9
    min_span: float = 2.0
    max_extrapolated: float = 20.0
    unaccepted: Unaccepted = Unaccepted.FLAG


@dataclass(frozen=True, slots=True)
class Settings:
    """One analysis plan for all profiles.  `duration` is the infusion's, in the unit of the sampling times.

    `min_points` and `tolerance` choose the terminal window: the largest adjusted R2, and among windows within
    `tolerance` of it the one with most points.  `include_tmax` lets the window start at Tmax (None: for a bolus only).
    """

    route: Route = Route.EXTRAVASCULAR
    method: Method = Method.LINEAR
    blq: BlqRule = field(default_factory=lambda: blq_rule("keep-drop-keep"))
    end_rule: EndRule = EndRule.OBSERVED
    ties: Ties = Ties.REFUSE
    duration: float | None = None
    min_points: int = 3
    tolerance: float = 1e-4
    include_tmax: bool | None = None
    acceptance: Acceptance = field(default_factory=Acceptance)
