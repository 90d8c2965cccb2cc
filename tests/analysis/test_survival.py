"""Time to event: Kaplan-Meier against R, Turnbull against hand and against Kaplan-Meier."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.analysis.statistics.interval_censored import turnbull
from trialwright.analysis.statistics.survival import INTERVAL_TYPES, kaplan_meier
from trialwright.errors import TrialwrightError

TIMES = [52, 60, 64, 71, 88, 90, 95, 110, 120, 150, 180, 360]
EVENTS = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("interval", ["plain", "log", "log-log"])
def test_curve_and_quantiles(oracle, interval):
    """independent: R survfit with each conf.type, to 1e-9."""
    curve = kaplan_meier(TIMES, EVENTS, interval=interval)
    steps = {step.time: step for step in curve.events()}
    rows = oracle(f"stats/km_bcell_recovery_{interval}.csv")
    assert len(rows) == len(steps)
    for row in rows:
        step = steps[float(row["time"])]
        assert (step.at_risk, step.events) == (int(row["n.risk"]), int(row["n.event"]))
        got = (step.survival, step.se, step.lower, step.upper)
        assert got == pytest.approx([float(row[k]) for k in ("surv", "se", "lower", "upper")], abs=1e-9)
    for row in oracle(f"stats/km_quantiles_{interval}.csv"):
        expected = [None if row[k] == "NA" else float(row[k]) for k in ("est", "lower", "upper")]
        assert list(curve.quantile(float(row["q"]))) == expected


def test_median_of_twelve():
    """independent: R survfit log-log, median 110 with interval 60 to not reached (carried)."""
    assert kaplan_meier(TIMES, EVENTS).quantile(0.5) == (110, 60, None)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 1)), min_size=1, max_size=25))
def test_curve_laws(pairs):
    """law: survival falls from 1, intervals hold it, and without censoring it is the share still free."""
    times, events = zip(*pairs)
    for interval in INTERVAL_TYPES:
        last = 1.0
        for step in kaplan_meier(times, events, interval=interval).steps:
            assert step.survival <= last + 1e-15
            last = step.survival
            if step.lower is None:
                assert step.reason
            else:
                assert -1e-12 <= step.lower <= step.survival + 1e-12
                assert step.survival - 1e-12 <= step.upper <= 1 + 1e-12
    for step in kaplan_meier(times, [1] * len(times)).steps:
        assert step.survival == pytest.approx(np.mean(np.array(times) > step.time))


def test_numbers_at_risk():
    """pair: those not yet had the event nor censored just before each day."""
    assert kaplan_meier(TIMES, EVENTS).at_risk([0, 60, 61, 360, 361]) == [12, 11, 10, 1, 0]
    assert kaplan_meier(TIMES, EVENTS).at(63).time == 60
    assert kaplan_meier(TIMES, EVENTS).at(1) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1)), min_size=2, max_size=12))
def test_turnbull_of_exact_times_is_kaplan_meier(pairs):
    """independent: with exact and right-censored times both estimates are the same."""
    curve = kaplan_meier(*zip(*pairs))
    estimate = turnbull([(t, t) if e else (t, math.inf) for t, e in pairs])
    seen = {m.right: m.probability for m in estimate.masses}
    last = 1.0
    for step in curve.steps:
        if step.events:
            assert seen.get(step.time, 0.0) == pytest.approx(last - step.survival, abs=1e-5)
            last = step.survival


def test_turnbull_by_hand():
    """published: by symmetry of p2 (p2 + p3) p3 the masses are 1/4, 3/8, 3/8 (calculus)."""
    estimate = turnbull([(0, 1), (1, 3), (2, 4), (3, math.inf)])
    assert [(m.left, m.right) for m in estimate.masses] == [(0, 1), (2, 3), (3, 4)]
    assert [m.probability for m in estimate.masses] == pytest.approx([0.25, 0.375, 0.375])
    assert estimate.quantile(0.5) == (2, 3)
    assert estimate.survival(2) == pytest.approx((0.75, 0.75))
    assert estimate.survival(2.5) == pytest.approx((0.375, 0.75))
    assert turnbull([(10, math.inf)]).quantile(0.5) == (10, None)


@pytest.mark.parametrize(
    "call",
    [
        lambda: kaplan_meier([], []),
        lambda: kaplan_meier([1, -1], [1, 1]),
        lambda: kaplan_meier([1, math.nan], [1, 1]),
        lambda: kaplan_meier([1, 2], [1, 2]),
        lambda: kaplan_meier([1], [1], interval="wald"),
        lambda: kaplan_meier([1], [1]).quantile(1.0),
        lambda: turnbull([]),
        lambda: turnbull([(5, 3)]),
    ],
)
def test_requests_that_make_no_sense(call):
    """law: refused in one sentence."""
    with pytest.raises(TrialwrightError):
        call()
