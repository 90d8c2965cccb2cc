"""independent: full Bayes against R nlme and a simulation's truth; law: closed forms, M3, seeds, what is withheld."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from trialwright.analysis.kinetics.bayes import BayesFit, Estimate, _curve, _model, _padded, _problems, fit_bayes
from trialwright.analysis.kinetics.bayes_report import as_document
from trialwright.analysis.kinetics.fit import observations
from trialwright.analysis.kinetics.models import MODELS, STEIN
from trialwright.analysis.kinetics.published import Population, ogasawara_2021, stein_2019, weak_prior
from trialwright.analysis.kinetics.simulate import simulate
from trialwright.cli.main import cli
from trialwright.errors import TrialwrightError

needs_numpyro = pytest.mark.skipif(
    importlib.util.find_spec("numpyro") is None,
    reason="the extra `bayes` is not installed (600 MB): pip install 'trialwright[bayes]'",
)
VISITS = [0, 1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90]
TRUTH = Population(STEIN, stein_2019().mean, np.diag([0.5, 0.04, 0.4, 0.1, 0.4, 0.1]), 0.4)
HEAD = ["--subject", "id", "--time", "day", "--concentration", "conc"]


def drawn(n: int, seed: int, lloq: float = 50.0) -> list:
    found = simulate(TRUTH, n, VISITS, np.random.default_rng(seed), lloq=lloq)
    return [observations(VISITS, values, lloq) for values in found.measured]


def test_never_imported_at_start_up() -> None:
    code = (
        "import sys, trialwright.cli.main, trialwright.cli.kinetics, trialwright.analysis.kinetics.bayes;"
        "print([m for m in ('numpyro', 'jax', 'polars', 'rtflite', 'pyreadstat') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrialwrightError, match=r"needs numpyro, which is not installed: pip install .*\[bayes\]"):
        fit_bayes(drawn(3, 1), TRUTH, 1)


def estimate(name: str, rhat: float = 1.0, ess: float = 900, learned: float = 0.8) -> Estimate:
    return Estimate(name, 2.0, 1.0, 3.0, 0.1, rhat, ess, learned)


def test_what_did_not_converge_is_withheld() -> None:
    """pair: each diagnostic that fails is named with its remedy, and no estimate is shown."""
    made = [estimate("tmax", rhat=1.08), estimate("cmax", ess=120), estimate("beta", rhat=float("nan"), learned=0.05)]
    problems = _problems(made, 7, 4000)
    assert problems == (
        "the chains disagree: R-hat above 1.01 of tmax (1.080), beta (nan); use more --warmup and --draws",
        "too few effective draws, below 400, of cmax (120); use more --draws",
        "7 of 4000 draws diverged, so part of the posterior was not reached; raise --target-accept or use a narrower"
        " --prior",
    )
    theta = np.log([[2.0] * 6])
    fit = BayesFit(STEIN, tuple(made), theta, (True, False), 7, 4000, 1, problems)
    document = as_document(fit, ["A", "B"], TRUTH)
    assert not document["converged"]
    assert all(e["median"] is None and "did not converge" in e["reason"] for e in document["estimates"])
    assert [e["rhat"] for e in document["estimates"]] == [1.08, 1.0, None]
    assert document["estimates"][2]["flag"].startswith("mostly the prior's")
    assert set(document["subjects"][0]["parameters"].values()) == {None}
    assert "no quantifiable sample" in document["subjects"][1]["reason"]
    json.dumps(document, allow_nan=False)
    good = as_document(BayesFit(STEIN, (estimate("tmax"),), theta, (True, False), 0, 4000, 1, ()), ["A", "B"], TRUTH)
    assert good["estimates"][0]["median"] == 2.0
    assert good["estimates"][0]["reason"] is None
    assert good["subjects"][0]["parameters"]["cmax"] == pytest.approx(2.0)


@needs_numpyro
@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_curve_is_the_closed_form(name: str) -> None:
    """law: what jax differentiates is the model that scipy fits, on both sides of every kink."""
    model = MODELS[name]
    prior = stein_2019("sd") if model is STEIN else ogasawara_2021(20000, 0.01)
    theta = prior.mean + np.random.default_rng(4).normal(0, 0.3, (5, len(prior.mean)))
    times = np.tile(np.array([0.0, 0.4, 2.9, 5.1, 9.0, 13.0, 40.0, 200.0]), (5, 1))
    got = np.asarray(_curve(model)(theta, times))
    want = np.array([model.log_curve(one, t)[0] for one, t in zip(theta, times)])
    np.testing.assert_allclose(got, want, atol=2e-4)


@needs_numpyro
def test_the_likelihood_is_m3() -> None:
    """published: Beal 2001 - quantified samples by their density, censored ones by the probability below the limit."""
    from numpyro.infer.util import log_density

    seen = drawn(4, 8)
    assert any(one.censored.any() for one in seen)
    z = np.random.default_rng(2).normal(size=(4, 6))
    values = {"mean": TRUTH.mean + 0.1, "sd": np.full(6, 0.3), "sigma": np.array(0.5), "z": z}
    total, _ = log_density(_model(TRUTH), (), _padded(seen), values)
    theta = values["mean"] + values["sd"] * z
    scale = np.sqrt(np.diag(TRUTH.omega))
    want = stats.norm.logpdf(values["mean"], TRUTH.mean, scale).sum() + stats.norm.logpdf(z).sum()
    want += stats.halfnorm.logpdf(values["sd"], scale=scale).sum() + stats.halfnorm.logpdf(0.5, scale=2 * TRUTH.sigma)
    for one, at in zip(seen, theta):
        curve = STEIN.log_curve(at, one.time)[0]
        r = (one.log_value - curve) / 0.5
        # the constant -ln sqrt(2 pi) of each quantified sample does not matter to the sampler and is left out
        quantified = stats.norm.logpdf(r) - np.log(0.5) + 0.5 * np.log(2 * np.pi)
        want += np.where(one.censored, stats.norm.logcdf(r), quantified).sum()
    assert float(total) == pytest.approx(want, rel=1e-4)


@needs_numpyro
def test_a_seed_gives_its_draws_and_a_short_run_is_not_believed(tmp_path: Path) -> None:
    """law: the same seed, the same numbers; a run too short to converge has exit code 1 and no estimate."""
    path = tmp_path / "cells.csv"
    found = simulate(TRUTH, 4, VISITS, np.random.default_rng(6), lloq=50.0)
    lines = [f"{i},{t},{v:.6g}" for i, row in enumerate(found.measured) for t, v in zip(VISITS, row)]
    path.write_text("id,day,conc\n" + "\n".join([*lines, "none,7,BLQ"]) + "\n", encoding="utf-8")
    short = ["--lloq", "50", "--seed", "3", "--warmup", "20", "--draws", "20", "--chains", "2", "--json"]
    runs = [CliRunner().invoke(cli, ["kinetics", "bayes", str(path), *HEAD, *short]) for _ in range(2)]
    assert runs[0].exit_code == 1
    assert runs[0].stdout == runs[1].stdout
    document = json.loads(runs[0].stdout)
    assert document["problems"]
    assert all(e["median"] is None for e in document["estimates"])
    assert "use more --draws" in runs[0].stderr
    assert document["subjects"][-1]["reason"].startswith("no quantifiable sample")
    with pytest.raises(TrialwrightError, match="two participants"):
        fit_bayes([observations([7], [10], 50)], TRUTH, 1)


@needs_numpyro
@pytest.mark.long
def test_a_small_cohort_is_recovered() -> None:
    """law: of 12 participants with samples below the limit, 90 % intervals hold most of the truth; priors say so."""
    fit = fit_bayes(drawn(12, 21), weak_prior(STEIN, 24000), 5)
    found = {e.name: e for e in fit.estimates}
    truth = {**TRUTH.typical(), "sigma": TRUTH.sigma}
    truth |= {f"sd {n}": s for n, s in zip(STEIN.names, np.sqrt(np.diag(TRUTH.omega)))}
    inside = [found[name].lower < value < found[name].upper for name, value in truth.items()]
    assert sum(inside) >= 10
    assert all(e.rhat < 1.05 for e in fit.estimates)
    assert found["cmax"].learned > 0.7
    assert found["beta"].learned < found["alpha"].learned


@needs_numpyro
@pytest.mark.long
def test_agrees_with_nlme_on_the_simulated_set(oracle: Callable[[str], list[dict[str, str]]]) -> None:
    """independent: R nlme (maximum likelihood) lies in the 90 % intervals; five of six medians within 5 % of it."""
    nlme = {r["par"]: float(r["value"]) for r in oracle("nlme/nlme_sim_cart_N40.csv")}
    rows = oracle("nlme/sim_cart_N40.csv")
    by_id: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        by_id.setdefault(row["ID"], []).append((float(row["TIME"]), float(row["COPIES"])))
    seen = [observations([t for t, _ in one], [c for _, c in one], None) for one in by_id.values()]
    fit = fit_bayes(seen, Population(STEIN, stein_2019().mean, np.eye(6), 0.5), 1)
    assert fit.divergences == 0
    assert all(e.rhat < 1.03 for e in fit.estimates)
    found = {e.name: e for e in fit.estimates}
    for short, name in zip(("lfx", "ltm", "lcm", "lal", "lfb", "lbe"), STEIN.names):
        value = float(np.exp(nlme[short]))
        assert found[name].lower < value < found[name].upper, name
        assert found[name].median == pytest.approx(value, rel=0.15 if name == "beta" else 0.05), name
        assert found[f"sd {name}"].lower < nlme["sd_" + short] < found[f"sd {name}"].upper, name
    assert found["sigma"].median == pytest.approx(nlme["sigma"], rel=0.03)
