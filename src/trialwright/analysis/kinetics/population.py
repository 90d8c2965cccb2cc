"""Population parameters from all participants: expectation-maximisation with a Laplace approximation at each MAP fit.

E: each participant's MAP fit under the current population, its covariance the inverse Gauss-Newton Hessian.
M: mean = average of the fits; omega = their spread plus the average covariance; sigma^2 = mean squared residual plus
what the covariance adds to it.  Censored samples enter sigma by the moments of a truncated normal.  Omega is diagonal.
Approximate as FOCE is: with 6 to 24 participants the fits lean on `prior_weight` participants' worth of a prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from trialwright.analysis.kinetics.fit import Fit, Observations, fit_map
from trialwright.analysis.kinetics.published import Population
from trialwright.analysis.kinetics.reasons import Floats
from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class PopulationFit:
    """The estimate, standard errors of the means (log scale), the participants' fits, and how it ended."""

    population: Population
    se: Floats
    fits: tuple[Fit, ...]
    iterations: int
    converged: bool
    used: int


def fit_population(
    subjects: Sequence[Observations],
    start: Population,
    iterations: int = 60,
    tolerance: float = 2e-3,
    prior_weight: float = 0.0,
) -> PopulationFit:
    """Estimate from `start` until no mean moves by more than `tolerance` of its SD in a step.

    A parameter that the visits do not inform (beta in 90 days) drifts slowly and stops where its shrinkage is near 1.
    Raises TrialwrightError when fewer than two participants can be fitted.
    """
    current, converged, step = start, False, 0
    fits = [fit_map(seen, current) for seen in subjects]
    used = [i for i, fit in enumerate(fits) if fit.theta is not None and fit.covariance is not None]
    if len(used) < 2:
        raise TrialwrightError("a population fit needs two participants or more with quantifiable samples")
    for step in range(1, iterations + 1):
        new = _maximise([subjects[i] for i in used], [fits[i] for i in used], current, start, prior_weight)
        moved = np.abs(new.mean - current.mean) / np.sqrt(np.diag(new.omega))
        current = new
        # mostly warm starts; all starts now and then, so that nobody stays in a side minimum
        fits = [
            fit_map(seen, current, None if step % 10 == 1 else _warm(fit, current)) for seen, fit in zip(subjects, fits)
        ]
        used = [i for i in used if fits[i].theta is not None and fits[i].covariance is not None]
        if moved.max() < tolerance and step > 10:
            converged = True
            break
    precision = np.zeros_like(current.omega)
    for i in used:
        covariance = fits[i].covariance
        assert covariance is not None
        # information of one participant about the mean: (omega + sampling variance)^-1
        sampling = np.linalg.inv(
            np.linalg.inv(covariance) - np.linalg.inv(current.omega) + 1e-9 * np.eye(len(covariance))
        )
        precision += np.linalg.inv(current.omega + sampling)
    se = np.sqrt(np.diag(np.linalg.inv(precision)))
    return PopulationFit(current, se, tuple(fits), step, converged, len(used))


def _warm(fit: Fit, current: Population) -> list[Floats] | None:
    return None if fit.theta is None else [fit.theta]


def _maximise(
    subjects: Sequence[Observations], fits: Sequence[Fit], current: Population, prior: Population, weight: float
) -> Population:
    thetas = np.array([fit.theta for fit in fits])
    covariances = np.array([fit.covariance for fit in fits])
    n = len(fits)
    mean = (thetas.sum(axis=0) + weight * prior.mean) / (n + weight)
    spread = ((thetas - mean) ** 2 + np.array([np.diag(c) for c in covariances])).sum(axis=0)
    omega = (spread + weight * np.diag(prior.omega)) / (n + weight)
    square, count = 0.0, 0
    for seen, theta, covariance in zip(subjects, thetas, covariances):
        curve, gradient = current.model.log_curve(theta, seen.time)
        spare = np.einsum("ij,jk,ik->i", gradient, covariance, gradient)
        residual = (seen.log_value - curve) ** 2
        if seen.censored.any():
            z = (seen.log_value - curve)[seen.censored] / current.sigma
            hazard = np.exp(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - special.log_ndtr(z))
            residual[seen.censored] = current.sigma**2 * (1 - z * hazard)
            spare[seen.censored] *= 1 - _shrink(z, hazard)
        square += float((residual + spare).sum())
        count += len(seen.time)
    return replace(current, mean=mean, omega=np.diag(np.maximum(omega, 1e-6)), sigma=float(np.sqrt(square / count)))


def _shrink(z: Floats, hazard: Floats) -> Floats:
    """Share of the parameters' uncertainty that a censored residual, re-imputed under them, does not pass on."""
    return np.clip(1 - hazard * (z + hazard), 0.0, 1.0)
