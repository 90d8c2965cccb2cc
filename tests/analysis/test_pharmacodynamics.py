"""B cells and markers between visits: what the visits decide, and what they do not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.analysis.pharmacodynamics.bcells import (
    Count,
    DepletionRule,
    derive_depletion,
    recovery_curve,
    recovery_kaplan_meier,
)
from trialwright.analysis.pharmacodynamics.crossing import Crossing, first_crossing
from trialwright.analysis.pharmacodynamics.markers import Level, marker_response
from trialwright.errors import TrialwrightError

RULE = DepletionRule(threshold=10.0, recovery=20.0, confirm_recovery=2)


def counts(*pairs):
    return [Count(t, abs(v) if v is not None else None, v is not None and v < 0) for t, v in pairs]


def depletion(*pairs, rule=RULE):
    """Counts by day; a negative number -v means below the limit v."""
    return derive_depletion("S1", counts(*pairs), rule)


def test_depletion_and_confirmed_recovery():
    """pair: gone between day 0 and 7, back between day 60 and 90, confirmed at 120."""
    found = depletion((-7, 150), (0, 30), (7, 4), (14, 0.5), (28, 0), (60, 12), (90, 25), (120, 60))
    assert (found.baseline, found.baseline_time) == (150, -7)
    assert found.depleted is True
    assert found.depletion == Crossing(0, 7, True)
    assert (found.nadir, found.nadir_time) == (0, 28)
    assert found.recovered is True
    assert found.recovery == Crossing(60, 90, True)
    assert found.aplasia_days == (60 - 7, 90 - 0)
    assert found.reason is None


@pytest.mark.parametrize(
    ("visits", "recovered", "recovery"),
    [
        # one count at 25 that is not confirmed
        (((60, 12), (90, 25), (120, 15)), False, Crossing(120, math.inf, False)),
        # the last count is at recovery: not yet confirmed
        (((60, 12), (90, 25)), None, Crossing(60, math.inf, None)),
        # a missed visit widens the interval
        (((60, 12), (90, None), (120, 25), (150, 30)), True, Crossing(60, 120, True)),
        # never back
        (((60, 12), (360, 0)), False, Crossing(360, math.inf, False)),
    ],
)
def test_recovery_between_visits(visits, recovered, recovery):
    """pair: what later visits say about recovery."""
    found = depletion((-7, 150), (7, 4), (28, 0), *visits)
    assert found.recovered is recovered
    assert found.recovery == recovery


def test_not_depleted_is_said():
    """pair: counts that never fall below the threshold."""
    found = depletion((-7, 150), (7, 40), (28, 35))
    assert found.depleted is False
    assert "no confirmed depletion" in found.reason
    assert found.recovery is None


def test_a_limit_above_the_threshold_does_not_decide():
    """law: a count below 50 says nothing about a threshold of 10; below 5 says it all."""
    unknown = depletion((-7, 150), (7, -50), (28, -50))
    assert unknown.depleted is None
    assert "decides" in unknown.reason
    assert any("does not decide" in flag for flag in unknown.flags)
    assert depletion((-7, 150), (7, -5), (28, -5)).depleted is True


def test_relative_threshold_needs_a_baseline():
    """pair: 5 % of baseline, with and without one; counts after lymphodepletion are no baseline."""
    rule = DepletionRule(threshold=0.05, relative=True)
    assert depletion((-7, 200), (7, 9), (28, 8), rule=rule).depleted is True
    missing = depletion((-3, 20), (7, 9), (28, 8), rule=rule)
    assert missing.depleted is None
    assert "share of the baseline" in missing.reason


def test_bad_counts_are_flagged():
    """law: negative, contradictory, undated and absent counts are said, not used in silence."""
    found = derive_depletion("S1", [Count(-7, 150), Count(7, -3), Count(9, 4), Count(9, 40), Count(math.nan, 3)], RULE)
    assert len(found.flags) == 3
    assert found.reason == "no usable count after infusion"
    assert derive_depletion("S2", [], RULE).depleted is None


@pytest.mark.parametrize(
    "bad", [{"threshold": 0}, {"threshold": 20, "recovery": 10}, {"threshold": 5, "confirm_recovery": 0}]
)
def test_rules_that_make_no_sense(bad):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError):
        DepletionRule(**bad)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=12), st.integers(1, 3))
def test_crossing_laws(states, confirm):
    """law: the event lies between an old-state visit (or the start) and a confirmed run; more confirmation, later."""
    times = list(range(1, len(states) + 1))
    found = first_crossing(times, states, True, confirm, 0.0)
    if found.confirmed:
        assert states[times.index(found.right)] is True
        decided = [s for s in states[times.index(found.right) :] if s is not None][:confirm]
        assert decided == [True] * confirm
        assert found.left == 0 or states[times.index(found.left)] is False
    else:
        assert math.isinf(found.right)
    stricter = first_crossing(times, states, True, confirm + 1, 0.0)
    assert stricter.right >= found.right


def test_recovery_of_a_cohort():
    """law: with visits every day the interval-censored estimate and Kaplan-Meier agree to a visit."""
    rng = np.random.default_rng(3)
    true = rng.weibull(2, 30) * 120 + 20
    cohort = [
        derive_depletion(str(i), [Count(-7, 100), *(Count(t, 30.0 if t > when else 1.0) for t in range(1, 160))], RULE)
        for i, when in enumerate(true)
    ]
    middle = recovery_kaplan_meier(cohort).quantile(0.5)[0]
    low, high = recovery_curve(cohort).quantile(0.5)
    assert abs(middle - np.median(true)) < 15
    assert low - 1 <= middle <= high + 1
    assert recovery_kaplan_meier(cohort, event_at="middle").quantile(0.5)[0] == pytest.approx(middle - 0.5)
    with pytest.raises(TrialwrightError):
        recovery_kaplan_meier(cohort, event_at="left")


def test_autoantibody_and_complement():
    """pair: anti-dsDNA falls below its limit, C3 rises to its own; each record brings its limit."""
    dsdna = marker_response(
        [Level(-10, 300, 100), Level(28, 150, 100), Level(60, 80, 100), Level(90, 40, 100)], "below"
    )
    assert dsdna.abnormal_at_baseline is True
    assert dsdna.normalised == Crossing(28, 60, True)
    assert [round(c.percent) for c in dsdna.changes] == [-50, -73, -87]
    c3 = marker_response([Level(-10, 0.5, 0.9), Level(60, 0.95, 0.9), Level(90, 1.0, 0.9)], "at_or_above")
    assert c3.normalised == Crossing(0, 60, True)
    assert marker_response([Level(-10, 1.1, 0.9), Level(60, 1.0, 0.9)], "at_or_above").reason.startswith("normal")
    assert marker_response([Level(-10, 1.1), Level(60, 1.0)], "at_or_above").abnormal_at_baseline is None
    assert marker_response([Level(60, 1.0, 0.9)], "at_or_above").changes[0].reason == "no baseline"
    assert marker_response([Level(-10, 9, 5), Level(60, 2, 5, blq=True)], "below").changes[0].percent is None
