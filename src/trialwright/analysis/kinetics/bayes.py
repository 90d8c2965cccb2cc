"""Population parameters by full Bayes: the hierarchical model sampled with NUTS (numpyro, the optional extra `bayes`).

Logs of a participant's parameters are mean + SD x z with z standard normal (the non-centred form, which samples well
where a participant says little); a quantified sample is normal on the log scale, one below the limit adds
ln Phi((ln LLOQ - ln C) / sigma) (M3, Beal 2001, J Pharmacokinet Pharmacodyn 28:481).  Random effects are independent.
Priors: means normal around those of the prior population with its random-effect SDs, SDs and sigma half-normal.
With 6 to 24 participants the posterior of what the visits do not inform (beta in 90 days) is the prior: read `learned`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialwright.analysis.kinetics.fit import Observations
from trialwright.analysis.kinetics.models import STEIN, Model
from trialwright.analysis.kinetics.published import Population
from trialwright.analysis.kinetics.reasons import Floats
from trialwright.errors import TrialwrightError

RHAT, ESS = 1.01, 400.0
"""Vehtari et al. 2021, Bayesian Analysis 16:667: R-hat below 1.01, and at least 400 effective draws."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Posterior of one number: median, 90 % interval, and how well it was sampled.

    `learned` is 1 - posterior SD / prior SD: near 0 the samples said nothing about it.
    """

    name: str
    median: float
    lower: float
    upper: float
    sd: float
    rhat: float
    ess: float
    learned: float


@dataclass(frozen=True, slots=True)
class BayesFit:
    """Means (natural scale), random-effect SDs and sigma, or the reason why they are withheld.

    `subjects` are posterior medians of the participants' log parameters (n x parameters); `used` says who had a
    quantified sample.  `problems` are the diagnostics that failed, each with what to do; none means that it converged.
    """

    model: Model
    estimates: tuple[Estimate, ...]
    subjects: Floats
    used: tuple[bool, ...]
    divergences: int
    draws: int
    seed: int
    problems: tuple[str, ...]

    @property
    def converged(self) -> bool:
        return not self.problems


def fit_bayes(
    subjects: Sequence[Observations],
    prior: Population,
    seed: int,
    *,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 1000,
    target_accept: float = 0.95,
) -> BayesFit:
    """Sample the posterior; the same seed, versions and machine give the same numbers.

    Raises TrialwrightError where numpyro is missing or fewer than two participants have a quantified sample.
    """
    if importlib.util.find_spec("numpyro") is None:
        raise TrialwrightError(
            "a full Bayes fit needs numpyro, which is not installed: pip install 'trialwright[bayes]'"
        )
    used = tuple(bool((~seen.censored).any()) for seen in subjects)
    if sum(used) < 2:
        raise TrialwrightError("a population fit needs two participants or more with quantifiable samples")
    import jax
    from numpyro.infer import MCMC, NUTS, init_to_sample

    data = _padded([seen for seen, there in zip(subjects, used) if there])
    # chains begin at draws of the prior: far enough apart for R-hat to tell, near enough to find the data
    kernel = NUTS(_model(prior), target_accept_prob=target_accept, init_strategy=init_to_sample)
    sampler = MCMC(
        kernel, num_warmup=warmup, num_samples=draws, num_chains=chains, chain_method="vectorized", progress_bar=False
    )
    sampler.run(jax.random.PRNGKey(seed), **data, extra_fields=("diverging",))
    found = {name: np.asarray(values, dtype=float) for name, values in sampler.get_samples(group_by_chain=True).items()}
    divergences = int(np.asarray(sampler.get_extra_fields()["diverging"]).sum())
    estimates = _estimates(found, prior)
    theta = found["mean"][:, :, None, :] + found["sd"][:, :, None, :] * found["z"]
    return BayesFit(
        prior.model,
        estimates,
        np.median(theta, axis=(0, 1)),
        used,
        divergences,
        chains * draws,
        seed,
        _problems(estimates, divergences, chains * draws),
    )


def _padded(subjects: Sequence[Observations]) -> dict[str, Any]:
    """Times, logs, censoring and which places hold a sample, participants x samples."""
    shape = (len(subjects), max(len(seen.time) for seen in subjects))
    time, value = np.zeros(shape), np.zeros(shape)
    censored, there = np.zeros(shape, bool), np.zeros(shape, bool)
    for i, seen in enumerate(subjects):
        k = len(seen.time)
        time[i, :k], value[i, :k], censored[i, :k], there[i, :k] = seen.time, seen.log_value, seen.censored, True
    return {"time": time, "value": value, "censored": censored, "there": there}


def _model(prior: Population) -> Any:
    """The hierarchical model as numpyro samples it."""
    import jax.numpy as jnp
    import numpyro
    from jax.scipy.special import log_ndtr
    from numpyro import distributions as dist

    scale = np.sqrt(np.diag(prior.omega))
    curve = _curve(prior.model)

    def sampled(time: Any, value: Any, censored: Any, there: Any) -> None:
        mean = numpyro.sample("mean", dist.Normal(jnp.asarray(prior.mean), jnp.asarray(scale)).to_event(1))
        sd = numpyro.sample("sd", dist.HalfNormal(jnp.asarray(scale)).to_event(1))
        sigma = numpyro.sample("sigma", dist.HalfNormal(2 * prior.sigma))
        shape = (time.shape[0], len(prior.mean))
        z = numpyro.sample("z", dist.Normal(jnp.zeros(shape), 1.0).to_event(2))
        residual = (value - curve(mean + sd * z, time)) / sigma
        quantified = -0.5 * residual**2 - jnp.log(sigma)
        numpyro.factor("samples", jnp.sum(jnp.where(there, jnp.where(censored, log_ndtr(residual), quantified), 0.0)))

    return sampled


def _curve(model: Model) -> Any:
    """ln C of all participants at their times (the closed forms of `models`, as jax differentiates them)."""
    import jax.numpy as jnp

    def contraction(theta: Any, tau: Any) -> Any:
        alpha, log_share, beta = jnp.exp(theta[:, 0:1]), jnp.minimum(theta[:, 1:2], -1e-6), jnp.exp(theta[:, 2:3])
        return jnp.logaddexp(jnp.log(-jnp.expm1(log_share)) - alpha * tau, log_share - beta * tau)

    def stein(theta: Any, t: Any) -> Any:
        peak, log_peak = jnp.exp(theta[:, 1:2]), theta[:, 2:3]
        rising = theta[:, 0:1] * (t / peak - 1)
        falling = contraction(theta[:, 3:], jnp.maximum(t - peak, 0.0))
        return log_peak + jnp.where(t < peak, rising, falling)

    def ogasawara(theta: Any, t: Any) -> Any:
        lag, doubling, growth = (jnp.exp(theta[:, k : k + 1]) for k in range(3))
        rising = -jnp.log(2.0) / doubling * (growth - jnp.clip(t - lag, 0.0, growth))
        falling = contraction(theta[:, 4:], jnp.maximum(t - lag - growth, 0.0))
        return theta[:, 3:4] + jnp.where(t < lag + growth, rising, falling)

    return stein if model is STEIN else ogasawara


def _estimates(found: Mapping[str, Floats], prior: Population) -> tuple[Estimate, ...]:
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    # a half-normal of scale s has SD s sqrt(1 - 2 / pi)
    wide = np.sqrt(np.diag(prior.omega))
    shrunk = np.sqrt(1 - 2 / np.pi)
    named = [(name, found["mean"][..., j], wide[j], True) for j, name in enumerate(prior.model.names)]
    named += [(f"sd {n}", found["sd"][..., j], wide[j] * shrunk, False) for j, n in enumerate(prior.model.names)]
    named.append(("sigma", found["sigma"], 2 * prior.sigma * shrunk, False))
    made = []
    for name, draws, prior_sd, logged in named:
        shown = np.exp(draws) if logged else draws
        low, middle, high = np.quantile(shown, [0.05, 0.5, 0.95])
        sd = float(draws.std())
        rhat, ess = float(split_gelman_rubin(draws)), float(effective_sample_size(draws))
        made.append(Estimate(name, float(middle), float(low), float(high), sd, rhat, ess, 1 - sd / float(prior_sd)))
    return tuple(made)


def _problems(estimates: Sequence[Estimate], divergences: int, draws: int) -> tuple[str, ...]:
    problems = []
    apart = [f"{e.name} ({e.rhat:.3f})" for e in estimates if not e.rhat <= RHAT]
    if apart:
        problems.append(f"the chains disagree: R-hat above {RHAT} of {', '.join(apart)}; use more --warmup and --draws")
    few = [f"{e.name} ({e.ess:.0f})" for e in estimates if not e.ess >= ESS]
    if few:
        problems.append(f"too few effective draws, below {ESS:.0f}, of {', '.join(few)}; use more --draws")
    if divergences:
        problems.append(
            f"{divergences} of {draws} draws diverged, so part of the posterior was not reached; raise --target-accept"
            " or use a narrower --prior"
        )
    return tuple(problems)
