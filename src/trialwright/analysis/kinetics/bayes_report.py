"""A full Bayes fit as one document: estimates with diagnostics, withheld with the reason where it did not converge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trialwright.analysis.kinetics.bayes import BayesFit
from trialwright.analysis.kinetics.published import Population

LITTLE = 0.2
"""Learned less than this: the estimate is mostly the prior's, and says so."""


def as_document(fit: BayesFit, names: Sequence[str], prior: Population) -> dict[str, Any]:
    """JSON-ready: `estimates` of the population, `subjects` by name, `problems` and what the prior leaves unsettled.

    Where the sampler did not converge every estimate is null and `reason` says why; the diagnostics stay.
    """
    reason = None if fit.converged else f"withheld, the sampler did not converge: {'; '.join(fit.problems)}"
    estimates = [
        {
            "parameter": e.name,
            "median": e.median if fit.converged else None,
            "lower_90": e.lower if fit.converged else None,
            "upper_90": e.upper if fit.converged else None,
            "rhat": e.rhat if np.isfinite(e.rhat) else None,
            "ess": e.ess if np.isfinite(e.ess) else None,
            "learned": e.learned,
            "reason": reason,
            "flag": "mostly the prior's: the samples say little about it" if e.learned < LITTLE else None,
        }
        for e in fit.estimates
    ]
    rows = iter(fit.subjects.tolist())
    subjects = []
    for name, used in zip(names, fit.used, strict=True):
        values = next(rows) if used else None
        parameters = (
            dict.fromkeys(fit.model.names)
            if values is None or not fit.converged
            else dict(zip(fit.model.names, np.exp(values).tolist()))
        )
        subjects.append(
            {
                "subject": name,
                "parameters": parameters,
                "reason": reason if used else "no quantifiable sample: the parameters would be the population's",
            }
        )
    return {
        "model": fit.model.name,
        "converged": fit.converged,
        "problems": list(fit.problems),
        "draws": fit.draws,
        "divergences": fit.divergences,
        "seed": fit.seed,
        "estimates": estimates,
        "subjects": subjects,
        "prior": {
            "typical": prior.typical(),
            "random_effect_sd": dict(zip(prior.model.names, np.sqrt(np.diag(prior.omega)).tolist())),
            "residual_sd": prior.sigma,
            "unsettled": list(prior.unsettled),
        },
    }
