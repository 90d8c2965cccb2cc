"""The terminal phase: the log-linear regression whose slope is lambda z.

Candidate windows are the last 3, 4, ... quantified samples after Tmax (from Tmax for a bolus; after an infusion).
The largest adjusted R2 wins; among windows within 1e-4 of it, the one with most points; its slope must fall.
Source: Phoenix WinNonlin user's guide, "Lambda Z or slope estimation"; PKNCA 0.12 vignette on half-life.
A profile whose best window rises has no half-life here: a longer window that happens to fall would hide re-expansion.
"""

from dataclasses import dataclass

import numpy as np

from trialwright.analysis.kinetics.reasons import Codes, Floats, Reason, first_reason, reason_where
from trialwright.analysis.kinetics.settings import Route
from trialwright.analysis.kinetics.windows import Window


@dataclass(frozen=True, slots=True)
class Terminal:
    """The chosen regression of each profile: slope, intercept, fit and window; `why` where there is none.

    `candidates` is the number of samples that could have been used.
    """

    lambda_z: Floats
    intercept: Floats
    r2: Floats
    r2adj: Floats
    correlation: Floats
    points: Floats
    lower: Floats
    upper: Floats
    candidates: Floats
    why: Codes


def fit_terminal(window: Window) -> Terminal:
    """Lambda z of every profile at once: each window length is one pass over all profiles."""
    settings = window.settings
    include_tmax = settings.route is Route.BOLUS if settings.include_tmax is None else settings.include_tmax
    tmax = window.tmax[:, None]
    usable = (window.qt >= tmax) if include_tmax else (window.qt > tmax)
    if settings.route is Route.INFUSION:
        usable &= ~(window.qt < window.duration[:, None])
    n, m = usable.shape
    # the samples in question to the right, so that the last k are the last k columns
    order = np.argsort(usable, axis=1, kind="stable")
    t = np.take_along_axis(np.where(usable, window.qt, np.nan), order, axis=1)
    with np.errstate(divide="ignore"):
        y = np.log(np.take_along_axis(np.where(usable, window.qc, np.nan), order, axis=1))
    count = usable.sum(axis=1)
    fits = np.full((5, max(0, m - settings.min_points + 1), n), np.nan)
    for k in range(settings.min_points, m + 1):
        fits[:, k - settings.min_points] = _regress(t[:, m - k :], y[:, m - k :], k)
    slope, intercept, r2, r2adj, correlation = fits
    why = first_reason(
        window.no_samples,
        reason_where(window.zero, Reason.ALL_BLQ),
        reason_where(count < settings.min_points, Reason.TOO_FEW_POINTS),
    )
    if fits.shape[1] == 0:
        nothing = np.full(n, np.nan)
        return Terminal(*(nothing,) * 8, count.astype(float), why)
    best = np.nanmax(np.where(np.isfinite(r2adj), r2adj, -np.inf), axis=0)
    good = (slope < 0) & (r2adj > best - settings.tolerance)
    pick = np.where(good, np.arange(len(good))[:, None], -1).max(axis=0)
    why = first_reason(
        why,
        reason_where(~np.isfinite(best), Reason.FLAT),
        reason_where(pick < 0, Reason.RISING),
    )
    rows, pick = np.arange(n), np.maximum(pick, 0)
    points = pick + settings.min_points

    def chosen(values: Floats) -> Floats:
        return np.where(why == 0, values[pick, rows], np.nan)

    return Terminal(
        chosen(-slope),
        chosen(intercept),
        chosen(r2),
        chosen(r2adj),
        chosen(correlation),
        np.where(why == 0, points, np.nan).astype(float),
        np.where(why == 0, t[rows, np.maximum(m - points, 0)], np.nan),
        np.where(why == 0, t[rows, m - 1], np.nan),
        count.astype(float),
        why,
    )


def _regress(t: Floats, y: Floats, k: int) -> Floats:
    """(slope, intercept, R2, adjusted R2, correlation) of y on t along each row; NaN where a point is missing."""
    tm, ym = t.sum(axis=1) / k, y.sum(axis=1) / k
    dt, dy = t - tm[:, None], y - ym[:, None]
    stt = np.einsum("ij,ij->i", dt, dt)
    sty = np.einsum("ij,ij->i", dt, dy)
    syy = np.einsum("ij,ij->i", dy, dy)
    with np.errstate(all="ignore"):
        slope = sty / stt
        flat = syy <= 1e-24 * k
        correlation = np.where(flat, np.nan, sty / np.sqrt(stt * syy))
        r2 = correlation**2
        r2adj = 1 - (1 - r2) * (k - 1) / (k - 2) if k > 2 else r2
    return np.array([slope, ym - slope * tm, r2, r2adj, correlation])
