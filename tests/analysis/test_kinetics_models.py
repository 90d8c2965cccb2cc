"""Expansion, contraction, persistence: closed forms, fits under censoring, population, simulation, export."""

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from trialwright.analysis.kinetics.diagnostics import random_effects, sample_diagnostics, shrinkage
from trialwright.analysis.kinetics.export import nonmem_table
from trialwright.analysis.kinetics.fit import _weighted, fit_map, observations
from trialwright.analysis.kinetics.models import MODELS, OGASAWARA, STEIN, area, concentration, derived, tmax_of
from trialwright.analysis.kinetics.population import fit_population
from trialwright.analysis.kinetics.profiles import build_profiles
from trialwright.analysis.kinetics.published import Population, ogasawara_2021, stein_2019, weak_prior
from trialwright.analysis.kinetics.samples import Columns, read_samples
from trialwright.analysis.kinetics.simulate import simulate
from trialwright.errors import TrialwrightError

VISITS = [0, 1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90]
POPULATIONS = {"stein": stein_2019("sd"), "ogasawara": ogasawara_2021(20000, 0.01)}


def test_closed_form_areas(oracle):
    """independent: AUCs of four participants computed beside the oracle files."""
    for row in oracle("models/stein_analytic_synthetic.csv"):
        theta = np.log([float(row[k]) for k in ("foldx", "Tmax", "Cmax", "alpha", "FB", "beta")])
        for end in (28, 90, 360):
            assert area(STEIN, theta, end) == pytest.approx(float(row[f"AUC0_{end}"]), rel=1e-12)
        extra = derived(STEIN, theta)
        for name, key in (("doubling_time", "doubling_time_d"), ("r0", "R0"), ("half_life_beta", "t_half_beta_d")):
            assert extra[name] == pytest.approx(float(row[key]), rel=1e-12)


def test_published_derived_quantities():
    """published: Stein 2019 abstract - doubling 0.78 d, half-lives 4.3 d and 220 d; Ogasawara 2021 - Tmax 9.29 d."""
    extra = derived(STEIN, stein_2019().mean)
    assert round(extra["doubling_time"], 2) == 0.78
    assert round(extra["half_life_alpha"], 1) == 4.3
    assert round(extra["half_life_beta"], -1) == 220
    assert tmax_of(OGASAWARA, ogasawara_2021(20000, 0.01).mean) == pytest.approx(9.29)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(MODELS)), st.lists(st.floats(-1, 1), min_size=7, max_size=7))
