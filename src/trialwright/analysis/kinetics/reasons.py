"""Why a number is missing: the closed set of reasons, and columns that carry one beside every value."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]


class Reason(IntEnum):
    """Why a parameter has no value; NONE says that it has one."""

    NONE = 0
    CONFLICTING_TIMES = 1
    MIXED_UNITS = 2
    ABOVE_RANGE = 3
    NO_INFUSION = 4
    NO_SAMPLES = 5
    ALL_BLQ = 6
    ONE_SAMPLE = 7
    START_DROPPED = 8
    START_UNKNOWN = 9
    ENDS_EARLY = 10
    TOO_FEW_POINTS = 11
    RISING = 12
    FLAT = 13
    NO_DOSE = 14
    NOT_ACCEPTED = 15
    NO_LAMBDA_Z_END = 16
    UNDEFINED = 17
    NO_DURATION = 18


TEXT: dict[Reason, str] = {
    Reason.NONE: "",
    Reason.CONFLICTING_TIMES: "two samples at one time disagree; say which counts (--ties mean, first, last or max)",
    Reason.MIXED_UNITS: "the profile mixes units that cannot be converted into each other",
    Reason.ABOVE_RANGE: "a sample is above the assay's upper limit, so its concentration is only known from below",
    Reason.NO_INFUSION: "no infusion is recorded for this subject",
    Reason.NO_SAMPLES: "no usable sample in the interval",
    Reason.ALL_BLQ: "no sample in the interval is quantifiable: all are below the limit of quantification",
    Reason.ONE_SAMPLE: "only one usable sample in the interval: an area needs two",
    Reason.START_DROPPED: "the BLQ rule drops the sample at the start of the interval, so the area has no start",
    Reason.START_UNKNOWN: "no sample at or before the start of the interval, so the area has no start",
    Reason.ENDS_EARLY: "the last sample is at {last}, before the end of the interval at {end}: "
    "a missing sample is not BLQ; another end rule (--interval-end) can be chosen",
    Reason.TOO_FEW_POINTS: "too few points for lambda z: {points} quantifiable after Tmax, {min_points} needed",
    Reason.RISING: "the best terminal regression rises (re-expansion or plateau), so there is no terminal half-life",
    Reason.FLAT: "the terminal concentrations do not vary, so there is no terminal half-life",
    Reason.NO_DOSE: "no dose is given",
    Reason.NOT_ACCEPTED: "the terminal regression fails the acceptance criteria: {failed}",
    Reason.NO_LAMBDA_Z_END: "the interval ends after the last sample and there is no lambda z to extrapolate with",
    Reason.UNDEFINED: "not defined for these values (a division by zero or an overflow)",
    Reason.NO_DURATION: "no infusion duration is given",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter for every profile: `value` (NaN where missing) and `why` (a `Reason` code, 0 where present)."""

    value: Floats
    why: Codes


def first_reason(*codes: Codes) -> Codes:
    """The first reason that holds, profile by profile: earlier arguments weigh more."""
    result = codes[0]
    for code in codes[1:]:
        result = np.where(result == 0, code, result).astype(np.int8)
    return result


def reason_where(condition: Mask, reason: Reason) -> Codes:
    """`reason` where `condition` holds, else NONE."""
    return np.where(condition, np.int8(reason), np.int8(0)).astype(np.int8)


def column(value: Floats, *codes: Codes) -> Column:
    """Join a value with what may forbid it; a value that is not finite for no stated reason is UNDEFINED."""
    why = first_reason(*codes) if codes else np.zeros(value.shape, dtype=np.int8)
    why = first_reason(why, reason_where(~np.isfinite(value), Reason.UNDEFINED))
    return Column(np.where(why == 0, value, np.nan), why)
