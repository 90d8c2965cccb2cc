"""One interval of many profiles, cleaned and integrated: what every parameter is computed from.

Start of an area: a sample at the start counts as it is; without one, C(0) is 0 for cells and infusions and is
back-extrapolated for a bolus (log-linear through the first two samples when they fall, else the first); a later start
is interpolated by the trapezoid rule.  Source: Phoenix WinNonlin user's guide, "Data checking and pre-treatment".
"""

import math
from dataclasses import dataclass

import numpy as np

from trialwright.analysis.kinetics.blq import counted_values
from trialwright.analysis.kinetics.profiles import Profiles
from trialwright.analysis.kinetics.reasons import Codes, Floats, Indices, Mask, Reason, first_reason, reason_where
from trialwright.analysis.kinetics.samples import Status
from trialwright.analysis.kinetics.settings import Route, Settings
from trialwright.analysis.kinetics.trapezoid import interpolate, pack, segment_areas


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end` (infinity: the whole profile) after the infusion, in the unit of the sampling times."""

    start: float
    end: float
    label: str

    @property
    def bounded(self) -> bool:
        return math.isfinite(self.end)


@dataclass(frozen=True, slots=True)
class Window:
    """One interval of all profiles.

    `qt`, `qc` quantified samples in the interval, packed; `t`, `c` the points that areas count, packed, with the start;
    `area`, `moment` of their segments; `last` the index of the last point above 0, `last_quantified` of the last
    quantified one (-1: none); `whole_t`, `whole_c` the same points of the whole profile, for interpolation.
    `first_blq` is the time of the first BLQ sample after the last quantified one (infinity: none), `sampled_to` that of
    the last usable sample of the whole profile, `unusable` how many samples in the interval are not usable;
    `no_samples`, `no_area`, `no_partial` say why concentrations, areas and areas to the interval's end are missing;
    `zero` marks profiles recorded as zeros only.
    """

    interval: Interval
    settings: Settings
    qt: Floats
    qc: Floats
    t: Floats
    c: Floats
    area: Floats
    moment: Floats
    last: Indices
    last_quantified: Indices
    whole_t: Floats
    whole_c: Floats
    tmax: Floats
    cmax: Floats
    tlst: Floats
    clst: Floats
    c0: Floats
    first_blq: Floats
    sampled_to: Floats
    unusable: Indices
    dose: Floats
    duration: Floats
    zero: Mask
    no_samples: Codes
    no_area: Codes
    no_partial: Codes

    def at_last(self, values: Floats) -> Floats:
        """Sum of per-segment values up to the last point above 0."""
        return self.sum_to(values, self.last)

    def sum_to(self, values: Floats, index: Indices) -> Floats:
        """Sum of per-segment values up to a point's index; 0 where the index is 0 or -1."""
        upto = np.arange(values.shape[1])[None, :] < index[:, None]
        return np.asarray(np.where(upto, values, 0.0).sum(axis=1))


def build_window(profiles: Profiles, interval: Interval, settings: Settings) -> Window:
    """Clean, start and integrate one interval of all profiles."""
    time, status, limit = profiles.time, profiles.status, profiles.limit
    taken = np.isfinite(time) & (time >= 0) & ((status == Status.QUANTIFIED) | (status == Status.BLQ))
    blq = taken & (status == Status.BLQ)
    if settings.route is Route.BOLUS:
        # a BLQ sample at time 0 of a bolus was drawn before the dose; C0 takes its place
        taken &= ~(blq & (time == 0))
        blq &= taken
    inside = taken & (time >= interval.start) & (time <= interval.end)
    quantified = inside & ~blq
    qt, qc = pack(time, np.where(quantified, profiles.value, np.nan))
    tmax, cmax = _peak(qt, qc)
    whole = _counted(profiles, taken, blq, settings)
    counted = whole if inside.all() else _counted(profiles, inside, blq, settings)
    start_dropped = (inside & (time == interval.start) & ~np.isfinite(counted)).any(axis=1)
    whole_t, whole_c = pack(time, whole)
    c0 = _initial(whole_t, whole_c, settings.route)
    whole_points = np.isfinite(whole_c).sum(axis=1)
    zero_dropped = (taken & (time == 0) & ~np.isfinite(whole)).any(axis=1)
    whole_t, whole_c = _with_start(whole_t, whole_c, 0.0, np.where(zero_dropped, np.nan, c0))
    t, c = pack(time, counted)
    points = np.isfinite(c).sum(axis=1)
    begin = c0 if interval.start == 0 else interpolate(whole_t, whole_c, interval.start, tmax, settings.method)
    t, c = _with_start(t, c, interval.start, begin)
    area, moment = segment_areas(t, c, tmax, settings.method)
    steps = np.arange(c.shape[1])
    last = np.where(c > 0, steps, -1).max(axis=1)
    rows = np.arange(len(c))
    n_quantified = quantified.sum(axis=1)
    tlst = np.where(n_quantified > 0, qt[rows, np.maximum(n_quantified - 1, 0)], np.nan)
    clst = np.where(n_quantified > 0, qc[rows, np.maximum(n_quantified - 1, 0)], np.nan)
    last_quantified = np.where(t <= tlst[:, None], steps, -1).max(axis=1)
    known_limit = (blq & inside & np.isfinite(limit)).any(axis=1)
    recorded = (blq & inside & (profiles.value == 0)).sum(axis=1) == inside.sum(axis=1)
    zero = (n_quantified == 0) & inside.any(axis=1) & ~known_limit & recorded
    no_samples = first_reason(
        profiles.bar,
        reason_where(~inside.any(axis=1), Reason.NO_SAMPLES),
        reason_where((n_quantified == 0) & ~zero, Reason.ALL_BLQ),
    )
    no_area = first_reason(
        no_samples,
        reason_where(start_dropped, Reason.START_DROPPED),
        reason_where(points < 2, Reason.ONE_SAMPLE),
        reason_where(~np.isfinite(c[:, 0]) | (t[:, 0] > interval.start), Reason.START_UNKNOWN),
    )
    # a partial area rests on the whole profile: it needs no sample inside the interval, only around it
    no_partial = first_reason(
        profiles.bar,
        reason_where(~taken.any(axis=1), Reason.NO_SAMPLES),
        reason_where((inside.any(axis=1) & (n_quantified == 0) | ~(taken & ~blq).any(axis=1)) & ~zero, Reason.ALL_BLQ),
        reason_where(start_dropped, Reason.START_DROPPED),
        reason_where(whole_points < 2, Reason.ONE_SAMPLE),
    )
    after_peak = inside & (status == Status.BLQ) & (time > tlst[:, None])
    first_blq = np.where(after_peak, time, np.inf).min(axis=1)
    unusable = ((status == Status.UNUSABLE) & (time >= interval.start) & (time <= interval.end)).sum(axis=1)
    sampled_to = np.where(taken, time, -np.inf).max(axis=1)
    duration = profiles.duration
    if settings.duration is not None:
        duration = np.where(np.isnan(duration), settings.duration, duration)
    return Window(
        interval, settings, qt, qc, t, c, area, moment, last, last_quantified, whole_t, whole_c, tmax, cmax,
        tlst, clst, c0, first_blq, sampled_to, unusable, profiles.dose, duration, zero, no_samples, no_area, no_partial,
    )  # fmt: skip


def _counted(profiles: Profiles, where: Mask, blq: Mask, settings: Settings) -> Floats:
    value = np.where(where & (blq | np.isfinite(profiles.value)), profiles.value, np.nan)
    return counted_values(profiles.time, value, blq & where, profiles.limit, settings.blq)


def _peak(qt: Floats, qc: Floats) -> tuple[Floats, Floats]:
    """(Tmax, Cmax); of equal peaks the first counts."""
    rows = np.arange(len(qc))
    at = np.where(np.isfinite(qc), qc, -np.inf).argmax(axis=1)
    return qt[rows, at], qc[rows, at]


def _initial(t: Floats, c: Floats, route: Route) -> Floats:
    """Concentration at time 0 of each profile, where no sample was taken then; see the module's first lines."""
    if route is not Route.BOLUS:
        return np.zeros(len(t))
    if t.shape[1] < 2:
        return c[:, 0]
    t1, t2, c1, c2 = t[:, 0], t[:, 1], c[:, 0], c[:, 1]
    with np.errstate(all="ignore"):
        back = c1 * (c1 / c2) ** (t1 / (t2 - t1))
    return np.where((c1 > c2) & (c2 > 0), back, c1)


def _with_start(t: Floats, c: Floats, start: float, value: Floats) -> tuple[Floats, Floats]:
    """Put (start, value) in front of the profiles that have no point there."""
    missing = ~(t[:, 0] == start) & np.isfinite(value)
    front_t, front_c = np.where(missing, start, np.nan)[:, None], np.where(missing, value, np.nan)[:, None]
    wide_t, wide_c = np.concatenate([front_t, t], axis=1), np.concatenate([front_c, c], axis=1)
    if missing.all():
        return wide_t, wide_c
    return pack(wide_t, wide_c)
