"""Exact and Bayesian statistics against R, published designs and their own definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trialwright.analysis.statistics.bayes import (
    Beta,
    futility_bounds,
    posterior_probability,
    predictive_probability,
    probability_better,
    thall_simon_bounds,
    toxicity_bounds,
)
from trialwright.analysis.statistics.binomial import clopper_pearson, exact_test, wilson
from trialwright.analysis.statistics.simon import exact_single_stage, simon_designs
from trialwright.analysis.statistics.summaries import quantile, summarise, t_test, wilcoxon_test
from trialwright.errors import TrialwrightError


def test_intervals_of_a_rate(oracle):
    """independent: R binom.test and prop.test, to 1e-12."""
    for row in oracle("stats/binom_ci_R.csv"):
        x, n = int(row["x"]), int(row["n"])
        for interval, low, high in (
            (clopper_pearson(x, n), "lo95", "hi95"),
            (clopper_pearson(x, n, 0.90), "lo90", "hi90"),
            (clopper_pearson(x, n, side="lower"), "lower_1sided95", None),
            (clopper_pearson(x, n, side="upper"), None, "upper_1sided95"),
            (wilson(x, n), "wilson_lo95", "wilson_hi95"),
        ):
            if low:
                assert interval.lower == pytest.approx(float(row[low]), abs=1e-12), (x, n, low)
            if high:
                assert interval.upper == pytest.approx(float(row[high]), abs=1e-12), (x, n, high)


@pytest.mark.parametrize(
    ("x", "lower", "upper"), [(0, 0.0, 0.2646), (1, 0.0021, 0.3848), (11, 0.6152, 0.9979), (12, 0.7354, 1.0)]
)
def test_twelve_subjects(x, lower, upper):
    """published: Clopper-Pearson 1934 limits of x/12, to four places."""
    interval = clopper_pearson(x, 12)
    assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.data())
def test_limits_are_the_tails(n, data):
    """law: at the limits each tail holds half of 1 - level; the interval mirrors when responders and others swap."""
    x = data.draw(st.integers(0, n))
    level = data.draw(st.sampled_from([0.8, 0.9, 0.95, 0.99]))
    found, mirror = clopper_pearson(x, n, level), clopper_pearson(n - x, n, level)
    if x > 0:
        assert stats.binom.sf(x - 1, n, found.lower) == pytest.approx((1 - level) / 2, rel=1e-8)
    if x < n:
        assert stats.binom.cdf(x, n, found.upper) == pytest.approx((1 - level) / 2, rel=1e-8)
    assert found.lower == pytest.approx(1 - mirror.upper, abs=1e-12)


def test_exact_test(oracle):
    """independent: R binom.test."""
    for row in oracle("stats/binom_test_R.csv"):
        x, n, p0 = int(row["x"]), int(row["n"]), float(row["p0"])
        assert exact_test(x, n, p0, "greater") == pytest.approx(float(row["p_greater"]), rel=1e-12)
        assert exact_test(x, n, p0) == pytest.approx(float(row["p_two"]), rel=1e-12)


SIMON = [
    # p0, p1, alpha, beta, optimal r1/n1 r/n, minimax r1/n1 r/n; Simon 1989 tables 1 and 2, as far as they are
    # reproduced by the exhaustive search and by R clinfun
    (0.05, 0.25, 0.10, 0.10, (0, 9, 2, 24), (0, 13, 2, 20)),
    (0.10, 0.30, 0.10, 0.10, (1, 12, 5, 35), (1, 16, 4, 25)),
    (0.10, 0.30, 0.05, 0.20, (1, 10, 5, 29), (1, 15, 5, 25)),
    (0.20, 0.40, 0.05, 0.20, (3, 13, 12, 43), (4, 18, 10, 33)),
    (0.30, 0.50, 0.05, 0.20, (5, 15, 18, 46), (6, 19, 16, 39)),
]


@pytest.mark.parametrize(("p0", "p1", "alpha", "beta", "optimal", "minimax"), SIMON)
def test_simon_published(p0, p1, alpha, beta, optimal, minimax):
    """published: Simon 1989, Controlled Clinical Trials 10:1, tables 1 and 2."""
    designs = simon_designs(p0, p1, alpha, beta)
    for got, expected in ((designs.optimal, optimal), (designs.minimax, minimax)):
        assert (got.r1, got.n1, got.r, got.n) == expected


def agrees_with_clinfun(rows):
    for row in rows:
        designs = simon_designs(*(float(row[k]) for k in ("p0", "p1", "alpha", "beta")))
        got = designs.minimax if row["design"] == "minimax" else designs.optimal
        assert [got.r1, got.n1, got.r, got.n] == [int(row[k]) for k in ("r1", "n1", "r", "n")], row
        assert got.en == pytest.approx(float(row["EN0"]), rel=1e-12)
        assert got.pet == pytest.approx(float(row["PET0"]), rel=1e-12)
        assert designs.optimal.en <= designs.minimax.en + 1e-9
        assert designs.optimal.n >= designs.minimax.n


def test_simon_clinfun(oracle):
    """independent: R clinfun ph2simon, the rows of at most 36 subjects."""
    agrees_with_clinfun([r for r in oracle("stats/simon_two_stage_clinfun.csv") if int(r["n"]) <= 36])


@pytest.mark.long
def test_simon_clinfun_all(oracle):
    """independent: R clinfun ph2simon, every row."""
    agrees_with_clinfun(oracle("stats/simon_two_stage_clinfun.csv"))


def test_simon_by_brute_force():
    """reference: every design of up to 13 subjects, enumerated with plain sums."""
    p0, p1, alpha, beta = 0.1, 0.5, 0.1, 0.15

    def declares(r1, n1, r, n, p):
        return sum(stats.binom.pmf(x, n1, p) * stats.binom.sf(r - x, n - n1, p) for x in range(r1 + 1, n1 + 1))

    found = []
    for n in range(2, 14):
        for n1 in range(1, n):
            for r1 in range(n1):
                for r in range(r1, n):
                    if declares(r1, n1, r, n, p0) <= alpha and declares(r1, n1, r, n, p1) >= 1 - beta:
                        pet = stats.binom.cdf(r1, n1, p0)
                        found.append((n1 + (1 - pet) * (n - n1), n, (r1, n1, r, n)))
    designs = simon_designs(p0, p1, alpha, beta)
    best, small = min(found), min(found, key=lambda f: (f[1], f[0]))
    assert (designs.optimal.r1, designs.optimal.n1, designs.optimal.r, designs.optimal.n) == best[2]
    assert (designs.minimax.r1, designs.minimax.n1, designs.minimax.r, designs.minimax.n) == small[2]


def test_single_stage():
    """law: the returned design keeps alpha and power, and no smaller n does."""
    r, n = exact_single_stage(0.2, 0.4, 0.05, 0.2)
    assert stats.binom.sf(r, n, 0.2) <= 0.05
    assert stats.binom.sf(r, n, 0.4) >= 0.8
    for fewer in range(1, n):
        assert not any(
            stats.binom.sf(k, fewer, 0.2) <= 0.05 and stats.binom.sf(k, fewer, 0.4) >= 0.8 for k in range(fewer)
        )


def test_predictive_probability(oracle):
    """independent: R ph2bayes, to 1e-9."""
    for row in oracle("stats/predprob_leeliu_ph2bayes.csv"):
        got = predictive_probability(
            int(row["y"]), int(row["n"]), int(row["nmax"]), Beta(float(row["a"]), float(row["b"])),
            float(row["p0"]), float(row["theta_t"]),
        )  # fmt: skip
        assert got == pytest.approx(float(row["predprob"]), abs=1e-9)


def test_lee_and_liu_example():
    """published: Lee and Liu 2008, Clinical Trials 5:93 - 16 of 23, Nmax 40: 0.5656, posterior 0.8360."""
    prior = Beta(0.6, 0.4)
    assert predictive_probability(16, 23, 40, prior, 0.6, 0.9) == pytest.approx(0.5655589, abs=5e-8)
    assert posterior_probability(16, 23, prior, 0.6) == pytest.approx(0.8359808, abs=5e-8)


def test_futility_bounds(oracle):
    """independent: R ph2bayes stopbound_pred, which lists the n at which the bound moves."""
    rows = oracle("stats/stopbound_pred_ph2bayes.csv")
    bounds = {b.n: b.x for b in futility_bounds(range(1, 41), 40, Beta(0.6, 0.4), 0.6, 0.9, 0.05)}
    for row in rows:
        assert bounds[int(row["n"])] == (None if row["bound"] == "NA" else int(row["bound"]))


def test_toxicity_bounds(oracle):
    """independent: R, three priors, all limits and cuts."""
    for row in oracle("stats/beta_tox_boundaries_R.csv"):
        limit, n = float(row["ptox"]), int(row["n"])
        prior = {"1_1": Beta(1, 1), "0.5_0.5": Beta(0.5, 0.5), "ptoxw1": Beta(limit, 1 - limit)}[row["prior"]]
        got = toxicity_bounds([n], prior, limit, float(row["cut"]))[0].x
        assert got == (None if row["min_events_to_stop"] == "NA" else int(row["min_events_to_stop"])), row


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 25), st.data())
def test_predictive_is_the_average_over_the_future(n, data):
    """reference: the sum over future responders, written with beta functions."""
    x = data.draw(st.integers(0, n))
    left = data.draw(st.integers(1, 15))
    a, b, p0, theta = 0.7, 1.3, 0.35, 0.85

    def log_beta(u, v):
        return math.lgamma(u) + math.lgamma(v) - math.lgamma(u + v)

    total = sum(
        math.comb(left, y) * math.exp(log_beta(a + x + y, b + n + left - x - y) - log_beta(a + x, b + n - x))
        for y in range(left + 1)
        if stats.beta.sf(p0, a + x + y, b + n + left - x - y) > theta
    )
    assert predictive_probability(x, n, n + left, Beta(a, b), p0, theta) == pytest.approx(total, abs=1e-10)


def test_thall_simon():
    """law: P(better) of equal distributions is 1/2; it falls with delta; bounds are monotone in n."""
    assert probability_better(0, 1, Beta(2, 1), Beta(2, 2)) == pytest.approx(0.5, abs=1e-9)
    rng = np.random.default_rng(8)
    draws = rng.beta(0.4 + 7, 1.6 + 5, 400_000) > rng.beta(20, 80, 400_000) + 0.15
    assert probability_better(7, 12, Beta(0.4, 1.6), Beta(20, 80), 0.15) == pytest.approx(draws.mean(), abs=0.003)
    bounds = thall_simon_bounds(range(5, 20, 5), Beta(0.4, 1.6), Beta(20, 80), 0.15)
    assert [b.futile for b in bounds] == sorted(b.futile for b in bounds if b.futile is not None)
    assert all(b.promising is None or b.futile is None or b.futile < b.promising for b in bounds)


CHANGE = [-12, -10, -9, -8, -8, -6, -14, -4, -10, -11, -2, -7]


def test_summary_of_change_from_baseline(oracle):
    """independent: R mean, sd, t.test, quantile types 2 and 7, wilcox.test."""
    r = {row["stat"]: float(row["value"]) for row in oracle("stats/summary_change_from_baseline_R.csv")}
    s = summarise(CHANGE)
    assert (s.mean, s.sd, s.median) == pytest.approx((r["mean"], r["sd"], r["median"]), rel=1e-12)
    assert (s.mean_lower, s.mean_upper) == pytest.approx((r["t_lo95"], r["t_hi95"]), rel=1e-12)
    assert (s.q1, s.q3) == pytest.approx((r["q1_type2_SAS"], r["q3_type2_SAS"]))
    seven = summarise(CHANGE, quantiles=7)
    assert (seven.q1, seven.q3) == pytest.approx((r["q1_type7"], r["q3_type7"]))
    assert t_test(CHANGE).p == pytest.approx(r["t_p"], rel=1e-9)
    assert wilcoxon_test(CHANGE).p == pytest.approx(r["wilcox_p_asym_cc"], rel=1e-9)
    assert wilcoxon_test(CHANGE).statistic == r["wilcox_V"]


def test_geometric_summary_and_gaps():
    """law: the geometric mean of exp(x) is exp(mean x); missing values are counted, zeros forbid it with a reason."""
    x = np.array([0.1, 0.5, 2.0, 3.0])
    s = summarise([*np.exp(x), None, math.nan])
    assert (s.n, s.missing) == (4, 2)
    assert s.geometric_mean == pytest.approx(math.exp(x.mean()))
    assert s.geometric_cv == pytest.approx(100 * math.sqrt(math.exp(x.var(ddof=1)) - 1))
    zero = summarise([0.0, 1.0])
    assert zero.geometric_mean is None
    assert "not above 0" in zero.reason
    assert summarise([None]).reason == "no value is there"
    assert summarise([3.0]).sd is None


def test_stated_intervals_hold_the_truth_at_the_stated_rate():
    """law: geometric means of log-normal peaks are covered 95 % of the time, exact rates at least 95 %."""
    rng = np.random.default_rng(12)
    covered = [
        s.geometric_lower <= 24000 <= s.geometric_upper
        for s in (summarise((24000 * np.exp(rng.normal(0, 0.8, 6))).tolist()) for _ in range(4000))
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.012)
    limits = [clopper_pearson(x, 12) for x in range(13)]
    for p in (0.1, 0.33, 0.5, 0.8):
        held = sum(stats.binom.pmf(x, 12, p) for x in range(13) if limits[x].lower <= p <= limits[x].upper)
        assert held >= 0.95


def test_exact_signed_rank():
    """independent: scipy's exact Wilcoxon distribution."""
    x = [1.1, -2.3, 3.7, 4.2, -0.4, 6.6, 7.9]
    assert wilcoxon_test(x).p == pytest.approx(stats.wilcoxon(x, method="exact").pvalue)


def test_type_2_averages_at_steps():
    """published: Hyndman and Fan 1996, definition 2."""
    assert quantile([1, 2, 3, 4], 0.25) == 1.5
    assert quantile([1, 2, 3, 4, 5], 0.25) == 2
    assert quantile([1, 2, 3, 4], 0.25, 7) == 1.75


@pytest.mark.parametrize(
    "call",
    [
        lambda: clopper_pearson(13, 12),
        lambda: clopper_pearson(-1, 12),
        lambda: clopper_pearson(0, 0),
        lambda: wilson(1, 12, 1.5),
        lambda: exact_test(1, 12, 1.2),
        lambda: simon_designs(0.4, 0.2, 0.05, 0.2),
        lambda: simon_designs(0.2, 0.4, 0, 0.2),
        lambda: simon_designs(0.2, 0.21, 0.05, 0.2, n_max=60),
        lambda: predictive_probability(5, 10, 9, Beta(1, 1), 0.2, 0.9),
        lambda: Beta(0, 1),
        lambda: t_test([2.0]),
        lambda: wilcoxon_test([0.0, 0.0]),
        lambda: summarise([1.0], level=95),
    ],
)
def test_requests_that_make_no_sense(call):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError):
        call()
