"""Simon's two-stage designs: stop early when too few respond, with the fewest subjects on average (optimal) or at all.

Stage 1 treats n1 and stops when r1 or fewer respond; the drug is of no further interest when r or fewer of n respond.
Simon 1989, Controlled Clinical Trials 10:1.  The search is complete: an upper bound on the chance of stopping early
gives a lower bound on the expected size of all designs of a given n, and the search ends when none can be better.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trialwright.analysis.statistics.binomial import check_probability
from trialwright.errors import TrialwrightError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoStage:
    """One design; `en` expected size and `pet` probability of early termination, both when the rate is p0."""

    r1: int
    n1: int
    r: int
    n: int
    en: float
    pet: float
    alpha: float
    power: float


@dataclass(frozen=True, slots=True)
class SimonDesigns:
    """The design of least expected size and, of those with the smallest n, the one of least expected size."""

    optimal: TwoStage
    minimax: TwoStage


def simon_designs(p0: float, p1: float, alpha: float, beta: float, n_max: int = 400) -> SimonDesigns:
    """Both designs for a rate p0 of no interest and p1 of interest.

    Raises TrialwrightError when no design of at most `n_max` subjects keeps alpha and beta.
    """
    for name, value in (("p0", p0), ("p1", p1), ("alpha", alpha), ("beta", beta)):
        check_probability(name, value, open_ends=True)
    if p0 >= p1:
        raise TrialwrightError(f"p1 = {p1:g} is the rate of interest and must be above p0 = {p0:g}")
    first = _fewest(p0, p1, alpha, beta, n_max)
    optimal: TwoStage | None = None
    minimax: TwoStage | None = None
    stops = [_most_stopping(n1, p0, p1, beta) for n1 in range(n_max + 1)] if first <= n_max else []
    for n in range(first, n_max + 1):
        floor = [n1 + (1 - stops[n1]) * (n - n1) for n1 in range(1, n)]
        if optimal is not None and min(floor) >= optimal.en:
            break
        for n1 in range(1, n):
            if optimal is not None and floor[n1 - 1] >= optimal.en and not (minimax and minimax.n == n):
                continue
            for design in _feasible(n1, n, p0, p1, alpha, beta):
                if optimal is None or design.en < optimal.en - 1e-12:
                    optimal = design
                if minimax is None or (design.n == minimax.n and design.en < minimax.en - 1e-12):
                    minimax = design
    if optimal is None or minimax is None:
        raise TrialwrightError(
            f"no two-stage design of at most {n_max} subjects tells {p1:g} from {p0:g} at alpha {alpha:g} and "
            f"beta {beta:g}; allow more subjects or a larger difference"
        )
    return SimonDesigns(optimal, minimax)


def _fewest(p0: float, p1: float, alpha: float, beta: float, n_max: int) -> int:
    """Fewest subjects with which any test at all has the power: the randomised most powerful test (Neyman, Pearson)."""
    for n in range(2, n_max + 1):
        r = np.arange(n + 1)
        size, power = stats.binom.sf(r, n, p0), stats.binom.sf(r, n, p1)
        k = int(np.argmax(size <= alpha))
        spare = (alpha - size[k]) / stats.binom.pmf(k, n, p0)
        if power[k] + spare * stats.binom.pmf(k, n, p1) >= 1 - beta - 1e-12:
            return n
    return n_max + 1


def _most_stopping(n1: int, p0: float, p1: float, beta: float) -> float:
    """Largest probability of early termination at p0 that a first stage of n1 allows without losing more than beta."""
    r1 = int(np.searchsorted(np.cumsum(_weights(n1, p1))[:n1], beta, side="right")) - 1
    return float(stats.binom.cdf(r1, n1, p0)) if r1 >= 0 else 0.0


def _feasible(n1: int, n: int, p0: float, p1: float, alpha: float, beta: float) -> list[TwoStage]:
    """For each r1 the design with the smallest r that keeps alpha, where it has the power.

    Only a few r come into question: at most the largest with which one stage of n has the power, at least the
    smallest that keeps alpha under the most stopping.
    """
    r1s = np.flatnonzero(np.cumsum(_weights(n1, p1))[:n1] <= beta)
    highest = int(np.sum(_tail(n, p1) >= 1 - beta)) - 1
    found: list[TwoStage] = []
    if len(r1s) == 0 or highest < 0:
        return found
    most = int(r1s[-1])
    if _declares(n1, n, p0, np.array([highest]))[most, 0] > alpha:
        return found
    low, high = -1, highest
    while high - low > 1:
        middle = (low + high) // 2
        if _declares(n1, n, p0, np.array([middle]))[most, 0] <= alpha:
            high = middle
        else:
            low = middle
    columns = np.arange(high, highest + 1)
    size, power = _declares(n1, n, p0, columns), _declares(n1, n, p1, columns)
    for r1 in r1s.tolist():
        at = int(np.argmax(size[r1] <= alpha))
        r = int(columns[at])
        if size[r1, at] > alpha or power[r1, at] < 1 - beta or r < r1:
            continue
        pet = float(stats.binom.cdf(r1, n1, p0))
        en = n1 + (1 - pet) * (n - n1)
        found.append(TwoStage(r1, n1, r, n, en, pet, float(size[r1, at]), float(power[r1, at])))
    return found


def _declares(n1: int, n: int, p: float, r: NDArray[np.int_]) -> Floats:
    """P(more than r of n respond and more than r1 of n1) for all r1 (rows) and the given r (columns)."""
    n2 = n - n1
    beyond = r[None, :] - np.arange(n1 + 1)[:, None]
    above = np.where(beyond < 0, 1.0, np.where(beyond > n2, 0.0, _tail(n2, p)[np.clip(beyond, 0, n2)]))
    joint = _weights(n1, p)[:, None] * above
    return np.asarray(np.cumsum(joint[::-1], axis=0)[::-1][1:])


@lru_cache(maxsize=4096)
def _weights(n1: int, p: float) -> Floats:
    return np.asarray(stats.binom.pmf(np.arange(n1 + 1), n1, p))


@lru_cache(maxsize=8192)
def _tail(n2: int, p: float) -> Floats:
    """P(Y > k) for k = 0..n2."""
    return np.asarray(stats.binom.sf(np.arange(n2 + 1), n2, p))


def exact_single_stage(p0: float, p1: float, alpha: float, beta: float, n_max: int = 400) -> tuple[int, int]:
    """(r, n) of the smallest one-stage exact design: p0 is rejected when more than r of n respond."""
    for n in range(1, n_max + 1):
        r = int(stats.binom.isf(alpha, n, p0))
        if math.isfinite(r) and stats.binom.sf(r, n, p0) <= alpha and stats.binom.sf(r, n, p1) >= 1 - beta:
            return r, n
    raise TrialwrightError(f"no one-stage design of at most {n_max} subjects has this alpha and beta")
