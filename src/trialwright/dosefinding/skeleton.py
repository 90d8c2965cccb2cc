"""Planning a CRM: the skeleton from indifference intervals, and how sensitive the model is around the target."""

import numpy as np
from scipy.optimize import brentq

from trialwright.dosefinding.checks import DoseInputError, check_target
from trialwright.dosefinding.crm import Crm, dlt_rates


def indifference_skeleton(
    target: float,
    doses: int,
    prior_mtd: int,
    halfwidth: float = 0.05,
    model: str = "empiric",
    intercept: float = 3.0,
) -> tuple[float, ...]:
    """Prior DLT rates for which the CRM can converge to any dose within target +- halfwidth.

    Source: Lee and Cheung 2009, Clin Trials 6:227, and Cheung 2011, eq. 4.3: at the value of b where dose k has
    rate target + halfwidth at the upper neighbour, dose k - 1 has target - halfwidth.
    """
    check_target(target)
    if doses < 1 or not 1 <= prior_mtd <= doses:
        raise DoseInputError(f"the prior MTD is dose {prior_mtd}; it must be one of the {doses} doses.")
    if not 0 < halfwidth < min(target, 1 - target):
        raise DoseInputError(f"the half-width {halfwidth:g} must keep target +- half-width between 0 and 1.")
    low, high = target - halfwidth, target + halfwidth
    if model == "empiric":
        ratio = np.log(high) / np.log(low)
        steps = np.arange(1, doses + 1) - prior_mtd
        return tuple(float(p) for p in np.exp(np.log(target) * ratio**steps))
    if model != "logistic":
        raise DoseInputError(f"the CRM model is {model!r}; use empiric or logistic.")
    ratio = (_logit(high) - intercept) / (_logit(low) - intercept)
    x = (_logit(target) - intercept) * ratio ** (np.arange(1, doses + 1) - prior_mtd)
    return tuple(float(p) for p in 1 / (1 + np.exp(-(intercept + x))))


def indifference_intervals(rule: Crm, bound: float = 5.0) -> list[tuple[float | None, float | None]]:
    """Per dose, the true rates of its neighbours between which the CRM still converges to that dose.

    Source: Cheung and Chappell 2002, Biometrics 58:671.  None at the open ends.
    """
    doses = len(rule.skeleton)
    edges = [
        brentq(lambda b, k=k: float(np.sum(dlt_rates(rule, np.array(b))[k : k + 2])) - 2 * rule.target, -bound, bound)
        for k in range(doses - 1)
    ]
    rates = [dlt_rates(rule, np.array(b)) for b in edges]
    return [
        (float(rates[k - 1][k - 1]) if k else None, float(rates[k][k + 1]) if k < doses - 1 else None)
        for k in range(doses)
    ]


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
