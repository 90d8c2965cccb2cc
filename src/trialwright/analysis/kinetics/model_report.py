"""A model fitted to every profile of a file, as one document: parameters, precision, doubts, and reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trialwright.analysis.kinetics.diagnostics import sample_diagnostics, shrinkage
from trialwright.analysis.kinetics.fit import Censoring, Fit, Observations, fit_map
from trialwright.analysis.kinetics.population import PopulationFit, fit_population
from trialwright.analysis.kinetics.profiles import Profiles
from trialwright.analysis.kinetics.published import Population, ogasawara_2021, stein_2019, weak_prior
from trialwright.analysis.kinetics.reasons import TEXT, Floats, Reason
from trialwright.analysis.kinetics.samples import Status

PriorName = Literal["stein-2019", "weak-stein", "weak-ogasawara"]
PRIORS: tuple[PriorName, ...] = ("stein-2019", "weak-stein", "weak-ogasawara")


@dataclass(frozen=True, slots=True)
class ModelFits:
    """The participants' fits in the order of the profiles; `population` when one was estimated."""

    subjects: tuple[str, ...]
    observations: tuple[Observations, ...]
    fits: tuple[Fit, ...]
    prior: Population
    population: PopulationFit | None


def profile_observations(profiles: Profiles, i: int, censoring: Censoring = "m3") -> Observations:
    """The samples of one profile for a fit, each BLQ sample with its own limit."""
    time, status, limit = profiles.time[i], profiles.status[i], profiles.limit[i]
    quantified = (status == Status.QUANTIFIED) & (time >= 0)
    below = (status == Status.BLQ) & (time >= 0) & (limit > 0) & (censoring != "ignore")
    keep = quantified | below
    value = np.where(below, limit if censoring == "m3" else limit / 2, profiles.value[i])
    censored = below[keep] if censoring == "m3" else np.zeros(int(keep.sum()), bool)
    return Observations(time[keep], np.log(value[keep]), censored)


def named_prior(name: PriorName, peak: float, random_effects: Literal["variance", "sd"]) -> Population:
    """A published prior, or a weak one around the geometric mean of the observed peaks."""
    if name == "stein-2019":
        return stein_2019(random_effects)
    return weak_prior((stein_2019() if name == "weak-stein" else ogasawara_2021(peak, 0.008)).model, peak)


def geometric_peak(seen: Sequence[Observations]) -> float:
    """Geometric mean of the participants' highest quantified concentrations (1 when there is none)."""
    peaks: list[float] = [float(s.log_value[~s.censored].max()) for s in seen if (~s.censored).any()]
    return float(np.exp(np.mean(peaks))) if peaks else 1.0


def fit_profiles(
    profiles: Profiles,
    name: PriorName = "weak-stein",
    random_effects: Literal["variance", "sd"] = "variance",
    censoring: Censoring = "m3",
    population: bool = False,
    prior_weight: float = 1.0,
) -> ModelFits:
    """Fit every profile that can be analysed; with `population`, estimate the population first and fit under it."""
    seen = [profile_observations(profiles, i, censoring) for i in range(len(profiles))]
    prior = named_prior(name, geometric_peak(seen), random_effects)
    usable = [i for i in range(len(profiles)) if profiles.bar[i] == 0]
    estimated = None
    if population:
        estimated = fit_population([seen[i] for i in usable], prior, prior_weight=prior_weight)
    under = prior if estimated is None else estimated.population
    fits = []
    for i, one in enumerate(seen):
        if profiles.bar[i]:
            reason = TEXT[Reason(profiles.bar[i])]
            count = len(one.time)
            fits.append(Fit(under.model, None, None, None, None, count, int(one.censored.sum()), reason))
        else:
            fits.append(fit_map(one, under))
    names = tuple(subject.id for subject in profiles.subjects)
    return ModelFits(names, tuple(seen), tuple(fits), prior, estimated)


def as_document(result: ModelFits) -> dict[str, Any]:
    """JSON-ready: prior, population, one entry per subject with parameters, log-scale SE, warnings and diagnostics."""
    under = result.prior if result.population is None else result.population.population
    subjects = []
    for name, seen, fit in zip(result.subjects, result.observations, result.fits):
        subjects.append(
            {
                "subject": name,
                "parameters": fit.parameters(),
                "log_se": fit.log_se(),
                "objective": fit.objective,
                "n": fit.n,
                "censored": fit.censored,
                "reason": fit.reason,
                "warnings": list(fit.warnings),
                "samples": [
                    {
                        "time": d.time,
                        "log_observed": d.log_observed,
                        "log_predicted": d.log_predicted,
                        "residual": d.residual,
                        "censored": d.censored,
                        "probability_blq": d.probability_blq,
                    }
                    for d in sample_diagnostics(fit, seen, under.sigma)
                ],
            }
        )
    return {
        "model": under.model.name,
        "prior": _described(result.prior, None),
        "population": None
        if result.population is None
        else {
            **_described(under, result.population.se),
            "iterations": result.population.iterations,
            "converged": result.population.converged,
            "subjects": result.population.used,
        },
        "shrinkage": shrinkage(result.fits, under),
        "subjects": subjects,
    }


def _described(population: Population, se: Floats | None) -> dict[str, Any]:
    sd = np.sqrt(np.diag(population.omega)).tolist()
    return {
        "typical": population.typical(),
        "random_effect_sd": dict(zip(population.model.names, sd)),
        "residual_sd": population.sigma,
        "log_se": None if se is None else dict(zip(population.model.names, se.tolist())),
        "unsettled": list(population.unsettled),
    }
