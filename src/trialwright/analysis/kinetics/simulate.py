"""Participants drawn from a population model and sampled at visits, with assay error and a limit of quantification."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialwright.analysis.kinetics.models import area
from trialwright.analysis.kinetics.published import Population
from trialwright.analysis.kinetics.reasons import Floats, Mask
from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class Simulated:
    """`theta` true logs (n x parameters); `true`, `measured` concentrations (n x times); `blq` below `lloq`.

    `dose` of each participant, NaN when none was given; `unsettled` repeats what is not known about the population.
    """

    population: Population
    theta: Floats
    times: Floats
    true: Floats
    measured: Floats
    blq: Mask
    lloq: float | None
    dose: Floats
    unsettled: tuple[str, ...]

    def areas(self, end: float) -> Floats:
        """True AUC from 0 to `end` of each participant, in closed form."""
        return np.array([area(self.population.model, theta, end) for theta in self.theta])


def simulate(
    population: Population,
    n: int,
    times: Sequence[float],
    rng: np.random.Generator,
    lloq: float | None = None,
    dose: Sequence[float] | None = None,
    reference_dose: float | None = None,
    dose_power: float = 0.0,
) -> Simulated:
    """`n` participants at the visits `times` (days).  The residual error is log-normal.

    With `dose` and `reference_dose` the typical Cmax is multiplied by (dose / reference)^dose_power; Stein 2019
    retained no covariate, hence the default power 0.
    """
    at = np.asarray(times, dtype=float)
    if n < 1 or len(at) == 0 or (at < 0).any() or not np.isfinite(at).all():
        raise TrialwrightError("a simulation needs one participant or more and visit times of at least 0")
    if lloq is not None and not lloq > 0:
        raise TrialwrightError(f"the limit of quantification must be above 0, not {lloq:g}")
    doses = np.full(n, np.nan) if dose is None else np.resize(np.asarray(dose, dtype=float), n)
    theta = rng.multivariate_normal(population.mean, population.omega, size=n, method="cholesky")
    if dose is not None and dose_power:
        if reference_dose is None:
            raise TrialwrightError("a dose effect needs the dose at which the typical Cmax holds")
        theta[:, population.model.index("cmax")] += dose_power * np.log(doses / reference_dose)
    true = np.exp(np.array([population.model.log_curve(one, at)[0] for one in theta]))
    measured = true * np.exp(population.sigma * rng.standard_normal(true.shape))
    blq = measured < (0.0 if lloq is None else lloq)
    return Simulated(population, theta, at, true, measured, blq, lloq, doses, population.unsettled)
