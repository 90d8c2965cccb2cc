"""Time to an event with censoring: Kaplan-Meier, its intervals and quantiles, and Turnbull's estimate for visits.

Interval types differ between programs (SAS: log-log, R: log), so the type is always named.
Greenwood's variance; Kalbfleisch and Prentice 2002, The Statistical Analysis of Failure Time Data, section 1.4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from trialwright.analysis.statistics.summaries import check_level
from trialwright.errors import TrialwrightError

IntervalType = Literal["plain", "log", "log-log", "logit", "arcsin"]
INTERVAL_TYPES: tuple[IntervalType, ...] = ("log-log", "log", "plain", "logit", "arcsin")


@dataclass(frozen=True, slots=True)
class Step:
    """The curve just after one time: numbers at risk before it, events and censored at it, survival and interval.

    `lower` and `upper` are None, with a `reason`, where the interval is not defined (nobody left without the event).
    """

    time: float
    at_risk: int
    events: int
    censored: int
    survival: float
    se: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve: one step per distinct time, events or not."""

    steps: tuple[Step, ...]
    n: int
    level: float
    interval: IntervalType

    def events(self) -> tuple[Step, ...]:
        """The steps at which something happened."""
        return tuple(step for step in self.steps if step.events)

    def at(self, time: float) -> Step | None:
        """The last step at or before `time`; None before the first."""
        return next((step for step in reversed(self.steps) if step.time <= time), None)

    def at_risk(self, times: Sequence[float]) -> list[int]:
        """Numbers still followed and free of the event just before each time."""
        return [next((s.at_risk for s in self.steps if s.time >= t), 0) for t in times]

    def quantile(self, p: float) -> tuple[float | None, float | None, float | None]:
        """(time, lower, upper) by which a share p has had the event; None where the curve does not get there.

        Where a curve is exactly at 1 - p on a stretch the middle of it is taken.  Brookmeyer and Crowley 1982,
        Biometrics 38:29: the limits are where the interval's own curves cross 1 - p.
        """
        if not 0 < p < 1:
            raise TrialwrightError(f"a quantile lies between 0 and 1, not at {p:g}")
        return (
            self._crossing([step.survival for step in self.steps], p),
            self._crossing([step.lower for step in self.steps], p),
            self._crossing([step.upper for step in self.steps], p),
        )

    def _crossing(self, heights: Sequence[float | None], p: float) -> float | None:
        target, last = 1 - p, 1.0
        for i, (step, height) in enumerate(zip(self.steps, heights)):
            if height is None or (last < target and not math.isclose(last, target)):
                continue
            if height < target and not math.isclose(height, target, abs_tol=1e-12):
                return step.time
            if math.isclose(height, target, abs_tol=1e-12):
                later = [
                    s.time
                    for s, h in zip(self.steps[i + 1 :], heights[i + 1 :])
                    if h is not None and h < target and not math.isclose(h, target, abs_tol=1e-12)
                ]
                return (step.time + later[0]) / 2 if later else step.time
        return None


def kaplan_meier(
    times: Sequence[float],
    events: Sequence[float],
    level: float = 0.95,
    interval: IntervalType = "log-log",
) -> Curve:
    """The curve of (time, event or censored) pairs; at one time events come before censoring.

    Raises TrialwrightError for no subject, a negative or missing time, or an event that is not 0 or 1.
    """
    check_level(level)
    if interval not in INTERVAL_TYPES:
        raise TrialwrightError(f'"{interval}" is no interval type; use one of {", ".join(INTERVAL_TYPES)}')
    t, d = np.asarray(times, dtype=float), np.asarray(events, dtype=float)
    if len(t) == 0 or len(t) != len(d):
        raise TrialwrightError("a survival curve needs one time and one event flag (1 event, 0 censored) per subject")
    if not np.isfinite(t).all() or (t < 0).any():
        raise TrialwrightError("every subject needs a time of at least 0; leave none empty and none negative")
    if not np.isin(d, (0, 1)).all():
        raise TrialwrightError("the event flag is 1 for an event and 0 for censored")
    z = float(stats.norm.isf((1 - level) / 2))
    steps, survival, greenwood = [], 1.0, 0.0
    for time in np.unique(t):
        risk, happened = int((t >= time).sum()), int(d[t == time].sum())
        survival *= 1 - happened / risk
        greenwood = greenwood + happened / (risk * (risk - happened)) if risk > happened else math.inf
        se = survival * math.sqrt(greenwood) if survival > 0 else None
        lower, upper = _limits(survival, greenwood, z, interval)
        censored = int((t == time).sum()) - happened
        reason = None if lower is not None else "nobody is left without the event, so there is no interval"
        steps.append(Step(float(time), risk, happened, censored, survival, se, lower, upper, reason))
    return Curve(tuple(steps), len(t), level, interval)


def _limits(s: float, g: float, z: float, interval: IntervalType) -> tuple[float | None, float | None]:
    """The interval at survival s with Greenwood sum g; None where the transformation is not defined."""
    if s <= 0:
        return None, None
    sd = math.sqrt(g)
    if interval == "plain":
        return max(0.0, s - z * s * sd), min(1.0, s + z * s * sd)
    if interval == "log":
        return s * math.exp(-z * sd), min(1.0, s * math.exp(z * sd))
    if s >= 1:
        return (1.0, 1.0) if g == 0 else (None, None)
    if interval == "log-log":
        half = z * sd / abs(math.log(s))
        return s ** math.exp(half), s ** math.exp(-half)
    if interval == "logit":
        centre, half = math.log(s / (1 - s)), z * sd / (1 - s)
        return 1 / (1 + math.exp(half - centre)), 1 / (1 + math.exp(-half - centre))
    centre, half = math.asin(math.sqrt(s)), 0.5 * z * sd * math.sqrt(s / (1 - s))
    return math.sin(max(0.0, centre - half)) ** 2, math.sin(min(math.pi / 2, centre + half)) ** 2
