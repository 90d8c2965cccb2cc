"""Oracle: independent (BOIN 2.7.2 select.mtd) and laws of isotonic regression."""

import numpy as np
from dose_oracles import oracle
from hypothesis import given
from hypothesis import strategies as st

from trialwright.dosefinding.interval import Boin
from trialwright.dosefinding.selection import estimates, isotonic, select_interval


def test_selected_doses_and_estimates_agree_with_boin():
    """independent: BOIN 2.7.2 select.mtd with and without the bound, estimates as printed."""
    for case in oracle("boin_select_mtd_cases.json")["cases"]:
        n, y = np.array(case["npts"]), np.array(case["ntox"])
        for rule, key in (
            (Boin(case["target"]), "MTD"),
            (Boin(case["target"], bound_mtd=True), "MTD_boundMTD"),
        ):
            assert (int(select_interval(rule, n[None], y[None])[0]) or 99) == case[key]
        for row, printed, above in zip(estimates(case["target"], n, y), case["p_est"], case["p_overdose"]):
            if row.rate is None:
                assert printed["phat"] == "----"
                continue
            assert f"{row.rate:.2f}" == printed["phat"]
            assert f"({row.lower:.2f},{row.upper:.2f})" == printed["CI"]
            assert f"{row.probability_above_target:.2f}" == above


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 10)), min_size=1, max_size=7))
def test_isotonic_fit_increases_and_keeps_the_weighted_mean(pairs):
    """law: monotone, and the weighted mean is that of the data."""
    values, weights = (np.array([column]) for column in zip(*pairs))
    fit = isotonic(values, weights)[0]
    assert (np.diff(fit) >= -1e-12).all()
    assert np.isclose(fit @ weights[0], values[0] @ weights[0])


def test_untreated_doses_take_no_part():
    """law: a dose of weight 0 changes nothing and has no estimate."""
    whole = isotonic(np.array([[0.3, 0.9, 0.1]]), np.array([[1.0, 0.0, 1.0]]))[0]
    assert whole[0] == whole[2] == 0.2
    assert np.isnan(whole[1])


def test_nobody_treated_or_all_eliminated_selects_none():
    """law: without an admissible dose nothing is selected."""
    assert select_interval(Boin(0.3), np.zeros((1, 3), int), np.zeros((1, 3), int))[0] == 0
    assert select_interval(Boin(0.3), np.array([[3, 0, 0]]), np.array([[3, 0, 0]]))[0] == 0
