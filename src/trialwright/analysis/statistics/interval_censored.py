"""When did it happen, if it is only known to lie between two visits: Turnbull's estimate.

Each subject's event lies in (left, right]; right is infinity when it had not happened at the last visit.  The estimate
puts its mass on innermost intervals and says nothing of where inside them.  Turnbull 1976, JRSS B 38:290; Peto 1973.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class Mass:
    """Share of subjects whose event lies in (left, right]; right is infinity for those not seen to have it."""

    left: float
    right: float
    probability: float


@dataclass(frozen=True, slots=True)
class IntervalCurve:
    """The estimate; between the ends of an innermost interval the curve is only bounded."""

    masses: tuple[Mass, ...]
    n: int
    iterations: int

    def survival(self, time: float) -> tuple[float, float]:
        """(lowest, highest) share without the event at `time`; equal where the data decide."""
        low = sum(m.probability for m in self.masses if m.left >= time)
        high = sum(m.probability for m in self.masses if m.right > time)
        return low, high

    def quantile(self, p: float) -> tuple[float, float | None]:
        """The innermost interval in which a share p is reached; its right end is None when that is never seen."""
        if not 0 < p < 1:
            raise TrialwrightError(f"a quantile lies between 0 and 1, not at {p:g}")
        reached = 0.0
        for mass in self.masses:
            reached += mass.probability
            if reached >= p - 1e-9:
                return mass.left, None if math.isinf(mass.right) else mass.right
        return self.masses[-1].left, None


def turnbull(intervals: Sequence[tuple[float, float]], tolerance: float = 1e-10, most: int = 20_000) -> IntervalCurve:
    """The non-parametric maximum-likelihood estimate.  An exactly known time t is written (t, t).

    Raises TrialwrightError for no interval, or one that runs backwards.
    """
    if not intervals:
        raise TrialwrightError("an interval-censored estimate needs one (left, right] per subject")
    for left, right in intervals:
        if not (0 <= left <= right) or math.isinf(left):
            raise TrialwrightError(f"({left:g}, {right:g}] is no interval; left must be 0 or later and not after right")
    # an exact time t is the closed point [t, t], which starts just before the open end of (t, ...]
    opens = sorted({(left, 0 if left == right else 1) for left, right in intervals})
    ends = sorted({right for _, right in intervals})
    inner: list[tuple[tuple[float, int], float]] = []
    for place, start in enumerate(opens):
        end = next((e for e in ends if e > start[0] or (e == start[0] and start[1] == 0)), None)
        following = opens[place + 1] if place + 1 < len(opens) else None
        if end is not None and (following is None or following >= (end, 1)):
            inner.append((start, end))
    inside = np.array(
        [
            [(left, 0 if left == right else 1) <= low and high <= right for low, high in inner]
            for left, right in intervals
        ],
        dtype=float,
    )
    mass = np.full(len(inner), 1 / len(inner))
    moved, step = np.inf, 0
    while moved >= tolerance and step < most:
        step += 1
        share = inside * mass
        new = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
        moved = float(np.abs(new - mass).max())
        mass = new
    kept = [Mass(low[0], high, float(m)) for (low, high), m in zip(inner, mass) if m > 1e-9]
    return IntervalCurve(tuple(kept), len(intervals), step)
