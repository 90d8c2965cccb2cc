"""One participant's model parameters: maximum a posteriori, with samples below the limit as what they are.

A BLQ sample says that ln C + error < ln LLOQ: it adds -ln Phi((ln LLOQ - f) / sigma) to the objective (the M3 method,
Beal 2001, J Pharmacokinet Pharmacodyn 28:481).  The error is normal on the log scale.  Everything is a sum of squares -
residuals, sqrt(-2 ln Phi) and the whitened prior - so that Levenberg-Marquardt with exact derivatives applies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special

from trialwright.analysis.kinetics.models import Model, derived, tmax_of
from trialwright.analysis.kinetics.published import Population
from trialwright.analysis.kinetics.reasons import Floats, Mask

Censoring = Literal["m3", "ignore", "half"]


@dataclass(frozen=True, slots=True)
class Observations:
    """One participant: times (days), ln C (for a censored sample ln LLOQ) and which samples are censored."""

    time: Floats
    log_value: Floats
    censored: Mask


@dataclass(frozen=True, slots=True)
class Fit:
    """The fitted parameters or the reason why there are none.

    `theta` logs in the model's order; `covariance` of theta (inverse Gauss-Newton Hessian, None when singular);
    `objective` -2 ln (likelihood x prior) without constants of the prior; `residuals` weighted, NaN for censored.
    """

    model: Model
    theta: Floats | None
    covariance: Floats | None
    objective: float | None
    residuals: Floats | None
    n: int
    censored: int
    reason: str | None
    warnings: tuple[str, ...] = ()

    def parameters(self) -> dict[str, float | None]:
        """Natural scale, with derived quantities."""
        if self.theta is None:
            return dict.fromkeys(self.model.names)
        return {**dict(zip(self.model.names, np.exp(self.theta).tolist())), **derived(self.model, self.theta)}

    def log_se(self) -> dict[str, float | None]:
        """Standard errors on the log scale (about the coefficient of variation)."""
        if self.covariance is None:
            return dict.fromkeys(self.model.names)
        return dict(zip(self.model.names, np.sqrt(np.diag(self.covariance)).tolist()))


def observations(
    time: Sequence[float] | Floats,
    value: Sequence[float] | Floats,
    lloq: float | None,
    censoring: Censoring = "m3",
) -> Observations:
    """The samples that a fit uses.  Values below `lloq` are censored (m3), left out (ignore) or put at half (half);
    zeros without a limit and NaN are left out."""
    t, c = np.asarray(time, float), np.asarray(value, float)
    below = np.isfinite(c) & (c < lloq) if lloq is not None else np.zeros(len(c), bool)
    keep = np.isfinite(t) & (t >= 0) & (below | (np.isfinite(c) & (c > 0)))
    if censoring == "ignore":
        keep &= ~below
    if lloq is not None:
        c = np.where(below, lloq if censoring == "m3" else lloq / 2, c)
    t, c, below = t[keep], c[keep], below[keep]
    return Observations(t, np.log(c), below if censoring == "m3" else np.zeros(len(t), bool))


def fit_map(seen: Observations, prior: Population, starts: Sequence[Floats] | None = None) -> Fit:
    """The most probable parameters given the samples and the prior; several starts, for the likelihood has kinks."""
    model, n = prior.model, len(seen.time)
    quantified = int((~seen.censored).sum())

    def failed(reason: str) -> Fit:
        return Fit(model, None, None, None, None, n, n - quantified, reason)

    if quantified == 0:
        return failed("no quantifiable sample: the parameters would be the prior's")
    whiten = np.linalg.cholesky(np.linalg.inv(prior.omega)).T
    scale = prior.sigma

    def residuals(theta: Floats) -> Floats:
        return np.concatenate([_weighted(model, theta, seen, scale)[0], whiten @ (theta - prior.mean)])

    def jacobian(theta: Floats) -> Floats:
        return np.concatenate([_weighted(model, theta, seen, scale)[1], whiten])

    best = None
    for start in _starts(seen, prior) if starts is None else starts:
        try:
            found = optimize.least_squares(
                residuals, start, jac=jacobian, method="lm", xtol=1e-9, ftol=1e-9, max_nfev=200
            )
        except (ValueError, FloatingPointError):
            continue
        if np.isfinite(found.cost) and (best is None or found.cost < best.cost):
            best = found
    if best is None:
        return failed("the optimiser found no finite solution from any start")
    theta, jac = best.x, best.jac
    hessian = jac.T @ jac
    covariance = np.linalg.inv(hessian) if np.linalg.cond(hessian) < 1e12 else None
    weighted = np.where(seen.censored, np.nan, _weighted(model, theta, seen, scale)[0])
    objective = float(2 * best.cost + 2 * quantified * np.log(scale))
    warnings = _doubts(model, theta, covariance, seen, prior)
    if best.status <= 0:
        warnings = (*warnings, "the optimiser stopped before it converged")
    return Fit(model, theta, covariance, objective, weighted, n, n - quantified, None, warnings)


def _weighted(model: Model, theta: Floats, seen: Observations, sigma: float) -> tuple[Floats, Floats]:
    """Residuals whose squares sum to -2 ln likelihood, and their derivatives."""
    curve, gradient = model.log_curve(theta, seen.time)
    z = (seen.log_value - curve) / sigma
    slope = -gradient / sigma
    if not seen.censored.any():
        return z, slope
    zc = z[seen.censored]
    log_phi = special.log_ndtr(zc)
    root = np.sqrt(np.maximum(-2 * log_phi, 0.0))
    # d sqrt(-2 ln Phi) / dz = -(phi / Phi) / root, which goes to 0 with phi where Phi goes to 1
    ratio = np.exp(-0.5 * zc**2 - 0.5 * np.log(2 * np.pi) - log_phi)
    factor = np.where(root > 1e-8, -ratio / np.maximum(root, 1e-8), 0.0)
    z, slope = z.copy(), slope.copy()
    z[seen.censored] = root
    slope[seen.censored] *= factor[:, None]
    return z, slope


def _starts(seen: Observations, prior: Population) -> list[Floats]:
    """The prior's centre, and peaks placed between the visits around the highest sample."""
    model = prior.model
    open_ = ~seen.censored
    peak = int(np.argmax(np.where(open_, seen.log_value, -np.inf)))
    starts = [prior.mean.copy()]
    order = np.argsort(seen.time)
    times = seen.time[order]
    at = int(np.flatnonzero(order == peak)[0])
    spots = {float(times[at])}
    if at > 0:
        spots.add((times[at - 1] + 2 * times[at]) / 3)
    if at + 1 < len(times):
        spots.add((2 * times[at] + times[at + 1]) / 3)
    for spot in sorted(spots):
        theta = prior.mean.copy()
        spot = max(spot, 0.5)
        if "tmax" in model.names:
            theta[model.index("tmax")] = np.log(spot)
        else:
            lag = min(float(np.exp(prior.mean[model.index("tlag")])), spot / 2)
            theta[model.index("tlag")], theta[model.index("growth")] = np.log(lag), np.log(spot - lag)
        theta[model.index("cmax")] = seen.log_value[peak]
        starts.append(theta)
    return starts


def _doubts(
    model: Model, theta: Floats, covariance: Floats | None, seen: Observations, prior: Population
) -> tuple[str, ...]:
    doubts = []
    quantified = seen.time[~seen.censored]
    tmax = tmax_of(model, theta)
    if not (quantified < tmax).any():
        doubts.append("no quantifiable sample before the peak: the expansion rests on the prior")
    if not (quantified > tmax).any():
        doubts.append("no quantifiable sample after the peak: contraction and persistence rest on the prior")
    if covariance is None:
        return (*doubts, "the curvature is singular, so there are no standard errors")
    kept = np.sqrt(np.diag(covariance) / np.diag(prior.omega))
    weak = [name for name, share in zip(model.names, kept) if share > 0.9]
    if weak:
        doubts.append(
            f"the samples say next to nothing about {', '.join(weak)} (posterior SD above 90 % of the prior's)"
        )
    return tuple(doubts)