def test_gradients_are_the_slopes(name, shift):
    """law: analytic gradient equals central differences away from the kinks."""
    model = MODELS[name]
    theta = POPULATIONS[name].mean + np.array(shift[: len(model.names)])
    times = np.array([0.11, 1.3, 2.9, 5.1, 7.7, 12.3, 40.0, 200.0])
    kinks = [tmax_of(model, theta), *([float(np.exp(theta[0]))] if model is OGASAWARA else [])]
    times = times[[min(abs(t - k) for k in kinks) > 1e-3 for t in times]]
    _, gradient = model.log_curve(theta, times)
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-6
        slope = (model.log_curve(theta + step, times)[0] - model.log_curve(theta - step, times)[0]) / 2e-6
        np.testing.assert_allclose(gradient[:, j], slope, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_area_is_the_integral(name):
    """law: the closed form against numerical quadrature, before and after each kink."""
    model, theta = MODELS[name], POPULATIONS[name].mean
    peak = tmax_of(model, theta)
    pieces = [0.0, float(np.exp(theta[0])) if model is OGASAWARA else peak / 2, peak, 90.0]
    total = 0.0
    for low, high in pairwise(pieces):
        total += quad(lambda t: concentration(model, theta, np.array([t]))[0], low, high, epsrel=1e-10)[0]
        assert area(model, theta, high) == pytest.approx(total, rel=1e-7)


def test_the_censored_gradient_is_the_slope():
    """law: derivatives of sqrt(-2 ln Phi) and of the residuals equal central differences."""
    prior = stein_2019("sd")
    seen = observations([0, 1, 3, 5, 9, 14, 28, 60, 90], [1, 3, 100, 400, 9000, 5000, 10, 10, 10], 50.0)
    theta = prior.mean + 0.05
    _, gradient = _weighted(prior.model, theta, seen, 0.56)
    for j in range(6):
        step = np.zeros(6)
        step[j] = 1e-6
        up, down = (_weighted(prior.model, theta + s, seen, 0.56)[0] for s in (step, -step))
        np.testing.assert_allclose(gradient[:, j], (up - down) / 2e-6, atol=1e-7)


@pytest.fixture(scope="module")
def cohort(oracle):
    """The simulated set: 40 participants, one list of (time, copies) each."""
    rows = oracle("nlme/sim_cart_N40.csv")
    return [
        [(float(r["TIME"]), float(r["COPIES"])) for r in rows if r["ID"] == name]
        for name in dict.fromkeys(r["ID"] for r in rows)
    ]


def seen_by(cohort, lloq, censoring="m3"):
    return [observations([t for t, _ in one], [c for _, c in one], lloq, censoring) for one in cohort]


START = Population(STEIN, stein_2019().mean, np.eye(6) * 0.5, 0.5)


def test_population_fit_agrees_with_nlme_and_saemix(oracle, cohort):
    """independent: R nlme and saemix on the same uncensored values; means within 5 %, SDs and sigma within 10 %."""
    nlme = {r["par"]: float(r["value"]) for r in oracle("nlme/nlme_sim_cart_N40.csv")}
    saemix = {r["par"]: float(r["value"]) for r in oracle("nlme/saemix_sim_cart_N40.csv")}
    result = fit_population(seen_by(cohort, None), START)
    assert result.converged
    assert result.used == 40
    population = result.population
    for j, (short, long) in enumerate(
        zip(("lfx", "ltm", "lcm", "lal", "lfb", "lbe"), ("foldx", "Tmax", "Cmax", "alpha", "FB", "beta"))
    ):
        assert np.exp(population.mean[j]) == pytest.approx(np.exp(nlme[short]), rel=0.05), short
        assert np.exp(population.mean[j]) == pytest.approx(saemix[long], rel=0.05), long
        assert np.sqrt(population.omega[j, j]) == pytest.approx(nlme["sd_" + short], rel=0.1), short
    assert population.sigma == pytest.approx(nlme["sigma"], rel=0.03)


def test_censored_likelihood_beats_the_naive_ways(oracle, cohort):
    """published: M3 (Beal 2001) against leaving BLQ out and half the LLOQ, judged by the simulation's own truth."""
    truth = {r["par"]: float(r["true"]) for r in oracle("nlme/sim_cart_N40_truth.csv")}
    individual = oracle("nlme/sim_cart_N40_true_individual.csv")
    true = np.array([[float(r[k]) for k in ("lfx", "ltm", "lcm", "lal", "lfb", "lbe")] for r in individual])
    omega = np.diag([truth["om2_" + k] for k in ("lfx", "ltm", "lcm", "lal", "lfb", "lbe")])
    mean = np.array([truth[k] for k in ("lfx", "ltm", "lcm", "lal", "lfb", "lbe")])
    prior = Population(STEIN, mean, omega, truth["sigma"])
    error = {}
    for censoring in ("m3", "ignore", "half"):
        fits = [fit_map(seen, prior) for seen in seen_by(cohort, 200.0, censoring)]
        z = (np.array([fit.theta for fit in fits]) - true) / np.sqrt(np.diag(omega))
        error[censoring] = float(np.sqrt((z**2).mean()))
    assert error["m3"] < 0.95 * error["ignore"]
    assert error["m3"] < 0.85 * error["half"]


def test_fits_without_information_say_so():
    """law: no quantifiable sample gives no parameters; one-sided profiles carry a warning."""
    prior = weak_prior(STEIN, 20000)
    nothing = fit_map(observations([7, 14], [10, 10], 50), prior)
    assert nothing.theta is None
    assert "no quantifiable" in nothing.reason
    assert set(nothing.parameters().values()) == {None}
    late = fit_map(observations([14, 28, 60], [9000, 900, 200], 50), prior)
    assert any("before the peak" in text for text in late.warnings)
    with pytest.raises(TrialwrightError, match="two participants"):
        fit_population([observations([7], [10], 50)], prior)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_dense_clean_profiles_are_recovered(name):
    """law: with little noise and many samples the MAP fit is the truth, whatever the weak prior says."""
    model = MODELS[name]
    truth = POPULATIONS[name].mean + np.linspace(-0.3, 0.3, len(model.names))
    times = np.concatenate([np.arange(0.5, 25, 0.5), np.arange(30, 400, 10.0)])
    prior = Population(model, POPULATIONS[name].mean, np.eye(len(truth)), 0.01)
    fit = fit_map(observations(times, concentration(model, truth, times), None), prior)
    np.testing.assert_allclose(fit.theta, truth, atol=0.01)


def test_standard_errors_cover_the_truth():
    """law: MAP intervals of 1.645 SD hold the true log parameters of a simulated cohort about 90 % of the time."""
    population = Population(STEIN, stein_2019().mean, np.diag([0.5, 0.04, 0.5, 0.15, 0.4, 0.1]), 0.4)
    drawn = simulate(population, 150, VISITS, np.random.default_rng(11), lloq=50.0)
    inside = []
    for theta, values in zip(drawn.theta, drawn.measured):
        fit = fit_map(observations(VISITS, values, 50.0), population)
        inside.append(np.abs(fit.theta - theta) < 1.645 * np.sqrt(np.diag(fit.covariance)))
    assert 0.86 < np.mean(inside) < 0.94


def test_simulation_has_the_stated_moments_and_limit():
    """law: log parameters have the population's mean and SD; BLQ is what lies below the limit."""
    population = stein_2019("sd")
    drawn = simulate(population, 4000, VISITS, np.random.default_rng(5), lloq=50.0)
    np.testing.assert_allclose(drawn.theta.mean(axis=0), population.mean, atol=0.06 * 2.4)
    np.testing.assert_allclose(drawn.theta.std(axis=0), np.sqrt(np.diag(population.omega)), rtol=0.05)
    assert (drawn.blq == (drawn.measured < 50)).all()
    assert np.std(np.log(drawn.measured / drawn.true)) == pytest.approx(0.56, rel=0.02)
    again = simulate(population, 4000, VISITS, np.random.default_rng(5), lloq=50.0)
    assert (again.measured == drawn.measured).all()
    assert any("not been checked" in text for text in drawn.unsettled)


def test_dose_power_moves_the_peak_only_when_asked():
    """law: Cmax is proportional to dose^power."""
    population = Population(STEIN, stein_2019().mean, np.eye(6) * 1e-12, 0.1)
    flat = simulate(population, 2, [9.3], np.random.default_rng(1), dose=[25e6, 100e6])
    steep = simulate(population, 2, [9.3], np.random.default_rng(1), None, [25e6, 100e6], 25e6, 0.5)
    assert flat.true[1] / flat.true[0] == pytest.approx(1, rel=1e-4)
    assert steep.true[1] / steep.true[0] == pytest.approx(2, rel=1e-4)


def test_diagnostics_of_a_fitted_cohort(cohort):
    """law: weighted residuals have SD near 1; shrinkage lies below 1; censored samples have a probability instead."""
    subjects = seen_by(cohort, 50.0)
    prior = Population(STEIN, START.mean, np.diag([0.7, 0.04, 0.5, 0.13, 0.8, 0.14]), 0.41)
    fits = [fit_map(seen, prior) for seen in subjects]
    every = [d for fit, seen in zip(fits, subjects) for d in sample_diagnostics(fit, seen, prior.sigma)]
    assert np.std([d.residual for d in every if d.residual is not None]) == pytest.approx(0.85, abs=0.15)
    assert all((d.residual is None) == d.censored and (d.probability_blq is None) != d.censored for d in every)
    assert random_effects(fits, prior).shape == (40, 6)
    assert all(value < 1 for value in shrinkage(fits, prior).values())


def test_export_is_ready_for_nonmem_and_nlmixr2():
    """pair: BLQ as CENS 1 with DV the LLOQ and LIMIT 0, one dose record, unusable rows as MDV 1."""
    text = "id,day,conc,dose\nA,-3,70,1e8\nA,0,BLQ,1e8\nA,7,900,1e8\nA,10,-1,1e8\nB,0,0,\nB,7,<20,\nB,9,40,\n"
    profiles, _ = build_profiles(read_samples(text, Columns("id", "day", "conc", dose="dose"), 50.0))
    rows = list(csv.DictReader(io.StringIO(nonmem_table(profiles))))
    got = [[r[k] for k in ("ID", "TIME", "AMT", "DV", "MDV", "EVID", "CENS", "LIMIT")] for r in rows]
    assert got == [
        ["1", "0", "100000000", ".", "1", "1", "0", "."],
        ["1", "-3", ".", ".", "1", "0", "0", "."],
        ["1", "0", ".", "50", "0", "0", "1", "0"],
        ["1", "7", ".", "900", "0", "0", "0", "."],
        ["1", "10", ".", ".", "1", "0", "0", "."],
        ["2", "0", ".", "50", "0", "0", "1", "0"],
        ["2", "7", ".", "20", "0", "0", "1", "0"],
        ["2", "9", ".", "50", "0", "0", "1", "0"],
    ]
    logs = list(csv.DictReader(io.StringIO(nonmem_table(profiles, log=True))))
    assert float(logs[3]["DV"]) == pytest.approx(np.log(900))
    assert logs[2]["LIMIT"] == "."
