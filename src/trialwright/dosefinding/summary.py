"""Operating characteristics from simulated trials, with Monte-Carlo standard errors and the trial's duration."""

from collections.abc import Sequence

import numpy as np

from trialwright.dosefinding.design import Design, target_of
from trialwright.dosefinding.exact import OperatingCharacteristics, true_mtd
from trialwright.dosefinding.timed import Batch


def summarise_batch(
    batch: Batch, design: Design, truth: Sequence[float], target: float | None = None
) -> OperatingCharacteristics:
    """Means over trials; `se` of each selection probability, `duration_days` with mean, SD and three quantiles."""
    trials = batch.selected.size
    chosen = np.bincount(batch.selected, minlength=design.doses + 1) / trials
    se = np.sqrt(chosen * (1 - chosen) / trials)
    total = batch.patients.sum(axis=1)
    sizes = np.bincount(total) / trials
    mtd = true_mtd(truth, target_of(design.rule) or target)
    share = overdose = None
    if mtd is not None:
        above = batch.patients[:, mtd:].sum(axis=1) / np.maximum(total, 1)
        share, overdose = float(above.mean()), float((above > 0.6).mean())
    low, middle, high = np.quantile(batch.duration, [0.1, 0.5, 0.9])
    return OperatingCharacteristics(
        tuple(map(float, chosen[1:])),
        float(chosen[0]),
        tuple(map(float, batch.patients.mean(axis=0))),
        tuple(map(float, batch.dlts.mean(axis=0))),
        float(total.mean()),
        {int(n): float(sizes[n]) for n in np.flatnonzero(sizes)},
        mtd,
        share,
        overdose,
        trials=trials,
        se=tuple(map(float, se[1:])),
        none_se=float(se[0]),
        patients_se=tuple(map(float, batch.patients.std(axis=0) / np.sqrt(trials))),
        duration_days={
            "mean": float(batch.duration.mean()),
            "sd": float(batch.duration.std()),
            "p10": float(low),
            "median": float(middle),
            "p90": float(high),
        },
        extra={
            "apheresed": float(batch.apheresed.mean()),
            "not_evaluable": float(batch.unevaluable.mean()),
            "infused_below_plan": float(batch.below_plan.mean()),
        },
    )
