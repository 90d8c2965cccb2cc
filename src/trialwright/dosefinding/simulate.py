"""Simulated operating characteristics of designs whose course depends on counts alone: a check on the exact ones.

Trials are drawn in blocks with their own random streams, so results depend on the seed and never on the number of
workers.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import DoseInputError, check_truth
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.exact import OperatingCharacteristics, summarise
from trialwright.dosefinding.graph import Graph, binomial, build

BLOCK = 25_000
MOST = 100_000  # states; beyond that following each trial is quicker than listing all courses


def simulate(
    design: Design,
    truth: Sequence[float],
    trials: int = 10_000,
    seed: int = 1,
    target: float | None = None,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> OperatingCharacteristics:
    """Simulate `trials` trials under `truth`; `progress` is told how many trials each finished block held.

    Raises TooManyStates where the courses are too many to list; `simulate_timed` follows each trial instead.
    """
    check_truth(truth, design.doses)
    if trials < 1:
        raise DoseInputError(f"the number of trials is {trials}; give 1 or more.")
    graph = build(design, MOST)
    sizes = [min(BLOCK, trials - start) for start in range(0, trials, BLOCK)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    rates = np.asarray(truth, dtype=float)
    counted = np.zeros(graph.selected.size)

    def run(block: int) -> NDArray[np.int_]:
        ends = walk(graph, rates, sizes[block], np.random.default_rng(seeds[block]))
        return np.bincount(ends, minlength=graph.selected.size)

    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        for block, found in enumerate(pool.map(run, range(len(sizes)))):
            counted += found
            if progress is not None:
                progress(sizes[block])
    return with_errors(graph, counted / trials, design, truth, target, trials)


def walk(graph: Graph, truth: NDArray[np.float64], trials: int, rng: np.random.Generator) -> NDArray[np.int_]:
    """Final data set of each of `trials` trials, walked cohort by cohort."""
    widest = max(int(layer.cohort.max()) for layer in graph.layers)
    tail = 1.0 - np.cumsum(binomial(truth, widest), axis=2)[:, :, :-1]
    result = np.empty(trials, dtype=np.int64)
    who = np.arange(trials)
    state = np.zeros(trials, dtype=np.int64)
    for layer in graph.layers:
        width = layer.child.shape[1]
        tails = tail[layer.dose - 1, layer.cohort]
        draw = rng.random(state.size)
        toxic = np.zeros(state.size, dtype=np.int64)
        for k in range(width - 1):
            toxic += draw < tails[:, k][state]
        after = layer.child.ravel()[state * width + toxic]
        over = after < 0
        if over.any():
            result[who[over]] = -1 - after[over]
            who, after = who[~over], after[~over]
        state = after
        if not state.size:
            break
    return result


def with_errors(
    graph: Graph,
    weight: NDArray[np.float64],
    design: Design,
    truth: Sequence[float],
    target: float | None,
    trials: int,
) -> OperatingCharacteristics:
    """Summary of simulated final data sets with Monte-Carlo standard errors."""
    found = summarise(graph, weight, design, truth, target)
    chosen = np.array((*found.selection, found.none))
    se = np.sqrt(chosen * (1 - chosen) / trials)
    mean = np.array(found.patients)
    spread = np.sqrt(np.maximum(weight @ graph.n.astype(float) ** 2 - mean**2, 0) / trials)
    return replace(
        found,
        trials=trials,
        data_sets=None,
        se=tuple(map(float, se[:-1])),
        none_se=float(se[-1]),
        patients_se=tuple(map(float, spread)),
    )
