"""The continual reassessment method: posterior, maximum likelihood, and the dose it recommends.

Everything is computed for many data sets at once: the likelihood of counts per dose is a matrix product with the
log-probabilities on a grid of the parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import fminbound
from scipy.special import expit, ndtri

from trialwright.dosefinding.checks import DoseInputError, check_between, check_skeleton, check_target

Rates = NDArray[np.float64]
PRIOR_SD = float(np.sqrt(1.34))
BATCH_STEPS = 161  # for many data sets at once
GRID_STEPS = 801  # trapezoid over +-10 prior SDs; the rule converges faster than any power for these integrands


@dataclass(frozen=True, slots=True)
class Crm:
    """One-parameter CRM.  Source: O'Quigley, Pepe and Fisher 1990, Biometrics 46:33; Cheung 2011, chapters 3 and 5.

    `model` empiric: p = skeleton ** exp(b); logistic: logit p = intercept + exp(b) x, with x from the skeleton at
    b = 0.  b has a normal prior with mean 0 and standard deviation `scale`; `method` mle leaves the prior out.
    """

    target: float
    skeleton: tuple[float, ...]
    model: str = "empiric"
    intercept: float = 3.0
    scale: float = PRIOR_SD
    method: str = "bayes"
    confidence: float = 0.90

    def __post_init__(self) -> None:
        check_target(self.target)
        check_skeleton(self.skeleton)
        check_between("confidence", self.confidence, 0.0, 1.0)
        if self.model not in ("empiric", "logistic"):
            raise DoseInputError(f"the CRM model is {self.model!r}; use empiric or logistic.")
        if self.method not in ("bayes", "mle"):
            raise DoseInputError(f"the CRM method is {self.method!r}; use bayes or mle.")
        if not 0 < self.scale < 100:
            raise DoseInputError(f"the prior standard deviation is {self.scale:g}; give one above 0.")
        if self.model == "logistic" and any(_logit(p) >= self.intercept for p in self.skeleton):
            raise DoseInputError("the logistic intercept must be above the logit of every skeleton rate.")


@dataclass(frozen=True, slots=True)
class CrmFit:
    """What the CRM makes of the data: parameter, its variance, and the DLT rate per dose with an interval."""

    estimate: float
    variance: float
    rates: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    mtd: int


def dlt_rates(rule: Crm, parameter: Rates) -> Rates:
    """DLT probability [..., doses] at parameter values [...]."""
    slope = np.exp(parameter)[..., None]
    if rule.model == "empiric":
        return np.asarray(np.exp(slope * np.log(np.array(rule.skeleton))))
    x = np.array([_logit(p) - rule.intercept for p in rule.skeleton])
    return np.asarray(expit(rule.intercept + slope * x))


def closest_dose(rule: Crm, rates: Rates) -> NDArray[np.int_]:
    """Dose whose rate is closest to the target, the lower one of two that are equally close."""
    chosen: NDArray[np.int_] = np.abs(rates - rule.target).argmin(axis=-1) + 1
    return chosen


@lru_cache(maxsize=64)
def _grid(rule: Crm, steps: int, reach: float) -> tuple[Rates, Rates, Rates, Rates]:
    """Grid of the parameter over +-10 `reach`, prior weight, log p and log(1 - p) [steps, doses]."""
    b = np.linspace(-10 * reach, 10 * reach, steps)
    weight = np.exp(-0.5 * (b / rule.scale) ** 2)
    slope = np.exp(b)[:, None]
    if rule.model == "empiric":
        log_p = slope * np.log(np.array(rule.skeleton))
        log_q = np.log(-np.expm1(np.minimum(log_p, -1e-300)))
    else:
        x = np.array([_logit(p) - rule.intercept for p in rule.skeleton])
        eta = rule.intercept + slope * x
        log_p, log_q = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
    return b, weight, log_p, log_q


def posterior_means(rule: Crm, n: Rates, dlts: Rates) -> Rates:
    """Posterior mean of the parameter for each row of counts [rows, doses]; the likelihood alone where `mle`.

    For `mle` it is the maximum on the grid, moved to the top of the parabola through its neighbours.
    """
    if rule.method == "bayes":
        b, weight, log_p, log_q = _grid(rule, BATCH_STEPS, rule.scale)
        log_likelihood = dlts @ log_p.T + (n - dlts) @ log_q.T
        density = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
        return np.asarray(density @ (weight * b) / (density @ weight))
    b, _, log_p, log_q = _grid(rule, 4 * GRID_STEPS - 3, 1.0)
    log_likelihood = dlts @ log_p.T + (n - dlts) @ log_q.T
    top = np.clip(log_likelihood.argmax(axis=1), 1, b.size - 2)
    rows = np.arange(top.size)
    left, middle, right = (log_likelihood[rows, top + k] for k in (-1, 0, 1))
    bend = left - 2 * middle + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    return np.asarray(b[top] + np.clip(shift, -1, 1) * (b[1] - b[0]))


def crm_doses(rule: Crm, n: NDArray[np.int_], dlts: NDArray[np.int_]) -> NDArray[np.int_]:
    """Dose closest to the target for each row of counts [rows, doses], without any restriction.

    Rows without a DLT or without a non-DLT have no maximum-likelihood estimate; they get 0.
    """
    result = np.zeros(n.shape[0], dtype=int)
    for start in range(0, n.shape[0], 20000):
        part = slice(start, start + 20000)
        means = posterior_means(rule, n[part].astype(float), dlts[part].astype(float))
        result[part] = closest_dose(rule, dlt_rates(rule, means))
    if rule.method == "mle":
        total, toxic = n.sum(axis=1), dlts.sum(axis=1)
        result[(toxic == 0) | (toxic == total)] = 0
    return result


def fit_crm(rule: Crm, dose: Sequence[int], dlt: Sequence[int], weight: Sequence[float] | None = None) -> CrmFit:
    """Fit the CRM to participants given one by one: `dose` numbered from 1, `dlt` 0 or 1, `weight` 0 to 1 for TITE.

    The likelihood of a participant is (w p)^dlt (1 - w p)^(1 - dlt); a DLT always has weight 1.
    Source: Cheung and Chappell 2000, Biometrics 56:1177, eq. 2.  Raises DoseInputError for maximum likelihood
    without both a DLT and a participant without one.
    """
    levels, toxic = np.asarray(dose, dtype=int), np.asarray(dlt, dtype=int)
    weights = np.ones(levels.size) if weight is None else np.asarray(weight, dtype=float)
    weights = np.where(toxic == 1, 1.0, weights)
    if levels.size and (levels.min() < 1 or levels.max() > len(rule.skeleton)):
        raise DoseInputError(f"a dose outside 1 to {len(rule.skeleton)} was given; the skeleton has that many.")
    if rule.method == "bayes":
        b, prior, log_p, log_q = _grid(rule, 4 * GRID_STEPS - 3, rule.scale)
        log_likelihood = _log_likelihood(log_p, log_q, levels, toxic, weights)
        density = np.exp(log_likelihood - log_likelihood.max()) * prior
        estimate = float(density @ b / density.sum())
        variance = float(density @ (b - estimate) ** 2 / density.sum())
    else:
        estimate, variance = _maximum_likelihood(rule, levels, toxic, weights)
    reach = float(ndtri((1 + rule.confidence) / 2)) * np.sqrt(variance)
    rates = dlt_rates(rule, np.array(estimate))
    ends = (dlt_rates(rule, np.array(estimate + reach)), dlt_rates(rule, np.array(estimate - reach)))
    return CrmFit(
        estimate,
        variance,
        tuple(map(float, rates)),
        tuple(map(float, np.minimum(*ends))),
        tuple(map(float, np.maximum(*ends))),
        int(closest_dose(rule, rates)),
    )


def _maximum_likelihood(
    rule: Crm, levels: NDArray[np.int_], toxic: NDArray[np.int_], weights: Rates
) -> tuple[float, float]:
    """Maximum on -10..10, and the second moment about it under a prior with standard deviation 500 on the same range.

    The tolerance 1e-4 of the search is that of dfcrm, so the estimates agree with it; the true maximum lies within
    about 1e-5.
    """
    if not toxic.any() or toxic.all():
        raise DoseInputError(
            "maximum likelihood needs at least one participant with a DLT and one without; use method bayes until then."
        )

    def minus_log_likelihood(b: float) -> float:
        p = np.clip(weights * dlt_rates(rule, np.array(b))[levels - 1], 1e-300, 1 - 1e-16)
        return -float(np.sum(np.where(toxic == 1, np.log(p), np.log1p(-p))))

    estimate = float(fminbound(minus_log_likelihood, -10, 10, xtol=1e-4))
    b, _, log_p, log_q = _grid(rule, 4 * GRID_STEPS - 3, 1.0)
    log_likelihood = _log_likelihood(log_p, log_q, levels, toxic, weights)
    density = np.exp(log_likelihood - log_likelihood.max() - 0.5 * (b / 500.0) ** 2)
    return estimate, float(density @ b**2 / density.sum()) - estimate**2


def _log_likelihood(
    log_p: Rates, log_q: Rates, levels: NDArray[np.int_], toxic: NDArray[np.int_], weights: Rates
) -> Rates:
    total: Rates = log_p[:, levels[toxic == 1] - 1].sum(axis=1)
    for level, w in zip(levels[toxic == 0], weights[toxic == 0]):
        total = total + (log_q[:, level - 1] if w == 1 else np.log1p(-w * np.exp(log_p[:, level - 1])))
    return total


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
