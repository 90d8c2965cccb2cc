"""Oracle: the exact results, and laws of simulation (seeds, workers, errors, calendars)."""

import numpy as np
import pytest
from dose_oracles import A
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.dosefinding.calendar import Timeline
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.design import (
    Design,
    backfill,
    coherent,
    cohorts_of,
    no_skipping,
    stagger,
    start_at,
    stop_at_n,
)
from trialwright.dosefinding.exact import exact
from trialwright.dosefinding.interval import Boin, I3Plus3, Keyboard, Mtpi2
from trialwright.dosefinding.rollingsix import RollingSix
from trialwright.dosefinding.simulate import simulate
from trialwright.dosefinding.summary import summarise_batch
from trialwright.dosefinding.threeplusthree import ThreePlusThree
from trialwright.dosefinding.timed import simulate_timed
from trialwright.dosefinding.tite import TiteBoin, TiteCrm

BOIN = Design(Boin(0.3), 5) | stop_at_n(30)
CRM = Crm(0.3, (0.12, 0.20, 0.30, 0.40, 0.50))
truths = st.lists(st.floats(0.02, 0.8), min_size=2, max_size=5).map(lambda rates: tuple(sorted(rates)))


def close(found, known, trials):
    """Selections agree within four standard errors (one trial at least)."""
    mine, right = np.array([*found.selection, found.none]), np.array([*known.selection, known.none])
    return (np.abs(mine - right) <= 4 * np.sqrt(right * (1 - right) / trials) + 1 / trials).all()


def timed(design, line, trials=3000, seed=2, truth=A):
    return summarise_batch(simulate_timed(design, truth, line, trials, seed), design, truth)


@given(truths, st.sampled_from([Boin, Keyboard, Mtpi2, I3Plus3, None]), st.integers(0, 1000))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_simulated_and_exact_agree(truth, kind, seed):
    """law: within four standard errors on random designs and scenarios, by cohorts and on the calendar."""
    design = Design(ThreePlusThree() if kind is None else kind(0.3), len(truth)) | stop_at_n(18)
    known = exact(design, truth)
    assert close(simulate(design, truth, 20_000, seed), known, 20_000)
    assert close(timed(design, Timeline(), 2000, seed, truth), known, 2000)


