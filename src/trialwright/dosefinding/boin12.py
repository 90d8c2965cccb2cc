"""BOIN12: the optimal biological dose from toxicity and response together.

Source: Lin, Zhou, Yan, Li and Yuan 2020, JCO Precision Oncology 4:1393.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincc
from scipy.stats import rankdata

from trialwright.dosefinding.checks import DoseInputError, check_between, check_target
from trialwright.dosefinding.interval import Boin, boin_bounds
from trialwright.dosefinding.selection import isotonic

Counts = NDArray[np.int_]
Values = NDArray[np.float64]
Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Boin12:
    """Upper limit of the DLT rate `target`, lower limit of the response rate `response`, and utilities 0 to 100.

    Utilities: response without DLT 100, neither `neither`, both `both`, DLT without response 0.  A dose is
    inadmissible where P(DLT rate > target) > `cutoff_dlt` or P(response rate < response) > `cutoff_response`.
    With `explore_n` or more at a dose that neither rises nor falls, only it and the dose below are compared.
    """

    target: float
    response: float
    neither: float = 40.0
    both: float = 60.0
    cutoff_dlt: float = 0.95
    cutoff_response: float = 0.90
    explore_n: int = 6

    def __post_init__(self) -> None:
        check_target(self.target)
        if not 0 < self.response < 1:
            raise DoseInputError(f"the lowest response rate is {self.response:g}; give one between 0 and 1.")
        check_between("cutoff for DLTs", self.cutoff_dlt, 0.0, 1.0)
        check_between("cutoff for responses", self.cutoff_response, 0.0, 1.0)
        if not (0 <= self.neither <= 100 and 0 <= self.both <= 100):
            raise DoseInputError("utilities lie between 0 and 100.")


def utility_benchmark(rule: Boin12) -> float:
    """Utility, 0 to 1, that a dose is compared with: halfway from a dose at both limits to the best possible."""
    t, e = rule.target, rule.response
    at_limits = 100 * e * (1 - t) + rule.neither * (1 - e) * (1 - t) + rule.both * e * t
    return (at_limits + (100 - at_limits) / 2) / 100


def quasi_events(rule: Boin12, n: Numbers, dlts: Numbers, responses: Numbers, both: Numbers | None = None) -> Values:
    """Sum of utilities / 100 over participants.

    With utilities where `neither` + `both` = 100 the marginal counts suffice; otherwise `both` (participants with
    a DLT and a response) is needed.  Raises DoseInputError without it.
    """
    if both is None:
        if abs(rule.neither + rule.both - 100) > 1e-9:
            raise DoseInputError(
                "these utilities need the number of participants with both a DLT and a response, at each dose."
            )
        return np.asarray((rule.neither * (n - dlts) + rule.both * responses) / 100)
    neither_count = n - dlts - responses + both
    return np.asarray((100 * (responses - both) + rule.neither * neither_count + rule.both * both) / 100)


def desirability(rule: Boin12, n: Numbers, events: Numbers) -> Values:
    """P(utility > benchmark) with a uniform prior on the utility: the desirability score of a dose."""
    result: Values = betaincc(1 + events, 1 + n - events, utility_benchmark(rule))
    return result


def admissible(rule: Boin12, n: Counts, dlts: Counts, responses: Counts) -> NDArray[np.bool_]:
    """Whether a dose may be given; a dose without participants may."""
    toxic = bdtr(dlts.astype(float), n + 1, rule.target) > rule.cutoff_dlt
    idle = 1 - bdtr(responses.astype(float), n + 1, rule.response) > rule.cutoff_response
    return np.asarray(~((n > 0) & (toxic | idle)))


@dataclass(frozen=True, slots=True)
class DesirabilityRow:
    """One row of the table in a protocol; `rank` is the rank-based desirability score, None where inadmissible."""

    n: int
    dlts: int
    responses: int
    rank: float | None


def desirability_table(rule: Boin12, sizes: tuple[int, ...]) -> list[DesirabilityRow]:
    """Rank-based desirability scores (RDS) of all outcomes at these numbers of participants.  Lin 2020, table 3.

    Ranks run over the admissible outcomes and share ties by the mean rank, so they depend on `sizes`; comparisons
    between doses do not.
    """
    if not sizes or min(sizes) < 0:
        raise DoseInputError("give the numbers of participants at which the table is read, such as 0,3,6,9.")
    cells = [(n, t, e) for n in sorted(set(sizes)) for t in range(n + 1) for e in range(n + 1)]
    n, t, e = (np.array(column) for column in zip(*cells))
    keep = admissible(rule, n, t, e)
    score = desirability(rule, n.astype(float), quasi_events(rule, n, t, e))
    ranks = np.full(n.size, np.nan)
    ranks[keep] = rankdata(np.round(score[keep], 10))
    return [
        DesirabilityRow(int(a), int(b), int(c), float(r) if ok else None)
        for a, b, c, r, ok in zip(n, t, e, ranks, keep)
    ]


@lru_cache(maxsize=32)
def bounds(rule: Boin12) -> tuple[float, float]:
    """BOIN's lambda_e and lambda_d at the upper limit of the DLT rate."""
    return boin_bounds(Boin(rule.target))


