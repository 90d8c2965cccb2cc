"""Oracle: independent (dfcrm 0.2-2.1) to 1e-6, priors to 1e-8; adaptive quadrature as a second witness."""

import itertools
from math import inf

import numpy as np
import pytest
from dose_oracles import oracle
from scipy.integrate import quad
from scipy.special import expit

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm, crm_doses, fit_crm, posterior_means
from trialwright.dosefinding.skeleton import indifference_intervals, indifference_skeleton
from trialwright.dosefinding.tite import follow_up_weights

SKELETON = (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)
LEVEL, DLT = [3, 4, 4, 3, 3, 4, 3, 2, 2, 2], [0, 0, 1, 0, 0, 1, 1, 0, 0, 0]
TITE_LEVEL, TITE_DLT = [3, 3, 3, 4, 4, 3, 2, 2, 2, 3], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
FOLLOWED = [178, 181, 168, 181, 24, 181, 179, 102, 42, 3]


def test_fits_agree_with_dfcrm():
    """independent: crm() and titecrm(), Bayes and maximum likelihood, both models."""
    for case in oracle("dfcrm_crm_titecrm_cases.json")["cases"]:
        name, tite = case["name"], case["name"].startswith("titecrm")
        rule = Crm(
            0.2,
            SKELETON,
            model="logistic" if "logistic" in name else "empiric",
            method="mle" if "mle" in name else "bayes",
            **({"scale": 0.75} if "0.75" in name else {}),
        )
        level, dlt = (TITE_LEVEL, TITE_DLT) if tite else (LEVEL, DLT)
        if name == "crm_all_tox":
            level, dlt = [1, 1, 1], [1, 1, 1]
        weights = follow_up_weights(FOLLOWED, dlt, 180) if tite else None
        if tite:
            assert list(weights) == pytest.approx(case["weights"], abs=1e-12)
        fit = fit_crm(rule, level, dlt, None if weights is None else weights.tolist())
        assert fit.mtd == case["mtd"], name
        assert fit.estimate == pytest.approx(case["estimate"], abs=1e-6), name
        assert fit.variance == pytest.approx(case["post_var"], abs=1e-6), name
        for mine, theirs in ((fit.rates, "ptox"), (fit.lower, "ptoxL"), (fit.upper, "ptoxU")):
            assert mine == pytest.approx(case[theirs], abs=1e-6), name


def test_dfcrm_manual_page():
    """published: dfcrm manual, example of crm()."""
    fit = fit_crm(Crm(0.2, SKELETON), LEVEL, DLT)
    assert (fit.estimate, fit.variance, fit.mtd) == (
        pytest.approx(-0.2121715, abs=1e-6),
        pytest.approx(0.1575955, abs=1e-6),
        2,
    )


@pytest.mark.parametrize("model", ["empiric", "logistic"])
def test_posterior_mean_agrees_with_adaptive_quadrature(model):
    """independent: scipy's adaptive quadrature of the posterior."""
    rule = Crm(0.25, (0.05, 0.12, 0.25, 0.40), model=model, scale=0.9)
    n, y = np.array([3, 6, 6, 3]), np.array([0, 1, 2, 2])
    x = [np.log(p / (1 - p)) - 3 for p in rule.skeleton]

    def density(b: float) -> float:
        value = np.exp(-0.5 * (b / 0.9) ** 2)
        for j in range(4):
            p = rule.skeleton[j] ** np.exp(b) if model == "empiric" else expit(3 + np.exp(b) * x[j])
            value *= p ** y[j] * (1 - p) ** (n[j] - y[j])
        return float(value)

    mean = quad(lambda b: b * density(b), -6, 6, epsabs=0)[0] / quad(density, -6, 6, epsabs=0)[0]
    batch = posterior_means(rule, n[None].astype(float), y[None].astype(float))[0]
    assert batch == pytest.approx(mean, abs=1e-8)


def test_doses_of_many_data_sets_are_those_of_single_fits():
    """reference: the one-by-one fit."""
    rng = np.random.default_rng(5)
    n = rng.integers(0, 7, (40, 6))
    y = rng.binomial(n, 0.3)
    for method in ("bayes", "mle"):
        rule = Crm(0.2, SKELETON, method=method)
        found = crm_doses(rule, n, y)
        for counts, toxic, dose in zip(n, y, found):
            if method == "mle" and toxic.sum() in (0, counts.sum()):
                assert dose == 0
                continue
            level = np.repeat(np.arange(1, 7), counts)
            dlt = np.concatenate([np.r_[np.ones(t, int), np.zeros(c - t, int)] for c, t in zip(counts, toxic)])
            assert fit_crm(rule, level.tolist(), dlt.tolist()).mtd == dose


def test_skeletons_agree_with_dfcrm():
    """independent: getprior() to 1e-8."""
    rows = oracle("dfcrm_getprior.csv")
    keys = ("model", "halfwidth", "target", "nu", "nlevel")
    for (model, half, target, nu, doses), group in itertools.groupby(rows, lambda r: tuple(r[k] for k in keys)):
        mine = indifference_skeleton(float(target), int(doses), int(nu), float(half), model)
        assert mine == pytest.approx([float(row["prior"]) for row in group], abs=1e-8)


def test_indifference_intervals_agree_with_dfcrm():
    """independent: crmsens(), which solves its equation to about 1e-5."""
    cases = oracle("dfcrm_planning_cases.json")
    for key, rule in (
        ("crmsens_empiric", Crm(0.2, SKELETON)),
        ("crmsens_logistic_intcpt2", Crm(0.2, SKELETON, "logistic", 2.0)),
    ):
        for mine, theirs in zip(indifference_intervals(rule), cases[key]["iint"]):
            for a, b in zip(mine, theirs):
                assert (a is None) == (b == "NA")
                assert a is None or a == pytest.approx(b, abs=2e-5)


def test_adaptive_weights_follow_the_dlt_times():
    """published: Cheung and Chappell 2000, section 5: the window is cut at the DLT times, each part weighs the same."""
    weights = follow_up_weights([10, 50, 100, 40, 20], [0, 0, 0, 1, 1], 100, "adaptive")
    # knots 20 and 40: 10 -> half of the first third; 50 -> two thirds and 10/60 of the last
    assert list(weights) == pytest.approx([1 / 6, (2 + 10 / 60) / 3, 1, 1, 1])
    assert list(follow_up_weights([30], [0], 60, "adaptive")) == [0.5]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"skeleton": (0.1, 0.1)}, "does not increase"),
        ({"skeleton": (0.0, 0.5)}, "not between 0 and 1"),
        ({"target": 1.0}, "target"),
        ({"scale": -inf}, "standard deviation"),
        ({"model": "logistic", "skeleton": (0.1, 0.97)}, "intercept"),
    ],
)
def test_a_crm_that_cannot_be_is_refused(change, words):
    """pair: a setting and the words that name it."""
    with pytest.raises(DoseInputError, match=words):
        Crm(**{"target": 0.2, "skeleton": SKELETON, **change})


def test_maximum_likelihood_without_a_dlt_is_refused():
    """law: the likelihood has no maximum without both outcomes."""
    with pytest.raises(DoseInputError, match="method bayes"):
        fit_crm(Crm(0.2, SKELETON, method="mle"), [1, 1], [0, 0])
