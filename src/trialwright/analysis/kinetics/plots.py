"""Figures of profiles and fits.  Needs matplotlib (the extra `report`); returns figures, writes no file."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from trialwright.analysis.kinetics.fit import Fit, Observations
from trialwright.analysis.kinetics.models import concentration
from trialwright.errors import TrialwrightError


def plot_fits(
    names: Sequence[str],
    subjects: Sequence[Observations],
    fits: Sequence[Fit],
    unit: str | None = None,
    columns: int = 3,
) -> Any:
    """Concentration on a log axis over days, one panel per participant; hollow triangles are BLQ at their limit."""
    plt = _pyplot()
    count = len(names)
    columns = min(columns, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.6 * columns, 2.6 * rows), squeeze=False, sharex=True)
    for axis in axes.flat[count:]:
        axis.set_visible(False)
    for axis, name, seen, fit in zip(axes.flat, names, subjects, fits):
        open_ = ~seen.censored
        axis.semilogy(seen.time[open_], np.exp(seen.log_value[open_]), "o", ms=4, color="#1f4e79")
        axis.semilogy(seen.time[~open_], np.exp(seen.log_value[~open_]), "v", ms=5, mfc="none", color="#b45f06")
        if fit.theta is not None and len(seen.time):
            grid = np.linspace(0, seen.time.max(), 400)
            axis.semilogy(grid, concentration(fit.model, fit.theta, grid), "-", lw=1.2, color="#38761d")
            floor = np.exp(seen.log_value.min()) / 5
            axis.set_ylim(bottom=floor)
        axis.set_title(name if fit.reason is None else f"{name}: no fit", fontsize=9)
    figure.supxlabel("days after infusion")
    figure.supylabel("concentration" + (f" ({unit})" if unit else ""))
    figure.tight_layout()
    return figure


def plot_residuals(subjects: Sequence[Observations], fits: Sequence[Fit]) -> Any:
    """Weighted residuals of quantified samples over time and over prediction; most should lie within 2."""
    plt = _pyplot()
    figure, (over_time, over_prediction) = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    for seen, fit in zip(subjects, fits):
        if fit.theta is None or fit.residuals is None:
            continue
        predicted = fit.model.log_curve(fit.theta, seen.time)[0]
        over_time.plot(seen.time, fit.residuals, "o", ms=3, color="#1f4e79")
        over_prediction.plot(predicted, fit.residuals, "o", ms=3, color="#1f4e79")
    for axis, label in ((over_time, "days after infusion"), (over_prediction, "ln predicted")):
        axis.axhline(0, color="0.5", lw=0.8)
        for level in (-2, 2):
            axis.axhline(level, color="0.7", lw=0.8, ls="--")
        axis.set_xlabel(label)
    over_time.set_ylabel("weighted residual")
    figure.tight_layout()
    return figure


def _pyplot() -> Any:
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        raise TrialwrightError("figures need matplotlib; install trialwright with the extra `report`") from error
    return pyplot
