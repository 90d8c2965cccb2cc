"""Oracle: independent (exact and simulated results of other programs), reference (plain recursion), laws."""

import numpy as np
import pytest
from dose_oracles import A, B, boin_by_recursion, oracle, threeplusthree_by_recursion
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import (
    Design,
    cap_at,
    coherent,
    no_skipping,
    settle_at_n,
    start_at,
    stop_at_n,
    stop_at_n_per_dose,
    titrate,
)
from trialwright.dosefinding.exact import exact
from trialwright.dosefinding.interval import Boin, I3Plus3, Keyboard, Mtpi2
from trialwright.dosefinding.pathways import pathways
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.tite import TiteBoin

truths = st.lists(st.floats(0.02, 0.8), min_size=2, max_size=5).map(lambda rates: tuple(sorted(rates)))


def test_3plus3_agrees_with_exact_enumeration():
    """independent: enumeration of the four variants, to 1e-9."""
    for row in oracle("oc_exact_3plus3.json")["results"]:
        design = Design(ThreePlusThree(row["deescalate_to_fill_6"], row["confirm_top_6"]), len(row["p_true"]))
        found = exact(design, row["p_true"])
        assert [100 * p for p in found.selection] == pytest.approx(row["sel_pct"], abs=1e-9)
        assert 100 * found.none == pytest.approx(row["none_pct"], abs=1e-9)
        assert found.patients == pytest.approx(row["npatients"], abs=1e-9)


def test_3plus3_agrees_with_escalation():
    """independent: dose paths of escalation 0.2.3, which neither fills nor confirms."""
    theirs = oracle("three_plus_three_exact_escalation_4dose.json")["prob_recommend"]
    found = exact(Design(ThreePlusThree(False, False), 4), (0.1, 0.2, 0.3, 0.45))
    assert [found.none, *found.selection] == pytest.approx(theirs, abs=1e-12)


