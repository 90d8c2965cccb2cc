"""A response rate from x of n: exact and score intervals, and the exact test."""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import stats

from trialwright.analysis.statistics.summaries import check_level
from trialwright.errors import TrialwrightError

Side = Literal["two", "lower", "upper"]
Alternative = Literal["two-sided", "greater", "less"]


@dataclass(frozen=True, slots=True)
class Proportion:
    """x / n with an interval at `level`; a one-sided interval ends at 0 or 1 on its open side."""

    estimate: float
    lower: float
    upper: float
    level: float
    method: str


def clopper_pearson(x: int, n: int, level: float = 0.95, side: Side = "two") -> Proportion:
    """Exact interval: beta quantiles of the binomial tails.

    Clopper and Pearson 1934, Biometrika 26:404.  `side` "upper" gives [0, U] with all of 1 - level above U.
    """
    _check(x, n, level)
    tail = (1 - level) / 2 if side == "two" else 1 - level
    lower = 0.0 if x == 0 or side == "upper" else float(stats.beta.ppf(tail, x, n - x + 1))
    upper = 1.0 if x == n or side == "lower" else float(stats.beta.isf(tail, x + 1, n - x))
    return Proportion(x / n, lower, upper, level, "clopper-pearson")


def wilson(x: int, n: int, level: float = 0.95, side: Side = "two") -> Proportion:
    """Score interval without continuity correction.  Wilson 1927, JASA 22:209."""
    _check(x, n, level)
    z = float(stats.norm.isf((1 - level) / (2 if side == "two" else 1)))
    p, z2n = x / n, z * z / n
    centre = (p + z2n / 2) / (1 + z2n)
    half = math.sqrt(p * (1 - p) * z2n + z2n * z2n / 4) / (1 + z2n)
    lower = 0.0 if side == "upper" or x == 0 else max(0.0, centre - half)
    upper = 1.0 if side == "lower" or x == n else min(1.0, centre + half)
    return Proportion(p, lower, upper, level, "wilson")


def exact_test(x: int, n: int, p0: float, alternative: Alternative = "two-sided") -> float:
    """p value of the exact binomial test; two-sided sums the outcomes no likelier than x (as R's binom.test)."""
    _check(x, n, 0.95)
    check_probability("p0", p0)
    return float(stats.binomtest(x, n, p0, alternative=alternative).pvalue)


def check_probability(name: str, value: float, open_ends: bool = False) -> None:
    """Raise TrialwrightError unless 0 <= value <= 1 (strictly between with `open_ends`)."""
    if not (0 < value < 1 if open_ends else 0 <= value <= 1):
        raise TrialwrightError(f"{name} is a probability between 0 and 1, not {value:g}")


def check_count(x: int, n: int) -> None:
    """Raise TrialwrightError unless 0 <= x <= n and n >= 1."""
    if n < 1:
        raise TrialwrightError(f"n is the number of subjects and at least 1, not {n}")
    if not 0 <= x <= n:
        raise TrialwrightError(f"x is the number of responders among n = {n} and between 0 and {n}, not {x}")


def _check(x: int, n: int, level: float) -> None:
    check_count(x, n)
    check_level(level)
