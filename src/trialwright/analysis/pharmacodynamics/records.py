"""B-cell counts of a file, read by the same codes and limits as concentrations, and their derivation as a table."""

import math
from collections.abc import Sequence
from typing import Any

from trialwright.analysis.kinetics.samples import Samples, Status
from trialwright.analysis.pharmacodynamics.bcells import (
    Count,
    Depletion,
    DepletionRule,
    derive_depletion,
    recovery_curve,
    recovery_kaplan_meier,
)


def derive_all(samples: Samples, rule: DepletionRule, lymphodepletion: float) -> list[Depletion]:
    """One derivation per subject, in order of appearance; subjects without a usable count are there with the reason."""
    counts: dict[str, list[Count]] = {subject.id: [] for subject in samples.subjects}
    for sample in samples.samples:
        time = math.nan if sample.time is None else sample.time
        if sample.status == Status.QUANTIFIED:
            counts[sample.subject].append(Count(time, sample.value))
        elif sample.status == Status.BLQ:
            # a count of 0 is a count; a code or a value below the limit is known only to be below it
            limit = sample.limit
            counts[sample.subject].append(Count(time, sample.value) if limit is None else Count(time, limit, True))
    return [derive_depletion(name, given, rule, lymphodepletion) for name, given in counts.items()]


def as_document(depletions: Sequence[Depletion], rule: DepletionRule) -> dict[str, Any]:
    """JSON-ready: the rule, one row per subject, median time to recovery as an interval and by Kaplan-Meier."""
    rows = [_row(d) for d in depletions]
    followed = [d for d in depletions if d.recovery is not None]
    if not followed:
        median: dict[str, Any] = {"left": None, "right": None, "reason": "no subject was depleted"}
        product_limit: dict[str, Any] = {
            "time": None,
            "lower": None,
            "upper": None,
            "reason": "no subject was depleted",
        }
    else:
        left, right = recovery_curve(followed).quantile(0.5)
        late = "half of the depleted subjects have not been seen to recover"
        median = {"left": left, "right": right, "reason": None if right is not None else late}
        time, lower, upper = recovery_kaplan_meier(followed).quantile(0.5)
        product_limit = {"time": time, "lower": lower, "upper": upper, "reason": None if time is not None else late}
    return {
        "rule": {name: getattr(rule, name) for name in DepletionRule.__slots__},
        "rows": rows,
        "depleted": sum(1 for d in depletions if d.depleted),
        "recovered": sum(1 for d in depletions if d.recovered),
        "median_recovery": median,
        "median_recovery_kaplan_meier": product_limit,
    }


def _row(d: Depletion) -> dict[str, Any]:
    return {
        "subject": d.subject,
        "baseline": d.baseline,
        "depleted": d.depleted,
        "depletion": _interval(d.depletion.left, d.depletion.right) if d.depletion else None,
        "nadir": d.nadir,
        "nadir_time": d.nadir_time,
        "nadir_below_limit": d.nadir_blq,
        "recovered": d.recovered,
        "recovery": _interval(d.recovery.left, d.recovery.right) if d.recovery else None,
        "aplasia_days": list(d.aplasia_days) if d.aplasia_days else None,
        "last_visit": d.last_visit,
        "reason": d.reason,
        "flags": list(d.flags),
    }


def _interval(left: float, right: float) -> list[float | None]:
    return [left, None if math.isinf(right) else right]
