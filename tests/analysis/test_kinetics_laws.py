"""What must hold for any profile, and a plain one-profile reading of the rules beside the vectorised one."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialwright.analysis.kinetics.nca import PARAMETERS, analyse, parse_intervals, register
from trialwright.analysis.kinetics.profiles import from_arrays
from trialwright.analysis.kinetics.settings import Method, Route, Settings

DAYS = np.array([0, 1, 3, 5, 7, 9, 11, 14, 17, 21, 28, 42, 60, 90.0])


@st.composite
def profile(draw):
    n = draw(st.integers(1, 12))
    gaps = draw(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0, 7.0]), min_size=n, max_size=n))
    first = draw(st.sampled_from([0.0, 0.5]))
    values = draw(
        st.lists(st.one_of(st.just(0.0), st.floats(1.0, 1e5), st.sampled_from([10.0, 20.0])), min_size=n, max_size=n)
    )
    return first + np.cumsum([0.0, *gaps[:-1]]), np.array(values)


def plain(t, c, log_down):
    """One profile, extravascular, BLQ rule keep-drop-keep: the rules read aloud, without arrays."""
    found = {}
    quantified = [(a, b) for a, b in zip(t, c) if b > 0]
    if not quantified:
        return found
    first, last = quantified[0][0], quantified[-1][0]
    kept = [(a, b) for a, b in zip(t, c) if b > 0 or a < first or a > last]
    found["CMAX"] = max(b for _, b in quantified)
    found["TMAX"] = next(a for a, b in quantified if b == found["CMAX"])
    found["TLST"], found["CLST"] = quantified[-1]
    if len(kept) >= 2:
        points = kept if kept[0][0] == 0 else [(0.0, 0.0), *kept]
        area, moment, beyond = 0.0, 0.0, 0.0
        for (t1, c1), (t2, c2) in pairwise(points):
            if log_down and 0 < c2 < c1 and c1 - c2 > 1e-5 * c1:
                k = math.log(c1 / c2) / (t2 - t1)
                a, m = (c1 - c2) / k, (t1 * c1 - t2 * c2) / k + (c1 - c2) / k**2
            else:
                a, m = (t2 - t1) * (c1 + c2) / 2, (t2 - t1) * (t1 * c1 + t2 * c2) / 2
            if t2 <= last:
                area, moment = area + a, moment + m
            elif t1 == last:
                beyond = a
        found["AUCLST"], found["AUMCLST"], found["AUCALL"] = area, moment, area + beyond
    tail = [(a, math.log(b)) for a, b in quantified if a > found["TMAX"]]
    fits = []
    for k in range(3, len(tail) + 1):
        x, y = np.array(tail[-k:]).T
        if np.ptp(y) == 0:
            continue
        slope = np.polyfit(x - x.mean(), y - y.mean(), 1)[0]
        r2 = np.corrcoef(x, y)[0, 1] ** 2
        fits.append((1 - (1 - r2) * (k - 1) / (k - 2), k, slope))
    if fits:
        best = max(f[0] for f in fits)
        # a tie at the tolerance itself may fall either way
        if not any(abs(f[0] - (best - 1e-4)) < 1e-9 for f in fits):
            near = [f for f in fits if f[0] > best - 1e-4 and f[2] < 0]
            found["LAMZ"] = -max(near, key=lambda f: f[1])[2] if near else None
    else:
        found["LAMZ"] = None
    return found


@settings(max_examples=150, deadline=None)
@given(profile(), st.booleans())
def test_vectorised_is_the_plain_reading(given_profile, log_down):
    """reference: a loop over one profile."""
    t, c = given_profile
    method = Method.LINEAR_UP_LOG_DOWN if log_down else Method.LINEAR
    kinetics = analyse(from_arrays(t[None, :], c[None, :]), Settings(method=method))
    for code, expected in plain(t.tolist(), c.tolist(), log_down).items():
        got = kinetics.values(code)
        if expected is None:
            assert got.why[0] != 0
        else:
            assert got.value[0] == pytest.approx(expected, rel=1e-7, abs=1e-12), code


@settings(max_examples=60, deadline=None)
@given(profile(), st.floats(0.01, 1000), st.sampled_from(list(Method)))
def test_units_of_concentration_scale_through(given_profile, factor, method):
    """law: multiplying every concentration multiplies peaks and areas, and leaves times and rates alone."""
    t, c = given_profile
    a = analyse(from_arrays(t[None, :], c[None, :]), Settings(method=method))
    b = analyse(from_arrays(t[None, :], c[None, :] * factor), Settings(method=method))
    for code, power in (("CMAX", 1), ("AUCLST", 1), ("AUCALL", 1), ("AUMCLST", 1), ("TMAX", 0), ("TLST", 0)):
        one, two = a.values(code), b.values(code)
        assert (one.why == two.why).all()
        np.testing.assert_allclose(two.value, one.value * factor**power, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(profile(), st.sampled_from(list(Route)), st.sampled_from(["0-inf", "0-5", "1-9", "0-1000"]))
def test_no_value_without_number_and_no_gap_without_reason(given_profile, route, interval):
    """law: a row has a finite value or a reason, never both, never neither."""
    t, c = given_profile
    plan = Settings(route=route, duration=0.5 if route is Route.INFUSION else None)
    rows = list(analyse(from_arrays(t[None, :], c[None, :]), plan, parse_intervals(interval)).rows())
    for row in rows:
        assert (row["value"] is None) == bool(row["reason"])
        assert row["value"] is None or math.isfinite(row["value"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1.0, 1e4), min_size=6, max_size=6), st.floats(0.5, 27.5))
def test_adjacent_partial_areas_add_up(values, cut):
    """law: AUC(0, t) + AUC(t, 28) = AUC(0, 28) for every trapezoid rule, t anywhere."""
    t = np.array([[0, 4, 8, 15, 21, 28.0]])
    for method in Method:
        if method is Method.LINEAR_LOG:
            continue  # its switch at Tmax depends on the interval
        kinetics = analyse(
            from_arrays(t, np.array([values])), Settings(method=method), parse_intervals(f"0-{cut},{cut}-28,0-28")
        )
        first, second, whole = (kinetics.values("AUCINT", i).value[0] for i in range(3))
        assert first + second == pytest.approx(whole, rel=1e-6)


def test_a_true_exponential_is_recovered():
    """published: C = 100 exp(-0.1 t) has lambda z 0.1, AUC(0-inf) 1000 and AUMC(0-inf) 10000 (calculus)."""
    t = np.arange(0, 50, 5.0)[None, :]
    kinetics = analyse(
        from_arrays(t, 100 * np.exp(-0.1 * t), dose=2000.0),
        Settings(route=Route.BOLUS, method=Method.LINEAR_UP_LOG_DOWN),
    )
    for code, expected in (
        ("LAMZ", 0.1), ("AUCIFO", 1000), ("AUMCIFO", 10000), ("CLO", 2), ("VZO", 20), ("VSSO", 20), ("C0", 100),
        ("MRTIVIFO", 10), ("AUCPBEO", 0),
    ):  # fmt: skip
        assert kinetics.values(code).value[0] == pytest.approx(expected, rel=1e-9), code


def test_the_register_names_each_parameter_once_with_its_function():
    """law: codes are unique, every entry computes, and the CDISC length limit of 8 characters holds."""
    codes = [p.code for p in PARAMETERS]
    assert len(codes) == len(set(codes))
    assert all(len(code) <= 8 for code in codes)
    for route in Route:
        for interval in parse_intervals("0-28,0-inf"):
            plan = Settings(route=route, duration=1.0 if route is Route.INFUSION else None)
            kinetics = analyse(from_arrays(DAYS[None, :], np.exp(-DAYS / 9)[None, :]), plan, [interval])
            assert set(kinetics.results[0].columns) == {p.code for p in register(plan, interval)}
