"""Published population parameters, and what is not settled about them.

Stein 2019 (tisa-cel, B-ALL, n = 90; doi 10.1002/psp4.12388) as transcribed in nlmixr2lib; whether its random-effect
column holds variances or standard deviations of the logs is NOT settled here (the transcription reads variances), so
`stein_2019` asks.  Ogasawara 2021 (liso-cel, LBCL, 261 patients; doi 10.1007/s40262-021-01039-5): abstract only, so
Cmax, FB and all variability are not known and have to be given.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialwright.analysis.kinetics.models import OGASAWARA, STEIN, Model
from trialwright.analysis.kinetics.reasons import Floats


@dataclass(frozen=True, slots=True)
class Population:
    """Typical parameters (logs), covariance of the random effects on the logs, residual SD on the log scale.

    `unsettled` lists in words what is not known about the numbers.
    """

    model: Model
    mean: Floats
    omega: Floats
    sigma: float
    unsettled: tuple[str, ...] = ()

    def typical(self) -> dict[str, float]:
        """The typical parameters on their natural scale."""
        return dict(zip(self.model.names, np.exp(self.mean).tolist()))


def stein_2019(random_effects: Literal["variance", "sd"] = "variance") -> Population:
    """tisa-cel in B-ALL: foldx 3900, Tmax 9.3 d, Cmax 24000 copies/ug, alpha 0.16/d, FB 0.0079, beta 0.0032/d; SD 0.56.

    `random_effects` says how the column 2.4, 0.38, 0.65, 0.91, 0.80, 0.86 is read; under "sd" it is squared.
    """
    column = np.array([2.4, 0.38, 0.65, 0.91, 0.80, 0.86])
    variance = column if random_effects == "variance" else column**2
    return Population(
        STEIN,
        np.log([3900, 9.3, 24000, 0.16, 0.0079, 0.0032]),
        np.diag(variance),
        0.56,
        (
            f"the random-effect column of Stein 2019 is read as {random_effects}; the paper has not been checked",
            "the population is paediatric and young-adult B-ALL; no model for autoimmune disease is published",
        ),
    )


def ogasawara_2021(cmax: float, fb: float, sd: float = 0.5, sigma: float = 0.5) -> Population:
    """liso-cel in LBCL: lag 3.27 d, doubling 0.755 d, Tmax 9.29 d, half-lives 5.00 d and 352 d.

    `cmax` and `fb` (the persisting share), the SD of each random effect and the residual SD are the caller's
    assumptions: the abstract states none of them.
    """
    typical = [3.27, 0.755, 9.29 - 3.27, cmax, math.log(2) / 5.0, fb, math.log(2) / 352.0]
    return Population(
        OGASAWARA,
        np.log(typical),
        np.eye(7) * sd**2,
        sigma,
        ("Cmax, FB, random effects and residual error of Ogasawara 2021 are assumptions of the caller",),
    )


def weak_prior(model: Model, cmax: float) -> Population:
    """A wide prior for one participant: typical values of the published models, log-SD 1 (times 0.4), peak as observed.

    For fits where no population is at hand; a factor of 7 either way for most parameters, 2.2 for the times.
    """
    published = stein_2019() if model is STEIN else ogasawara_2021(cmax, 0.008)
    mean = published.mean.copy()
    mean[model.index("cmax")] = math.log(cmax)
    sd = np.ones(len(mean))
    for name in ("tmax", "growth", "tlag", "dt"):
        if name in model.names:
            sd[model.index(name)] = 0.4
    sd[model.index("cmax")] = 1.5
    return Population(model, mean, np.diag(sd**2), 0.5, ("the prior is weak and not from this population",))
