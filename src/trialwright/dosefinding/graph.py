"""Every course that a trial can take, as layers of states with equal counts merged; exact results are read off it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from trialwright.dosefinding.checks import TooManyStates
from trialwright.dosefinding.design import Design
from trialwright.dosefinding.transition import advance, first_step, select

Counts = NDArray[np.int_]
MAX_STATES = 1_500_000


@dataclass(frozen=True, slots=True)
class Layer:
    """States after equally many cohorts: dose and size of the cohort to come, and where each DLT count leads.

    `child[state, dlts]` is a state of the next layer, or -1 - t for terminal data set t.
    """

    dose: Counts
    cohort: Counts
    child: Counts


@dataclass(frozen=True, slots=True)
class Graph:
    """All layers, the final data sets [rows, doses] that they end in, and the dose that each of these selects."""

    layers: tuple[Layer, ...]
    n: Counts
    dlts: Counts
    selected: Counts


def build(design: Design, most: int = MAX_STATES) -> Graph:
    """Enumerate a design whose state is finite; raises TooManyStates where enumeration is out of reach."""
    doses = design.doses
    base = np.uint64(design.limit + 1)
    if (2 * doses) * np.log2(float(base)) + np.log2(doses + 2) > 63:
        powers = np.random.default_rng(20150507).integers(1, 2**63, 2 * doses, dtype=np.uint64) | np.uint64(1)
    else:
        powers = base ** np.arange(2 * doses, dtype=np.uint64) * np.uint64(doses + 2)
    begin = first_step(design)
    n = np.zeros((1, doses), dtype=np.int64)
    y = np.zeros((1, doses), dtype=np.int64)
    dose, cohort = begin.dose, begin.cohort
    layers: list[Layer] = []
    ended_n: list[Counts] = []
    ended_y: list[Counts] = []
    ended_key: list[NDArray[np.uint64]] = []
    pending_children: list[tuple[Counts, Counts, int]] = []
    ended = 0
    while dose.size:
        widest = int(cohort.max())
        outcomes = np.arange(widest + 1)
        keep = outcomes[None, :] <= cohort[:, None]
        parent, toxic = np.nonzero(keep)
        n2, y2 = n[parent], y[parent]
        at = dose[parent] - 1
        each = np.arange(parent.size)
        n2[each, at] += cohort[parent]
        y2[each, at] += toxic
        step = advance(design, n2, y2, dose[parent], cohort[parent], toxic)
        key = n2.astype(np.uint64) @ powers[:doses] + y2.astype(np.uint64) @ powers[doses:]
        child = np.full(keep.shape, -1, dtype=np.int64)
        over = step.dose == 0
        go = np.flatnonzero(~over)
        _, first, inverse = np.unique(key[go] + step.dose[go].astype(np.uint64), return_index=True, return_inverse=True)
        child[parent[go], toxic[go]] = inverse
        stop = np.flatnonzero(over)
        ended_n.append(n2[stop])
        ended_y.append(y2[stop])
        ended_key.append(key[stop])
        pending_children.append((parent[stop], toxic[stop], len(layers)))
        layers.append(Layer(dose, cohort, child))
        ended += stop.size
        chosen = go[first]
        n, y, dose, cohort = n2[chosen], y2[chosen], step.dose[chosen], step.cohort[chosen]
        if dose.size > most or ended > 4 * most:
            raise TooManyStates(
                f"this design has more than {most:,} states after {len(layers)} cohorts; use `dose simulate`,"
                " or larger cohorts."
            )
    _, first, inverse = np.unique(np.concatenate(ended_key), return_index=True, return_inverse=True)
    position = 0
    for parents, toxics, index in pending_children:
        layers[index].child[parents, toxics] = -1 - inverse[position : position + parents.size]
        position += parents.size
    final_n, final_y = np.concatenate(ended_n)[first], np.concatenate(ended_y)[first]
    return Graph(tuple(layers), final_n, final_y, select(design, final_n, final_y))


def binomial(truth: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """P(k DLTs among m) for each dose: array [doses, m = 0..size, k = 0..size]."""
    m, k = np.arange(size + 1)[:, None], np.arange(size + 1)[None, :]
    p = truth[:, None, None]
    ways = comb(m, k)
    return np.asarray(ways * p**k * (1 - p) ** np.maximum(m - k, 0))


def terminal_probabilities(graph: Graph, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each final data set when the doses have these true DLT rates."""
    table = binomial(truth, max(int(layer.cohort.max()) for layer in graph.layers))
    final = np.zeros(graph.selected.size)
    reach: NDArray[np.float64] = np.ones(1)
    for layer in graph.layers:
        width = layer.child.shape[1]
        flow = reach[:, None] * table[layer.dose - 1, layer.cohort][:, :width]
        flow = np.where(np.arange(width) <= layer.cohort[:, None], flow, 0.0).ravel()
        to = layer.child.ravel()
        over = to < 0
        final += np.bincount(-1 - to[over], weights=flow[over], minlength=final.size)
        reach = np.bincount(to[~over], weights=flow[~over]).astype(float)
    return final
