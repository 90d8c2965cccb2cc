"""Beta-binomial monitoring of one arm: posterior and predictive probability, and the bounds that follow from them.

Everything is a beta posterior: Beta(a + x, b + n - x).  Bounds are computed before the trial and read off at each look.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

from trialwright.analysis.statistics.binomial import check_count, check_probability
from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class Beta:
    """A beta prior; a + b is its weight in subjects."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if not (0 < self.a < np.inf and 0 < self.b < np.inf):
            raise TrialwrightError(f"a beta prior needs two positive numbers, not {self.a:g},{self.b:g}")


def posterior_probability(x: int, n: int, prior: Beta, p0: float) -> float:
    """P(rate > p0 | x of n respond)."""
    check_count(x, n)
    check_probability("p0", p0)
    return float(stats.beta.sf(p0, prior.a + x, prior.b + n - x))


def predictive_probability(x: int, n: int, n_max: int, prior: Beta, p0: float, theta: float) -> float:
    """Chance that the full trial of n_max ends with P(rate > p0) > theta, given x of n so far.

    Lee and Liu 2008, Clinical Trials 5:93, eq. 1: the beta-binomial weights of the future responders for which the
    final posterior probability exceeds theta, summed.
    """
    check_count(x, n)
    check_probability("p0", p0)
    check_probability("theta", theta)
    if n_max < n:
        raise TrialwrightError(f"n-max is the final number of subjects and at least n = {n}, not {n_max}")
    left = n_max - n
    y = np.arange(left + 1)
    final = stats.beta.sf(p0, prior.a + x + y, prior.b + n_max - x - y)
    if left == 0:
        return float(final[0] > theta)
    weights = stats.betabinom.pmf(y, left, prior.a + x, prior.b + n - x)
    return float(min(1.0, weights[final > theta].sum()))


@dataclass(frozen=True, slots=True)
class Bound:
    """At `n` subjects: stop when x is at most (futility) or at least (efficacy, toxicity) `x`; None: no x stops."""

    n: int
    x: int | None


def futility_bounds(
    looks: Sequence[int], n_max: int, prior: Beta, p0: float, theta: float, least: float
) -> list[Bound]:
    """Largest x at each look whose predictive probability is below `least`: at or below it the trial stops."""
    bounds = []
    for n in looks:

        def goes_on(x: int, n: int = n) -> bool:
            return predictive_probability(x, n, n_max, prior, p0, theta) >= least

        going = _first(n, goes_on)
        bounds.append(Bound(n, going - 1 if going > 0 else None))
    return bounds


def _first(n: int, holds: Callable[[int], bool]) -> int:
    """Smallest x of 0..n for which a condition that only more responders can bring about holds; n + 1 when none."""
    low, high = -1, n + 1
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def toxicity_bounds(looks: Sequence[int], prior: Beta, limit: float, cut: float) -> list[Bound]:
    """Smallest number of events at each look with P(rate > limit) > cut: at or above it the trial stops.

    A binary-event rule of the kind of Thall, Simon and Estey 1995, Statistics in Medicine 14:357.
    """
    check_probability("limit", limit)
    check_probability("cut", cut)
    bounds = []
    for n in looks:
        above = stats.beta.sf(limit, prior.a + np.arange(n + 1), prior.b + n - np.arange(n + 1)) > cut
        bounds.append(Bound(n, int(np.argmax(above)) if above.any() else None))
    return bounds


def probability_better(x: int, n: int, prior: Beta, standard: Beta, delta: float = 0.0) -> float:
    """P(experimental rate > standard rate + delta) with both uncertain.  Thall and Simon 1994, Biometrics 50:337."""
    check_count(x, n)
    a, b = prior.a + x, prior.b + n - x
    if not 0 <= delta < 1:
        raise TrialwrightError(f"delta is an improvement in rate, from 0 to below 1, not {delta:g}")

    def integrand(s: float) -> float:
        return float(stats.beta.pdf(s, standard.a, standard.b) * stats.beta.sf(s + delta, a, b))

    split = [float(q) for q in stats.beta.ppf([0.001, 0.5, 0.999], standard.a, standard.b) if q < 1 - delta]
    value, _ = integrate.quad(integrand, 0, 1 - delta, points=split, epsabs=1e-12, epsrel=1e-10, limit=200)
    return float(min(1.0, value))


@dataclass(frozen=True, slots=True)
class ThallSimonBound:
    """At `n`: stop for futility at x <= `futile`, declare promising at x >= `promising`; None: no x does."""

    n: int
    futile: int | None
    promising: int | None


def thall_simon_bounds(
    looks: Sequence[int],
    prior: Beta,
    standard: Beta,
    delta: float = 0.0,
    lower: float = 0.05,
    upper: float = 0.95,
) -> list[ThallSimonBound]:
    """Bounds on x from P(experimental > standard + delta): futile when P(> standard + delta) < lower, promising when
    P(> standard) > upper.  Thall and Simon 1994, section 3."""
    bounds = []
    for n in looks:

        def goes_on(x: int, n: int = n) -> bool:
            return probability_better(x, n, prior, standard, delta) >= lower

        def promises(x: int, n: int = n) -> bool:
            return probability_better(x, n, prior, standard) > upper

        going, good = _first(n, goes_on), _first(n, promises)
        bounds.append(ThallSimonBound(n, going - 1 if going > 0 else None, good if good <= n else None))
    return bounds
