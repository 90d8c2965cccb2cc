"""Areas under the concentration and first-moment curves, segment by segment, for many profiles at once.

Arrays are profiles x points, times rising, points packed to the left and padded with NaN.
Logarithmic segment: area (C1 - C2) / k and moment (t1 C1 - t2 C2) / k + (C1 - C2) / k^2 with
k = ln(C1 / C2) / (t2 - t1).  Source: Gabrielsson and Weiner 2016,
Pharmacokinetic and Pharmacodynamic Data Analysis, ch. 2.8.
"""

import numpy as np

from trialwright.analysis.kinetics.reasons import Floats, Mask
from trialwright.analysis.kinetics.settings import Method


def log_segments(t1: Floats, c1: Floats, c2: Floats, tmax: Floats, method: Method) -> Mask:
    """Which segments the method integrates logarithmically; those that touch 0 or do not change are linear."""
    positive = (c1 > 0) & (c2 > 0)
    match method:
        case Method.LINEAR:
            return np.zeros(c1.shape, dtype=bool)
        case Method.LINEAR_UP_LOG_DOWN:
            return np.asarray(positive & (c2 < c1))
        case Method.LINEAR_LOG:
            return np.asarray(positive & (c1 != c2) & (t1 >= tmax))
        case Method.LOG_UP_LOG_DOWN:
            return np.asarray(positive & (c1 != c2))
    raise TypeError(f"no rule for {method!r}")


def segment_areas(t: Floats, c: Floats, tmax: Floats, method: Method) -> tuple[Floats, Floats]:
    """(area, first moment) of every segment, shape profiles x (points - 1); 0 where a point is missing."""
    t1, t2, c1, c2 = t[:, :-1], t[:, 1:], c[:, :-1], c[:, 1:]
    width = t2 - t1
    area = width * (c1 + c2) / 2
    # the moment's linear rule is the trapezoid of t * C, as WinNonlin and PKNCA have it
    moment = width * (t1 * c1 + t2 * c2) / 2
    log = log_segments(t1, c1, c2, tmax[:, None], method)
    # below a relative change of 1e-5 the two rules agree to 1e-10, and the logarithmic one would lose digits
    log &= np.abs(c1 - c2) > 1e-5 * c1
    if log.any():
        lt1, lt2, lc1, lc2 = t1[log], t2[log], c1[log], c2[log]
        k = np.log(lc1 / lc2) / (lt2 - lt1)
        area[log] = (lc1 - lc2) / k
        moment[log] = (lt1 * lc1 - lt2 * lc2) / k + (lc1 - lc2) / k**2
    return np.nan_to_num(area), np.nan_to_num(moment)


def interpolate(t: Floats, c: Floats, at: float, tmax: Floats, method: Method) -> Floats:
    """Concentration at one time by the rule of the segment it falls in; NaN outside the points."""
    rows = np.arange(len(t))
    left = (t <= at).sum(axis=1) - 1
    right = np.minimum(left + 1, t.shape[1] - 1)
    known = left >= 0
    left = np.maximum(left, 0)
    t1, c1, t2, c2 = t[rows, left], c[rows, left], t[rows, right], c[rows, right]
    exact = t1 == at
    with np.errstate(all="ignore"):
        share = (at - t1) / (t2 - t1)
        value = c1 + share * (c2 - c1)
        log = log_segments(t1, c1, c2, tmax, method)
        value = np.where(log, c1 * (c2 / c1) ** share, value)
    inside = known & np.isfinite(t2) & (t2 > at)
    return np.where(known & exact, c1, np.where(inside, value, np.nan))


def pack(t: Floats, c: Floats) -> tuple[Floats, Floats]:
    """Move the points that are used (finite concentration) to the left, times still rising."""
    order = np.argsort(~np.isfinite(c), axis=1, kind="stable")
    used = np.take_along_axis(c, order, axis=1)
    return np.where(np.isfinite(used), np.take_along_axis(t, order, axis=1), np.nan), used
