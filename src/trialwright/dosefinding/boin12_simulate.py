"""Simulation of BOIN12: cohorts with toxicity and response, toxicity and response independent within a participant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.boin12 import Boin12, next_dose_boin12, quasi_events, select_obd
from trialwright.dosefinding.checks import DoseInputError, check_truth
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.exact import OperatingCharacteristics
from trialwright.dosefinding.summary import summarise_batch
from trialwright.dosefinding.timed import Batch

Counts = NDArray[np.int_]

BLOCK = 25_000


@dataclass(frozen=True, slots=True)
class Obd:
    """Operating characteristics with the expected number of responses per dose."""

    characteristics: OperatingCharacteristics
    responses: tuple[float, ...]


def simulate_boin12(
    design: Design, truth: Sequence[float], response: Sequence[float], trials: int = 10_000, seed: int = 1
) -> Obd:
    """Simulate `trials` trials in which dose j has DLT rate truth[j] and response rate response[j]."""
    rule = design.rule
    if not isinstance(rule, Boin12):
        raise DoseInputError(f"{design.name} does not use responses; choose boin12.")
    check_truth(truth, design.doses)
    if len(response) != design.doses or any(not 0 <= p <= 1 for p in response):
        raise DoseInputError(f"give one true response rate between 0 and 1 for each of the {design.doses} doses.")
    if trials < 1:
        raise DoseInputError(f"the number of trials is {trials}; give 1 or more.")
    sizes = [min(BLOCK, trials - start) for start in range(0, trials, BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    parts = [
        _block(design, rule, np.asarray(truth, float), np.asarray(response, float), size, np.random.default_rng(s))
        for size, s in zip(sizes, seeds)
    ]
    joined = [np.concatenate(column) for column in zip(*parts)]
    selected, n, dlts, responses = joined
    nothing = np.zeros(trials, dtype=np.int64)
    batch = Batch(selected, n, dlts, np.zeros(trials), nothing, nothing, nothing)
    found = summarise_batch(batch, design, truth)
    return Obd(replace(found, duration_days=None, extra=None), tuple(map(float, responses.mean(axis=0))))


def _block(
    design: Design,
    rule: Boin12,
    truth: NDArray[np.float64],
    response: NDArray[np.float64],
    trials: int,
    rng: np.random.Generator,
) -> tuple[Counts, Counts, Counts, Counts]:
    shape = (trials, design.doses)
    n, y, r, both = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    dose = np.full(trials, design.start)
    alive = np.arange(trials)
    sizes = np.array([0] + [design.cohort_at(j) for j in range(1, design.doses + 1)])
    while alive.size:
        at = dose[alive] - 1
        size = np.minimum(sizes[dose[alive]], design.limit - n[alive].sum(axis=1))
        member = np.arange(int(size.max())) < size[:, None]
        toxic = (rng.random(member.shape) < truth[at][:, None]) & member
        works = (rng.random(member.shape) < response[at][:, None]) & member
        n[alive, at] += size
        y[alive, at] += toxic.sum(axis=1)
        r[alive, at] += works.sum(axis=1)
        both[alive, at] += (toxic & works).sum(axis=1)
        events = quasi_events(rule, n[alive], y[alive], r[alive], both[alive])
        goal = next_dose_boin12(rule, n[alive], y[alive], r[alive], events, dose[alive], design.top)
        go = (goal > 0) & (n[alive].sum(axis=1) < design.limit)
        if design.max_n_per_dose is not None:
            go &= n[alive, np.maximum(goal, 1) - 1] < design.max_n_per_dose
        stopped = goal == 0
        dose[alive[stopped]] = 0
        dose[alive[go]] = goal[go]
        alive = alive[go]
    events = quasi_events(rule, n, y, r, both)
    selected = np.where(dose == 0, 0, select_obd(rule, n, y, r, events))
    return selected, n, y, r
