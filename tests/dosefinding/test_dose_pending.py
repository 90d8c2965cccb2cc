"""Oracle: published (Lin 2020 table 3; PMC9260438 table 1) and independent (escalation 0.2.3, TITEgBOIN)."""

import numpy as np
import pytest
from dose_oracles import oracle

from trialwright.dosefinding.boin12 import Boin12, desirability_table, quasi_events
from trialwright.dosefinding.boin12_simulate import simulate_boin12
from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.design import Design, stop_at_n, stop_at_n_per_dose
from trialwright.dosefinding.interval import Boin
from trialwright.dosefinding.rollingsix import WAIT, next_dose_rolling
from trialwright.dosefinding.tite import SUSPEND, TiteBoin, pending_rate, tite_boin_move


@pytest.mark.parametrize(
    ("name", "rule", "sizes"),
    [
        ("boin12_rds_table_0_3_6_9.csv", Boin12(0.35, 0.25), (0, 3, 6, 9)),
        ("boin12_rds_table_n0_12_t30_e40.csv", Boin12(0.30, 0.40), tuple(range(13))),
    ],
)
def test_desirability_agrees_with_escalation(name, rule, sizes):
    """independent: every rank of escalation 0.2.3 boin12_rds, ties and inadmissible cells included."""
    mine = {(row.n, row.dlts, row.responses): row.rank for row in desirability_table(rule, sizes)}
    for row in oracle(name):
        cell = (int(row["Patients"]), int(row["Toxicity"]), int(row["Efficacy"]))
        assert mine[cell] == (None if row["RDS"] == "E" else float(row["RDS"])), cell


def test_desirability_of_the_paper():
    """published: Lin et al 2020, table 3, spot values."""
    table = desirability_table(Boin12(0.35, 0.25), (0, 3, 6, 9))
    mine = {(row.n, row.dlts, row.responses): row.rank for row in table}
    for cell, rank in {
        (0, 0, 0): 60,
        (3, 0, 3): 91,
        (6, 1, 5): 87,
        (9, 0, 8): 99,
        (9, 2, 3): 32.5,
        (9, 3, 1): 7,
    }.items():
        assert mine[cell] == rank
    assert mine[(6, 5, 1)] is None
    assert mine[(9, 4, 0)] is None


def test_utilities_that_do_not_add_need_the_joint_counts():
    """law: with neither + both = 100 the margins suffice, otherwise they do not."""
    n, t, e = np.array([6]), np.array([2]), np.array([3])
    easy = Boin12(0.35, 0.25)
    assert quasi_events(easy, n, t, e) == pytest.approx(quasi_events(easy, n, t, e, np.array([1])))
    with pytest.raises(DoseInputError, match="both"):
        quasi_events(Boin12(0.35, 0.25, neither=30, both=50), n, t, e)


def test_boin12_simulation_treats_within_its_limits():
    """law: selection sums to one and the limits per dose and in all hold."""
    design = Design(Boin12(0.35, 0.25), 5) | stop_at_n(36) | stop_at_n_per_dose(12)
    found = simulate_boin12(design, (0.03, 0.17, 0.35, 0.5, 0.65), (0.12, 0.39, 0.43, 0.55, 0.65), 2000, 1)
    oc = found.characteristics
    assert sum(oc.selection) + oc.none == pytest.approx(1)
    assert max(oc.n_probability) <= 36
    assert max(oc.patients) <= 12
    assert int(np.argmax(oc.selection)) == 1  # dose 2 has the highest utility here


@pytest.mark.parametrize(
    ("n", "dlts", "pending", "threshold", "low", "high"),
    [
        (9, 1, 3, 0.77, 0, 1),
        (9, 1, 4, 2.15, 0, 1),
        (9, 2, 1, 0.52, -1, 0),
        (9, 2, 2, 1.59, -1, 0),
        (9, 2, 3, 2.66, -1, 0),
        (9, 2, 4, 3.73, -1, 0),
    ],
)
def test_stft_thresholds_of_the_published_table(n, dlts, pending, threshold, low, high):
    """published: PMC9260438 table 1 (target 0.2), all six printed follow-up thresholds."""
    rule = TiteBoin(Boin(0.2), 28)
    followed = np.arange(0, pending + 1e-9, 0.001)
    found = tite_boin_move(rule, *(np.full(followed.size, v) for v in (n, dlts, pending)), followed)
    change = followed[np.flatnonzero(np.diff(found))[0] + 1]
    assert (found[0], found[-1]) == (low, high)
    assert change == pytest.approx(threshold, abs=0.011)


@pytest.mark.parametrize(
    ("n", "dlts", "pending", "move"),
    [
        (3, 0, 1, 1),
        (3, 0, 2, SUSPEND),
        (3, 1, 2, -1),
        (3, 2, 1, -2),
        (6, 0, 3, 1),
        (6, 0, 4, SUSPEND),
        (6, 1, 4, SUSPEND),
        (6, 2, 4, -1),
        (6, 3, 3, -2),
        (9, 0, 4, 1),
        (9, 0, 5, SUSPEND),
        (9, 1, 2, 1),
        (9, 1, 5, SUSPEND),
        (9, 2, 0, 0),
        (9, 2, 5, SUSPEND),
        (9, 3, 6, -1),
        (9, 4, 5, -2),
    ],
)
def test_decisions_without_follow_up_rule_of_the_published_table(n, dlts, pending, move):
    """published: PMC9260438 table 1; the cell n = 6, one DLT, three pending is unresolved and left out."""
    rule = TiteBoin(Boin(0.2), 28)
    for followed in (0.0, float(pending)):
        assert int(tite_boin_move(rule, *map(np.array, (n, dlts, pending, followed)))) == move


def test_effective_sample_sizes_of_the_manual():
    """independent: TITEgBOIN next_TITE man page: 1 of 3.5 at dose 4 is 0.2857143."""
    found = pending_rate(TiteBoin(Boin(0.3), 28, "ess"), *map(np.array, (4.0, 1.0, 1.0, 0.5)))
    assert float(found.effective_n) == 3.5
    assert float(found.rate) == pytest.approx(0.2857143, abs=1e-7)


@pytest.mark.parametrize("form", ["stft", "ess"])
def test_without_pending_both_forms_are_boin(form):
    """law: with complete follow-up TITE-BOIN is BOIN."""
    from trialwright.dosefinding.interval import moves

    table = moves(Boin(0.3), 12)
    rule = TiteBoin(Boin(0.3), 28, form)
    for n in range(1, 13):
        for y in range(n + 1):
            assert int(tite_boin_move(rule, *map(np.array, (n, y, 0, 0.0)))) == table[n, y]


@pytest.mark.parametrize(
    ("n", "dlts", "pending", "goal"),
    [
        (2, 0, 2, 1),
        (3, 0, 0, 2),
        (3, 0, 1, 1),
        (4, 0, 0, 2),
        (5, 1, 0, 1),
        (6, 1, 0, 2),
        (6, 0, 1, 2),
        (6, 1, 1, WAIT),
        (6, 0, 2, WAIT),
        (4, 2, 1, 0),
    ],
)
def test_rolling_six_at_the_first_dose(n, dlts, pending, goal):
    """published: Skolnik et al 2008, table 1, at the lowest of three doses."""
    counts = [np.array([[value, 0, 0]]) for value in (n, dlts, pending)]
    assert next_dose_rolling(*counts, np.array([1]), 3)[0] == goal
