"""Autoantibodies and complement: change from baseline, and when a marker becomes normal.

Normal is below the assay's upper limit for an autoantibody and at or above the lower limit for complement; limits are
the record's own, for assays differ.  A titre or a level below the limit of detection is known only from above.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trialwright.analysis.pharmacodynamics.crossing import Crossing, first_crossing
from trialwright.errors import TrialwrightError

Normal = Literal["below", "at_or_above"]


@dataclass(frozen=True, slots=True)
class Level:
    """One result: `limit` the normal limit of that record (None: not given); `blq` means below `value`."""

    time: float
    value: float | None
    limit: float | None = None
    blq: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Change from baseline at one time: absolute, relative (%) and fold; None with a `reason`."""

    time: float
    value: float | None
    absolute: float | None
    percent: float | None
    fold: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class MarkerResponse:
    """`abnormal_at_baseline` None when not known; `normalised` the interval of the first confirmed normal result.

    Normalisation is asked only of those who were abnormal at baseline; `reason` says why there is no answer.
    """

    abnormal_at_baseline: bool | None
    baseline: float | None
    changes: tuple[Change, ...]
    normalised: Crossing | None
    reason: str | None


def marker_response(
    levels: Sequence[Level], normal: Normal, confirm: int = 2, lymphodepletion: float = -5.0
) -> MarkerResponse:
    """Follow one marker of one subject; the baseline is the last result before lymphodepletion.

    Times are days after infusion; lymphodepletion is by default on day -5.
    """
    if normal not in ("below", "at_or_above"):
        raise TrialwrightError('normal is "below" the limit (autoantibodies) or "at_or_above" it (complement)')
    ordered = sorted((x for x in levels if x.value is not None and x.value >= 0), key=lambda x: x.time)
    before = [x for x in ordered if x.time < lymphodepletion]
    after = [x for x in ordered if x.time >= 0]
    base = before[-1] if before else None
    changes = tuple(_change(x, base) for x in after)
    if base is None:
        return MarkerResponse(None, None, changes, None, "no result before lymphodepletion")
    start = _normal(base, normal)
    abnormal = None if start is None else not start
    if abnormal is None:
        return MarkerResponse(None, base.value, changes, None, "the baseline result does not decide: no normal limit")
    if not abnormal:
        return MarkerResponse(False, base.value, changes, None, "normal at baseline, so it cannot normalise")
    found = first_crossing([x.time for x in after], [_normal(x, normal) for x in after], True, confirm, 0.0)
    if not after:
        return MarkerResponse(True, base.value, (), None, "no result after infusion")
    return MarkerResponse(True, base.value, changes, found, None)


def _normal(x: Level, normal: Normal) -> bool | None:
    if x.limit is None or x.value is None:
        return None
    if x.blq:
        below: bool | None = True if x.value <= x.limit else None
    else:
        below = x.value < x.limit
    if below is None:
        return None
    return below if normal == "below" else not below


def _change(x: Level, base: Level | None) -> Change:
    if base is None or base.value is None or x.value is None:
        return Change(x.time, x.value, None, None, None, "no baseline")
    if x.blq or base.blq:
        return Change(x.time, x.value, None, None, None, "a result below the limit is known only from above")
    absolute = x.value - base.value
    if base.value == 0 or not math.isfinite(base.value):
        return Change(x.time, x.value, absolute, None, None, "the baseline is 0, so there is no relative change")
    return Change(x.time, x.value, absolute, 100 * absolute / base.value, x.value / base.value, None)
