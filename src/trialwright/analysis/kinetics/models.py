"""Expansion, contraction, persistence: closed forms of the cell count after infusion, on the log scale, with gradients.

stein      C = R0 exp(rho t) to Tmax, rho = ln(foldx) / Tmax, R0 = Cmax / foldx; then
           Cmax [(1 - FB) exp(-alpha (t - Tmax)) + FB exp(-beta (t - Tmax))].
           Stein et al. 2019, CPT Pharmacometrics Syst Pharmacol 8:285, doi 10.1002/psp4.12388.
ogasawara  constant to Tlag, doubling every DT for `growth` days, then the same contraction and persistence;
           Tmax = Tlag + growth.  Ogasawara et al. 2021, Clin Pharmacokinet, doi 10.1007/s40262-021-01039-5.

A parameter vector holds natural logarithms in the order of `names`; times in days, concentrations in the file's unit.
The change at Tmax is abrupt in both (the published form), so the likelihood has a kink when Tmax meets a visit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialwright.analysis.kinetics.reasons import Floats

LogCurve = Callable[[Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, slots=True)
class Model:
    """`names` of the parameters; `log_curve(theta, t)` gives ln C (n) and its gradient in theta (n x parameters)."""

    name: str
    names: tuple[str, ...]
    log_curve: LogCurve
    growth: tuple[str, ...]

    def index(self, name: str) -> int:
        return self.names.index(name)


def stein_log_curve(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
    """theta = ln (foldx, Tmax, Cmax, alpha, FB, beta)."""
    log_fold, log_tmax, log_cmax = theta[0], theta[1], theta[2]
    tmax = np.exp(log_tmax)
    value, gradient = np.empty_like(t), np.zeros((len(t), 6))
    gradient[:, 2] = 1.0
    early = t < tmax
    share = t[early] / tmax
    value[early] = log_cmax + log_fold * (share - 1)
    gradient[early, 0] = share - 1
    gradient[early, 1] = -log_fold * share
    late = ~early
    fall, by_tau, by_rest = _contraction(theta[3:], t[late] - tmax)
    value[late] = log_cmax + fall
    gradient[late, 1] = -by_tau * tmax
    gradient[late, 3:] = by_rest
    return value, gradient


def ogasawara_log_curve(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
    """theta = ln (Tlag, DT, growth, Cmax, alpha, FB, beta); Tmax = Tlag + growth."""
    lag, doubling, growth = np.exp(theta[:3])
    tmax, rate = lag + growth, np.log(2) / doubling
    value, gradient = np.empty_like(t), np.zeros((len(t), 7))
    gradient[:, 3] = 1.0
    resting, late = t < lag, t >= tmax
    rising = ~resting & ~late
    value[resting] = theta[3] - rate * growth
    gradient[resting, 1] = rate * growth
    gradient[resting, 2] = -rate * growth
    to_peak = tmax - t[rising]
    value[rising] = theta[3] - rate * to_peak
    gradient[rising, 0] = -rate * lag
    gradient[rising, 1] = rate * to_peak
    gradient[rising, 2] = -rate * growth
    fall, by_tau, by_rest = _contraction(theta[4:], t[late] - tmax)
    value[late] = theta[3] + fall
    gradient[late, 0] = -by_tau * lag
    gradient[late, 2] = -by_tau * growth
    gradient[late, 4:] = by_rest
    return value, gradient


def _contraction(theta: Floats, tau: Floats) -> tuple[Floats, Floats, Floats]:
    """ln of the two-exponential fall from 1, its slope in tau, and its gradient in ln (alpha, FB, beta)."""
    alpha, persisting, beta = np.exp(theta)
    persisting = min(persisting, 1.0)
    fast = (1 - persisting) * np.exp(-alpha * tau)
    slow = persisting * np.exp(-beta * tau)
    total = fast + slow
    slope = -(alpha * fast + beta * slow) / total
    by_share = persisting * (np.exp(-beta * tau) - np.exp(-alpha * tau)) if persisting < 1 else 0.0 * tau
    rest = np.stack([-alpha * tau * fast, by_share, -beta * tau * slow], axis=1) / total[:, None]
    return np.log(total), slope, rest


STEIN = Model("stein", ("foldx", "tmax", "cmax", "alpha", "fb", "beta"), stein_log_curve, ("foldx", "tmax"))
OGASAWARA = Model(
    "ogasawara", ("tlag", "dt", "growth", "cmax", "alpha", "fb", "beta"), ogasawara_log_curve, ("dt", "growth")
)
MODELS = {model.name: model for model in (STEIN, OGASAWARA)}


def concentration(model: Model, theta: Floats, t: Floats) -> Floats:
    """C(t) at the given times."""
    return np.asarray(np.exp(model.log_curve(np.asarray(theta, float), np.asarray(t, float))[0]))


def tmax_of(model: Model, theta: Floats) -> float:
    """Time of the peak."""
    if model is STEIN:
        return float(np.exp(theta[1]))
    return float(np.exp(theta[0]) + np.exp(theta[2]))


def derived(model: Model, theta: Floats) -> dict[str, float]:
    """What is reported beside the parameters: Tmax, doubling time, half-lives (days), baseline R0."""
    named = dict(zip(model.names, np.exp(theta).tolist()))
    doubling = named["tmax"] * np.log(2) / np.log(named["foldx"]) if model is STEIN else named["dt"]
    start = float(concentration(model, theta, np.zeros(1))[0])
    return {
        "tmax": tmax_of(model, theta),
        "doubling_time": float(doubling),
        "half_life_alpha": float(np.log(2) / named["alpha"]),
        "half_life_beta": float(np.log(2) / named["beta"]),
        "r0": start,
    }


def area(model: Model, theta: Floats, end: float) -> float:
    """AUC from 0 to `end` in closed form."""
    theta = np.asarray(theta, float)
    tmax, peak = tmax_of(model, theta), float(np.exp(theta[model.index("cmax")]))
    alpha, share, beta = np.exp(theta[-3:]).tolist()
    share = min(share, 1.0)
    if model is STEIN:
        lag, rate = 0.0, theta[0] / tmax
    else:
        lag, rate = float(np.exp(theta[0])), np.log(2) / float(np.exp(theta[1]))
    start = peak * np.exp(-rate * (tmax - lag))
    resting = start * min(end, lag)
    rising = start * np.expm1(rate * (min(end, tmax) - lag)) / rate if end > lag else 0.0
    tau = max(0.0, end - tmax)
    fast, slow = -np.expm1(-alpha * tau) / alpha, -np.expm1(-beta * tau) / beta
    return float(resting + rising + peak * ((1 - share) * fast + share * slow))
