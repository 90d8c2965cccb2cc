"""B cells: how deep and how long they vanish, and when they return.

There is no standard definition (over 1 % of mononuclear cells, detectable, below 20 per uL for aplasia were all
used), so threshold, confirmation and assay are parameters and are carried into the result.  Times are days after
infusion; recovery lies between two visits and is reported as that interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from trialwright.analysis.pharmacodynamics.crossing import Crossing, first_crossing
from trialwright.analysis.statistics.interval_censored import IntervalCurve, turnbull
from trialwright.analysis.statistics.survival import Curve, IntervalType, kaplan_meier
from trialwright.errors import TrialwrightError


@dataclass(frozen=True, slots=True)
class DepletionRule:
    """Depleted below `threshold`, recovered at `recovery` or above (None: the same), each at `confirm` visits in a row.

    With `relative`, thresholds are shares of the baseline.  `assay` and `unit` name what was counted and how.
    """

    threshold: float
    recovery: float | None = None
    confirm_depletion: int = 1
    confirm_recovery: int = 2
    relative: bool = False
    assay: str = "CD19+ cells by flow cytometry"
    unit: str = "cells/uL"

    def __post_init__(self) -> None:
        back = self.threshold if self.recovery is None else self.recovery
        if not (0 < self.threshold <= back < math.inf):
            raise TrialwrightError("the depletion threshold is above 0 and not above the recovery threshold")
        if min(self.confirm_depletion, self.confirm_recovery) < 1:
            raise TrialwrightError("a change is confirmed by one visit or more")


@dataclass(frozen=True, slots=True)
class Count:
    """One count: `value` None when missing; `blq` means below `value`, the assay's limit."""

    time: float
    value: float | None
    blq: bool = False


@dataclass(frozen=True, slots=True)
class Depletion:
    """One subject.  `depleted`, `recovered` None when the visits do not decide, with `reason`.

    `depletion` and `recovery` are (left, right]; `aplasia_days` (shortest, longest), longest None when still aplastic.
    `nadir_blq` says that the lowest count was below the limit `nadir`.
    """

    subject: str
    rule: DepletionRule
    baseline: float | None
    baseline_time: float | None
    depleted: bool | None
    depletion: Crossing | None
    nadir: float | None
    nadir_time: float | None
    nadir_blq: bool
    recovered: bool | None
    recovery: Crossing | None
    aplasia_days: tuple[float, float | None] | None
    last_visit: float | None
    reason: str | None
    flags: tuple[str, ...]


def derive_depletion(
    subject: str, counts: Sequence[Count], rule: DepletionRule, lymphodepletion: float = -5.0
) -> Depletion:
    """Depletion and recovery of one subject; the baseline is the last count before lymphodepletion (day -5 by default).

    Visits are sorted; a negative count is flagged and not used; two counts at one time must agree or neither is used.
    """
    usable, flags = _clean(counts)
    before = [c for c in usable if c.time < lymphodepletion and not c.blq]
    baseline = before[-1] if before else None
    after = [c for c in usable if c.time >= 0]
    if baseline is None:
        flags.append("no quantified count before lymphodepletion: there is no baseline")
    last = after[-1].time if after else None

    def without(reason: str) -> Depletion:
        value, time = (baseline.value, baseline.time) if baseline else (None, None)
        return Depletion(
            subject, rule, value, time, None, None, None, None, False, None, None, None, last, reason, tuple(flags)
        )  # fmt: skip

    if not after:
        return without("no usable count after infusion")
    scale = 1.0
    if rule.relative:
        if baseline is None or not baseline.value:
            return without("the threshold is a share of the baseline, and there is none above 0")
        scale = baseline.value
    low = rule.threshold * scale
    high = (rule.threshold if rule.recovery is None else rule.recovery) * scale
    times = [c.time for c in after]
    gone = first_crossing(times, [_below(c, low) for c in after], True, rule.confirm_depletion, 0.0)
    if any(_below(c, low) is None for c in after):
        flags.append(f"a count below a limit above the threshold {low:g} does not decide")
    nadir = min(after, key=lambda c: (c.value or 0.0, not c.blq, c.time))
    back: Crossing | None = None
    aplasia: tuple[float, float | None] | None = None
    reason: str | None = None
    if gone.confirmed:
        rest = [c for c in after if c.time >= gone.right]
        states = [_not(_below(c, high)) for c in rest]
        back = first_crossing([c.time for c in rest], states, True, rule.confirm_recovery, gone.right)
        longest = None if math.isinf(back.right) else back.right - gone.left
        aplasia = (max(0.0, back.left - gone.right), longest)
        if back.confirmed is None:
            flags.append("the last counts are at recovery but not yet confirmed")
    elif gone.confirmed is None:
        reason = "the last counts are below the threshold but not yet confirmed"
    elif all(_below(c, low) is None for c in after):
        reason = "no count after infusion decides against the threshold"
    else:
        reason = "no confirmed depletion, so there is nothing to recover from"
    decided = gone.confirmed if any(_below(c, low) is not None for c in after) else None
    return Depletion(
        subject,
        rule,
        None if baseline is None else baseline.value,
        None if baseline is None else baseline.time,
        decided,
        gone,
        nadir.value,
        nadir.time,
        nadir.blq,
        None if back is None else back.confirmed,
        back,
        aplasia,
        last,
        reason,
        tuple(flags),
    )


def recovery_curve(depletions: Sequence[Depletion]) -> IntervalCurve:
    """Time from infusion to recovery among those depleted, interval-censored (Turnbull)."""
    return turnbull([(d.recovery.left, d.recovery.right) for d in depletions if d.recovery is not None])


def recovery_kaplan_meier(
    depletions: Sequence[Depletion],
    level: float = 0.95,
    interval: IntervalType = "log-log",
    event_at: str = "right",
) -> Curve:
    """The same as Kaplan-Meier with the event put at the visit that found it (`right`) or midway (`middle`).

    Censored at the last visit still without recovery.  Convenient and common; `recovery_curve` is what the visits say.
    """
    if event_at not in {"right", "middle"}:
        raise TrialwrightError('an event is put at the "right" end of its interval or in the "middle"')
    pairs = []
    for d in depletions:
        if d.recovery is None:
            continue
        left, right = d.recovery.left, d.recovery.right
        if math.isinf(right):
            pairs.append((left, 0))
        else:
            pairs.append((right if event_at == "right" else (left + right) / 2, 1))
    return kaplan_meier([t for t, _ in pairs], [e for _, e in pairs], level, interval)


def _clean(counts: Sequence[Count]) -> tuple[list[Count], list[str]]:
    flags: list[str] = []
    by_time: dict[float, list[Count]] = {}
    if any(not math.isfinite(c.time) for c in counts):
        flags.append("a count without a time is not used")
    for c in sorted((c for c in counts if math.isfinite(c.time)), key=lambda c: c.time):
        if c.value is None or not math.isfinite(c.value):
            continue
        if c.value < 0:
            flags.append(f"the count {c.value:g} at {c.time:g} is negative and not used")
            continue
        by_time.setdefault(c.time, []).append(c)
    usable = []
    for time, group in by_time.items():
        if len({(c.value, c.blq) for c in group}) > 1:
            flags.append(f"counts at {time:g} disagree and are not used")
        else:
            usable.append(group[0])
    return usable, flags


def _below(count: Count, threshold: float) -> bool | None:
    value = count.value or 0.0
    if count.blq:
        return True if value <= threshold else None
    return value < threshold


def _not(state: bool | None) -> bool | None:
    return None if state is None else not state