@given(truths, st.booleans(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_3plus3_agrees_with_the_rule_in_words(truth, fill, confirm):
    """reference: the rule followed course by course."""
    found = exact(Design(ThreePlusThree(fill, confirm), len(truth)), truth)
    expected = threeplusthree_by_recursion(truth, fill, confirm)
    assert [found.none, *found.selection] == pytest.approx(expected, abs=1e-12)


def boin(config: str) -> Design:
    design = Design(Boin(0.3, extra_safe=config == "extrasafe", bound_mtd=config == "boundMTD"), 5) | stop_at_n(30)
    changes = {"start2": start_at(2), "nearlystop9": settle_at_n(9), "titration": titrate()}
    return design | changes[config] if config in changes else design


def test_boin_agrees_with_exact_enumeration():
    """independent: enumeration of BOIN, to 1e-9."""
    for row in oracle("oc_exact_boin.json")["results"]:
        found = exact(boin(row["config"]), row["p_true"])
        assert [100 * p for p in found.selection] == pytest.approx(row["sel_pct"], abs=1e-9)
        assert 100 * found.none == pytest.approx(row["none_pct"], abs=1e-9)
        assert found.patients == pytest.approx(row["npatients"], abs=1e-9)
        assert found.dlts == pytest.approx(row["ntox"], abs=1e-9)


def test_agreement_with_simulations_of_r_packages():
    """independent: BOIN get.oc, Keyboard get.oc.kb and dfcrm crmsim within four of their standard errors."""
    for row in oracle("oc_monte_carlo_r_packages.json")["results"]:
        if "crmsim" in row["tool"]:
            design = Design(Crm(0.3, tuple(row["prior"])), 5) | stop_at_n(30) | no_skipping() | coherent()
            theirs = [*row["mtd"], 0.0]
        elif "Keyboard" in row["tool"]:
            design, theirs = Design(Keyboard(0.3), 5) | stop_at_n(30), [*row["selpercent"], row["percentstop"]]
            theirs = [p / 100 for p in theirs]
        else:
            design, theirs = boin(row["config"]), [p / 100 for p in (*row["sel_pct"], row["percent_stop"])]
        found = exact(design, row["p_true"])
        mine = np.array([*found.selection, found.none])
        error = np.sqrt(np.maximum(mine * (1 - mine), 1 / row["ntrial"]) / row["ntrial"])
        assert (np.abs(mine - theirs) <= 4 * error).all(), row["config"]


def test_boin_agrees_with_plain_recursion():
    """reference: one data set at a time, with scipy's beta and pooling of adjacent violators."""
    truth = (0.1, 0.3, 0.5)
    found = exact(Design(Boin(0.25), 3) | stop_at_n(15), truth)
    selection, patients = boin_by_recursion(0.25, truth, 5, 3)
    assert [found.none, *found.selection] == pytest.approx(selection, abs=1e-12)
    assert found.patients == pytest.approx(patients, abs=1e-12)


@given(truths, st.sampled_from([Boin, Keyboard, Mtpi2, I3Plus3]), st.integers(1, 4), st.integers(4, 15))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_probabilities_and_participants_add_up(truth, kind, size, most):
    """law: selection sums to one; expected n, the n distribution and DLTs are consistent."""
    design = Design(kind(0.3), len(truth), cohort_sizes=(size,), max_n=most)
    found = exact(design, truth)
    assert sum(found.selection) + found.none == pytest.approx(1)
    assert sum(n * p for n, p in found.n_probability.items()) == pytest.approx(found.expected_n)
    assert found.dlts == pytest.approx([n * p for n, p in zip(found.patients, truth)])
    assert max(found.n_probability) <= most


@pytest.mark.parametrize(
    "design",
    [
        Design(ThreePlusThree(), 3),
        Design(Boin(0.3), 3) | stop_at_n(12),
        Design(Crm(0.3, (0.1, 0.3, 0.5)), 3) | stop_at_n(9) | no_skipping(),
        Design(Boin(0.3), 3) | start_at(2) | stop_at_n(9) | titrate(),
    ],
    ids=["3+3", "boin", "crm", "titration"],
)
def test_path_probabilities_add_up_to_the_exact_selection(design):
    """reference: the tree of outcomes, one decision at a time, against the merged states."""
    truth = (0.1, 0.25, 0.5)
    paths = pathways(design, 7, truth=truth)
    assert sum(path.probability for path in paths) == pytest.approx(1)
    assert all(path.dose is None for path in paths)
    total = sum(path.probability * sum(n for _, n, _ in path.cohorts) for path in paths)
    assert total == pytest.approx(exact(design, truth).expected_n)


def test_limits_bind():
    """law: the cap, the limit per dose and the limit in all are never exceeded."""
    capped = exact(Design(Boin(0.3), 5) | cap_at(3) | stop_at_n(30), A)
    assert sum(capped.patients[3:]) == 0
    assert sum(capped.selection[3:]) == 0
    few = exact(Design(Boin(0.3), 5) | stop_at_n(30) | stop_at_n_per_dose(6), B)
    assert all(n <= 6 + 1e-12 for n in few.patients)
    odd = exact(Design(Boin(0.3), 5) | stop_at_n(16), A)
    assert max(odd.n_probability) == 16


def test_a_backup_level_is_reached_only_from_above():
    """law: with a safe start the level below it is never given; with a toxic start it is."""
    design = Design(ThreePlusThree(), 4) | start_at(2)
    safe = exact(design, (0.0, 0.0, 0.0, 0.0))
    assert safe.patients[0] == 0
    assert safe.selection == (0, 0, 0, 1)
    toxic = exact(design, (0.0, 1.0, 1.0, 1.0))
    assert toxic.patients == pytest.approx((6, 3, 0, 0))
    assert toxic.selection[0] == 1


def test_a_limit_before_the_mtd_is_established_selects_none():
    """law: 3+3 cut short does not call an MTD that its rule has not established."""
    found = exact(Design(ThreePlusThree(), 2) | stop_at_n(3), (0.0, 0.0))
    assert found.none == 1


def test_designs_that_need_time_are_refused():
    """pair: TITE-BOIN and the way out."""
    with pytest.raises(DoseInputError, match="dose simulate"):
        exact(Design(TiteBoin(Boin(0.3), 28), 3), (0.1, 0.2, 0.3))
