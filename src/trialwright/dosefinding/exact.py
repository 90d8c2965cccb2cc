"""Operating characteristics without Monte-Carlo error, and the paths that a trial may take next."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialwright.dosefinding.checks import check_truth
from trialwright.dosefinding.design import Design, target_of
from trialwright.dosefinding.graph import Graph, build, terminal_probabilities


@dataclass(frozen=True, slots=True)
class OperatingCharacteristics:
    """What a design does under one truth; probabilities 0 to 1, participants and DLTs expected per dose.

    `selection` is per dose and sums with `none` to 1.  `overdose` is the probability that more than 60 % of the
    participants are treated above the MTD, `above_mtd` the expected share of them; both None without a target.
    `se` (simulation only) is the standard error of each selection probability.
    """

    selection: tuple[float, ...]
    none: float
    patients: tuple[float, ...]
    dlts: tuple[float, ...]
    expected_n: float
    n_probability: dict[int, float]
    true_mtd: int | None
    above_mtd: float | None
    overdose: float | None
    data_sets: int | None = None
    trials: int | None = None
    se: tuple[float, ...] | None = None
    none_se: float | None = None
    patients_se: tuple[float, ...] | None = None
    duration_days: dict[str, float] | None = None
    extra: dict[str, float] | None = None


def true_mtd(truth: Sequence[float], target: float | None) -> int | None:
    """Dose whose true rate is closest to the target, the lower of two; None without a target."""
    if target is None:
        return None
    return int(np.abs(np.asarray(truth) - target).argmin()) + 1


def exact(design: Design, truth: Sequence[float], target: float | None = None) -> OperatingCharacteristics:
    """Enumerate the design under `truth` (true DLT rate per dose).  `target` serves designs without one."""
    check_truth(truth, design.doses)
    graph = build(design)
    weight = terminal_probabilities(graph, np.asarray(truth, dtype=float))
    return summarise(graph, weight, design, truth, target)


def summarise(
    graph: Graph,
    weight: NDArray[np.float64],
    design: Design,
    truth: Sequence[float],
    target: float | None,
) -> OperatingCharacteristics:
    """Operating characteristics from the probability of each final data set."""
    chosen = np.bincount(graph.selected, weights=weight, minlength=design.doses + 1)
    total = graph.n.sum(axis=1)
    sizes = np.bincount(total, weights=weight)
    mtd = true_mtd(truth, target_of(design.rule) or target)
    share = overdose = None
    if mtd is not None:
        above = graph.n[:, mtd:].sum(axis=1) / np.maximum(total, 1)
        share, overdose = float(weight @ above), float(weight[above > 0.6].sum())
    patients, dlts = weight @ graph.n, weight @ graph.dlts
    return OperatingCharacteristics(
        tuple(map(float, chosen[1:])),
        float(chosen[0]),
        tuple(map(float, patients)),
        tuple(map(float, dlts)),
        float(patients.sum()),
        {int(n): float(sizes[n]) for n in np.flatnonzero(sizes > 0)},
        mtd,
        share,
        overdose,
        data_sets=int(weight.size),
    )