def next_dose_boin12(
    rule: Boin12, n: Counts, dlts: Counts, responses: Counts, events: Values, dose: Counts, top: int
) -> Counts:
    """Dose of the next cohort for each row of counts [rows, doses]; 0 where no dose is admissible nearby.

    Above lambda_d go down.  Between the bounds with `explore_n` or more: the more desirable of this dose and the one
    below; otherwise of the neighbours on both sides.  Inadmissible doses, and all above a too toxic one, are left out.
    Source: Lin 2020, dose-finding algorithm, steps 2 and 3.
    """
    low, high = bounds(rule)
    rows, doses = np.arange(dose.size), n.shape[1]
    toxic = (n > 0) & (bdtr(dlts.astype(float), n + 1, rule.target) > rule.cutoff_dlt)
    limit = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, doses + 1)
    usable = admissible(rule, n, dlts, responses)
    score = desirability(rule, n.astype(float), events)
    m = n[rows, dose - 1]
    rate = dlts[rows, dose - 1] / np.maximum(m, 1)
    down_only = rate > high + 1e-12
    no_rise = down_only | ((rate > low + 1e-12) & (m >= rule.explore_n))
    best, best_score = np.zeros(dose.size, dtype=int), np.full(dose.size, -np.inf)
    for step in (-1, 0, 1):
        candidate = dose + step
        inside = (candidate >= 1) & (candidate <= top) & (candidate < limit)
        at = np.clip(candidate, 1, doses) - 1
        ok = inside & usable[rows, at]
        if step == 0:
            ok &= ~down_only | (dose == 1)
        if step == 1:
            ok &= ~no_rise
        value = np.where(ok, score[rows, at], -np.inf)
        better = value > best_score + 1e-12
        best, best_score = np.where(better, candidate, best), np.where(better, value, best_score)
    return best


def select_obd(rule: Boin12, n: Counts, dlts: Counts, responses: Counts, events: Values) -> Counts:
    """Optimal biological dose of each row of final counts: the most useful admissible dose up to the MTD; 0 if none.

    The MTD is the isotonic DLT rate closest to `target` (Lin 2020, section on OBD selection).
    """
    usable = (n > 0) & admissible(rule, n, dlts, responses)
    toxic = (n > 0) & (bdtr(dlts.astype(float), n + 1, rule.target) > rule.cutoff_dlt)
    limit = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    position = np.arange(1, n.shape[1] + 1)
    safe = (n > 0) & (position < limit[:, None])
    a, b = dlts + 0.05, n - dlts + 0.05
    fit = isotonic(a / (a + b), np.where(safe, (a + b) ** 2 * (a + b + 1) / (a * b), 0.0))
    fit = fit + np.cumsum(safe, axis=1) * 1e-10
    mtd = np.where(safe, np.abs(fit - rule.target), np.inf).argmin(axis=1) + 1
    utility = np.where(usable & (position <= mtd[:, None]) & safe, (1 + events) / (2 + n), -np.inf)
    chosen: Counts = np.where(np.isfinite(utility).any(axis=1), utility.argmax(axis=1) + 1, 0)
    return chosen