@pytest.mark.long
@given(
    truths,
    st.sampled_from([Boin, Keyboard, Mtpi2, I3Plus3, None]),
    st.integers(1, 2),
    st.integers(6, 27),
    st.integers(0, 10_000),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_simulated_and_exact_agree_on_many_designs(truth, kind, start, most, seed):
    """law: as above, over starts and sizes; five standard errors, since a thousand comparisons are made."""
    design = Design(ThreePlusThree() if kind is None else kind(0.3), len(truth)) | stop_at_n(most) | start_at(start)
    known, trials = exact(design, truth), 50_000
    found = simulate(design, truth, trials, seed)
    right = np.array([*known.selection, known.none])
    error = np.sqrt(right * (1 - right) / trials)
    assert (np.abs(np.array([*found.selection, found.none]) - right) <= 5 * error + 1 / trials).all()


def test_the_seed_decides_and_the_workers_do_not():
    """law: equal seeds give equal results whatever the number of workers."""
    one, two = simulate(BOIN, A, 60_000, 7, workers=1), simulate(BOIN, A, 60_000, 7, workers=3)
    assert one == two
    assert one != simulate(BOIN, A, 60_000, 8)
    line = Timeline(unevaluable=0.1)
    assert timed(BOIN, line, 12_000, 4) == summarise_batch(simulate_timed(BOIN, A, line, 12_000, 4, 3), BOIN, A)


def test_standard_errors_are_those_of_proportions():
    """law: sqrt(p (1 - p) / trials)."""
    found = simulate(BOIN, A, 5000, 1)
    assert found.se == pytest.approx([np.sqrt(p * (1 - p) / 5000) for p in found.selection])


@pytest.mark.parametrize("form", ["stft", "ess"])
def test_tite_boin_with_slow_accrual_is_boin(form):
    """law: when everybody is followed before the next arrives, the decisions are BOIN's."""
    design = Design(TiteBoin(Boin(0.3), 28, form), 5) | stop_at_n(30)
    assert close(timed(design, Timeline(accrual_days=1000, arrival="fixed"), 4000), exact(BOIN, A), 4000)


def test_tite_crm_with_slow_accrual_is_the_crm():
    """law: with complete follow-up the weights are one."""
    limits = (stop_at_n(18), no_skipping(), coherent())
    tite, plain = Design(TiteCrm(CRM, 28), 5), Design(CRM, 5)
    for limit in limits:
        tite, plain = tite | limit, plain | limit
    assert close(timed(tite, Timeline(accrual_days=1000, arrival="fixed"), 3000), exact(plain, A), 3000)


def test_pending_follow_up_shortens_the_trial():
    """law: designs that need not wait are faster than the same design that waits."""
    line = Timeline(accrual_days=5)
    waiting = timed(BOIN, line, 500).duration_days["mean"]
    for rule in (TiteBoin(Boin(0.3), 28), TiteCrm(CRM, 28), TiteCrm(CRM, 28, "adaptive")):
        rolling = timed(Design(rule, 5) | stop_at_n(30) | no_skipping(), line, 500)
        assert rolling.duration_days["mean"] < waiting


def test_a_calendar_without_chance_can_be_counted():
    """law: no DLTs, an arrival every 7 days, 28 days of window: the duration by hand."""
    design = Design(ThreePlusThree(confirm_top_6=False), 2)
    line = Timeline(accrual_days=7, arrival="fixed")
    # infusions on days 7, 14, 21; decision on 49; 56, 63, 70; last outcome on 98
    assert timed(design, line, 10, truth=(0.0, 0.0)).duration_days["mean"] == pytest.approx(98)
    # 10 days from sentinel to second, 8 to third: 7, 17, 25; decision 53; 60, 70, 78; 106
    slow = design | stagger(8.0, (10.0,))
    assert timed(slow, line, 10, truth=(0.0, 0.0)).duration_days["mean"] == pytest.approx(106)
    # 21 days of manufacturing after each leukapheresis, slots opened by the decision
    # ready on 28, 35, 42; decision 70; consent 77, 84, 91; infusions 98, 105, 112; 140
    lag = Timeline(accrual_days=7, arrival="fixed", lag_days=(21, 21))
    assert timed(design, lag, 10, truth=(0.0, 0.0)).duration_days["mean"] == pytest.approx(140)
    # leukapheresis ahead of the slot: the second cohort is ready on 49, 56, 63 and infused on 70
    ahead = Timeline(accrual_days=7, arrival="fixed", lag_days=(21, 21), ahead=True)
    assert timed(design, ahead, 10, truth=(0.0, 0.0)).duration_days["mean"] == pytest.approx(98)


def test_manufacturing_failure_costs_apheresis_but_no_data():
    """law: failures take the slot of nobody; one leukapheresis in 1 / (1 - p) succeeds."""
    found = timed(BOIN, Timeline(failure=0.2), 2000)
    assert found.extra["apheresed"] / found.expected_n == pytest.approx(1 / 0.8, rel=0.02)
    assert close(found, exact(BOIN, A), 2000)


def test_who_leaves_is_replaced():
    """law: without DLTs every cohort still has three evaluated participants."""
    design = Design(ThreePlusThree(), 2)
    found = timed(design, Timeline(unevaluable=0.3), 400, truth=(0.0, 0.0))
    assert found.selection[1] == 1
    assert found.expected_n - found.extra["not_evaluable"] == pytest.approx(9)


def test_counting_low_infusions_as_planned_selects_higher_doses():
    """published: Devlin et al 2021 (PMC9400039): crediting the planned dose with lower infusions biases upwards."""
    below = (0.0, 0.3, 0.3, 0.3, 0.3)
    counted = timed(BOIN, Timeline(below_target=below, attribution="as-infused"), 3000)
    credited = timed(BOIN, Timeline(below_target=below, attribution="as-planned"), 3000)
    assert counted.extra["infused_below_plan"] > 3
    assert sum(counted.selection[3:]) + 0.05 < sum(credited.selection[3:])
    cautious = timed(BOIN, Timeline(below_target=below), 3000)
    plain = timed(BOIN, Timeline(below_target=below, attribution="as-infused"), 3000)
    assert sum(cautious.selection[3:]) < sum(plain.selection[3:])


def test_backfill_adds_participants_below_within_its_limit():
    """law: more participants at low doses, never more than allowed there through backfill."""
    more = timed((BOIN | backfill(6)) | stop_at_n(45), Timeline(accrual_days=5), 500)
    plain = timed(BOIN, Timeline(accrual_days=5), 500)
    assert more.patients[0] > plain.patients[0] + 1
    assert max(more.n_probability) <= 45


def test_curtailing_spares_participants():
    """law: a cohort that must de-escalate is not filled, and the trial is not longer for it."""
    truth = (0.1, 0.6, 0.7)
    design = Design(ThreePlusThree(), 3) | start_at(2)
    short = timed(design, Timeline(accrual_days=20, curtail=True), 2000, truth=truth)
    assert short.expected_n < timed(design, Timeline(accrual_days=20), 2000, truth=truth).expected_n


def test_rolling_six_is_faster_than_3plus3():
    """published: Skolnik et al 2008: shorter than 3+3 when participants arrive fast."""
    line = Timeline(accrual_days=5)
    rolling = timed(Design(RollingSix(), 5) | cohorts_of(1), line, 1000)
    waiting = timed(Design(ThreePlusThree(), 5), line, 1000)
    assert rolling.duration_days["mean"] < waiting.duration_days["mean"]


@pytest.mark.parametrize(
    "change",
    [{"accrual_days": -1}, {"failure": 1.0}, {"lag_days": (9, 3)}, {"arrival": "never"}, {"below_target": (2.0,)}],
)
def test_calendars_that_cannot_be_are_refused(change):
    """pair: a setting out of range is refused."""
    with pytest.raises(DoseInputError):
        Timeline(**change)


def test_backfill_without_an_interval_rule_is_refused():
    """pair: backfill on a CRM and the remedy."""
    with pytest.raises(DoseInputError, match="interval design"):
        simulate_timed(Design(CRM, 5) | backfill(3), A, Timeline(), 10)
