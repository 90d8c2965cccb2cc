"""Exposure that was observed: peak, last sample, areas within the samples, and the same per unit of dose."""

import numpy as np

from trialwright.analysis.kinetics.parameters import EXTRAVASCULAR, Parameter
from trialwright.analysis.kinetics.reasons import Codes, Column, Floats, Reason, column, first_reason, reason_where
from trialwright.analysis.kinetics.settings import EndRule
from trialwright.analysis.kinetics.terminal import Terminal
from trialwright.analysis.kinetics.trapezoid import interpolate, pack, segment_areas
from trialwright.analysis.kinetics.windows import Window


def cmax(w: Window, z: Terminal) -> Column:
    """Largest quantified concentration; 0 for a profile recorded as zeros with no limit known."""
    return column(np.where(w.zero, 0.0, w.cmax), w.no_samples)


CMAX = Parameter("CMAX", "Max Conc", "concentration", cmax)


def tmax(w: Window, z: Terminal) -> Column:
    """Time of the largest concentration; of equal ones the first."""
    return column(w.tmax, w.no_samples, _only_zeros(w))


TMAX = Parameter("TMAX", "Time of CMAX", "time", tmax)


def tlst(w: Window, z: Terminal) -> Column:
    """Time of the last quantifiable sample: for cells, how long they were seen to persist."""
    return column(w.tlst, w.no_samples, _only_zeros(w))


TLST = Parameter("TLST", "Time of Last Nonzero Conc", "time", tlst)


def clst(w: Window, z: Terminal) -> Column:
    """Concentration of the last quantifiable sample."""
    return column(w.clst, w.no_samples, _only_zeros(w))


CLST = Parameter("CLST", "Last Nonzero Conc", "concentration", clst)


def tlag(w: Window, z: Terminal) -> Column:
    """Time of the last sample before the first quantifiable one; 0 when the first sample is quantifiable.

    Read from the points that the areas count, so a dropped BLQ sample does not stand for a lag.
    """
    first = w.qt[:, :1]
    lag = np.where(w.t < first, w.t, w.interval.start).max(axis=1, initial=w.interval.start)
    return column(lag, w.no_samples, _only_zeros(w))


TLAG = Parameter("TLAG", "Time Until First Nonzero Conc", "time", tlag, EXTRAVASCULAR)


def auclst(w: Window, z: Terminal) -> Column:
    """Area from the start of the interval to the last point above 0."""
    return column(w.at_last(w.area), w.no_area)


AUCLST = Parameter("AUCLST", "AUC to Last Nonzero Conc", "auc", auclst)


def aucall(w: Window, z: Terminal) -> Column:
    """AUCLST and the triangle from the last quantifiable sample to the first BLQ one after it, always linear."""
    return column(w.sum_to(w.area, w.last + 1), w.no_area)


AUCALL = Parameter("AUCALL", "AUC All", "auc", aucall)


def aumclst(w: Window, z: Terminal) -> Column:
    """Area under time x concentration (time since infusion) to the last point above 0."""
    return column(w.at_last(w.moment), w.no_area)


AUMCLST = Parameter("AUMCLST", "AUMC to Last Nonzero Conc", "aumc", aumclst)


def aucint(w: Window, z: Terminal) -> Column:
    """Area over the whole interval, to its very end, by the end rule of the settings (`settings.EndRule`).

    BLQ samples count by their place in the whole profile, and samples after the end serve to interpolate at it.
    """
    value, why = _area_to_end(w, z)
    return column(value, w.no_partial, why)


AUCINT = Parameter("AUCINT", "AUC from T1 to T2", "auc", aucint, bounded=True)


def cavg(w: Window, z: Terminal) -> Column:
    """Average concentration over the interval: AUCINT divided by its length."""
    area = aucint(w, z)
    return column(area.value / (w.interval.end - w.interval.start), area.why)


CAVG = Parameter("CAVG", "Average Conc", "concentration", cavg, bounded=True)


def cmaxd(w: Window, z: Terminal) -> Column:
    """CMAX per unit of dose."""
    return per_dose(w, cmax(w, z))


CMAXD = Parameter("CMAXD", "Max Conc Norm by Dose", "concentration_per_dose", cmaxd)


def auclstd(w: Window, z: Terminal) -> Column:
    """AUCLST per unit of dose."""
    return per_dose(w, auclst(w, z))


AUCLSTD = Parameter("AUCLSTD", "AUC to Last Nonzero Conc Norm by Dose", "auc_per_dose", auclstd)


def aucalld(w: Window, z: Terminal) -> Column:
    """AUCALL per unit of dose."""
    return per_dose(w, aucall(w, z))


AUCALLD = Parameter("AUCALLD", "AUC All Norm by Dose", "auc_per_dose", aucalld)


def aucintd(w: Window, z: Terminal) -> Column:
    """AUCINT per unit of dose."""
    return per_dose(w, aucint(w, z))


AUCINTD = Parameter("AUCINTD", "AUC from T1 to T2 Norm by Dose", "auc_per_dose", aucintd, bounded=True)

EXPOSURE = (
    CMAX, CMAXD, TMAX, TLST, CLST, TLAG, AUCLST, AUCLSTD, AUCALL, AUCALLD, AUCINT, AUCINTD, CAVG, AUMCLST,
)  # fmt: skip


def per_dose(w: Window, given: Column) -> Column:
    """Divide by the dose; NO_DOSE where none is given."""
    return column(given.value / w.dose, given.why, no_dose(w))


def no_dose(w: Window) -> Codes:
    """NO_DOSE where the profile has none."""
    return reason_where(~np.isfinite(w.dose), Reason.NO_DOSE)


def _only_zeros(w: Window) -> Codes:
    return reason_where(w.zero, Reason.ALL_BLQ)


def _area_to_end(w: Window, z: Terminal) -> tuple[Floats, Codes]:
    start, end, method = w.interval.start, w.interval.end, w.settings.method
    between = (w.whole_t > start) & (w.whole_t < end)
    ends = [interpolate(w.whole_t, w.whole_c, at, w.tmax, method)[:, None] for at in (start, end)]
    # the interval's own start value where the profile as a whole has none there
    begin = np.where(np.isfinite(ends[0]), ends[0], np.where(w.t[:, :1] == start, w.c[:, :1], np.nan))
    times = [np.full_like(begin, start), np.where(between, w.whole_t, np.nan), np.full_like(begin, end)]
    t, c = pack(
        np.concatenate(times, axis=1),
        np.concatenate([begin, np.where(between, w.whole_c, np.nan), ends[1]], axis=1),
    )
    area = segment_areas(t, c, w.tmax, method)[0].sum(axis=1)
    early = w.sampled_to < end
    nothing = reason_where(~np.isfinite(begin[:, 0]), Reason.START_UNKNOWN)
    match w.settings.end_rule:
        case EndRule.OBSERVED:
            return area, first_reason(nothing, reason_where(early, Reason.ENDS_EARLY))
        case EndRule.LAST:
            return area, nothing
        case EndRule.EXTRAPOLATE:
            open_end = early & (w.tlst >= w.sampled_to)
            with np.errstate(all="ignore"):
                tail = w.clst / z.lambda_z * -np.expm1(-z.lambda_z * (end - w.tlst))
            needed = first_reason(nothing, np.where(open_end, z.why, 0).astype(np.int8))
            return np.where(open_end, area + tail, area), needed
    raise TypeError(f"no rule for {w.settings.end_rule!r}")
