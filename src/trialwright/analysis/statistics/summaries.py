"""Summaries of a few numbers: arithmetic and geometric means with t intervals, quantiles of a stated type, tests.

Quantile type 2 (averaging at steps) is SAS's default, type 7 R's and numpy's; on 12 subjects they differ visibly.
Source of the types: Hyndman and Fan 1996, The American Statistician 50:361.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from trialwright.errors import TrialwrightError

QuantileType = Literal[2, 7]


@dataclass(frozen=True, slots=True)
class Summary:
    """`n` values that are there, `missing` that are not; a statistic that cannot be had is None.

    `geometric_cv` in % is 100 sqrt(exp(s^2) - 1) with s the SD of the logs; `reason` says what is missing and why.
    """

    n: int
    missing: int
    mean: float | None
    sd: float | None
    mean_lower: float | None
    mean_upper: float | None
    geometric_mean: float | None
    geometric_cv: float | None
    geometric_lower: float | None
    geometric_upper: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    reason: str | None


def summarise(values: Sequence[float | None], level: float = 0.95, quantiles: QuantileType = 2) -> Summary:
    """Describe the values that are there; None and NaN count as missing.  Intervals are Student's t."""
    check_level(level)
    there = np.array([v for v in values if v is not None and not math.isnan(v)], dtype=float)
    n, missing = len(there), len(values) - len(there)
    if n == 0:
        return Summary(
            0, missing, None, None, None, None, None, None, None, None, None, None, None, None, None,
            "no value is there",
        )  # fmt: skip
    mean, sd, lower, upper = _t_interval(there, level)
    reasons = ["one value has no standard deviation and no interval"] if n == 1 else []
    gm = gcv = gm_lower = gm_upper = None
    if (there > 0).all():
        log_mean, log_sd, log_lower, log_upper = _t_interval(np.log(there), level)
        gm = math.exp(log_mean)
        gcv = None if log_sd is None else 100 * math.sqrt(math.expm1(log_sd**2))
        gm_lower = None if log_lower is None else math.exp(log_lower)
        gm_upper = None if log_upper is None else math.exp(log_upper)
    else:
        reasons.append(f"{int((there <= 0).sum())} of {n} values are not above 0, so there is no geometric mean")
    median, q1, q3 = (quantile(there, p, quantiles) for p in (0.5, 0.25, 0.75))
    return Summary(
        n, missing, mean, sd, lower, upper, gm, gcv, gm_lower, gm_upper, median, q1, q3, float(there.min()),
        float(there.max()), "; ".join(reasons) or None,
    )  # fmt: skip


def quantile(values: Sequence[float] | np.ndarray, p: float, kind: QuantileType = 2) -> float:
    """The p-quantile by type 2 (SAS) or type 7 (R, numpy).  Raises ValueError for no values."""
    if not 0 <= p <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {p}")
    x = np.sort(np.asarray(values, dtype=float))
    if len(x) == 0:
        raise ValueError("no value, no quantile")
    if kind == 2:
        return float(np.quantile(x, p, method="averaged_inverted_cdf"))
    return float(np.quantile(x, p))


@dataclass(frozen=True, slots=True)
class LocationTest:
    """A test statistic and its two-sided p value, with the method spelled out."""

    statistic: float
    p: float
    method: str


def t_test(values: Sequence[float], mean: float = 0.0) -> LocationTest:
    """One-sample t test, two-sided.  Raises TrialwrightError for fewer than two values or no variation."""
    x = np.asarray(values, dtype=float)
    if len(x) < 2 or x.std() == 0:
        raise TrialwrightError("a t test needs two values or more that are not all the same")
    result = stats.ttest_1samp(x, mean)
    return LocationTest(float(result.statistic), float(result.pvalue), "one-sample t")


def wilcoxon_test(values: Sequence[float], centre: float = 0.0, exact: bool | None = None) -> LocationTest:
    """Wilcoxon signed-rank test, two-sided; V is the sum of the positive ranks, values at the centre are left out.

    `exact` None: exact up to 50 values without ties, else the normal approximation with continuity correction,
    as R's wilcox.test does.
    """
    d = np.asarray(values, dtype=float) - centre
    d = d[d != 0]
    if len(d) == 0:
        raise TrialwrightError("every value is at the centre; a signed-rank test has nothing to rank")
    ranks = stats.rankdata(np.abs(d))
    v = float(ranks[d > 0].sum())
    tied = len(np.unique(np.abs(d))) < len(d) or len(d) < len(values)
    if exact is None:
        exact = not tied and len(d) < 50
    if exact:
        if tied:
            raise TrialwrightError("the exact signed-rank distribution holds without ties and zeros only")
        p = min(1.0, 2 * min(_signed_rank_cdf(v, len(d)), 1 - _signed_rank_cdf(v - 1, len(d))))
        return LocationTest(v, p, "Wilcoxon signed rank, exact")
    n = len(d)
    _, counts = np.unique(np.abs(d), return_counts=True)
    z = v - n * (n + 1) / 4
    sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((counts**3 - counts).sum()) / 48)
    p = min(1.0, 2 * float(stats.norm.sf(abs((z - math.copysign(0.5, z) if z else 0.0) / sd))))
    return LocationTest(v, p, "Wilcoxon signed rank, normal approximation with continuity correction")


def _signed_rank_cdf(v: float, n: int) -> float:
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1
    for rank in range(1, n + 1):
        shifted = np.zeros_like(ways)
        shifted[rank:] = ways[:-rank]
        ways = ways + shifted
    return float(ways[: int(v) + 1].sum() / 2.0**n) if v >= 0 else 0.0


def _t_interval(x: np.ndarray, level: float) -> tuple[float, float | None, float | None, float | None]:
    mean, n = float(x.mean()), len(x)
    if n < 2:
        return mean, None, None, None
    sd = float(x.std(ddof=1))
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * sd / math.sqrt(n)
    return mean, sd, mean - half, mean + half


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise TrialwrightError(f"a confidence level lies between 0 and 1 (such as 0.95), not {level:g}")
