"""How well a model fits: predictions and residuals of every sample, random effects, shrinkage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialwright.analysis.kinetics.fit import Fit, Observations
from trialwright.analysis.kinetics.published import Population
from trialwright.analysis.kinetics.reasons import Floats


@dataclass(frozen=True, slots=True)
class SampleDiagnostic:
    """One sample: ln observed (or ln LLOQ when censored), ln predicted, weighted residual (None when censored).

    `probability_blq` is the model's probability that the sample falls below its limit, for censored samples.
    """

    time: float
    log_observed: float
    log_predicted: float
    residual: float | None
    censored: bool
    probability_blq: float | None


def sample_diagnostics(fit: Fit, seen: Observations, sigma: float) -> list[SampleDiagnostic]:
    """One entry per sample; empty when there is no fit."""
    if fit.theta is None:
        return []
    predicted = fit.model.log_curve(fit.theta, seen.time)[0]
    z = (seen.log_value - predicted) / sigma
    return [
        SampleDiagnostic(
            float(t),
            float(y),
            float(f),
            None if censored else float(r),
            bool(censored),
            float(special.ndtr(r)) if censored else None,
        )
        for t, y, f, r, censored in zip(seen.time, seen.log_value, predicted, z, seen.censored)
    ]


def random_effects(fits: Sequence[Fit], population: Population) -> Floats:
    """Each participant's departure from the population mean in its SDs; NaN rows where there is no fit."""
    sd = np.sqrt(np.diag(population.omega))
    empty = np.full(len(sd), np.nan)
    return np.array([empty if fit.theta is None else (fit.theta - population.mean) / sd for fit in fits])


def shrinkage(fits: Sequence[Fit], population: Population) -> dict[str, float | None]:
    """1 - variance of the participants' effects / omega, per parameter: near 1 the data do not inform it.

    Savic and Karlsson 2009, AAPS J 11:558.  None with fewer than two fits.
    """
    effects = random_effects(fits, population)
    effects = effects[np.isfinite(effects).all(axis=1)]
    if len(effects) < 2:
        return dict.fromkeys(population.model.names)
    return dict(zip(population.model.names, (1 - effects.var(axis=0, ddof=1)).tolist()))
