"""The dose that a finished trial selects: isotonic rates, and the one closest to the target."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, betaincinv

from trialwright.dosefinding.interval import Boin, IntervalRule, Keyboard, boin_bounds, moves, stops_at_lowest
from trialwright.dosefinding.verdicts import Move

Counts = NDArray[np.int_]
Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DoseEstimate:
    """Isotonic DLT rate of one dose with its 95 % interval and P(rate > target); None where nobody was treated."""

    dose: int
    n: int
    dlts: int
    rate: float | None
    lower: float | None
    upper: float | None
    probability_above_target: float | None


def isotonic(values: Rates, weights: Rates) -> Rates:
    """Weighted least-squares fit that does not decrease along the last axis; entries of weight 0 are ignored.

    The min-max formula of Barlow et al 1972 for the pooled averages, for many rows at once.  Entries of weight 0
    come back as NaN.
    """
    doses = values.shape[-1]
    total = np.concatenate([np.zeros_like(weights[..., :1]), np.cumsum(weights, axis=-1)], axis=-1)
    sums = np.concatenate([np.zeros_like(weights[..., :1]), np.cumsum(weights * values, axis=-1)], axis=-1)
    fit = np.full(values.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(doses):
            best = np.full(values.shape[:-1], -np.inf)
            for s in range(j + 1):
                block = (sums[..., j + 1 :] - sums[..., s : s + 1]) / (total[..., j + 1 :] - total[..., s : s + 1])
                best = np.maximum(best, block.min(axis=-1))
            fit[..., j] = best
    return np.where(weights > 0, fit, np.nan)


def eliminated_from(rule: IntervalRule, n: Counts, dlts: Counts) -> Counts:
    """Lowest eliminated dose of each row of counts [rows, doses], numbered from 1; doses + 1 where none is."""
    out = moves(rule, max(int(n.max(initial=0)), 1))[n, dlts] == Move.ELIMINATE
    if isinstance(rule, Boin) and rule.extra_safe:
        out[:, 0] |= stops_at_lowest(rule, n[:, 0], dlts[:, 0])
    first: Counts = np.where(out.any(axis=1), out.argmax(axis=1) + 1, n.shape[1] + 1)
    return first


def select_interval(rule: IntervalRule, n: Counts, dlts: Counts) -> Counts:
    """Selected dose of each row of final counts, 0 where none is: isotonic rate closest to the target.

    Eliminated doses and all above take no part; between equal distances the lower dose is taken, except that doses
    pooled to one rate below the target give the highest of them.  Elimination is derived anew from the final data.
    Source: Liu and Yuan 2015, section 2.4; pseudo-counts 0.05 (BOIN, Keyboard), 0.005 (Guo 2017, Liu 2020).
    """
    pseudo = 0.05 if isinstance(rule, Boin | Keyboard) else 0.005
    position = np.arange(1, n.shape[1] + 1)
    admissible = (n > 0) & (position < eliminated_from(rule, n, dlts)[:, None])
    rate = (dlts + pseudo) / (n + 2 * pseudo)
    variance = (dlts + pseudo) * (n - dlts + pseudo) / ((n + 2 * pseudo) ** 2 * (n + 2 * pseudo + 1))
    fit = isotonic(rate, np.where(admissible, 1 / variance, 0.0))
    fit = fit + np.cumsum(admissible, axis=1) * 1e-10
    if isinstance(rule, Boin) and rule.bound_mtd:
        admissible &= np.nan_to_num(fit, nan=np.inf) <= boin_bounds(rule)[1]
    distance = np.where(admissible, np.abs(fit - rule.target), np.inf)
    chosen: Counts = np.where(admissible.any(axis=1), distance.argmin(axis=1) + 1, 0)
    return chosen


def estimates(target: float, n: Counts, dlts: Counts) -> list[DoseEstimate]:
    """Isotonic rates of the doses treated so far, for one trial (counts per dose).

    Point estimates pool (DLTs + 0.05) / (n + 0.1) and limits the beta quantiles of the same pseudo-counts, both with
    inverse-variance weights; overdose probabilities pool the beta tails with equal weights.
    """
    treated = n > 0
    a, b = dlts + 0.05, n - dlts + 0.05
    weights = np.where(treated, (a + b) ** 2 * (a + b + 1) / (a * b), 0.0)
    fits = [
        isotonic(values[None, :], weights[None, :])[0]
        for values in (a / (a + b), betaincinv(a, b, 0.025), betaincinv(a, b, 0.975))
    ]
    fits.append(isotonic(betaincc(a, b, target)[None, :], treated[None, :].astype(float))[0])
    return [
        DoseEstimate(j + 1, int(n[j]), int(dlts[j]), *(float(f[j]) if treated[j] else None for f in fits))
        for j in range(n.size)
    ]
