"""Decisions while follow-up is pending: weights for the CRM, and the two published TITE-BOIN rules.

The two rules go by one name and differ.  `stft` imputes each pending outcome from its follow-up time (Yuan et al
2018, Clin Cancer Res 24:4921); `ess` counts a pending participant as a fraction of one (Lin and Yuan 2020,
Biostatistics 21:807).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import DoseInputError
from trialwright.dosefinding.crm import Crm
from trialwright.dosefinding.interval import Boin, boin_bounds, probability_above

Values = NDArray[np.float64]
Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class TiteCrm:
    """CRM with follow-up weights.  Source: Cheung and Chappell 2000, Biometrics 56:1177."""

    crm: Crm
    window_days: float
    weights: str = "linear"

    def __post_init__(self) -> None:
        _check_window(self.window_days)
        if self.weights not in ("linear", "adaptive"):
            raise DoseInputError(f"the weights are {self.weights!r}; use linear or adaptive.")


@dataclass(frozen=True, slots=True)
class TiteBoin:
    """BOIN with pending participants.  `form` names the published rule, stft or ess.

    Accrual is suspended where more than `max_pending` of those treated at the current dose are pending, unless the
    DLTs already seen call for de-escalation whatever the pending outcomes are.
    """

    boin: Boin
    window_days: float
    form: str = "stft"
    max_pending: float = 0.5

    def __post_init__(self) -> None:
        _check_window(self.window_days)
        if self.form not in ("stft", "ess"):
            raise DoseInputError(f"the TITE-BOIN rule is {self.form!r}; use stft or ess.")
        if not 0 <= self.max_pending <= 1:
            raise DoseInputError("the share of pending participants lies between 0 and 1.")


def follow_up_weights(
    followup_days: Sequence[float], dlt: Sequence[int], window_days: float, scheme: str = "linear"
) -> Values:
    """Weight of each participant: 1 with a DLT or full follow-up, else by the share of the window observed.

    linear: follow-up / window.  adaptive: the window is divided at the DLT times seen so far, each part weighing the
    same.  Source: Cheung and Chappell 2000, sections 2.2 and 5; for a DLT, follow-up is the day it occurred.
    """
    _check_window(window_days)
    days = np.asarray(followup_days, dtype=float)
    toxic = np.asarray(dlt, dtype=int) == 1
    if (days < 0).any():
        raise DoseInputError("a follow-up time is negative; give days since infusion.")
    share = np.minimum(days / window_days, 1.0)
    if scheme == "adaptive" and toxic.any():
        knots = np.sort(np.minimum(days[toxic], window_days))
        edges = np.concatenate([[0.0], knots, [window_days]])
        passed = np.searchsorted(knots, days, side="right")
        start, end = edges[passed], edges[np.minimum(passed + 1, knots.size + 1)]
        with np.errstate(invalid="ignore", divide="ignore"):
            inside = np.where(end > start, (days - start) / (end - start), 1.0)
        share = np.minimum((passed + inside) / (knots.size + 1), 1.0)
        share = np.where(days >= window_days, 1.0, share)
    return np.where(toxic, 1.0, share)


@dataclass(frozen=True, slots=True)
class PendingRate:
    """DLT rate at the current dose with pending participants, and what it was made of; arrays of one shape."""

    rate: Values
    effective_n: Values
    suspended: NDArray[np.bool_]
    decided: NDArray[np.bool_]


def pending_rate(rule: TiteBoin, n: Numbers, dlts: Numbers, pending: Numbers, followed: Numbers) -> PendingRate:
    """Estimated DLT rate among `n` treated, of whom `pending` have `followed` windows of follow-up between them.

    stft: (y + k (c - STFT)) / n with k = p / (1 - p), p = (y + target / 2) / (n - c + 1); ess: y / (n - c + STFT).
    `decided` marks rows in which the DLTs seen already exceed the de-escalation boundary.
    """
    n, dlts, pending, followed = (np.asarray(v, dtype=float) for v in (n, dlts, pending, followed))
    high = boin_bounds(rule.boin)[1]
    size = np.maximum(n, 1.0)
    if rule.form == "stft":
        middle = (dlts + rule.boin.target / 2) / (n - pending + 1)
        odds = np.where(middle < 1, middle / np.maximum(1 - middle, 1e-12), np.inf)
        with np.errstate(invalid="ignore"):
            imputed = np.where(pending - followed > 0, odds * (pending - followed), 0.0)
        rate = np.minimum((dlts + imputed) / size, 1.0)
        effective = n
    else:
        effective = n - pending + followed
        rate = np.where(effective > 0, dlts / np.maximum(effective, 1e-12), np.where(dlts > 0, 1.0, 0.0))
    decided = dlts > high * n + 1e-12
    suspended = (pending > rule.max_pending * n + 1e-12) & ~decided
    return PendingRate(rate, effective, suspended, decided)


def tite_boin_move(rule: TiteBoin, n: Numbers, dlts: Numbers, pending: Numbers, followed: Numbers) -> NDArray[np.int_]:
    """Move at the current dose: 1, 0, -1, -2 (eliminate), or 9 where accrual is suspended.

    Elimination counts everybody treated as observed, so it never happens before it must: pending participants can
    only add DLTs.
    """
    found = pending_rate(rule, n, dlts, pending, followed)
    low, high = boin_bounds(rule.boin)
    n, dlts = np.asarray(n, dtype=float), np.asarray(dlts, dtype=float)
    move = np.where(found.rate <= low + 1e-12, 1, np.where(found.rate > high + 1e-12, -1, 0))
    move = np.where(found.decided, -1, move)
    move = np.where(found.suspended, SUSPEND, move)
    above = probability_above(rule.boin.target, n.astype(int), dlts.astype(int)) > rule.boin.cutoff
    out: NDArray[np.int_] = np.where((n >= rule.boin.eliminate_from_n) & (dlts >= 1) & above, -2, move)
    return out


SUSPEND = 9


def _check_window(window_days: float) -> None:
    if not 0 < window_days < 100_000:
        raise DoseInputError(f"the DLT window is {window_days:g} days; give a number above 0, such as 28.")
